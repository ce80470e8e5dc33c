package controllers

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// who finds out who makes the request. Pages behind it are not for caches: they differ from person to person.
func (d Door) who(c *gin.Context) error {
	d.foresee(c)
	if err := d.recognise(c); err != nil {
		return err
	}
	if _, program := bearer(c.Request); program {
		return nil
	}
	sessions.Sessions(d.Store.Name(), d.Store)(c) // goes on with the request
	return nil
}

// foresee has what such a request of the same person led to sent along with the question who asks.
func (d Door) foresee(c *gin.Context) {
	if c.Request.Method != http.MethodGet {
		return
	}
	text, program := bearer(c.Request)
	if cookie, err := c.Request.Cookie(d.Store.Name()); !program && err == nil {
		text = cookie.Value
	}
	if text == "" { // a visitor, of whom nothing is asked
		return
	}
	about, row := text+"\n"+c.FullPath()+"?"+c.Request.URL.RawQuery, ""
	for _, param := range c.Params {
		if param.Key == "key" {
			row = param.Value
		} else {
			about += "\n" + param.Value
		}
	}
	c.Request = c.Request.WithContext(d.Foresight.Of(c.Request.Context(), sha256.Sum256([]byte(about)), row))
}

// recognise puts the account and what the audit log needs into the request's context. It loads the session itself, so
// that a database that cannot answer is an error and does not look like a sign-out.
func (d Door) recognise(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if text, program := bearer(c.Request); program {
		return d.recogniseProgram(c, text)
	}
	account, signedIn, err := d.Store.Account(c.Request)
	if err != nil {
		return outage(fmt.Errorf("find out who asks: %w", err))
	}
	session, err := d.Store.Get(c.Request, d.Store.Name())
	if err != nil {
		return outage(fmt.Errorf("load the session: %w", err))
	}
	request := auth.NewRequest(c.Request, RequestID(c), c.ClientIP())
	request.SessionID = session.ID
	ctx := auth.WithRequest(c.Request.Context(), request)
	if signedIn {
		ctx = auth.With(ctx, account)
	}
	c.Request = c.Request.WithContext(ctx)
	return nil
}

// outage makes an error of auth one that the error page knows.
func outage(err error) error {
	if errors.Is(err, auth.ErrUnavailable) {
		return &crud.Error{Kind: crud.KindUnavailable, Err: err}
	}
	return err
}

// requireAccount sends a visitor to the sign-in page, which leads back here, and takes along what they typed.
func (d Door) requireAccount(s *Site, c *gin.Context) error {
	if _, ok := auth.From(c.Request.Context()); ok {
		return nil
	}
	if s.forPrograms(c) {
		c.Header("WWW-Authenticate", `Bearer realm="panel"`)
		return &Failure{Status: http.StatusUnauthorized, Message: "Sign in, or send an API token behind Authorization: Bearer."}
	}
	c.Abort()
	if c.GetHeader("HX-Request") != "" {
		c.Header("HX-Redirect", d.signInFor(currentPage(c)))
		c.Status(http.StatusUnauthorized)
		return nil
	}
	if carried, err := d.ended(s, c); carried || err != nil {
		return err
	}
	wanted := ""
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		wanted = c.Request.URL.RequestURI()
	}
	c.Redirect(http.StatusSeeOther, d.signInFor(wanted))
	return nil
}

// currentPage returns the path of the page that htmx sent the request from; where it asks for the same page otherwise, such as a list that is
// searched, as it was asked for.
func currentPage(c *gin.Context) string {
	page, err := url.Parse(c.GetHeader("HX-Current-URL"))
	if err != nil {
		return ""
	}
	if c.Request.Method == http.MethodGet && page.Path == c.Request.URL.Path {
		return c.Request.URL.RequestURI()
	}
	return page.RequestURI()
}

// signInFor returns the address of the sign-in page that leads on to wanted.
func (d Door) signInFor(wanted string) string {
	page, next := d.Prefix+"/login", localPath(d.Prefix, wanted)
	if next == d.Prefix+"/" {
		return page
	}
	return page + "?" + url.Values{"next": {next}}.Encode()
}

// accountName returns the name of who is signed in, "" for a visitor.
func accountName(ctx context.Context) string {
	account, _ := auth.From(ctx)
	return account.Name
}
