package admin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
	"unified/internal/testdb"
)

// refusal returns the sentences of a write that a guard refused, "" for one that was done.
func refusal(t *testing.T, err error) string {
	t.Helper()
	var own *crud.Error
	if err != nil && (!errors.As(err, &own) || own.Kind == crud.KindUnavailable) {
		t.Fatalf("not a refusal: %v", err)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func table(t *testing.T, b RoleBook, name string) crud.Resource {
	t.Helper()
	resource, ok := b.reg.Table(name)
	if !ok {
		t.Fatalf("there is no table %q", name)
	}
	return resource
}

// second adds another administrator who can sign in and returns their number.
func second(t *testing.T, db *testdb.DB, name string) int64 {
	t.Helper()
	member(t, db.Gorm, name, "admin")
	err := db.Gorm.Exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme)
		SELECT id, 'web', 'x', 'ARGON2' FROM users WHERE username = ?`, name).Error
	if err != nil {
		t.Fatal(err)
	}
	return count(t, db.Gorm, `SELECT id FROM users WHERE username = '`+name+`'`)
}

func TestGuards_T30_the_last_administrator_stays(t *testing.T) {
	b, db := book(t)
	id := count(t, db.Gorm, `SELECT id FROM users WHERE username = 'admin'`)
	ctx, own := as(t, db.Gorm, id), fmt.Sprint(id)
	one := func(query string) string { return fmt.Sprint(count(t, db.Gorm, query)) }
	role := one(`SELECT id FROM roles WHERE name = 'admin'`)
	everything := one(`SELECT id FROM permissions WHERE name = '*:*:all'`)
	ways := map[string]func() error{
		"locked": func() error {
			_, err := table(t, b, "users").Submit(ctx, own, url.Values{"is_locked": {"false", "true"}})
			return err
		},
		"switched_off": func() error {
			_, err := table(t, b, "users").Submit(ctx, own, url.Values{"is_active": {"false"}})
			return err
		},
		"deleted": func() error { _, err := table(t, b, "users").Delete(ctx, own); return err },
		"without_a_password": func() error {
			_, err := table(t, b, "user_passwords").Delete(ctx, one(`SELECT id FROM user_passwords WHERE user_id = `+own))
			return err
		},
		"with_a_password_that_ended": func() error {
			_, err := table(t, b, "user_passwords").Submit(ctx, one(`SELECT id FROM user_passwords WHERE user_id = `+own), url.Values{"expires_at": {"2020-01-01 00:00:00"}})
			return err
		},
		"without_the_role": func() error {
			_, err := table(t, b, "user_roles").Delete(ctx, one(`SELECT id FROM user_roles WHERE user_id = `+own))
			return err
		},
		"with_a_role_that_ended": func() error {
			_, err := table(t, b, "user_roles").Submit(ctx, one(`SELECT id FROM user_roles WHERE user_id = `+own), url.Values{"expires_at": {"2020-01-01 00:00:00"}})
			return err
		},
		"with_a_role_for_mail": func() error {
			_, err := table(t, b, "user_roles").Submit(ctx, one(`SELECT id FROM user_roles WHERE user_id = `+own), url.Values{"service": {"dovecot"}})
			return err
		},
		"with_a_role_that_gives_less": func() error {
			_, err := table(t, b, "role_permissions").Delete(ctx, role+","+everything)
			return err
		},
		"without_the_permission": func() error { _, err := table(t, b, "permissions").Delete(ctx, everything); return err },
		"with_a_renamed_role": func() error {
			_, err := table(t, b, "roles").Submit(ctx, role, url.Values{"name": {"boss"}})
			return err
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			if said := refusal(t, way()); said == "" {
				t.Error("done")
			}
			if n := count(t, db.Gorm, strings.ReplaceAll(administrators, "@at", "now()")); n != 1 {
				t.Errorf("%d administrators", n)
			}
		})
	}
	t.Run("with_another_one_may_go", func(t *testing.T) {
		second(t, db, "boss")
		if said := refusal(t, ways["locked"]()); said != "" {
			t.Error(said)
		}
	})
}

// TestGuards_T30_two_administrators_at_once has two people take the other's rights, or their own access, at the same time.
func TestGuards_T30_two_administrators_at_once(t *testing.T) {
	b, db := book(t)
	first := count(t, db.Gorm, `SELECT id FROM users WHERE username = 'admin'`)
	other := second(t, db, "boss")
	users, held := table(t, b, "users"), table(t, b, "user_roles")
	row := func(id int64) string {
		return fmt.Sprint(count(t, db.Gorm, fmt.Sprintf(`SELECT id FROM user_roles WHERE user_id = %d`, id)))
	}
	off := url.Values{"is_active": {"false"}}
	ways := map[string]func(ctx context.Context, own, others int64) error{
		"each_takes_the_role_of_the_other": func(ctx context.Context, _, others int64) error {
			_, err := held.Submit(ctx, row(others), off)
			return err
		},
		"each_switches_the_other_off": func(ctx context.Context, _, others int64) error {
			_, err := users.Submit(ctx, fmt.Sprint(others), off)
			return err
		},
		"each_switches_themselves_off": func(ctx context.Context, own, _ int64) error {
			_, err := users.Submit(ctx, fmt.Sprint(own), off)
			return err
		},
		"each_locks_the_other": func(ctx context.Context, _, others int64) error {
			_, err := users.Submit(ctx, fmt.Sprint(others), url.Values{"is_locked": {"false", "true"}})
			return err
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			for range 8 {
				mend(t, db.Gorm)
				asked := map[int64]context.Context{first: as(t, db.Gorm, first), other: as(t, db.Gorm, other)}
				var group sync.WaitGroup
				for own, others := range map[int64]int64{first: other, other: first} {
					group.Go(func() {
						var known *crud.Error
						if err := way(asked[own], own, others); err != nil && !errors.As(err, &known) {
							t.Error(err)
						}
					})
				}
				group.Wait()
				if n := count(t, db.Gorm, strings.ReplaceAll(administrators, "@at", "now()")); n != 1 {
					t.Fatalf("%d administrators are left", n)
				}
			}
		})
	}
}

// mend gives both administrators all they had.
func mend(t *testing.T, db *gorm.DB) {
	t.Helper()
	for _, sql := range []string{`UPDATE users SET is_active = true, is_locked = false`, `UPDATE user_roles SET is_active = true`} {
		if err := db.Exec(sql).Error; err != nil {
			t.Fatal(err)
		}
	}
}

func TestGuards_T30_a_domain_administrator_gives_what_they_have(t *testing.T) {
	b, db := book(t)
	ctx := member(t, db.Gorm, "dora", "domain_admin")
	member(t, db.Gorm, "uwe", "readonly")
	var newcomer, reader, elsewhere int64
	for name, into := range map[string]*int64{"nora@mail.example": &newcomer, "olaf@other.example": &elsewhere} {
		if err := db.Gorm.Raw(`INSERT INTO users (username, email) VALUES (split_part(?, '@', 1), ?) RETURNING id`, name, name).Scan(into).Error; err != nil {
			t.Fatal(err)
		}
	}
	reader = count(t, db.Gorm, `SELECT id FROM users WHERE username = 'uwe'`)
	own := count(t, db.Gorm, `SELECT id FROM users WHERE username = 'dora'`)
	for name, test := range map[string]struct {
		table string
		key   string
		form  url.Values
		field string // beside which it is refused; "-" if it is done
	}{
		"the_role_user":                     {"user_roles", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "role_name": {"user"}, "service": {"web"}}, "-"},
		"the_own_role":                      {"user_roles", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "role_name": {"domain_admin"}, "service": {"web"}}, "-"},
		"not_the_role_admin":                {"user_roles", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "role_name": {"admin"}, "service": {"web"}}, "role_name"},
		"not_the_role_admin_for_apache":     {"user_roles", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "role_name": {"admin"}, "service": {"apache"}}, "role_name"},
		"not_the_role_readonly":             {"user_roles", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "role_name": {"readonly"}, "service": {"web"}}, "role_name"},
		"nothing_to_themselves":             {"user_roles", "", url.Values{"user_id": {fmt.Sprint(own)}, "role_name": {"user"}, "service": {"web"}}, "user_id"},
		"nothing_to_people_elsewhere":       {"user_roles", "", url.Values{"user_id": {fmt.Sprint(elsewhere)}, "role_name": {"user"}, "service": {"web"}}, "user_id"},
		"no_password_to_who_may_do_more":    {"user_passwords", "", url.Values{"user_id": {fmt.Sprint(reader)}, "service": {"web"}, "password": {"correct horse battery"}}, ""},
		"no_lock_on_who_may_do_more":        {"users", fmt.Sprint(reader), url.Values{"is_locked": {"false", "true"}}, ""},
		"nobody_moves_to_another_domain":    {"users", fmt.Sprint(newcomer), url.Values{"email": {"nora@other.example"}}, ""},
		"nor_do_they_themselves":            {"users", fmt.Sprint(own), url.Values{"email": {"dora@other.example"}}, "email"},
		"an_alias_under_the_own_domain":     {"email_aliases", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "alias_email": {"info@mail.example"}, "destination_email": {"nora@mail.example"}}, "-"},
		"no_alias_under_another_one":        {"email_aliases", "", url.Values{"user_id": {fmt.Sprint(newcomer)}, "alias_email": {"info@other.example"}, "destination_email": {"nora@mail.example"}}, "alias_email"},
		"nobody_new_under_another_domain":   {"users", "", url.Values{"username": {"pia"}, "email": {"pia@other.example"}}, ""},
		"somebody_new_under_the_own_domain": {"users", "", url.Values{"username": {"quin"}, "email": {"quin@mail.example"}}, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := table(t, b, test.table).Submit(ctx, test.key, test.form)
			var own *crud.Error
			switch {
			case test.field == "-":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &own) || own.Kind != crud.KindInvalid || own.Fields[test.field] == "":
				t.Errorf("got %v, want a sentence beside %q", err, test.field)
			}
		})
	}
}
