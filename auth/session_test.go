package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"unified/auth"
)

func TestSession(t *testing.T) { bothWays(t, testSession) }

func testSession(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{Port: 8080, Idle: time.Hour, Max: 24 * time.Hour})

	t.Run("T01_forged_token_is_a_visitor", func(t *testing.T) {
		b, _ := h.signedIn("t01")
		token := b.cookie.Value
		flipped := "A"
		if token[:1] == "A" {
			flipped = "B"
		}
		for name, value := range map[string]string{
			"empty": "", "cut": token[:42], "longer": token + "A", "altered": flipped + token[1:], "odd": "' OR 1=1 --",
			"another_alphabet": strings.Repeat("+", 43), "random": base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		} {
			b.cookie.Value = value
			if account := b.account(); account != "" {
				t.Errorf("%s: signed in as %q", name, account)
			}
		}
	})
	t.Run("T02_cookie_has_every_flag", func(t *testing.T) {
		b, _ := h.signedIn("t02")
		c := b.cookie
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" ||
			c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie = %v", c)
		}
	})
	t.Run("T03_token_is_not_in_the_database", func(t *testing.T) {
		b, id := h.signedIn("t03")
		raw, err := base64.RawURLEncoding.DecodeString(b.cookie.Value)
		if err != nil || len(raw) != 32 {
			t.Fatalf("token %q: %d bytes, %v", b.cookie.Value, len(raw), err)
		}
		if h.number(`SELECT count(*) FROM sessions WHERE token_hash = sha256($1) AND user_id = $2`, raw, id) != 1 {
			t.Error("the hash is not stored")
		}
		found := h.number(`SELECT (SELECT count(*) FROM sessions s WHERE s.token_hash = $1 OR s::text LIKE '%'||$2||'%')
			+ (SELECT count(*) FROM audit_log a WHERE a::text LIKE '%'||$2||'%')`, raw, b.cookie.Value)
		if found != 0 {
			t.Errorf("%d rows hold the token", found)
		}
	})
	t.Run("T04_signing_in_gives_a_new_token_and_ends_the_sent_one", func(t *testing.T) {
		b, _ := h.signedIn("t04")
		old := *b
		if err := b.signIn("t04", good); err != nil {
			t.Fatal(err)
		}
		if b.cookie.Value == old.cookie.Value || b.account() != "t04" || old.account() != "" {
			t.Error("the old token is still good")
		}
	})
	t.Run("T05_logged_out_cookie_is_refused", func(t *testing.T) {
		b, id := h.signedIn("t05")
		old := *b
		if err := b.signOut(); err != nil {
			t.Fatal(err)
		}
		if b.cookie.MaxAge >= 0 || b.cookie.Value != "" {
			t.Errorf("cookie = %v", b.cookie)
		}
		if old.account() != "" || h.number(`SELECT count(*) FROM sessions WHERE user_id = $1`, id) != 0 {
			t.Error("the session lives on")
		}
		if err := old.signOut(); err != nil {
			t.Errorf("signing out twice: %v", err)
		}
		if rows := h.number(`SELECT count(*) FROM audit_log WHERE user_id = $1 AND action = 'sign_out' AND success`, id); rows != 1 {
			t.Errorf("%d rows in the audit log", rows)
		}
	})
	t.Run("T08_a_further_session_ends_the_one_unused_for_longest", func(t *testing.T) {
		first, id := h.signedIn("t08")
		h.exec(`UPDATE sessions SET last_seen_at = now() - interval '10 seconds' WHERE user_id = $1`, id)
		last := h.browser()
		for range auth.SessionsPerUser {
			last = h.browser()
			if err := last.signIn("t08", good); err != nil {
				t.Fatal(err)
			}
		}
		rows := h.number(`SELECT count(*) FROM sessions WHERE user_id = $1`, id)
		if rows != auth.SessionsPerUser || first.account() != "" || last.account() != "t08" {
			t.Errorf("%d sessions, the first is %q, the last %q", rows, first.account(), last.account())
		}
	})
}

