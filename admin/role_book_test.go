package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

// book is the registry with rights over a filled database, and its role book.
func book(t *testing.T) (RoleBook, *testdb.DB) {
	t.Helper()
	db := testdb.New(t)
	app := db.App()
	reg := crud.Open(app.Gorm, crud.Config{Policy: Policy{}, Record: Record})
	Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := Fill(t.Context(), app.Gorm, FillOptions{Tables: reg.Tables(), Development: true}); err != nil {
		t.Fatal(err)
	}
	return NewRoleBook(reg, app.Gorm), db
}

// member adds somebody with a role in the panel and returns a context in which they ask.
func member(t *testing.T, db *gorm.DB, name, role string) context.Context {
	t.Helper()
	var id int64
	err := db.Raw(`WITH u AS (INSERT INTO users (username, email) VALUES (?, ? || '@mail.example') RETURNING id),
		r AS (INSERT INTO user_roles (user_id, role_name, service) SELECT id, ?, 'web' FROM u)
		SELECT id FROM u`, name, name, role).Scan(&id).Error
	if err != nil {
		t.Fatal(err)
	}
	return as(t, db, id)
}

// as returns a context in which the user of this number asks.
func as(t *testing.T, db *gorm.DB, id int64) context.Context {
	t.Helper()
	people, err := rightsOf(db, id)
	if err != nil {
		t.Fatal(err)
	}
	return auth.With(context.Background(), auth.Account{ID: id, Name: fmt.Sprint(id), Domain: "mail.example", Rights: people[id].rights})
}

func roleID(t *testing.T, db *gorm.DB, name string) string {
	t.Helper()
	return fmt.Sprint(count(t, db, `SELECT id FROM roles WHERE name = '`+name+`'`))
}

func permit(texts string) []auth.Permission {
	var out []auth.Permission
	for text := range strings.FieldsSeq(texts) {
		parts := strings.Split(text, ":")
		out = append(out, auth.Permission{Model: parts[0], Action: parts[1], Scope: parts[2]})
	}
	return out
}

func TestRoleBook(t *testing.T) {
	b, db := book(t)
	admin := as(t, db.Gorm, count(t, db.Gorm, `SELECT id FROM users WHERE username = 'admin'`))
	member(t, db.Gorm, "erin", "editor")
	member(t, db.Gorm, "mia", "editor")
	if err := db.Gorm.Exec(`INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'readonly', 'web' FROM users WHERE username = 'mia'`).Error; err != nil {
		t.Fatal(err)
	}
	editor := roleID(t, db.Gorm, "editor")
	change := auth.RoleChange{Gives: permit("audit_log:read:all dns_zones:audit:group"), Takes: permit("users:delete:all")}

	t.Run("the_preview_says_who_gains_and_loses_what", func(t *testing.T) {
		preview, err := b.Preview(admin, editor, change)
		if err != nil || preview.Holders != 2 || len(preview.People) != 2 {
			t.Fatalf("%+v, %v", preview, err)
		}
		erin, mia := preview.People[0], preview.People[1]
		if fmt.Sprint(erin.Gains, erin.Loses) != "[audit_log:read:all dns_zones:audit:group] [users:delete:all]" {
			t.Errorf("erin: %+v", erin)
		}
		if fmt.Sprint(mia.Gains, mia.Loses) != "[dns_zones:audit:group] [users:delete:all]" { // readonly reads the log already
			t.Errorf("mia: %+v", mia)
		}
	})
	t.Run("it_is_saved_whole_and_each_permission_is_one_row_of_the_log", func(t *testing.T) {
		state, err := b.State(admin, editor)
		if err != nil || state.Locked != "" {
			t.Fatal(state.Locked, err)
		}
		if err := b.Save(admin, editor, state.Mark, change); err != nil {
			t.Fatal(err)
		}
		after, err := b.State(admin, editor)
		if err != nil || after.Mark == state.Mark {
			t.Fatal(after.Mark, err)
		}
		rights := auth.Union(after.Role)
		if !rights.Covers(change.Gives[0]) || !rights.Covers(change.Gives[1]) || rights.Covers(change.Takes[0]) {
			t.Errorf("gives %v", after.Role.Permissions)
		}
		if n := count(t, db.Gorm, `SELECT count(*) FROM audit_log WHERE resource = 'role_permissions'
			AND additional_data->>'set' = (SELECT additional_data->>'set' FROM audit_log ORDER BY id DESC LIMIT 1)`); n != 3 {
			t.Errorf("%d rows of the log", n)
		}
	})
	t.Run("a_role_that_was_changed_meanwhile_is_a_conflict", func(t *testing.T) {
		err := b.Save(admin, editor, "an old mark", auth.RoleChange{Takes: permit("users:read:all")})
		var own *crud.Error
		if !errors.As(err, &own) || own.Kind != crud.KindConflict {
			t.Errorf("Save = %v", err)
		}
	})
	t.Run("T30_nobody_changes_a_role_that_they_hold", func(t *testing.T) {
		own := roleID(t, db.Gorm, "admin")
		state, err := b.State(admin, own)
		if err != nil || !strings.Contains(state.Locked, "You hold this role yourself") {
			t.Errorf("Locked = %q, %v", state.Locked, err)
		}
		if err := b.Save(admin, own, state.Mark, auth.RoleChange{Gives: permit("users:read:own")}); err == nil {
			t.Error("saved")
		}
	})
	t.Run("T30_who_may_not_write_role_permissions_saves_nothing", func(t *testing.T) {
		ctx := member(t, db.Gorm, "rita", "readonly")
		state, err := b.State(ctx, editor)
		if err != nil || state.Locked == "" {
			t.Fatal(state, err)
		}
		if err := b.Save(ctx, editor, state.Mark, auth.RoleChange{Gives: permit("users:read:own")}); err == nil {
			t.Error("saved")
		}
	})
	t.Run("T26_a_role_that_may_not_be_seen_is_not_there", func(t *testing.T) {
		var own *crud.Error
		_, err := b.State(member(t, db.Gorm, "uwe", "user"), editor)
		if !errors.As(err, &own) || own.Kind != crud.KindForbidden {
			t.Errorf("State = %v", err)
		}
		if _, err := b.State(admin, "999"); !errors.As(err, &own) || own.Kind != crud.KindNotFound {
			t.Errorf("State = %v", err)
		}
	})
	t.Run("half_a_change_is_none", func(t *testing.T) {
		state, err := b.State(admin, editor)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Save(admin, editor, state.Mark, auth.RoleChange{Gives: permit("users:fly:all users:read:nowhere")}); err == nil {
			t.Fatal("saved")
		}
		if after, _ := b.State(admin, editor); after.Mark != state.Mark {
			t.Errorf("gives %v", after.Role.Permissions)
		}
	})
}

func TestRoleBook_two_save_at_once(t *testing.T) {
	b, db := book(t)
	admin := as(t, db.Gorm, count(t, db.Gorm, `SELECT id FROM users WHERE username = 'admin'`))
	editor := roleID(t, db.Gorm, "editor")
	state, err := b.State(admin, editor)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mutex sync.Mutex
	saved := 0
	for i := range 4 {
		group.Go(func() {
			err := b.Save(admin, editor, state.Mark, auth.RoleChange{Gives: permit(fmt.Sprintf("users:act%d:all", i))})
			var own *crud.Error
			if err != nil && (!errors.As(err, &own) || own.Kind != crud.KindConflict) {
				t.Error(err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil {
				saved++
			}
		})
	}
	group.Wait()
	if saved != 1 {
		t.Errorf("%d of 4 who saw the same role saved", saved)
	}
}
