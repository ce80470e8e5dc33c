package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/controllers"
	"unified/crud"
)

// whoever is the account that asks, as it is answered.
type whoever struct {
	ID          int64    `json:"id"`
	Username    string   `json:"username"`
	Email       string   `json:"email"`
	Domain      string   `json:"domain"`
	Program     *string  `json:"program"`     // what asks in the person's name; null: the person
	Permissions []string `json:"permissions"` // model:action:scope, of which this request can use all
}

// mountAuth mounts signing in and out, and registration.
func (a API) mountAuth(router *controllers.Router) {
	if a.Gate == nil {
		return
	}
	at := Path + "/auth"
	router.Get(at+"/me", controllers.SignedIn().Programs(), negotiated(me))
	router.Handle(http.MethodPost, at+"/login", controllers.Anybody(), negotiated(a.login))
	router.Handle(http.MethodPost, at+"/logout", controllers.Anybody(), negotiated(a.logout))
	if a.Enroll != nil {
		router.Handle(http.MethodPost, at+"/register", controllers.Anybody(), negotiated(a.register))
	}
}

// me answers GET /auth/me with who asks.
func me(c *gin.Context) error {
	if err := nothingElse(c.Request.URL.Query()); err != nil {
		return err
	}
	account, _ := auth.From(c.Request.Context())
	out := whoever{ID: account.ID, Username: account.Name, Email: account.Email, Domain: account.Domain, Permissions: []string{}}
	if account.Program != "" {
		out.Program = &account.Program
	}
	for _, role := range account.Rights.Roles() {
		for _, p := range role.Permissions {
			out.Permissions = append(out.Permissions, p.String())
		}
	}
	slices.Sort(out.Permissions)
	out.Permissions = slices.Compact(out.Permissions)
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, body)
}

// login answers POST /auth/login with the cookie of a new session. Every failure is answered alike.
func (a API) login(c *gin.Context) error {
	form, err := texts(c, "name", "password")
	if err != nil {
		return err
	}
	if err := a.Gate.SignIn(c.Writer, c.Request, form.Get("name"), form.Get("password")); err != nil {
		if errors.Is(err, auth.ErrDenied) {
			c.Header("WWW-Authenticate", `Bearer realm="panel"`)
		}
		return unlocked(err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// logout answers POST /auth/logout: the session ends, if there is one.
func (a API) logout(c *gin.Context) error {
	if err := nothingElse(c.Request.URL.Query()); err != nil {
		return err
	}
	if err := a.Gate.SignOut(c.Writer, c.Request); err != nil {
		return unlocked(err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// register answers POST /auth/register with an account and the cookie of its session.
func (a API) register(c *gin.Context) error {
	form, err := texts(c, "username", "email", "first_name", "last_name", "password")
	if err != nil {
		return err
	}
	if err := a.Gate.Register(c.Writer, c.Request, form, a.Enroll); err != nil {
		return unlocked(err)
	}
	c.Status(http.StatusCreated)
	return nil
}

// unlocked turns an error of auth into one that is answered.
func unlocked(err error) error {
	var refusal auth.Refusal
	var throttled auth.Throttled
	switch {
	case errors.Is(err, auth.ErrDenied):
		return &controllers.Failure{Status: http.StatusUnauthorized, Message: "The name or the password is not right."}
	case errors.As(err, &refusal):
		return &crud.Error{Kind: crud.KindInvalid, Fields: refusal}
	case errors.As(err, &throttled):
		return &controllers.Failure{Status: http.StatusTooManyRequests, Retry: throttled.Retry, Message: "Too many attempts. Wait before the next one."}
	case errors.Is(err, auth.ErrUnavailable):
		return &crud.Error{Kind: crud.KindUnavailable, Err: err}
	}
	return err
}

// texts reads an object that holds texts under some of these names, and nothing else.
func texts(c *gin.Context, names ...string) (url.Values, error) {
	if err := nothingElse(c.Request.URL.Query()); err != nil {
		return nil, err
	}
	body, err := read(c, media)
	if err != nil {
		return nil, err
	}
	members, err := crud.Object(body)
	if err != nil {
		return nil, err
	}
	form, wrong := url.Values{}, map[string]string{}
	for name, value := range members {
		var text string
		switch {
		case !slices.Contains(names, name):
			wrong[name] = "There is no such field."
		case value[0] != '"' || json.Unmarshal(value, &text) != nil:
			wrong[name] = "Give a text."
		}
		form.Set(name, text)
	}
	if len(wrong) > 0 {
		return nil, &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	return form, nil
}
