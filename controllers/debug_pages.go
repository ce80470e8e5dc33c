package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// debugSteps is what pages/debug/steps.html draws: what was tried, step by step.
type debugSteps struct {
	Heading string
	Help    string
	Form    *debugForm // nil: there is nothing to type
	Ways    []auth.Way
	Differ  []string
	Facts   []debugFact
}

// debugForm asks for a name and perhaps a password.
type debugForm struct{ Action, Name, Problem string }

// debugFact is one line of what was seen, and what it means.
type debugFact struct {
	Label, Text string
	Bad         bool
}

// DebugPages are the pages about signing in. probe goes the way to the database step by step.
func (d Door) DebugPages(probe func(context.Context) []auth.Step) []DebugPage {
	return []DebugPage{
		{Name: "auth", Label: "Sign-in", Help: "Goes through signing in by name, by each way of finding people, and shows each step.", Mount: d.mountExplain},
		{Name: "cookies", Label: "Cookies", Help: "What your browser sent, what the panel would set, and why a cookie may be missing.", Mount: d.mountCookies},
		{Name: "database", Label: "Database", Help: "Goes the way to the database anew, step by step.", Mount: func(s *Site, router *Router, path string, access Access) {
			router.Get(path, access, func(c *gin.Context) error {
				return s.render(c, http.StatusOK, view{name: "debug/steps", title: "Database · Debug", page: debugSteps{
					Heading: "Database", Help: "A new connection was made for this page.",
					Ways: []auth.Way{{Name: "To the database", Steps: probe(c.Request.Context())}},
				}})
			})
		}},
	}
}

func (d Door) mountExplain(s *Site, router *Router, path string, access Access) {
	draw := func(c *gin.Context, status int, page debugSteps) error {
		page.Heading, page.Form.Action = "Sign-in", s.Path(path)
		page.Help = "Nobody is signed in by this. A password that is wrong counts as a failure of its name, and each use is recorded."
		return s.render(c, status, view{name: "debug/steps", title: "Sign-in · Debug", page: page})
	}
	router.Get(path, access, func(c *gin.Context) error {
		return draw(c, http.StatusOK, debugSteps{Form: &debugForm{}})
	})
	fields := []crud.FieldDoc{{Name: "name", Label: "User name or e-mail"}, {Name: "password", Label: "Password", Unseen: true}}
	router.Form(path, access, fields, func(c *gin.Context) error {
		form, err := posted(c)
		if err != nil {
			return err
		}
		page := debugSteps{Form: &debugForm{Name: printable(single(form, "name"))}}
		explanation, err := d.Gate.Explain(c.Request, single(form, "name"), single(form, "password"))
		var throttled auth.Throttled
		if errors.As(err, &throttled) {
			c.Header("Retry-After", fmt.Sprint(int(throttled.Retry/time.Second)))
			page.Form.Problem = "Too many attempts failed with this name. Wait " + plural(int(throttled.Retry/time.Second), "second") + "."
			return draw(c, http.StatusTooManyRequests, page)
		}
		if err != nil {
			return outage(err)
		}
		page.Ways, page.Differ = explanation.Ways, explanation.Differ
		return draw(c, http.StatusOK, page)
	})
}

func (d Door) mountCookies(s *Site, router *Router, path string, access Access) {
	router.Get(path, access, func(c *gin.Context) error {
		return s.render(c, http.StatusOK, view{name: "debug/steps", title: "Cookies · Debug", page: debugSteps{
			Heading: "Cookies", Help: "Values are never shown.", Facts: cookieFacts(c.Request, d.Store.Name(), s.config.Plain),
		}})
	})
}

// cookieFacts says what cookies a request brought, what the panel sets, and what keeps a browser from sending it back.
func cookieFacts(r *http.Request, name string, plain bool) []debugFact {
	var sent []string
	ours, others := false, false
	for _, cookie := range r.Cookies() {
		sent = append(sent, fmt.Sprintf("%s (%d characters)", cookie.Name, len(cookie.Value)))
		ours = ours || cookie.Name == name
		others = others || cookie.Name != name && strings.Contains(cookie.Name, "unified-") && len(cookie.Name) == len(name)
	}
	slices.Sort(sent)
	secure, scheme := "Secure; ", "http"
	if plain {
		secure = ""
	}
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	facts := []debugFact{
		{Label: "The browser asked", Text: scheme + "://" + r.Host},
		{Label: "It sent", Text: orNothing(strings.Join(sent, ", "))},
		{Label: "The panel sets", Text: name + "=…; Path=/; " + secure + "HttpOnly; SameSite=Lax"},
		{Label: "The panel's cookie", Text: map[bool]string{true: "was sent", false: "was not sent"}[ours], Bad: !ours},
	}
	for _, reason := range cookieReasons(r, ours, plain, scheme) {
		facts = append(facts, debugFact{Label: "Why it may be missing", Text: reason, Bad: !ours})
	}
	if others {
		facts = append(facts, debugFact{Label: "Other panels", Text: "A cookie of another panel on this host was sent: its port or URL_PREFIX is another, so its name is too. It does not sign in here."})
	}
	return facts
}

func orNothing(text string) string {
	if text == "" {
		return "no cookie"
	}
	return text
}

// cookieReasons says in words what keeps a browser from keeping or sending the panel's cookie.
func cookieReasons(r *http.Request, ours, plain bool, scheme string) []string {
	var reasons []string
	local := sameHost("localhost", r.Host) || strings.HasPrefix(r.Host, "127.") || strings.HasPrefix(r.Host, "[::1]")
	if !plain && scheme == "http" && !local {
		reasons = append(reasons, "Secure: over http, browsers keep this cookie from this machine alone. Put https before the panel, or set BIND beyond loopback in development.")
	}
	if plain && scheme == "https" {
		reasons = append(reasons, "Name: the panel serves plain http for development and leaves Secure and __Host- away.")
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
		reasons = append(reasons, "SameSite: this request came from another site. Lax cookies come along with links only, not with forms, frames or scripts.")
	}
	if ours || len(reasons) > 0 {
		return reasons
	}
	return []string{
		"Host: a cookie belongs to one host name: one that was set at localhost is not sent to 127.0.0.1. Sign in under the name that you use.",
		"Name: PORT and URL_PREFIX are part of the cookie's name: after a change of either everybody signs in anew.",
		"Or there was none: it is set by signing in, ends with the browser, and is taken away by signing out.",
	}
}
