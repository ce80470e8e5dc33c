package admin

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"testing"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
	"unified/models"
)

// between is where a test reaches into a write: after the row and before its entry, or after the entry and before the end.
type between struct {
	written, recorded func(ctx context.Context, tx *gorm.DB) error
}

func nothing(context.Context, *gorm.DB) error { return nil }

// kill ends the connection under a transaction.
func kill(ctx context.Context, tx *gorm.DB) error {
	return tx.WithContext(ctx).Exec("SELECT pg_terminate_backend(pg_backend_pid())").Error
}

// desk is what writes in these tests: users with an action, and their aliases.
type desk struct {
	*crud.Registry
	t              *testing.T
	db             *testdb.DB
	users, aliases crud.Resource
	between
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: testdb.New(t), between: between{nothing, nothing}}
	d.Registry = crud.Open(d.db.App().Gorm, crud.Config{Policy: Policy{}, Record: func(ctx context.Context, tx *gorm.DB, changes []crud.Change) error {
		if err := Record(ctx, tx, changes); err != nil {
			return err
		}
		return d.recorded(ctx, tx)
	}})
	crud.Register(d.Registry, crud.Options[models.User]{
		Guard: func(ctx context.Context, tx *gorm.DB, _ crud.Write[models.User]) error { return d.written(ctx, tx) },
		Actions: []crud.Action[models.User]{{Name: "lock", Run: func(_ context.Context, row *models.User) error {
			row.IsLocked = true
			return nil
		}}},
	})
	crud.Register(d.Registry, crud.Options[models.EmailAlias]{})
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	d.users, _ = d.Table("users")
	d.aliases, _ = d.Table("email_aliases")
	for id, name := range []string{"alice", "bob"} {
		d.exec(`INSERT INTO users (id, username, email) VALUES (` + strconv.Itoa(id+1001) + `, '` + name + `', '` + name + `@example.org')`)
	}
	return d
}

func (d *desk) exec(sql string) {
	d.t.Helper()
	if err := d.db.Gorm.Exec(sql).Error; err != nil {
		d.t.Fatal(err)
	}
}

