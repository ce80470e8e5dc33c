package auth_test

import (
	"context"
	"strings"
	"testing"

	"unified/auth"
)

func TestGate_T99_signing_in_or_out_without_its_entry_is_undone(t *testing.T) { bothWays(t, undone) }

func undone(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	b, id := h.signedIn("alice")
	h.exec(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the log is broken'; END $$`)
	h.exec(`CREATE TRIGGER broken BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION broken()`)
	state := func() string {
		return h.text(`SELECT concat_ws(' ', (SELECT count(*) FROM sessions), (SELECT count(*) FROM audit_log), failed_login_attempts)
			FROM users WHERE id = $1`, id)
	}
	before := state()
	for name, do := range map[string]func() error{
		"in":                func() error { return h.browser().signIn("alice", good) },
		"in_wrongly":        func() error { return h.browser().signIn("alice", "wrong") },
		"out":               b.signOut,
		"in_over_a_session": func() error { return b.signIn("alice", good) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(); err == nil || state() != before {
				t.Errorf("%v: %s before, %s after", err, before, state())
			}
		})
	}
	h.exec(`DROP TRIGGER broken ON audit_log`)
	if err := b.signOut(); err != nil || b.account() != "" {
		t.Errorf("afterwards: %q, %v", b.account(), err)
	}
}

func TestGate_Note(t *testing.T) {
	h := newHouse(t, auth.StoreOptions{})
	id := h.person("alice")
	ctx := auth.WithRequest(t.Context(), auth.NewRequest(h.browser().request(), "request-2", "192.0.2.7"))
	note := func(t *testing.T, ctx context.Context, entry auth.Entry) string {
		t.Helper()
		if err := h.gate.Note(ctx, entry); err != nil {
			t.Fatal(err)
		}
		return h.text(`SELECT concat_ws('|', user_id = $1, service, action, coalesce(resource, '-'), coalesce(resource_id::text, '-'), success,
			coalesce(status_code::text, '-'), coalesce(error_message, '-'), additional_data) FROM audit_log ORDER BY id DESC LIMIT 1`, id)
	}
	for name, test := range map[string]struct {
		entry auth.Entry
		want  string
	}{
		"a denial": {auth.Entry{By: auth.Account{ID: id, Name: "alice"}, Action: "update", Resource: "users", Key: "7", Status: 403, Failure: "Not allowed."},
			`t|web|update|users|7|f|403|Not allowed.|{"key": "7", "actor": "alice", "request": "request-2"}`},
		"a key of several columns": {auth.Entry{Action: "export", Resource: "role_permissions", Key: "3,7", More: map[string]any{"rows": 12}},
			`web|export|role_permissions|-|t|-|-|{"key": "3,7", "rows": 12, "request": "request-2"}`},
		"a person who is gone": {auth.Entry{By: auth.Account{ID: 999, Name: "bob"}, Action: "export", Service: "api"},
			`api|export|-|-|t|-|-|{"actor": "bob", "request": "request-2"}`},
		"T35 line breaks and what cannot be stored": {auth.Entry{Action: "update", Key: "7\x00\nroot", Failure: "One.\nroot sign_in\xff", Status: 409},
			"web|update|-|-|f|409|One.\uFFFDroot sign_in\uFFFD|{\"key\": \"7\uFFFD\uFFFDroot\", \"request\": \"request-2\"}"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := note(t, ctx, test.entry); got != test.want {
				t.Errorf("row = %s\nwant  %s", got, test.want)
			}
		})
	}
	t.Run("without a request", func(t *testing.T) {
		if got := note(t, t.Context(), auth.Entry{Action: "prune", Service: "admin"}); got != `admin|prune|-|-|t|-|-|{}` {
			t.Errorf("row = %s", got)
		}
	})
	t.Run("what is no JSON is an error", func(t *testing.T) {
		err := h.gate.Note(ctx, auth.Entry{Action: "export", Resource: "users", More: map[string]any{"rows": func() {}}})
		if err == nil || !strings.Contains(err.Error(), "export users") {
			t.Errorf("got %v", err)
		}
	})
}
