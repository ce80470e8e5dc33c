package admin

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
	"unified/models"
)

// TestRegister proves every registration without a database.
func TestRegister(t *testing.T) {
	reg := crud.Open(testdb.Offline(t), crud.Config{})
	Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	if got, want := len(reg.Tables()), len(models.All()); got != want {
		t.Errorf("%d tables are registered, there are %d models", got, want)
	}
	icons := Icons()
	for _, table := range reg.Tables() {
		if doc := table.Table(); doc.Area == "" || icons[doc.Area] == "" {
			t.Errorf("%s stands in the area %q, which has no icon", doc.Name, doc.Area)
		}
	}
}

// panel is the registry over a database of its own, as everybody may use it.
func panel(t *testing.T) (*crud.Registry, *testdb.DB) {
	t.Helper()
	db := testdb.New(t)
	reg := crud.Open(db.App().Gorm, crud.Config{})
	Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO users (username, email) VALUES ('zoe', 'zoe@mail.example');
		INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (1, '\x01', now() + interval '1 hour');
		INSERT INTO mailbox_events (event_type, user_id, processed, processed_at, error_message, retry_count) VALUES ('created', 1, true, now(), 'lost', 3);
		INSERT INTO certificate_notifications (notification_type, processed_at, error_message) VALUES ('created', now(), 'lost')`)
	if err != nil {
		t.Fatal(err)
	}
	return reg, db
}

func resource(t *testing.T, reg *crud.Registry, name string) crud.Resource {
	t.Helper()
	table, ok := reg.Table(name)
	if !ok {
		t.Fatalf("there is no table %q", name)
	}
	return table
}

func TestUserPasswords(t *testing.T) {
	reg, db := panel(t)
	passwords := resource(t, reg, "user_passwords")
	stored := func() (hash, scheme string) {
		if err := db.Pool.QueryRow(t.Context(), `SELECT password_hash, hash_scheme FROM user_passwords ORDER BY id DESC LIMIT 1`).Scan(&hash, &scheme); err != nil {
			t.Fatal(err)
		}
		return hash, scheme
	}
	for service, want := range map[string]string{"dovecot": auth.SchemeBcrypt, "apache": auth.SchemeBcrypt, "web": auth.SchemeArgon2} {
		t.Run("a typed password is hashed as "+service+" reads it", func(t *testing.T) {
			_, err := passwords.Submit(t.Context(), "", url.Values{"user_id": {"1"}, "service": {service}, "password": {"correct horse battery"}})
			if err != nil {
				t.Fatal(err)
			}
			hash, scheme := stored()
			if ok, err := auth.Verify(scheme, hash, "correct horse battery"); !ok || err != nil || scheme != want {
				t.Errorf("%s does not verify as %s: %v", hash, want, err)
			}
		})
	}
	t.Run("an empty control keeps it", func(t *testing.T) {
		before, _ := stored()
		saved, err := passwords.Submit(t.Context(), "3", url.Values{"must_change_on_next_login": {"true"}, "password": {""}})
		if err != nil || !slices.Equal(saved.Changed, []string{"Must change on next login"}) {
			t.Fatalf("%+v, %v", saved, err)
		}
		if after, _ := stored(); after != before {
			t.Error("the hash changed")
		}
	})
	for name, password := range map[string]string{"empty": "", "short": "short", "NUL": "correct horse\x00battery", "too long for bcrypt": strings.Repeat("x", 73)} {
		t.Run("refused: "+name, func(t *testing.T) {
			_, err := passwords.Submit(t.Context(), "", url.Values{"user_id": {"1"}, "service": {"samba"}, "password": {password}})
			var own *crud.Error
			if !errors.As(err, &own) || own.Kind != crud.KindInvalid || own.Fields["password"] == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("hash and scheme are not taken from a form", func(t *testing.T) {
		for _, field := range []string{"password_hash", "hash_scheme"} {
			_, err := passwords.Submit(t.Context(), "1", url.Values{field: {"x"}})
			var own *crud.Error
			if !errors.As(err, &own) || own.Kind != crud.KindInvalid {
				t.Errorf("%s: got %v", field, err)
			}
		}
	})
}

func TestActions(t *testing.T) {
	for table, want := range map[string]string{
		"sessions/revoke":                 "SELECT revoked_at IS NOT NULL FROM sessions",
		"mailbox_events/retry":            "SELECT NOT processed AND processed_at IS NULL AND error_message IS NULL AND retry_count = 3 AND next_retry_at <= now() FROM mailbox_events WHERE error_message IS NULL",
		"certificate_notifications/retry": "SELECT processed_at IS NULL AND error_message IS NULL AND next_retry_at <= now() FROM certificate_notifications",
	} {
		t.Run(table, func(t *testing.T) {
			reg, db := panel(t)
			name, action, _ := strings.Cut(table, "/")
			if _, err := resource(t, reg, name).Act(t.Context(), "1", action, nil); err != nil {
				t.Fatal(err)
			}
			var done bool
			if err := db.Pool.QueryRow(t.Context(), want).Scan(&done); err != nil || !done {
				t.Errorf("not done: %v", err)
			}
		})
	}
}

func TestVerbs(t *testing.T) {
	reg, _ := panel(t)
	for _, name := range []string{"audit_log", "sessions", "mailbox_events", "certificate_notifications"} {
		for _, verb := range []crud.Verb{crud.Create, crud.Update, crud.Delete} {
			if resource(t, reg, name).Can(t.Context(), verb) {
				t.Errorf("%s allows %s", name, verb)
			}
		}
	}
	t.Run("a built-in role stays", func(t *testing.T) {
		roles := resource(t, reg, "roles")
		list, err := roles.List(t.Context(), crud.Query{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = roles.Delete(t.Context(), list.Rows[0].Key)
		var own *crud.Error
		if !errors.As(err, &own) || own.Kind != crud.KindForbidden || !strings.Contains(own.Error(), "built-in") {
			t.Errorf("got %v", err)
		}
	})
}
