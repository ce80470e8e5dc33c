package controllers

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/auth"
)

const (
	// keptParam carries, through the sign-in form, what was sent when the session had ended.
	keptParam = "_kept"
	// keptLimit is how many bytes of it are carried: as a form it is up to three times as long, and more is not read.
	keptLimit = 300_000
)

// keptForm is a form that was sent when the session had ended, as it travels through the sign-in form: without what is never shown
// again. It is offered to the account that it was drawn for, and to nobody else.
type keptForm struct {
	Page   string              `json:"page"`   // the pattern of its path
	Action string              `json:"action"` // its path
	Form   map[string][]string `json:"form"`
	Unseen []string            `json:"unseen,omitempty"` // names of what has to be typed again
}

// resumePage is what pages/resume.html draws.
type resumePage struct {
	Name  string // who is signed in
	Again *sendAgain
}

// keep writes down what a visitor sent by a form of the panel; "" if it is none, or cannot be carried.
func (s *Site) keep(c *gin.Context) string {
	fields, known := s.forms[c.FullPath()]
	if !known || !c.GetBool(ownKey) {
		return ""
	}
	form, err := posted(c)
	if err != nil || form.Get(formParam) == "" {
		return ""
	}
	k := keptForm{Page: c.FullPath(), Action: c.Request.URL.RequestURI(), Form: form}
	for name := range form {
		if field(fields, name).Unseen {
			if form.Get(name) != "" {
				k.Unseen = append(k.Unseen, name)
			}
			delete(form, name)
		}
	}
	text, err := json.Marshal(k)
	if err != nil || len(text) > keptLimit {
		return ""
	}
	return string(text)
}

// resume is what keep wrote down, to be sent again by the account in the request's context; nil if it is not that account's.
func (s *Site) resume(c *gin.Context, text string) (*sendAgain, error) {
	var k keptForm
	if err := json.Unmarshal([]byte(text), &k); err != nil || len(text) > keptLimit || len(k.Form[formParam]) != 1 {
		return nil, nil //nolint:nilnil,nilerr // what cannot be read is not offered
	}
	fields, known := s.forms[k.Page]
	ours, err := s.ours(c.Request.Context(), k.Form[formParam][0])
	if err != nil || !ours || !known || localPath(s.config.Prefix, k.Action) != k.Action {
		return nil, err
	}
	page := &sendAgain{Action: k.Action}
	for _, name := range k.Unseen {
		page.Secrets = append(page.Secrets, field(fields, name))
	}
	for _, name := range inOrder(k.Form, fields) {
		if f := field(fields, name); !f.Unseen {
			page.add(f, k.Form[name])
		}
	}
	return page, nil
}

// ended asks who sent a form after their session had ended to sign in, and carries what they typed. It reports false where
// there is nothing to carry.
func (d Door) ended(s *Site, c *gin.Context) (bool, error) {
	if c.Request.Method != http.MethodPost {
		return false, nil
	}
	carried := s.keep(c)
	if carried == "" {
		return false, nil
	}
	c.Abort()
	return true, d.drawSignIn(s, c, http.StatusUnauthorized, loginPage{
		Kept: carried, Hint: "Your session has ended. Sign in again, and you go on with what you typed.",
	})
}

// goOn draws what was typed before the session ended, for who has just signed in; it reports false where there is nothing of
// theirs.
func (d Door) goOn(s *Site, c *gin.Context, carried string) (bool, error) {
	account, ok, err := d.Store.Account(c.Request)
	if err != nil || !ok {
		return false, outage(err)
	}
	c.Request = c.Request.WithContext(auth.With(c.Request.Context(), account))
	again, err := s.resume(c, carried)
	if err != nil {
		return false, err
	}
	if again == nil {
		s.flash(c, "What was typed before was another account’s and was not kept.")
		return false, nil
	}
	return true, s.render(c, http.StatusOK, view{name: "resume", title: "Signed in again", plain: true, page: &resumePage{account.Name, again}})
}
