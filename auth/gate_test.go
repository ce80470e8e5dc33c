package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"unified/auth"
)

func TestGate_SignIn(t *testing.T) { bothWays(t, testGateSignIn) }

func testGateSignIn(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("Alice")
	for name, typed := range map[string]string{
		"by_user_name":                 "Alice",
		"by_user_name_in_another_case": "aLICE",
		"by_e-mail":                    "Alice@Example.org",
		"by_e-mail_in_another_case":    "ALICE@EXAMPLE.ORG",
		"with_spaces_around_the_name":  "  alice\t",
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser()
			if err := b.signIn(typed, good); err != nil || b.account() != "Alice" {
				t.Errorf("signed in as %q: %v", b.account(), err)
			}
		})
	}
	t.Run("an_address_belongs_to_its_mailbox_and_not_to_a_user_of_that_name", func(t *testing.T) {
		h.exec(`INSERT INTO users (username, email) VALUES ('ALICE@example.org', 'squatter@example.net')`)
		b := h.browser()
		if err := b.signIn("alice@example.org", good); err != nil || b.account() != "Alice" {
			t.Errorf("signed in as %q: %v", b.account(), err)
		}
	})
	t.Run("is_noted_and_counts_from_zero_again", func(t *testing.T) {
		h.exec(`UPDATE users SET failed_login_attempts = 3, last_login_at = null WHERE id = $1`, id)
		b := h.browser()
		if err := b.signIn("alice", good); err != nil {
			t.Fatal(err)
		}
		if h.number(`SELECT failed_login_attempts FROM users WHERE id = $1 AND last_login_at IS NOT NULL`, id) != 0 {
			t.Error("not reset")
		}
		row := h.text(`SELECT concat_ws(' ', a.user_id = s.user_id, a.session_id = s.id::text, service, action, success, ip_address,
			user_agent, request_method, request_path, duration_ms >= 0, additional_data) FROM audit_log a
			CROSS JOIN (SELECT id, user_id FROM sessions ORDER BY id DESC LIMIT 1) s ORDER BY a.id DESC LIMIT 1`)
		want := `t t web sign_in t 192.0.2.7 a browser POST /login t {"actor": "Alice", "request": "request-1"}`
		if strings.Replace(row, "192.0.2.7/32", "192.0.2.7", 1) != want {
			t.Errorf("audit row = %s", row)
		}
	})
	t.Run("with_a_bcrypt_hash", func(t *testing.T) {
		hash, err := bcrypt.GenerateFromPassword([]byte(good), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		h.exec(`UPDATE user_passwords SET password_hash = $2, hash_scheme = 'BCRYPT' WHERE user_id = $1`, h.person("old"), string(hash))
		if err := h.browser().signIn("old", good); err != nil {
			t.Error(err)
		}
	})
}

func TestGate_SignIn_denied(t *testing.T) { bothWays(t, testGateSignIndenied) }

func testGateSignIndenied(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	closed := func(sql string) string {
		name := fmt.Sprintf("closed-%d", h.number(`SELECT count(*) FROM users`))
		h.exec(sql, h.person(name))
		return name
	}
	h.person("bob")
	for name, test := range map[string]struct{ name, password, reason string }{
		"T60_wrong_password":              {"bob", "violet tractor 82", "wrong password"},
		"T60_unknown_name":                {"bobby", good, "unknown name"},
		"empty_name":                      {"", good, "unknown name"},
		"empty_password":                  {"bob", "", "wrong password"},
		"T60_locked":                      {closed(`UPDATE users SET is_locked = true WHERE id = $1`), good, "account locked"},
		"T60_not_active":                  {closed(`UPDATE users SET is_active = false WHERE id = $1`), good, "account not active"},
		"T60_password_expired":            {closed(`UPDATE user_passwords SET expires_at = now() WHERE user_id = $1`), good, "password expired"},
		"T60_password_of_another_service": {closed(`UPDATE user_passwords SET service = 'api' WHERE user_id = $1`), good, "no password for the panel"},
		"a_hash_that_cannot_be_read":      {closed(`UPDATE user_passwords SET hash_scheme = 'SSHA' WHERE user_id = $1`), good, "wrong password"},
		"T68_SQL_in_the_name":             {"bob' OR 1=1 --", good, "unknown name"},
		"T68_wildcard_in_the_name":        {"b%", good, "unknown name"},
		"T68_NUL_in_the_name":             {"bob\x00", good, "unknown name"},
		"T68_bytes_that_are_not_text":     {"bob\xff", good, "unknown name"},
		"T68_NUL_in_the_password":         {"bob", good + "\x00", "wrong password"},
		"T64_endless_name":                {strings.Repeat("b", 1<<20), good, "unknown name"},
		"T64_endless_password":            {"bob", strings.Repeat("x", 1<<20), "wrong password"},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser()
			if err := b.signIn(test.name, test.password); !errors.Is(err, auth.ErrDenied) {
				t.Errorf("error = %v", err)
			}
			if b.cookie != nil {
				t.Errorf("cookie = %v", b.cookie)
			}
			row := h.text(`SELECT concat_ws(' ', action, success, error_message) FROM audit_log ORDER BY id DESC LIMIT 1`)
			if row != "sign_in f "+test.reason {
				t.Errorf("audit row = %q", row)
			}
			h.exec(`DELETE FROM audit_log`)
		})
	}
	t.Run("a_name_that_nobody_has_is_not_recorded", func(t *testing.T) {
		if err := h.browser().signIn("my secret password", good); !errors.Is(err, auth.ErrDenied) {
			t.Fatal(err)
		}
		if h.number(`SELECT count(*) FROM audit_log WHERE additional_data::text LIKE '%secret%'`) != 0 {
			t.Error("recorded")
		}
	})
	t.Run("the_session_that_was_there_stays", func(t *testing.T) {
		b, _ := h.signedIn("stays")
		if err := b.signIn("stays", "something else"); !errors.Is(err, auth.ErrDenied) || b.account() != "stays" {
			t.Errorf("error = %v, account %q", err, b.account())
		}
	})
	t.Run("every_failure_is_counted_and_a_flood_does_not_fill_the_log", func(t *testing.T) {
		id := h.person("flooded")
		h.exec(`DELETE FROM audit_log`)
		for i := range 25 {
			b := h.browser()
			b.from = fmt.Sprintf("198.51.100.%d", i%5)
			err := b.signIn("flooded", "something else")
			var throttled auth.Throttled
			if counted := h.number(`SELECT failed_login_attempts FROM users WHERE id = $1`, id); counted != int64(min(i+1, 25)) || !errors.Is(err, auth.ErrDenied) {
				t.Fatalf("attempt %d: %d counted, %v, %v", i, counted, err, errors.As(err, &throttled))
			}
		}
		if n := h.number(`SELECT count(*) FROM audit_log`); n != 25 {
			t.Errorf("%d rows in the log", n)
		}
	})
	t.Run("an_outage_is_unavailable_and_no_denial", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err := h.gate.SignIn(nil, h.browser().request().WithContext(ctx), "bob", good)
		if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrDenied) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestGate_SignIn_concurrently(t *testing.T) { bothWays(t, testGateSignInconcurrently) }

func testGateSignInconcurrently(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("carol")
	var all sync.WaitGroup
	for range auth.SessionsPerUser + 5 {
		all.Go(func() {
			if err := h.browser().signIn("carol", good); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	t.Run("T08_the_limit_holds", func(t *testing.T) {
		if n := h.number(`SELECT count(*) FROM sessions WHERE user_id = $1`, id); n != auth.SessionsPerUser {
			t.Errorf("%d sessions", n)
		}
	})
}
