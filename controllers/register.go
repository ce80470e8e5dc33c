package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// registerPage asks for what an account needs, unless there is one already.
func (d Door) registerPage(s *Site, c *gin.Context) error {
	if d.isIn(c) {
		return nil
	}
	return drawRegister(s, c, http.StatusOK, registration(nil, nil))
}

// register makes an account of what was typed and leads into the panel. Who is refused gets back all but the password.
func (d Door) register(s *Site, c *gin.Context) error {
	if d.isIn(c) {
		return nil
	}
	form, err := posted(c)
	if err != nil {
		return err
	}
	err = d.Gate.Register(c.Writer, c.Request, form, d.Enroll)
	var refusal auth.Refusal
	var throttled auth.Throttled
	switch {
	case errors.As(err, &refusal):
		return drawRegister(s, c, http.StatusUnprocessableEntity, registration(form, refusal))
	case errors.As(err, &throttled):
		c.Header("Retry-After", strconv.Itoa(int(throttled.Retry/time.Second)))
		page := registration(form, nil)
		minutes := int((throttled.Retry + time.Minute - 1) / time.Minute)
		page.Problem = "There were too many registrations within an hour. Try again in " + plural(minutes, "minute") + "; the password has to be typed again then."
		return drawRegister(s, c, http.StatusTooManyRequests, page)
	case err != nil:
		return outage(err)
	}
	s.flash(c, "Welcome, "+printable(single(form, "username"))+". Your account is ready.")
	c.Redirect(http.StatusSeeOther, d.Prefix+"/")
	return nil
}

// isIn leads those who are signed in to the home page.
func (d Door) isIn(c *gin.Context) bool {
	_, ok := auth.From(c.Request.Context())
	if ok {
		c.Redirect(http.StatusSeeOther, d.Prefix+"/")
	}
	return ok
}

// registration is the page with what was typed, and the sentences beside it.
func registration(form url.Values, refusal auth.Refusal) registerPage {
	page := registerPage{Fields: []registerField{
		{Name: "username", Label: "User name", Kind: "text", Autocomplete: "username",
			Help: "What you sign in with: letters from a to z, digits, dots, hyphens and underscores."},
		{Name: "email", Label: "E-mail", Kind: "text", Autocomplete: "email"},
		{Name: "first_name", Label: "First name", Kind: "text", Autocomplete: "given-name", Optional: true},
		{Name: "last_name", Label: "Last name", Kind: "text", Autocomplete: "family-name", Optional: true},
		{Name: "password", Label: "Password", Kind: "password", Autocomplete: "new-password",
			Help: "At least " + strconv.Itoa(auth.PasswordMin) + " characters; some words that do not belong together are good."},
	}}
	wrong := 0
	for i := range page.Fields {
		field := &page.Fields[i]
		if field.Kind != "password" {
			field.Value = printable(single(form, field.Name))
		}
		if field.Error = refusal[field.Name]; field.Error != "" {
			wrong++
			field.Focus = wrong == 1
		}
	}
	switch {
	case refusal[""] != "":
		page.Problem = refusal[""]
	case wrong > 0:
		page.Problem = "Not registered: " + plural(wrong, "thing") + " to look at. The password has to be typed again."
	default:
		page.Fields[0].Focus = form == nil
	}
	return page
}

// registrationFields are those of pages/register.html.
func registrationFields() []crud.FieldDoc {
	var fields []crud.FieldDoc
	for _, field := range registration(nil, nil).Fields {
		fields = append(fields, crud.FieldDoc{Name: field.Name, Label: field.Label, Unseen: field.Kind == "password"})
	}
	return fields
}

func drawRegister(s *Site, c *gin.Context, status int, page registerPage) error {
	title := "Register"
	if page.Problem != "" {
		title = "Not registered: " + title
	}
	return s.render(c, status, view{name: "register", title: title, plain: true, page: page})
}
