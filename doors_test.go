package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"unified/auth"
	"unified/internal/testdb"
)

// TestSession_T03_TheTokenIsShownNowhere looks for the token of a live session on every page that could show it, in exports, in the
// log of the program and in the database.
func TestSession_T03_TheTokenIsShownNowhere(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	var log safeBuffer
	settings := onDatabase(db)
	settings["LOG_LEVEL"] = "debug"
	outside := world(settings, "serve")
	outside.Stderr = &log
	admin := visitor(t, begin(t, outside).url)
	admin.signIn()
	home, err := url.Parse(admin.base)
	if err != nil {
		t.Fatal(err)
	}
	token := ""
	for _, cookie := range admin.Jar.Cookies(home) {
		if cookie.Name == auth.CookieName(0, "", false) {
			token = cookie.Value
		}
	}
	if len(token) != 43 {
		t.Fatalf("the token is %q", token)
	}
	for _, path := range []string{
		"/", "/sessions", "/sessions/" + number(t, db, `SELECT id FROM sessions`), "/sessions/export?format=csv", "/sessions/export?format=jsonl", "/audit_log", "/audit_log/export?format=jsonl",
		"/debug", "/debug/auth", "/debug/cookies", "/debug/database", "/debug/schema", "/debug/schema.json", "/nothing",
	} {
		if got := admin.get(path); strings.Contains(got.body, token) || path != "/nothing" && got.status != http.StatusOK {
			t.Errorf("%s (%d) shows the token", path, got.status)
		}
	}
	if got := admin.send(http.MethodPost, "/debug/auth", url.Values{"name": {"admin"}}); strings.Contains(got.body, token) || !strings.Contains(got.body, "Your own session") {
		t.Errorf("the steps of signing in (%d) show the token", got.status)
	}
	if written := log.String(); strings.Contains(written, token) || !strings.Contains(written, "path=/debug/cookies") {
		t.Error("the log holds the token, or nothing of these requests")
	}
	if found := number(t, db, `SELECT count(*) FROM (SELECT s::text AS text FROM sessions s UNION ALL SELECT l::text FROM audit_log l) t WHERE position($1 IN text) > 0`, token); found != "0" {
		t.Errorf("%s rows hold the token", found)
	}
}

// number is what a query finds, as text.
func number(t *testing.T, db *testdb.DB, sql string, args ...any) (found string) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), `SELECT (`+sql+`)::text`, args...).Scan(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDoor_T09_NothingBehindItMayBeKept asks for all kinds of answers behind the sign-in: no cache may keep one.
func TestDoor_T09_NothingBehindItMayBeKept(t *testing.T) {
	t.Parallel()
	admin := visitor(t, start(t, onDatabase(testdb.New(t))).url)
	admin.signIn()
	admin.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, ask := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200}, {"GET", "/users", 200}, {"GET", "/users?sort=nothing", 400}, {"GET", "/users/1", 200}, {"GET", "/users/999999", 404}, {"GET", "/users/new", 200},
		{"GET", "/users/export?format=csv", 200}, {"GET", "/users/export?format=jsonl", 200}, {"GET", "/users/export?format=xlsx", 200}, {"HEAD", "/users/export?format=csv", 200},
		{"GET", "/user_roles/choices/user_id", 200}, {"GET", "/debug/schema.json", 200}, {"GET", "/why/choices/person", 200}, {"GET", "/users/1/why", 200},
		{"POST", "/users", 422}, {"POST", "/users/1", 303}, {"GET", "/nothing", 404}, {"PUT", "/users", 403},
	} {
		var form url.Values
		if ask.method == http.MethodPost {
			form = url.Values{"_then": {""}}
		}
		got := admin.send(ask.method, ask.path, form)
		if kept := got.header.Get("Cache-Control"); kept != "no-store" || got.status != ask.status {
			t.Errorf("%s %s is %d and may be kept: %q", ask.method, ask.path, got.status, kept)
		}
	}
}
