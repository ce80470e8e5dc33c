package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"unified/auth"
)

// token gives a person a token for these permissions and returns its text.
func (h *house) token(userID int64, permissions ...string) string {
	h.t.Helper()
	text, hash := auth.NewAPIToken()
	h.exec(`INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at) VALUES ($1, $2, $3, $4, now() + interval '1 day')`,
		userID, text[len(text)-8:], hash, permissions)
	return text
}

// program asks with a token from an address, and tells who that is.
func (h *house) program(from, text string) (auth.Account, error) {
	h.t.Helper()
	b := h.browser()
	b.from = from
	return h.gate.Program(b.request().Context(), text)
}

func TestNewAPIToken(t *testing.T) {
	text, hash := auth.NewAPIToken()
	other, _ := auth.NewAPIToken()
	if !strings.HasPrefix(text, "unified_") || len(text) != len("unified_")+26 || len(hash) != 32 || text == other {
		t.Errorf("text %q, hash of %d bytes, then %q", text, len(hash), other)
	}
}

func TestProgram(t *testing.T) { bothWays(t, programs) }

func programs(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("alice")
	h.exec(`INSERT INTO permissions (model, action, scope) VALUES ('users', 'read', 'all'), ('users', 'update', 'own')`)
	h.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, permissions p WHERE r.name = 'user'`)
	h.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1, 'user', 'web')`, id)

	t.Run("it_opens_what_both_it_and_its_person_may", func(t *testing.T) {
		account, err := h.program("", h.token(id, "users:read:own", "users:delete:all", "dns_zones:read:all"))
		if err != nil || account.ID != id || account.Name != "alice" || account.Domain != "example.org" || !strings.HasPrefix(account.Program, "API token ") {
			t.Fatalf("%+v, %v", account, err)
		}
		for _, test := range []struct {
			model, action string
			want          auth.Scopes
		}{{"users", "read", auth.Own}, {"users", "update", 0}, {"users", "delete", 0}, {"dns_zones", "read", 0}} {
			if got := account.Rights.Scopes(test.model, test.action); got != test.want {
				t.Errorf("%s:%s on %q, want %q", test.model, test.action, got, test.want)
			}
		}
	})
	t.Run("T37_what_the_person_loses_it_loses_at_once", func(t *testing.T) {
		text := h.token(id, "users:read:all")
		h.exec(`UPDATE user_roles SET is_active = false WHERE user_id = $1`, id)
		account, err := h.program("", text)
		if err != nil || account.Rights.Scopes("users", "read") != 0 {
			t.Errorf("%v, %v", account.Rights.Scopes("users", "read"), err)
		}
		h.exec(`UPDATE user_roles SET is_active = true WHERE user_id = $1`, id)
	})
	t.Run("T03_the_database_holds_its_hash_alone", func(t *testing.T) {
		text := h.token(id, "users:read:all")
		if _, err := h.program("", text); err != nil {
			t.Fatal(err)
		}
		n := h.number(`SELECT (SELECT count(*) FROM api_tokens t WHERE t::text LIKE '%' || $1 || '%') + (SELECT count(*) FROM audit_log a WHERE a::text LIKE '%' || $1 || '%')`, text[8:])
		if n != 0 || h.number(`SELECT count(*) FROM api_tokens WHERE token_hash = sha256($1::bytea)`, []byte(text)) != 1 {
			t.Errorf("%d rows hold the token", n)
		}
	})
	t.Run("its_use_is_noted_once_a_minute", func(t *testing.T) {
		text := h.token(id, "users:read:all")
		used := func(from string) string {
			t.Helper()
			if _, err := h.program(from, text); err != nil {
				t.Fatal(err)
			}
			return h.text(`SELECT last_used_at || ' ' || host(last_ip_address) FROM api_tokens WHERE token_hash = sha256($1::bytea)`, []byte(text))
		}
		first := used("192.0.2.8")
		if again := used("192.0.2.9"); again != first || !strings.HasSuffix(first, " 192.0.2.8") {
			t.Errorf("%q, then %q", first, again)
		}
		h.exec(`UPDATE api_tokens SET last_used_at = now() - interval '61 seconds' WHERE token_hash = sha256($1::bytea)`, []byte(text))
		if later := used("192.0.2.9"); !strings.HasSuffix(later, " 192.0.2.9") {
			t.Errorf("a minute later %q", later)
		}
	})
	for name, sql := range map[string]string{
		"token revoked":      `UPDATE api_tokens SET revoked_at = now() WHERE token_hash = sha256($1::bytea)`,
		"token expired":      `UPDATE api_tokens SET expires_at = now() WHERE token_hash = sha256($1::bytea)`,
		"account locked":     `UPDATE users SET is_locked = true WHERE id = (SELECT user_id FROM api_tokens WHERE token_hash = sha256($1::bytea))`,
		"account not active": `UPDATE users SET is_active = false WHERE id = (SELECT user_id FROM api_tokens WHERE token_hash = sha256($1::bytea))`,
		"unknown token":      `DELETE FROM users WHERE id = (SELECT user_id FROM api_tokens WHERE token_hash = sha256($1::bytea))`,
	} {
		t.Run("T70_it_ends:_"+name, func(t *testing.T) {
			who := h.person("one " + name)
			text := h.token(who, "users:read:all")
			if _, err := h.program("192.0.2.10", text); err != nil {
				t.Fatal(err)
			}
			h.exec(sql, []byte(text))
			if account, err := h.program("192.0.2.10", text); !errors.Is(err, auth.ErrDenied) || account.ID != 0 {
				t.Errorf("%v, %v", account, err)
			}
			wanted := fmt.Sprintf("%s of %d", name, who)
			if name == "unknown token" {
				wanted = name + " of 0"
			}
			got := h.text(`SELECT error_message || ' of ' || coalesce(user_id, 0) FROM audit_log WHERE action = 'api_token' ORDER BY id DESC LIMIT 1`)
			if got != wanted {
				t.Errorf("recorded as %q, want %q", got, wanted)
			}
		})
	}
	t.Run("T01_what_is_no_token_opens_nothing", func(t *testing.T) {
		good := h.token(id, "users:read:all")
		for i, text := range []string{"", "unified_", good[:len(good)-1], good + "A", strings.ToLower(good), good[8:], "unified_" + strings.Repeat("A", 26), "' OR 1=1 --", "\x00\xff"} {
			if _, err := h.program(fmt.Sprintf("192.0.2.%d", 20+i), text); !errors.Is(err, auth.ErrDenied) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
	t.Run("T61_a_flood_waits_and_keeps_out_no_good_token", func(t *testing.T) {
		h.exec(`INSERT INTO audit_log (action, success, ip_address, service) SELECT 'api_token', false, '198.51.100.7', 'web' FROM generate_series(1, 40)`)
		var waits auth.Throttled
		if _, err := h.program("198.51.100.7", "unified_"); !errors.As(err, &waits) || waits.Retry <= 0 || waits.Retry > auth.DelayMost {
			t.Errorf("%v", err)
		}
		if _, err := h.program("198.51.100.8", "unified_"); !errors.Is(err, auth.ErrDenied) {
			t.Errorf("another network: %v", err)
		}
		if _, err := h.program("198.51.100.7", h.token(id, "users:read:all")); err != nil {
			t.Errorf("a good token: %v", err)
		}
	})
	t.Run("an_outage_is_unavailable", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.gate.Program(ctx, h.token(id, "users:read:all")); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what_ended_a_quarter_ago_is_swept", func(t *testing.T) {
		old, young := h.token(id, "users:read:all"), h.token(id, "users:read:all")
		h.exec(`UPDATE api_tokens SET revoked_at = now() - interval '91 days' WHERE token_hash = sha256($1::bytea)`, []byte(old))
		h.exec(`UPDATE api_tokens SET revoked_at = now() - interval '89 days' WHERE token_hash = sha256($1::bytea)`, []byte(young))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			h.store.SweepEvery(ctx, time.Hour, func(err error) { t.Error(err) })
			close(ended)
		}()
		left := func(text string) int64 {
			return h.number(`SELECT count(*) FROM api_tokens WHERE token_hash = sha256($1::bytea)`, []byte(text))
		}
		for began := time.Now(); left(old) != 0; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > 20*time.Second {
				t.Fatal("the old one is still there")
			}
		}
		cancel()
		<-ended
		if left(young) != 1 {
			t.Error("the young one is gone")
		}
	})
}

// ticket is another kind of token.
type ticket struct{ id int64 }

func (k ticket) Account(_ context.Context, text string) (auth.Account, error) {
	if text != "ticket" {
		return auth.Account{}, auth.ErrNone
	}
	return auth.Account{ID: k.id, Name: "alice", Program: "ticket"}, nil
}

func TestProgram_AnotherKindOfTokenIsOneMoreBearer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("alice")
	gate := auth.NewGate(h.served, h.finder, h.store, ticket{id})
	ctx := h.browser().request().Context()
	for text, want := range map[string]string{"ticket": "ticket", h.token(id, "users:read:all"): "API token"} {
		if account, err := gate.Program(ctx, text); err != nil || account.ID != id || !strings.HasPrefix(account.Program, want) {
			t.Errorf("%q: %v, %v", text, account, err)
		}
	}
	if _, err := gate.Program(ctx, "coupon"); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a kind that nobody knows: %v", err)
	}
}