// state is all that a write could leave behind: rows, events and entries of the log.
func (d *desk) state() (text string) {
	d.t.Helper()
	err := d.db.Gorm.Raw(`SELECT concat_ws(' ', (SELECT string_agg(u::text, ' ' ORDER BY id) FROM users u),
		(SELECT string_agg(a::text, ' ' ORDER BY id) FROM email_aliases a),
		(SELECT count(*) FROM mailbox_events), (SELECT count(*) FROM audit_log))`).Scan(&text).Error
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

// deskWrite is one way to write, and how many entries it makes.
type deskWrite struct {
	entries int64
	do      func(ctx context.Context, d *desk) error
}

var deskWrites = map[string]deskWrite{
	"create": {1, func(ctx context.Context, d *desk) error {
		_, err := d.users.Submit(ctx, "", url.Values{"username": {"carol"}, "email": {"carol@example.org"}})
		return err
	}},
	"update": {1, func(ctx context.Context, d *desk) error {
		_, err := d.users.Submit(ctx, "1001", url.Values{"email": {"alice@example.net"}})
		return err
	}},
	"delete": {1, func(ctx context.Context, d *desk) error {
		_, err := d.users.Delete(ctx, "1002")
		return err
	}},
	"action": {1, func(ctx context.Context, d *desk) error {
		_, err := d.users.Act(ctx, "1001", "lock", nil)
		return err
	}},
	"together": {3, func(ctx context.Context, d *desk) error {
		return d.Together(ctx, func(ctx context.Context, _ *gorm.DB) error {
			_, first := d.aliases.Submit(ctx, "", url.Values{"user_id": {"1001"}, "alias_email": {"info@example.org"}, "destination_email": {"alice@example.org"}})
			_, second := d.aliases.Submit(ctx, "", url.Values{"user_id": {"1001"}, "alias_email": {"mail@example.org"}, "destination_email": {"alice@example.org"}})
			_, third := d.users.Submit(ctx, "1001", url.Values{"first_name": {"Alice"}})
			return errors.Join(first, second, third)
		})
	}},
}

func TestRecord_T99_a_fault_leaves_neither_the_write_nor_its_entry(t *testing.T) {
	d := newDesk(t)
	d.exec(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the log is broken'; END $$`)
	ctx := asking(auth.Account{ID: 1001, Name: "alice", Rights: auth.Allow(auth.Permission{Model: "*", Action: "*", Scope: "all"})})
	const none = crud.ErrorKind(-1) // an error of the program
	faults := map[string]struct {
		make, mend string
		between
		kind crud.ErrorKind // of what the writer is told
	}{
		"the_log_raises": {`CREATE TRIGGER broken BEFORE INSERT ON audit_log FOR EACH ROW WHEN (NEW.resource = 'users') EXECUTE FUNCTION broken()`,
			`DROP TRIGGER broken ON audit_log`, between{nothing, nothing}, none},
		"the_log_raises_at_the_commit": {`CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			WHEN (NEW.resource = 'users') EXECUTE FUNCTION broken()`, `DROP TRIGGER broken ON audit_log`, between{nothing, nothing}, crud.KindInvalid}, // in the trigger's words, whosever it is
		"the_log_is_closed":       {`REVOKE INSERT ON audit_log FROM unified_app`, `GRANT INSERT ON audit_log TO unified_app`, between{nothing, nothing}, none},
		"killed_before_the_entry": {"SELECT", "SELECT", between{kill, nothing}, crud.KindUnavailable},
		"killed_after_the_entry":  {"SELECT", "SELECT", between{nothing, kill}, crud.KindUnavailable},
	}
	for name, fault := range faults {
		for verb, write := range deskWrites {
			t.Run(name+"/"+verb, func(t *testing.T) {
				d.t = t
				before := d.state()
				d.exec(fault.make)
				d.between = fault.between
				err := write.do(ctx, d)
				d.between = between{nothing, nothing}
				d.exec(fault.mend)
				if after := d.state(); err == nil || after != before {
					t.Errorf("%v\nbefore %s\nafter  %s", err, before, after)
				}
				kind := none
				if own := new(crud.Error); errors.As(err, &own) {
					kind = own.Kind
				}
				if kind != fault.kind {
					t.Errorf("the error is %v", err)
				}
			})
		}
	}
	for verb, write := range deskWrites {
		t.Run("without_a_fault/"+verb, func(t *testing.T) {
			d.t = t
			before := count(t, d.db.Gorm, `SELECT count(*) FROM audit_log`)
			if err := write.do(ctx, d); err != nil {
				t.Fatal(err)
			}
			if n := count(t, d.db.Gorm, `SELECT count(*) FROM audit_log WHERE success`) - before; n != write.entries {
				t.Errorf("%d entries", n)
			}
		})
	}
}

func TestRecord_T35_the_log_is_only_added_to(t *testing.T) {
	d := newDesk(t)
	serving := d.db.App().Gorm
	if err := Record(asking(auth.Account{Name: "al\nice"}), serving, []crud.Change{{Table: "users", Key: "7", Verb: crud.Update, Fields: []crud.FieldChange{
		{Column: "first_name", New: new("Eve\n2026-01-01 root sign_in\x1b[2J")},
	}}}); err != nil {
		t.Fatal(err)
	}
	t.Run("a_line_break_stays_within_its_value", func(t *testing.T) {
		got := last(t, d.db.Gorm)
		changes, _ := got.Data["changes"].(map[string]any)
		pair, _ := changes["first_name"].([]any)
		if got.Data["actor"] != "al\nice" || len(pair) != 2 || pair[1] != "Eve\n2026-01-01 root sign_in\x1b[2J" {
			t.Errorf("data = %v", got.Data)
		}
		if n := count(t, d.db.Gorm, `SELECT count(*) FROM audit_log WHERE (audit_log::text) ~ E'[\\x01-\\x1f]'`); n != 0 {
			t.Errorf("%d rows hold a line break as such", n)
		}
	})
	for _, statement := range []string{
		`UPDATE audit_log SET success = false`, `UPDATE audit_log SET user_id = NULL`, `DELETE FROM audit_log`, `TRUNCATE audit_log`,
		`DROP TABLE audit_log`, `ALTER TABLE audit_log DISABLE TRIGGER ALL`, `GRANT DELETE ON audit_log TO unified_app`,
		`INSERT INTO audit_log (id, action, success) SELECT id, 'forged', true FROM audit_log ON CONFLICT (id) DO UPDATE SET action = 'forged'`,
	} {
		t.Run(statement, func(t *testing.T) {
			before := count(t, d.db.Gorm, `SELECT count(*) FROM audit_log WHERE action = 'update'`)
			err := serving.Exec(statement).Error
			may := count(t, d.db.Gorm, `SELECT has_table_privilege('unified_app', 'audit_log', 'DELETE')::int`)
			if after := count(t, d.db.Gorm, `SELECT count(*) FROM audit_log WHERE action = 'update'`); after != before || may != 0 || (err == nil && statement[:5] != "GRANT") {
				t.Errorf("%v, %d entries before and %d after", err, before, after)
			}
		})
	}
	t.Run("a_screen_offers_no_way_to_write_it", func(t *testing.T) {
		all := asking(auth.Account{Name: "root", Rights: auth.Allow(auth.Permission{Model: "*", Action: "*", Scope: "all"})})
		reg := crud.Open(serving, crud.Config{Policy: Policy{}})
		Register(reg)
		log, _ := reg.Table("audit_log")
		_, created := log.Submit(all, "", url.Values{"action": {"forged"}})
		_, updated := log.Submit(all, "1", url.Values{"action": {"forged"}})
		_, deleted := log.Delete(all, "1")
		for _, err := range []error{created, updated, deleted} {
			var own *crud.Error
			if !errors.As(err, &own) || own.Kind != crud.KindForbidden {
				t.Errorf("got %v", err)
			}
		}
	})
}
