package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"testing"

	"unified/auth"
	"unified/database"
)

// TestFinder asks both finders the same, and wants the same answers.
func TestFinder(t *testing.T) { bothWays(t, finds) }

func finds(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("Alice")
	h.person("without")
	h.exec(`DELETE FROM user_passwords WHERE user_id = (SELECT id FROM users WHERE username = 'without')`)
	h.exec(`INSERT INTO users (username, email, is_active, is_locked) VALUES ('alice@example.org', 'squatter@example.net', false, true)`)
	h.exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES ($1, 'api', 'other', 'BCRYPT')`, id)
	h.exec(`UPDATE user_passwords SET expires_at = '2100-01-01' WHERE user_id = $1 AND service = 'web'`, id)
	h.exec(`INSERT INTO sessions (user_id, token_hash, expires_at, data) VALUES ($1, 'open', '2100-01-01', '{"a": 1}'), ($1, 'ended', '2100-01-01', '{}')`, id)
	h.exec(`UPDATE sessions SET revoked_at = now() WHERE token_hash = 'ended'`)
	h.exec(`INSERT INTO permissions (model, action, scope) VALUES ('a "b", {c}', 'read', 'own'), ('t', 'update', 'all')`)
	h.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, permissions p WHERE r.name = 'user'`)
	h.exec(`INSERT INTO role_fields (role_id, model, field, access) SELECT id, 't', 'f\\', 'hidden' FROM roles WHERE name = 'user'`)
	h.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1, 'user', 'web'), ($1, 'user', 'global'), ($1, 'readonly', 'global'), ($1, 'admin', 'dovecot')`, id)

	for name, want := range map[string]string{
		"alice":                "Alice Alice@Example.org example.org true false true ARGON2 2100",
		"ALICE@EXAMPLE.ORG":    "Alice Alice@Example.org example.org true false true ARGON2 2100",
		"squatter@example.net": "alice@example.org squatter@example.net example.net false true false  none",
		"without":              "without without@Example.org example.org true false false  none",
		"nobody":               "none",
		"al%":                  "none",
		"' OR 1=1 --":          "none",
		"":                     "none",
	} {
		t.Run("by_name_"+name, func(t *testing.T) {
			p, err := h.finder.ByName(t.Context(), name)
			got := fmt.Sprint(p.Name, " ", p.Email, " ", p.Domain, " ", p.Active, " ", p.Locked, " ", p.Hash != "", " ", p.Scheme, " ")
			if p.Expires == nil {
				got += "none"
			} else {
				got += fmt.Sprint(p.Expires.UTC().Year())
			}
			if errors.Is(err, auth.ErrNone) {
				got, err = "none", nil
			}
			if got != want || err != nil || want != "none" && p.Now.IsZero() {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
	}
	for token, want := range map[string]string{"open": `Alice false {"a": 1}`, "ended": "Alice true {}", "none": "none"} {
		t.Run("by_session_"+token, func(t *testing.T) {
			s, err := h.finder.BySession(t.Context(), []byte(token))
			got := fmt.Sprint(s.Person.Name, " ", s.Revoked, " ", string(s.Data))
			if errors.Is(err, auth.ErrNone) {
				got, err = "none", nil
			}
			if got != want || err != nil || want != "none" && (s.Ends.UTC().Year() != 2100 || s.Seen.IsZero() || s.Person.Now.Before(s.Seen) || s.Person.ID != id) {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
	}
	h.exec(`INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at) VALUES ($1, 'a', 'open', '{t:read:own,"a b:c:all"}', '2100-01-01'),
		($1, 'b', 'ended', '{}', '2100-01-01')`, id)
	h.exec(`UPDATE api_tokens SET revoked_at = now(), last_used_at = '2001-01-01' WHERE token_hash = 'ended'`)
	for token, want := range map[string]string{"open": `Alice false ["t:read:own" "a b:c:all"] 1`, "ended": "Alice true [] 2001", "none": "none"} {
		t.Run("by_token_"+token, func(t *testing.T) {
			found, err := h.finder.ByToken(t.Context(), []byte(token))
			year := 1
			if found.Used != nil {
				year = found.Used.UTC().Year()
			}
			got := fmt.Sprintf("%s %v %q %d", found.Person.Name, found.Revoked, found.Permissions, year)
			if errors.Is(err, auth.ErrNone) {
				got, err = "none", nil
			}
			if got != want || err != nil || want != "none" && (found.Ends.UTC().Year() != 2100 || found.Person.Now.IsZero() || found.Person.ID != id || !found.Person.Active || found.Person.Domain != "example.org") {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
	}
	t.Run("roles", func(t *testing.T) {
		read := func(roles []byte, err error) auth.Rights {
			rights, unread := auth.ReadRights(roles)
			if err = errors.Join(err, unread); err != nil {
				t.Error(err)
			}
			return rights
		}
		rights := read(h.finder.Roles(t.Context(), id))
		if len(rights.Roles()) != 2 || rights.Scopes(`a "b", {c}`, "read") != auth.Own || rights.Scopes("t", "update") != auth.All ||
			!reflect.DeepEqual(rights.Kept("t", "update"), map[string]string{`f\\`: "hidden"}) {
			t.Errorf("%v", rights)
		}
		s, err := h.finder.BySession(t.Context(), []byte("open"))
		if with := read(s.Roles, err); !reflect.DeepEqual(with, rights) {
			t.Errorf("with the session come %v, alone %v", with, rights)
		}
		token, err := h.finder.ByToken(t.Context(), []byte("open"))
		if with := read(token.Roles, err); !reflect.DeepEqual(with, rights) {
			t.Errorf("with the token come %v, alone %v", with, rights)
		}
		if none := read(h.finder.Roles(t.Context(), 999_999)); len(none.Roles()) != 0 {
			t.Errorf("nobody has %v", none)
		}
	})
	t.Run("an_outage_is_unavailable", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, byName := h.finder.ByName(ctx, "alice")
		_, bySession := h.finder.BySession(ctx, []byte("open"))
		_, byToken := h.finder.ByToken(ctx, []byte("open"))
		_, roles := h.finder.Roles(ctx, id)
		for _, err := range []error{byName, bySession, byToken, roles} {
			if !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("error = %v", err)
			}
		}
	})
}

// fails is a finder that cannot answer.
type fails struct {
	auth.Finder
	err error
}

func (f *fails) Roles(context.Context, int64) ([]byte, error) {
	if f.err != nil && f.err.Error() == "panic" {
		panic(f.err)
	}
	return nil, f.err
}

// answers is a finder that can.
type answers struct {
	auth.Finder
	err error
}

func (a answers) Roles(context.Context, int64) ([]byte, error) {
	return []byte("[]"), a.err
}

func TestTwice(t *testing.T) {
	t.Parallel()
	away := fmt.Errorf("away: %w", auth.ErrUnavailable)
	for name, test := range map[string]struct {
		first, second error
		answered      bool // by the second
		want          error
	}{
		"the first answers":             {nil, nil, false, nil},
		"the first finds nobody":        {auth.ErrNone, nil, false, auth.ErrNone},
		"an outage is none of shape":    {away, nil, false, auth.ErrUnavailable},
		"a column is missing":           {errors.New("column does not exist"), nil, true, nil},
		"a model panics":                {errors.New("panic"), nil, true, nil},
		"both fail":                     {errors.New("no column"), away, false, auth.ErrUnavailable},
		"the second finds nobody":       {errors.New("no column"), auth.ErrNone, true, auth.ErrNone},
		"a connection that was refused": {auth.Failed("ask", &net.OpError{Op: "dial", Err: errors.New("refused")}), nil, false, auth.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			first := &fails{err: test.first}
			twice := auth.NewTwice(first, answers{err: test.second}, slog.New(slog.NewTextHandler(&log, nil)))
			for range 3 {
				if _, err := twice.Roles(t.Context(), 1); !errors.Is(err, test.want) {
					t.Errorf("error = %v", err)
				}
			}
			troubles := twice.Troubles(t.Context())
			if test.answered != (len(troubles) == 1 && troubles[0].Count == 3 && troubles[0].Looking == "roles") {
				t.Errorf("troubles = %v", troubles)
			}
			if told := strings.Count(log.String(), "level=ERROR"); told != len(troubles) {
				t.Errorf("the log was told %d times:\n%s", told, log.String())
			}
			first.err = nil
			if _, err := twice.Roles(t.Context(), 1); err != nil || len(twice.Troubles(t.Context())) != 0 {
				t.Errorf("mended: %v, %v", err, twice.Troubles(t.Context()))
			}
		})
	}
}

// TestTwice_T38 keeps what the second way finds under the same rules: nobody comes in by it who may not.
func TestTwice_T38_the_pipeline_is_the_same_by_each_way(t *testing.T) {
	h := build(t, auth.StoreOptions{}, func(db *database.DB) auth.Finder {
		return auth.NewTwice(ormFinder(t, db), auth.SQL(db.Pool), slog.New(slog.DiscardHandler))
	})
	twice := h.finder.(*auth.Twice)
	id := h.person("alice")
	h.exec(`ALTER TABLE users RENAME COLUMN mailbox_format TO format`)
	b := h.browser()
	if err := b.signIn("alice", good); err != nil || b.account() != "alice" {
		t.Fatalf("with a broken model: %v", err)
	}
	if got := len(twice.Troubles(t.Context())); got != 2 { // people and sessions
		t.Errorf("troubles = %v", twice.Troubles(t.Context()))
	}
	if err := h.browser().signIn("alice", "violet tractor 82"); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a wrong password: %v", err)
	}
	if n := h.number(`SELECT failed_login_attempts FROM users WHERE id = $1`, id); n != 1 {
		t.Errorf("%d failures counted", n)
	}
	text := h.token(id, "users:read:own")
	if account, err := h.gate.Program(h.browser().request().Context(), text); err != nil || account.Name != "alice" || len(twice.Troubles(t.Context())) != 3 {
		t.Errorf("a token with a broken model: %v, %v, troubles %v", account, err, twice.Troubles(t.Context()))
	}
	h.exec(`UPDATE users SET is_locked = true WHERE id = $1`, id)
	if _, err := h.gate.Program(h.browser().request().Context(), text); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a token of a locked account: %v", err)
	}
	if err := h.browser().signIn("alice", good); !errors.Is(err, auth.ErrDenied) || b.account() != "" {
		t.Errorf("a locked account: %v, session of %q", err, b.account())
	}
	if rows := h.text(`SELECT string_agg(coalesce(error_message, 'in'), ', ' ORDER BY id) FROM audit_log WHERE action = 'sign_in'`); rows != "in, wrong password, account locked" {
		t.Errorf("the audit log says %q", rows)
	}
	h.exec(`UPDATE users SET is_locked = false WHERE id = $1`, id)
	h.exec(`ALTER TABLE users RENAME COLUMN format TO mailbox_format`)
	if _, err := h.gate.Program(h.browser().request().Context(), text); err != nil {
		t.Errorf("a token with the model mended: %v", err)
	}
	if err := b.signIn("alice", good); err != nil || b.account() != "alice" || len(twice.Troubles(t.Context())) != 0 {
		t.Errorf("mended: %v, troubles %v", err, twice.Troubles(t.Context()))
	}
}
