package main

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// everything is a form of notes with all that a browser can send: several lines, odd characters, a switch, an empty value
// that means NULL.
func everything(t *testing.T, p *person) url.Values {
	t.Helper()
	_, form := p.get("/notes/new").form(t, "form.form")
	form.Set("title", "  \"Zürich\" <b>&amp; — 'x'  ")
	form.Set("colour", "green")
	form["pinned"] = []string{"false", "true"}
	form.Set("link", "https://example.org/?a=1&b=%20")
	if !slices.Contains(form["_null"], "writer_id") {
		t.Fatalf("the form does not say that an empty writer is none: %v", form)
	}
	return form
}

// keptOn checks that the page offers everything that was sent, and returns what it would send.
func (p *person) keptOn(got answer, path string, sent url.Values) url.Values {
	p.t.Helper()
	p.refusesWrites(got)
	action, form := got.form(p.t, "form.again")
	if action != path || form.Encode() != sent.Encode() {
		p.t.Errorf("the page would send %v to %q, and what was sent is %v", form, action, sent)
	}
	return form
}

func TestKept_AnOutageWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	p := visitor(t, begin(t, noting(t, settings)).url)
	p.signIn()
	sent := everything(t, p)

	line.cut()
	again := p.keptOn(p.send(http.MethodPost, "/notes", sent), "/notes", sent)
	again = p.keptOn(p.send(http.MethodPost, "/notes", again), "/notes", sent) // and is kept again
	line.mend()
	p.recovers()
	if got := p.send(http.MethodPost, "/notes", again); got.status != http.StatusOK {
		t.Fatalf("sent again: %d\n%s", got.status, got.body)
	}
	var saved int
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM notes WHERE title = $1 AND colour = 'green' AND pinned AND link = $2 AND writer_id IS NULL`,
		sent.Get("title"), sent.Get("link")).Scan(&saved)
	if err != nil || saved != 1 {
		t.Errorf("%d notes hold everything, %v", saved, err)
	}
	var all int
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM notes").Scan(&all); err != nil || all != 1 {
		t.Errorf("%d notes are there, %v", all, err)
	}
}

func TestKept_SecretsAreTypedAgain(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	settings["REQUEST_TIMEOUT"] = "1m" // a password takes long to hash under the race detector
	p := visitor(t, begin(t, noting(t, settings)).url)
	p.signIn()
	stranger := visitor(t, p.base)
	_, form := p.get("/user_passwords/new").form(t, "form.form")
	form.Set("user_id", "1")
	form.Set("service", "dovecot")
	line.cut()
	for path, test := range map[string]struct {
		who  *person
		sent url.Values
	}{
		"/login":          {stranger, url.Values{"name": {"Zoë"}, "next": {"/users"}, "password": {"correct horse battery"}}},
		"/user_passwords": {p, withPassword(form, "correct horse battery")},
	} {
		got := test.who.send(http.MethodPost, path, test.sent)
		test.who.keptOn(got, path, withPassword(test.sent, ""))
		if strings.Contains(got.body, "correct horse") {
			t.Errorf("%s: the password is on the page", path)
		}
	}
	line.mend()
	p.recovers()
	if got := p.send(http.MethodPost, "/user_passwords", withPassword(form, "correct horse battery")); got.status != http.StatusOK {
		t.Errorf("typed again: %d\n%s", got.status, got.body)
	}
}

func withPassword(form url.Values, password string) url.Values {
	form = maps.Clone(form)
	form.Set("password", password)
	return form
}

// TestKept_BeforeTheDatabaseIsOpen sends forms to a program that has never seen its database, as after a restart of both.
func TestKept_BeforeTheDatabaseIsOpen(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	line, settings := through(t, db)
	settings["DB_WAIT"], settings["PORT"] = "1m", freePort(t)
	p := visitor(t, "http://127.0.0.1:"+settings["PORT"])
	program := noting(t, settings)
	ready := make(chan panel, 1)
	go func() { ready <- begin(t, program) }()
	p.answers()
	sent := url.Values{"title": {"early"}, "colour": {"red"}, "pinned": {"false"}, "writer_id": {""}, "_null": {"writer_id"}}
	again := p.keptOn(p.send(http.MethodPost, "/notes", sent), "/notes", sent)
	name := url.Values{"name": {"admin"}, "password": {"admin123"}}
	p.keptOn(p.send(http.MethodPost, "/login", name), "/login", withPassword(name, ""))
	line.mend()
	p.recovers()
	<-ready
	p.signIn()
	if got := p.send(http.MethodPost, "/notes", again); got.status != http.StatusOK || !strings.Contains(got.body, "early") {
		t.Errorf("sent again: %d\n%s", got.status, got.body)
	}
}

// TestBrowser_WhatWasTypedIsKept does it as a person would, with scripts switched off for the page that offers it again.
func TestBrowser_WhatWasTypedIsKept(t *testing.T) {
	t.Parallel()
	line, settings := through(t, testdb.Empty(t))
	line.mend()
	b := open(t, begin(t, noting(t, settings)).url)
	b.signIn("admin", "admin123")
	b.visit("/notes/new")
	b.fill("title", "Zürich, kept")
	b.fill("colour", "green")
	b.fill("pinned", "false")
	line.cut()
	if status := b.leave("button[data-save]"); status != http.StatusServiceUnavailable {
		t.Errorf("saving is answered %d", status)
	}
	if shown := b.text("form.again"); !strings.Contains(shown, "Zürich, kept") || !strings.Contains(shown, "green") {
		t.Errorf("the page shows %s", shown)
	}
	b.accessible()
	line.mend()
	visitor(t, b.base).recovers()
	b.scripts(false)
	b.follow("form.again button")
	b.scripts(true)
	if shown := b.text("main"); !strings.Contains(shown, "Zürich, kept") || b.path() == "/notes" {
		t.Errorf("%s shows %s", b.path(), shown)
	}
}
