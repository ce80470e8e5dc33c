package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestSignIn_OutlivesABrokenModel takes a column away that the model of users names and signing in does not need.
func TestSignIn_OutlivesABrokenModel(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	var log safeBuffer
	outside := world(onDatabase(db), "serve")
	outside.Stderr = &log
	base := begin(t, outside).url
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), `ALTER TABLE users RENAME COLUMN `+from+` TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("mailbox_format", "format_of_mailbox")
	admin := visitor(t, base)
	admin.signIn()
	home := admin.get("/")
	for _, want := range []string{"The models do not fit the database", "mailbox_format", `role="alert"`} {
		if home.status != http.StatusOK || !strings.Contains(home.body, want) {
			t.Errorf("the dashboard (%d) does not say %q:\n%s", home.status, want, sentences(home.body))
		}
	}
	demo := visitor(t, base)
	demo.send(http.MethodPost, "/login", url.Values{"name": {"demo"}, "password": {"demo123"}})
	if got := demo.get("/"); got.status != http.StatusOK || strings.Contains(got.body, "mailbox_format") {
		t.Errorf("who may not see debug pages is told: %d\n%s", got.status, sentences(got.body))
	}
	if told := strings.Count(log.String(), "people are found in plain SQL"); told < 1 || told > 2 { // of people and of sessions
		t.Errorf("the log was told %d times:\n%s", told, log.String())
	}
	rename("format_of_mailbox", "mailbox_format")
	admin.get("/") // the models answer again, without a restart
	admin.signOutAndIn()
	if got := admin.get("/"); strings.Contains(got.body, "The models do not fit") {
		t.Errorf("the notice stays:\n%s", sentences(got.body))
	}
	if !strings.Contains(log.String(), "the model fits its table again") {
		t.Errorf("the log does not say that it is over:\n%s", log.String())
	}
}

func (p *person) signOutAndIn() {
	p.t.Helper()
	p.send(http.MethodPost, "/logout", url.Values{})
	p.signIn()
}

// TestPassword_T63 lets somebody in from the host whom failures keep waiting, and shows the page that says so.
func TestPassword_T63_FromTheHost(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	base := start(t, onDatabase(db)).url
	admin := visitor(t, base)
	admin.signIn()
	guess := url.Values{"name": {" Admin"}, "password": {"violet tractor 82"}}
	stranger := visitor(t, base)
	var got answer
	for range 8 {
		if got = stranger.send(http.MethodPost, "/login", guess); got.status == http.StatusTooManyRequests {
			break
		}
	}
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `value=" Admin"`) ||
		!strings.Contains(got.body, "Too many attempts failed") {
		t.Errorf("after many failures: %d, Retry-After %q\n%s", got.status, got.header.Get("Retry-After"), sentences(got.body))
	}
	if got := admin.get("/"); got.status != http.StatusOK || strings.Contains(got.body, "Sign in") {
		t.Errorf("who is signed in is asked to wait: %d", got.status)
	}

	command := func(typed string, args ...string) (string, error) {
		var out strings.Builder
		outside := world(onDatabase(db), append([]string{"password"}, args...)...)
		outside.Stdin, outside.Stdout = strings.NewReader(typed), &out
		err := run(t.Context(), outside)
		return out.String(), err
	}
	for name, test := range map[string]struct{ typed, user string }{"weak": {"short\n", "admin"}, "none": {"", "admin"}, "nobody": {"violet tractor 82\n", "nobody"}} {
		if out, err := command(test.typed, "-stdin", test.user); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if out, err := command("violet tractor 83\n", "-stdin", "ADMIN"); err != nil || out != "The password of admin is set; sessions ended: 1, API tokens revoked: 0.\n" {
		t.Fatalf("%q, %v", out, err)
	}
	if got := admin.get("/"); !strings.Contains(got.body, "Sign in") {
		t.Error("T06: a session outlives the new password")
	}
	out, err := command("", "-unlock", "demo")
	_, made, _ := strings.Cut(strings.SplitN(out, "\n", 2)[0], "the password ")
	if err != nil || len(made) < 20 {
		t.Fatalf("%q, %v", out, err)
	}
	demo := visitor(t, base)
	if got := demo.send(http.MethodPost, "/login", url.Values{"name": {"demo"}, "password": {made}}); got.status != http.StatusOK {
		t.Errorf("the password that was printed: %d\n%s", got.status, sentences(got.body))
	}
	var noted, leaked int
	err = db.Pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE action = 'set_password' AND service = 'admin'),
		count(*) FILTER (WHERE l::text LIKE '%tractor%' OR l::text LIKE '%' || $1 || '%') FROM audit_log l`, made).Scan(&noted, &leaked)
	if err != nil || noted != 2 || leaked != 0 {
		t.Errorf("the log notes %d, and holds a password in %d rows, %v", noted, leaked, err)
	}
}

// TestDebug_T72 asks for the debug pages as each may, and in production.
func TestDebug_T72_Pages(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	base := start(t, onDatabase(db)).url
	admin := visitor(t, base)
	admin.signIn()
	for path, wants := range map[string][]string{
		"/debug":          {"Sign-in", "Cookies", "Database"},
		"/debug/cookies":  {"was sent", "HttpOnly; SameSite=Lax", "characters"},
		"/debug/database": {"Resolve the host", "Authenticate", "PostgreSQL 1", "a round trip", "differs by", "connections open"},
	} {
		got := admin.get(path)
		for _, want := range wants {
			if got.status != http.StatusOK || !strings.Contains(got.body, want) {
				t.Errorf("%s (%d) lacks %q:\n%s", path, got.status, want, sentences(got.body))
			}
		}
	}
	got := admin.send(http.MethodPost, "/debug/auth", url.Values{"name": {"DEMO"}, "password": {"demo123"}})
	for _, want := range []string{"The models", "Plain SQL", "found number", "it is right", "1: readonly", "*:read:all", "ARGON2, made as today"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the sign-in page (%d) lacks %q:\n%s", got.status, want, sentences(got.body))
		}
	}
	for _, secret := range []string{"demo123", "$argon2id", strings.TrimPrefix(db.AppURL, "postgres://")[:20]} {
		if strings.Contains(got.body+admin.get("/debug/database").body, secret) {
			t.Errorf("a secret is shown: %s", secret)
		}
	}
	if strings.Contains(got.body, "The ways differ") {
		t.Errorf("the ways differ:\n%s", sentences(got.body))
	}
	if got := admin.send(http.MethodPost, "/debug/auth", url.Values{"name": {"demo"}, "password": {"wrong"}}); !strings.Contains(got.body, "it is wrong") {
		t.Errorf("a wrong password: %d", got.status)
	}
	demo := visitor(t, base)
	demo.send(http.MethodPost, "/login", url.Values{"name": {"demo"}, "password": {"demo123"}})
	if got := demo.get("/debug/auth"); got.status != http.StatusForbidden || !strings.Contains(got.body, "admin:debug:all") {
		t.Errorf("who may not: %d", got.status)
	}
	if _, err := db.Pool.Exec(t.Context(), `ALTER TABLE users RENAME COLUMN mailbox_format TO other`); err != nil {
		t.Fatal(err)
	}
	if got := admin.send(http.MethodPost, "/debug/auth", url.Values{"name": {"demo"}}); !strings.Contains(got.body, "The ways differ in: Find the account") ||
		!strings.Contains(got.body, "mailbox_format") {
		t.Errorf("a broken model: %d\n%s", got.status, sentences(got.body))
	}
}
