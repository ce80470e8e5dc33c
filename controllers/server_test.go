package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

func TestHealth(t *testing.T) {
	failing := errors.New("no database at postgres://secret")
	p := newPanel(t, func(c *controllers.Config) { c.Ready = func(context.Context) error { return failing } })
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		answer := p.ask("GET", path, "")
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != want || strings.Contains(string(body), "secret") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
	failing = nil
	if got := p.ask("HEAD", "/readyz", "").StatusCode; got != 200 {
		t.Errorf("ready is %d", got)
	}
}

func TestStatic(t *testing.T) {
	p := newPanel(t)
	for accepted, want := range map[string]string{"br, gzip": "brotli", "gzip": "gzip", "": "plain", "br;q=0, gzip;q=0": "plain"} {
		t.Run("who_accepts_"+accepted+"_gets_"+want, func(t *testing.T) {
			answer := p.ask("GET", "/static/app-1.js", "", "Accept-Encoding", accepted)
			body, _ := io.ReadAll(answer.Body)
			if string(body) != want || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") || answer.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s %v", body, answer.Header)
			}
		})
	}
	for _, path := range []string{"/static/", "/static", "/static/nope.js", "/static/..%2fserver.go", "/static/.gitkeep"} {
		if got := p.ask("GET", path, "").StatusCode; got != 404 {
			t.Errorf("%s is %d", path, got)
		}
	}
}

func TestFail(t *testing.T) {
	failures := map[string]error{
		"bug":         errors.New("pq: secret detail"),
		"unavailable": &crud.Error{Kind: crud.KindUnavailable, Err: errors.New("dial tcp secret")},
		"conflict":    &crud.Error{Kind: crud.KindConflict, Fields: map[string]string{"": "In use."}},
		"attempts":    &controllers.Failure{Status: 429, Message: "Wait.", Retry: time.Minute},
		"panic":       nil,
	}
	var log bytes.Buffer
	p := newPanel(t, func(c *controllers.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Gate.Mount = func(_ *controllers.Site, router *controllers.Router) {
			router.Get("/test/:failure", controllers.Anybody(), func(*gin.Context) error { return nil })
			router.Post("/test/:failure", controllers.Anybody(), func(*gin.Context) error { return nil })
		}
		c.Gate.Pages = append(c.Gate.Pages, func(c *gin.Context) error {
			if c.Param("failure") == "panic" {
				panic("secret thing")
			}
			return failures[c.Param("failure")]
		})
	})
	tests := map[string]struct {
		status int
		retry  string
		says   string
	}{
		"bug":         {500, "", "Something broke"},
		"unavailable": {503, "5", "Just a moment"},
		"conflict":    {409, "", "In use."},
		"attempts":    {429, "60", "Wait."},
		"panic":       {500, "", "Something broke"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			answer := p.ask("GET", "/test/"+name, "")
			page := trimmed(p.page(answer).Find("body"))
			if answer.StatusCode != want.status || answer.Header.Get("Retry-After") != want.retry || !strings.Contains(page, want.says) {
				t.Errorf("%d %q %s", answer.StatusCode, answer.Header.Get("Retry-After"), page)
			}
			if strings.Contains(page, "secret") || answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("the page tells or stays: %s", page)
			}
			id := answer.Header.Get("X-Request-Id")
			if len(id) != 16 || (want.status >= 500) != strings.Contains(page, id) || !strings.Contains(log.String(), id) {
				t.Errorf("the id %q is not where it belongs", id)
			}
			if (want.status >= 500) != strings.Contains(log.String(), "request failed") {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
	t.Run("what_was_sent_is_not_asked_for_again", func(t *testing.T) {
		page := p.page(p.ask("POST", "/test/unavailable", "title=x"))
		if !strings.Contains(trimmed(page.Find(".problem")), "may not have been saved") || page.Find(`a[href=""]`).Length() != 0 {
			t.Errorf("got %s", trimmed(page.Find("body")))
		}
	})
}

func TestTimeout(t *testing.T) {
	p := newPanel(t, func(c *controllers.Config) { c.Timeout = time.Nanosecond })
	if answer := p.ask("GET", "/books", ""); answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
		t.Errorf("a request out of time is %d", answer.StatusCode)
	}
}

func TestPrefix(t *testing.T) {
	p := newPanel(t, func(c *controllers.Config) { c.Prefix = "/x" })
	p.exec(twoBooks)
	for _, path := range []string{"/x/", "/x/books", "/x/books/2", "/x/books/2/edit", "/x/books/2/delete", "/x/nope"} {
		p.page(p.ask("GET", path, "")).Find("a[href], form[action], link[href], script[src], use[href]").Each(func(_ int, s *selection) {
			for _, name := range []string{"href", "action", "src", "hx-get"} {
				if link, ok := s.Attr(name); ok && !strings.HasPrefix(link, "/x/") && !strings.HasPrefix(link, "#") {
					t.Errorf("%s links to %q", path, link)
				}
			}
		})
	}
	if got := p.ask("POST", "/x/shelves", "name=Top").Header.Get("Location"); !strings.HasPrefix(got, "/x/shelves/") {
		t.Errorf("a new row leads to %q", got)
	}
	for _, path := range []string{"/", "/books", "/x"} {
		if got := p.ask("GET", path, "").StatusCode; got != 404 {
			t.Errorf("%s outside the prefix is %d", path, got)
		}
	}
}

func TestHead(t *testing.T) {
	p := newPanel(t)
	for _, path := range []string{"/", "/books", "/books/new", "/shelves/1", "/shelves/1/edit", "/shelves/1/delete", "/healthz"} {
		if got := p.ask("HEAD", path, "").StatusCode; got != 200 {
			t.Errorf("HEAD %s is %d", path, got)
		}
	}
}

func TestHome(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.run("counts_and_the_latest_rows", scenario{path: "/", status: 200, holds: map[string]string{
		".area h2": "Library", `.area a[href="/shelves"]`: "Shelves 30", `.area a[href="/books"]`: "Books 2", ".latest tbody": "Emma",
		`.menu-link[aria-current="page"]`: "Dashboard",
	}})
	p.run("a_reader_sees_what_may_be_read", scenario{path: "/", visitor: "reader", status: 200, holds: map[string]string{
		`.area a[href="/books"]`: "Books 2", `!a[href="/shelves"]`: "",
	}})
}

func TestNew_T24_a_route_without_a_permission_stops_the_program(t *testing.T) {
	nothing := func(*gin.Context) error { return nil }
	for name, mount := range map[string]func(*controllers.Router){
		"none declared":   func(r *controllers.Router) { r.Get("/forgotten", controllers.Access{}, nothing) },
		"a form's target": func(r *controllers.Router) { r.Post("/forgotten", controllers.Access{}, nothing) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := controllers.New(controllers.Config{
				Asset: func(name string) string { return name },
				Gate:  controllers.Gate{Mount: func(_ *controllers.Site, r *controllers.Router) { mount(r) }},
			})
			if err == nil || !strings.Contains(err.Error(), "/forgotten declares no permission") {
				t.Errorf("New = %v", err)
			}
		})
	}
}
