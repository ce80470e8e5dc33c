package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
	"unified/models"
)

// filled is a database to fill, as the serving role does it.
type filled struct {
	t       *testing.T
	owner   *gorm.DB
	serving *gorm.DB
	gate    *auth.Gate
	finder  auth.Finder
	tables  []crud.Resource
}

func newFilled(t *testing.T) *filled {
	t.Helper()
	db := testdb.New(t)
	app := db.App()
	reg := crud.Open(app.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[models.User]{})
	crud.Register(reg, crud.Options[models.Session]{
		Verbs:   []crud.Verb{crud.Read},
		Actions: []crud.Action[models.Session]{{Name: "revoke", Run: func(context.Context, *models.Session) error { return nil }}},
	})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	finder := auth.SQL(app.Pool)
	gate := auth.NewGate(app.Pool, finder, auth.NewStore(app.Pool, finder, auth.StoreOptions{}))
	return &filled{t, db.Gorm, app.Gorm, gate, finder, reg.Tables()}
}

func (f *filled) fill(options FillOptions) []Login {
	f.t.Helper()
	options.Tables = f.tables
	logins, err := Fill(context.Background(), f.serving, options)
	if err != nil {
		f.t.Fatal(err)
	}
	return logins
}

func (f *filled) exec(sql string) {
	f.t.Helper()
	if err := f.owner.Exec(sql).Error; err != nil {
		f.t.Fatal(err)
	}
}