func TestSession_ends(t *testing.T) { bothWays(t, testSessionends) }

func testSessionends(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{Idle: time.Hour, Max: 24 * time.Hour})
	for name, sql := range map[string]string{
		"T07_after_the_idle_limit":        `UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE user_id = $1`,
		"T07_after_the_absolute_limit":    `UPDATE sessions SET expires_at = now() WHERE user_id = $1`,
		"T06_when_it_is_revoked":          `UPDATE sessions SET revoked_at = now() WHERE user_id = $1`,
		"T70_when_the_user_is_locked":     `UPDATE users SET is_locked = true WHERE id = $1`,
		"T70_when_the_user_is_not_active": `UPDATE users SET is_active = false WHERE id = $1`,
		"T06_when_the_user_is_deleted":    `DELETE FROM users WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			b, id := h.signedIn(name)
			if b.account() != name {
				t.Fatal("not signed in")
			}
			h.exec(sql, id)
			if account := b.account(); account != "" {
				t.Errorf("still signed in as %q", account)
			}
		})
	}
	t.Run("T07_limits_are_those_of_the_store", func(t *testing.T) {
		_, id := h.signedIn("limits")
		if h.number(`SELECT extract(epoch FROM expires_at - created_at)::bigint FROM sessions WHERE user_id = $1`, id) != 24*3600 {
			t.Error("the absolute limit is not a day")
		}
	})
	t.Run("T07_sweep_deletes_what_is_over_and_nothing_else", func(t *testing.T) {
		h.exec(`DELETE FROM sessions`)
		b, _ := h.signedIn("kept")
		for _, state := range []string{"revoked_at = now()", "revoked_at = now() - interval '6 days'"} { // ended, but not for long
			_, id := h.signedIn(state)
			h.exec(`UPDATE sessions SET `+state+` WHERE user_id = $1`, id)
		}
		for _, state := range []string{"expires_at = now() - interval '7 days'", "last_seen_at = now() - interval '8 days'", "revoked_at = now() - interval '7 days'"} {
			_, id := h.signedIn(state)
			h.exec(`UPDATE sessions SET `+state+` WHERE user_id = $1`, id)
		}
		if n, err := h.store.Sweep(context.Background()); n != 3 || err != nil {
			t.Errorf("Sweep = %d, %v", n, err)
		}
		if b.account() != "kept" {
			t.Error("a live session was swept")
		}
	})
}

func TestSession_data(t *testing.T) { bothWays(t, testSessiondata) }

func testSessiondata(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	t.Run("comes_back_exactly", func(t *testing.T) {
		b, _ := h.signedIn("data")
		want := map[any]any{
			"id": int64(1<<62 + 1), "ratio": 0.25, "name": "<Zoë> & \"co\"", "on": true, "nothing": nil,
			"list": []any{int64(-9007199254740993), "x", []any{}}, "map": map[string]any{"n": int64(3)},
		}
		b.inSession(func(s *sessions.Session) { maps.Copy(s.Values, want) })
		b.inSession(func(s *sessions.Session) {
			for key, value := range want {
				if !reflect.DeepEqual(s.Values[key], value) {
					t.Errorf("%v = %#v, want %#v", key, s.Values[key], value)
				}
			}
		})
	})
	t.Run("flash_is_taken_once", func(t *testing.T) {
		b, _ := h.signedIn("flash")
		b.inSession(func(s *sessions.Session) { s.AddFlash("Saved.") })
		b.inSession(func(s *sessions.Session) {
			if got := s.Flashes(); !reflect.DeepEqual(got, []any{"Saved."}) {
				t.Errorf("flashes = %v", got)
			}
		})
		b.inSession(func(s *sessions.Session) {
			if got := s.Flashes(); len(got) != 0 {
				t.Errorf("flashes = %v", got)
			}
		})
	})
	t.Run("of_a_sign_in_starts_empty", func(t *testing.T) {
		b, _ := h.signedIn("anew")
		b.inSession(func(s *sessions.Session) { s.Values["theirs"] = "x" })
		if err := b.signIn("anew", good); err != nil {
			t.Fatal(err)
		}
		b.inSession(func(s *sessions.Session) {
			if s.Values["theirs"] != nil {
				t.Error("data of the old session came along")
			}
		})
	})
	t.Run("T08_of_a_visitor_makes_no_row", func(t *testing.T) {
		before := h.number(`SELECT count(*) FROM sessions`)
		h.browser().inSession(func(s *sessions.Session) { s.Values["x"] = 1 })
		if after := h.number(`SELECT count(*) FROM sessions`); after != before {
			t.Errorf("%d sessions, before %d", after, before)
		}
	})
	t.Run("that_cannot_be_JSON_is_an_error", func(t *testing.T) {
		b, _ := h.signedIn("odd")
		r := b.request()
		session, err := h.store.Get(r, h.store.Name())
		if err != nil {
			t.Fatal(err)
		}
		session.Values["f"] = func() {}
		if session.Save(r, httptest.NewRecorder()) == nil {
			t.Error("saved")
		}
	})
	t.Run("negative_MaxAge_ends_it", func(t *testing.T) {
		b, _ := h.signedIn("gone")
		b.inSession(func(s *sessions.Session) { s.Options.MaxAge = -1 })
		if b.account() != "" {
			t.Error("still signed in")
		}
	})
}

func TestSession_use(t *testing.T) { bothWays(t, testSessionuse) }

func testSessionuse(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	seen := func(id int64) string { return h.text(`SELECT last_seen_at::text FROM sessions WHERE user_id = $1`, id) }
	b, id := h.signedIn("seen")
	t.Run("within_a_minute_is_not_written", func(t *testing.T) {
		before := seen(id)
		b.account()
		if seen(id) != before {
			t.Error("written")
		}
	})
	t.Run("after_a_minute_is_written", func(t *testing.T) {
		h.exec(`UPDATE sessions SET last_seen_at = now() - interval '61 seconds' WHERE user_id = $1`, id)
		before := seen(id)
		b.account()
		if seen(id) == before {
			t.Error("not written")
		}
	})
	t.Run("plain_cookies_are_another_name_without_Secure", func(t *testing.T) {
		plain := auth.NewStore(h.pool, h.finder, auth.StoreOptions{Plain: true})
		other := &house{t, h.pool, h.served, h.finder, plain, auth.NewGate(h.pool, h.finder, plain)}
		b, _ := other.signedIn("plain")
		if b.cookie.Secure || strings.HasPrefix(b.cookie.Name, "__") || b.account() != "plain" {
			t.Errorf("cookie = %v", b.cookie)
		}
	})
}

// counted notes which lookups a request makes.
type counted struct {
	auth.Finder
	calls *[]string
}

func (c counted) BySession(ctx context.Context, hash []byte) (auth.Session, error) {
	*c.calls = append(*c.calls, "session")
	return c.Finder.BySession(ctx, hash)
}

func (c counted) Roles(ctx context.Context, id int64) ([]byte, error) {
	*c.calls = append(*c.calls, "roles")
	return c.Finder.Roles(ctx, id)
}

func TestAccount(t *testing.T) { bothWays(t, testAccount) }

func testAccount(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	b, id := h.signedIn("alice")
	grant := func(role, permission string) {
		p, err := auth.ParsePermission(permission)
		if err != nil {
			t.Fatal(err)
		}
		h.exec(`WITH p AS (INSERT INTO permissions (model, action, scope) VALUES ($2, $3, $4) RETURNING id)
			INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, p WHERE r.name = $1`,
			role, p.Model, p.Action, p.Scope)
	}
	grant("user", "users:read:own")
	grant("moderator", "users:read:all")
	grant("readonly", "dns_zones:read:all")
	grant("customer", "dns_zones:update:all")
	rights := func() auth.Rights {
		account, _, err := b.store.Account(b.request())
		if err != nil {
			t.Fatal(err)
		}
		if account.Domain != "example.org" {
			t.Errorf("Domain = %q", account.Domain)
		}
		return account.Rights
	}
	t.Run("without_roles_has_no_permissions", func(t *testing.T) {
		if got := rights().Roles(); len(got) != 0 {
			t.Errorf("roles = %v", got)
		}
	})
	t.Run("T37_a_role_counts_from_the_next_request", func(t *testing.T) {
		h.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1, 'user', 'web'), ($1, 'readonly', 'global')`, id)
		got := rights()
		if got.Scopes("users", "read") != auth.Own || len(got.Roles()) != 2 {
			t.Errorf("roles = %v", got.Roles())
		}
	})
	t.Run("roles_of_other_services_or_suspended_or_expired_give_nothing", func(t *testing.T) {
		h.exec(`INSERT INTO user_roles (user_id, role_name, service, is_active, expires_at) VALUES
			($1, 'moderator', 'dovecot', true, null), ($1, 'moderator', 'web', false, null), ($1, 'customer', 'web', true, now())`, id)
		if got := rights().Roles(); len(got) != 2 {
			t.Errorf("roles = %v", got)
		}
	})
	t.Run("T37_a_role_taken_away_ends_at_once", func(t *testing.T) {
		h.exec(`DELETE FROM user_roles WHERE user_id = $1 AND role_name = 'user'`, id)
		if rights().Scopes("users", "read") != 0 {
			t.Error("still allowed")
		}
	})
	t.Run("T37_what_a_role_gives_counts_from_the_next_request", func(t *testing.T) {
		for _, change := range []struct{ sql, model string }{
			{`UPDATE permissions SET model = 'dns_records' WHERE model = 'dns_zones' AND action = 'read'`, "dns_records"},
			{`DELETE FROM role_permissions g USING permissions p WHERE p.id = g.permission_id AND p.model = 'dns_records'`, ""},
			{`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, permissions p
				WHERE r.name = 'readonly' AND p.model = 'dns_records'`, "dns_records"},
			{`INSERT INTO role_fields (role_id, model, field, access) SELECT id, 'dns_records', 'name', 'hidden' FROM roles WHERE name = 'readonly'`, "dns_records"},
		} {
			h.exec(change.sql)
			got := rights()
			for _, model := range []string{"dns_zones", "dns_records"} {
				if open := got.Scopes(model, "read") != 0; open != (model == change.model) {
					t.Errorf("after %s: %s are open: %v", change.sql, model, open)
				}
			}
		}
		if rights().Kept("dns_records", "read")["name"] != auth.FieldHidden {
			t.Error("a field that a role keeps back is open")
		}
	})
	t.Run("costs_one_lookup_a_request_and_a_visitor_none", func(t *testing.T) {
		var calls []string
		store := auth.NewStore(h.pool, counted{h.finder, &calls}, auth.StoreOptions{})
		r := b.request()
		for range 3 {
			if _, _, err := store.Account(h.browser().request()); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok, err := store.Account(r); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if _, err := store.Get(r, store.Name()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(calls, []string{"session"}) {
			t.Errorf("lookups = %v", calls)
		}
	})
	t.Run("in_an_outage_is_unavailable_and_no_visitor", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, ok, err := h.store.Account(b.request().WithContext(ctx))
		if ok || !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("Account = %v, %v", ok, err)
		}
	})
	t.Run("with_a_column_missing_is_no_outage", func(t *testing.T) {
		h.exec(`ALTER TABLE sessions RENAME COLUMN data TO data_2`)
		_, ok, err := h.store.Account(b.request())
		if ok || err == nil || errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("Account = %v, %v", ok, err)
		}
	})
}

func TestStore_SweepEvery_outlives_a_panic(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []error
	auth.NewStore(nil, nil, auth.StoreOptions{}).SweepEvery(ctx, time.Millisecond, func(err error) { // without a pool it panics
		if told = append(told, err); len(told) == 3 {
			cancel()
		}
	})
	if !strings.Contains(told[2].Error(), "panic: ") || !strings.Contains(told[2].Error(), "store.go") {
		t.Errorf("told %v", told)
	}
}
