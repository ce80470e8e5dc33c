package controllers

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/argon2"

	"unified/auth"
	"unified/internal/testdb"
)

const (
	rightPassword = "violet tractor 81"
	wrongPassword = "violet tractor 82"
)

// doorstep is a site behind its door, with one person, alice.
type doorstep struct {
	*Site
	t     *testing.T
	db    *testdb.DB
	store *auth.Store
}

func newDoorstep(t *testing.T, prefix string, change ...func(*Door, *testdb.DB)) *doorstep {
	t.Helper()
	return onDoorstep(t, testdb.New(t), Config{Prefix: prefix}, change...)
}

// onDoorstep fills in the rest of the settings.
func onDoorstep(t *testing.T, db *testdb.DB, config Config, change ...func(*Door, *testdb.DB)) *doorstep {
	t.Helper()
	pool, prefix := db.App().Pool, config.Prefix
	finder := auth.SQL(pool)
	store := auth.NewStore(pool, finder, auth.StoreOptions{Port: 8080, Prefix: prefix})
	config.Static = fstest.MapFS{"app.js": {Data: []byte("1")}}
	config.Asset = func(name string) string { return name }
	config.Timeout, config.BodyLimit = 20*time.Second, 64<<10
	door := Door{Gate: auth.NewGate(pool, finder, store), Store: store, Prefix: prefix}
	for _, alter := range change {
		alter(&door, db)
	}
	config.Gate = door.Open()
	if config.Log == nil {
		config.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	}
	site, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	d := &doorstep{site, t, db, store}
	d.exec(`WITH u AS (INSERT INTO users (username, email) VALUES ('alice', 'alice@example.org') RETURNING id)
		INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) SELECT id, 'web', $1, 'ARGON2' FROM u`,
		cheap(rightPassword))
	return d
}

// cheap returns a hash as auth makes it, but at a cost that the many sign-ins of these tests can bear.
func cheap(password string) string {
	salt, b64 := []byte("salt of the tests"), base64.RawStdEncoding
	key := argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)
	return "$argon2id$v=19$m=64,t=1,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

func (d *doorstep) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Pool.Exec(context.Background(), sql, args...); err != nil {
		d.t.Fatal(err)
	}
}

// forget removes what was recorded, so that the failures of other tests keep nobody out.
func (d *doorstep) forget() { d.exec(`DELETE FROM audit_log`) }

// ask sends a request as a browser on the site itself does; change may alter it before.
func (d *doorstep) ask(method, path, body string, change ...func(*http.Request)) *http.Response {
	d.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:8080"
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, alter := range change {
		alter(r)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// signIn signs alice in and returns what sends her cookie.
func (d *doorstep) signIn() func(*http.Request) {
	d.t.Helper()
	answer := d.ask("POST", d.Path("/login"), form("name", "alice", "password", rightPassword))
	cookie := d.sessionCookie(answer)
	if answer.StatusCode != http.StatusSeeOther || cookie == nil {
		d.t.Fatalf("signing in: %s", answer.Status)
	}
	return func(r *http.Request) { r.AddCookie(cookie) }
}

func (d *doorstep) sessionCookie(answer *http.Response) *http.Cookie {
	for _, cookie := range answer.Cookies() {
		if cookie.Name == d.store.Name() {
			return cookie
		}
	}
	return nil
}

func text(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