// opens reports whether somebody can sign in so.
func (f *filled) opens(name, password string) bool {
	f.t.Helper()
	err := f.gate.SignIn(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/login", http.NoBody), name, password)
	if err != nil && !errors.Is(err, auth.ErrDenied) {
		f.t.Fatal(err)
	}
	return err == nil
}

func (f *filled) rights(name string) auth.Rights {
	f.t.Helper()
	person, err := f.finder.ByName(context.Background(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	roles, err := f.finder.Roles(context.Background(), person.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	rights, err := auth.ReadRights(roles)
	if err != nil {
		f.t.Fatal(err)
	}
	return rights
}

func TestFill_development(t *testing.T) {
	f := newFilled(t)
	known := []Login{{"admin", "admin123"}, {"demo", "demo123"}}
	if got := f.fill(FillOptions{Development: true}); !reflect.DeepEqual(got, known) {
		t.Fatalf("Fill = %v", got)
	}
	t.Run("both_sign_in", func(t *testing.T) {
		if !f.opens("admin", "admin123") || !f.opens("demo@example.org", "demo123") {
			t.Error("refused")
		}
	})
	t.Run("admin_may_do_all_and_demo_may_read_all", func(t *testing.T) {
		admin, demo := f.rights("admin"), f.rights("demo")
		for verb, reads := range map[string]bool{"read": true, "create": false, "update": false, "delete": false, "revoke": false} {
			if admin.Scopes("anything", verb) != auth.All {
				t.Errorf("admin: no %s", verb)
			}
			if got := demo.Scopes("anything", verb) == auth.All; got != reads {
				t.Errorf("demo: %s is %v", verb, got)
			}
		}
	})
	t.Run("every_verb_and_action_of_every_table_is_a_permission", func(t *testing.T) {
		var got []string
		if err := f.owner.Raw(`SELECT concat_ws(':', model, action, scope) FROM permissions ORDER BY 1`).Scan(&got).Error; err != nil {
			t.Fatal(err)
		}
		want := []string{"*:*:all", "*:read:all", "admin:*:all", "sessions:read:all", "sessions:revoke:all", "users:create:all",
			"users:delete:all", "users:read:all", "users:update:all"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("permissions = %v", got)
		}
	})
	t.Run("a_new_user_has_a_mailbox_event_and_a_folder", func(t *testing.T) {
		if n := count(t, f.owner, `SELECT count(*) FROM mailbox_events e JOIN users u ON u.id = e.user_id
			WHERE e.event_type = 'created' AND u.home_directory = '/var/mail/example.org/' || u.username`); n != 2 {
			t.Errorf("%d events", n)
		}
	})
	state := `SELECT md5(string_agg(x, ' ' ORDER BY x)) FROM (SELECT p::text FROM permissions p UNION ALL SELECT r::text FROM role_permissions r
		UNION ALL SELECT u.id||username FROM users u UNION ALL SELECT p::text FROM user_passwords p UNION ALL SELECT r::text FROM user_roles r) AS s(x)`
	t.Run("again_changes_nothing", func(t *testing.T) {
		var before, after string
		f.owner.Raw(state).Scan(&before)
		if got := f.fill(FillOptions{Development: true}); !reflect.DeepEqual(got, known) {
			t.Errorf("Fill = %v", got)
		}
		if f.owner.Raw(state).Scan(&after); before != after || before == "" {
			t.Error("something changed")
		}
	})
	t.Run("what_was_taken_from_a_role_stays_taken", func(t *testing.T) {
		f.exec(`DELETE FROM role_permissions WHERE role_id = (SELECT id FROM roles WHERE name = 'readonly')`)
		f.fill(FillOptions{Development: true})
		if got := f.rights("demo").Scopes("users", "read"); got != 0 {
			t.Errorf("demo has %v", got)
		}
	})
	t.Run("a_renamed_account_is_not_made_again", func(t *testing.T) {
		f.exec(`UPDATE users SET username = 'guest' WHERE username = 'demo'`)
		want := []Login{{"admin", "admin123"}, {"guest", "demo123"}}
		if got := f.fill(FillOptions{Development: true}); !reflect.DeepEqual(got, want) {
			t.Errorf("Fill = %v", got)
		}
	})
	t.Run("T66_elsewhere_the_known_passwords_open_nothing", func(t *testing.T) {
		got := f.fill(FillOptions{})
		if len(got) != 1 || got[0].Name != "admin" || len(got[0].Password) < 20 {
			t.Fatalf("Fill = %v", got)
		}
		if f.opens("admin", "admin123") || f.opens("guest", "demo123") || !f.opens("admin", got[0].Password) {
			t.Error("the wrong passwords open")
		}
		if n := count(t, f.owner, `SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = 'guest'`); n != 0 {
			t.Errorf("%d sessions stay", n)
		}
	})
	t.Run("T66_a_made-up_password_is_told_once", func(t *testing.T) {
		if got := f.fill(FillOptions{}); got != nil {
			t.Errorf("Fill = %v", got)
		}
	})
	t.Run("a_chosen_password_stays_in_development_too", func(t *testing.T) {
		if got := f.fill(FillOptions{Development: true, AdminPassword: "violet tractor 81"}); len(got) != 0 {
			t.Errorf("Fill = %v", got)
		}
		if f.opens("admin", "violet tractor 81") || f.opens("admin", "admin123") {
			t.Error("replaced")
		}
	})
}

func TestFill_administrator(t *testing.T) {
	f := newFilled(t)
	const first, second = "violet tractor 81", "another tractor 82"
	t.Run("T66_a_weak_password_is_refused_and_nothing_is_filled", func(t *testing.T) {
		_, err := Fill(context.Background(), f.serving, FillOptions{Tables: f.tables, AdminPassword: "admin123"})
		var weak auth.PasswordError
		if !errors.As(err, &weak) {
			t.Errorf("error = %v", err)
		}
		if n := count(t, f.owner, `SELECT count(*) FROM permissions`); n != 0 {
			t.Errorf("%d permissions", n)
		}
	})
	t.Run("T66_has_the_password_that_was_given_and_it_is_not_told", func(t *testing.T) {
		if got := f.fill(FillOptions{AdminPassword: first}); got != nil {
			t.Errorf("Fill = %v", got)
		}
		if !f.opens("admin", first) || f.opens("admin", "admin123") || f.opens("demo", "demo123") {
			t.Error("the wrong passwords open")
		}
	})
	t.Run("keeps_it_on_later_starts", func(t *testing.T) {
		for _, password := range []string{"", second} {
			if got := f.fill(FillOptions{AdminPassword: password}); got != nil || !f.opens("admin", first) {
				t.Errorf("with %q: Fill = %v", password, got)
			}
		}
	})
	for name, sql := range map[string]string{
		"password_is_gone":     `DELETE FROM user_passwords`,
		"password_is_over":     `UPDATE user_passwords SET expires_at = now()`,
		"account_is_locked":    `UPDATE users SET is_locked = true`,
		"account_is_off":       `UPDATE users SET is_active = false`,
		"role_is_gone":         `DELETE FROM user_roles`,
		"role_is_over":         `UPDATE user_roles SET expires_at = now()`,
		"role_is_for_mail":     `UPDATE user_roles SET service = 'dovecot'`,
		"account_is_not_there": `DELETE FROM users`,
	} {
		t.Run("comes_back_when_the_only_one's_"+name, func(t *testing.T) {
			f.exec(sql)
			f.fill(FillOptions{AdminPassword: second})
			if f.rights("admin").Scopes("users", "delete") != auth.All || !f.opens("admin", second) {
				t.Error("nobody can sign in as administrator")
			}
		})
	}
	t.Run("another_administrator_is_enough", func(t *testing.T) {
		f.exec(`UPDATE users SET username = 'boss', email = 'boss@example.net'`)
		if got := f.fill(FillOptions{}); got != nil || count(t, f.owner, `SELECT count(*) FROM users`) != 1 {
			t.Errorf("Fill = %v", got)
		}
	})
}

func TestFill_concurrently(t *testing.T) {
	f := newFilled(t)
	var all sync.WaitGroup
	var mutex sync.Mutex
	told := 0
	for range 4 {
		all.Go(func() {
			logins, err := Fill(context.Background(), f.serving, FillOptions{Tables: f.tables})
			if err != nil {
				t.Error(err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			told += len(logins)
		})
	}
	all.Wait()
	t.Run("one_fills_and_tells_the_password", func(t *testing.T) {
		if told != 1 {
			t.Errorf("%d passwords were told", told)
		}
	})
}
