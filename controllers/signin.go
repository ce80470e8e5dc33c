package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// Door is sign-in by name and password, with sessions in the database. Gate and Store are required.
type Door struct {
	Gate      *auth.Gate
	Store     *auth.Store
	Twice     *auth.Twice     // how people are found, of which troubles are told; nil: none are
	Enroll    auth.Enroll     // makes accounts of those who register; nil: nobody can
	Profile   ProfileBook     // the pages of one's own account; nil: there are none
	Prefix    string          // as in Config
	Origins   []string        // as in Config
	Foresight *crud.Foresight // nil: none
	Hosts     []string        // the names, with or without a port, that the server answers to; none: localhost and every IP address
}

// Open returns the gate that stands before all screens: nobody gets further than the sign-in page without an account.
func (d Door) Open() Gate {
	var site *Site
	return Gate{
		Every:   []Handler{secure},
		Pages:   []Handler{knownHost(d.Hosts), d.witnessed(d.fromOutside(sameOrigin(d.Store.Name()))), d.who},
		Inside:  []Handler{func(c *gin.Context) error { return d.requireAccount(site, c) }},
		Mount:   func(s *Site, router *Router) { site = s; d.mount(s, router) },
		Name:    accountName,
		Alarms:  d.alarms,
		Refused: d.note,
		Profile: d.Profile != nil,
	}
}

func (d Door) mount(s *Site, router *Router) {
	router.Get("/login", Anybody(), func(c *gin.Context) error { return d.signInPage(s, c) })
	router.Form("/login", Anybody(), signInFields(), func(c *gin.Context) error { return d.signIn(s, c) })
	router.Form("/logout", Anybody(), nil, d.signOut)
	if d.Enroll != nil {
		router.Get("/register", Anybody(), func(c *gin.Context) error { return d.registerPage(s, c) })
		router.Form("/register", Anybody(), registrationFields(), func(c *gin.Context) error { return d.register(s, c) })
	}
	if d.Profile != nil {
		profilePages{d, s}.mount(router)
	}
}

// signInFields are those of pages/login.html.
func signInFields() []crud.FieldDoc {
	return []crud.FieldDoc{{Name: "name", Label: "User name or e-mail"}, {Name: "password", Label: "Password", Unseen: true}, {Name: "next"}, {Name: keptParam}}
}

// signInPage asks who it is, unless that is known already.
func (d Door) signInPage(s *Site, c *gin.Context) error {
	next := localPath(d.Prefix, c.Query("next"))
	if _, ok := auth.From(c.Request.Context()); ok {
		c.Redirect(http.StatusSeeOther, next)
		return nil
	}
	return d.drawSignIn(s, c, http.StatusOK, loginPage{Next: next})
}

// signIn answers every failure alike, so that nobody learns which names exist.
func (d Door) signIn(s *Site, c *gin.Context) error {
	var tooLarge *http.MaxBytesError
	if err := c.Request.ParseForm(); errors.As(err, &tooLarge) {
		return err
	}
	form := c.Request.PostForm
	name, password, next := single(form, "name"), single(form, "password"), localPath(d.Prefix, single(form, "next"))
	carried := single(form, keptParam)
	err := d.Gate.SignIn(c.Writer, c.Request, name, password)
	if errors.Is(err, auth.ErrDenied) {
		return d.drawSignIn(s, c, http.StatusUnprocessableEntity, loginPage{
			Name: printable(name), Next: next, Kept: carried, Problem: "The name or the password is not right.",
		})
	}
	var throttled auth.Throttled
	if errors.As(err, &throttled) {
		seconds := int(throttled.Retry / time.Second)
		c.Header("Retry-After", strconv.Itoa(seconds))
		return d.drawSignIn(s, c, http.StatusTooManyRequests, loginPage{
			Name: printable(name), Next: next, Kept: carried,
			Problem: "Too many attempts failed. Wait " + plural(seconds, "second") + ", then try again. Who is signed in stays so; whoever runs this panel can set a new password.",
		})
	}
	if err != nil {
		return outage(err)
	}
	if carried != "" {
		if drawn, err := d.goOn(s, c, carried); drawn || err != nil {
			return err
		}
	}
	c.Redirect(http.StatusSeeOther, next)
	return nil
}

// signOut ends the session, if there is one.
func (d Door) signOut(c *gin.Context) error {
	if err := d.Gate.SignOut(c.Writer, c.Request); err != nil {
		return outage(err)
	}
	c.Redirect(http.StatusSeeOther, d.Prefix+"/login")
	return nil
}

func (d Door) drawSignIn(s *Site, c *gin.Context, status int, page loginPage) error {
	page.Register = d.Enroll != nil
	return s.render(c, status, view{name: "login", title: "Sign in", plain: true, page: page})
}

// single returns the value of a parameter that was sent once; one that was sent twice counts as missing.
func single(form url.Values, name string) string {
	if len(form[name]) != 1 {
		return ""
	}
	return form[name][0]
}

// printable returns what a person can have typed of text, cut to the length of the longest name.
func printable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	if runes := []rune(text); len(runes) > 255 {
		return string(runes[:255])
	}
	return text
}
