package admin

import (
	"testing"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

func TestAuditLog_reads_well(t *testing.T) {
	db := testdb.New(t)
	reg := crud.Open(db.App().Gorm, crud.Config{Policy: Policy{}})
	Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := reg.Table("audit_log")
	if err := db.Gorm.Exec(`INSERT INTO users (id, username, email) VALUES (1001, 'alice', 'alice@example.org')`).Error; err != nil {
		t.Fatal(err)
	}
	all := auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll}
	for name, test := range map[string]struct {
		insert            string // values of user_id, action, resource, resource_id, success, status_code, error_message, additional_data
		what, who, result string
		link              bool
	}{
		"a write":                   {`1001, 'update', 'users', 7, true, NULL, NULL, '{"actor": "alice"}'`, "update users 7", "alice", "Done", true},
		"of somebody who is gone":   {`NULL, 'delete', 'role_fields', NULL, true, NULL, NULL, '{"actor": "bob"}'`, "delete role_fields", "bob", "Done", false},
		"of somebody renamed since": {`1001, 'create', 'users', 9, true, NULL, NULL, '{"actor": "al"}'`, "create users 9", "alice", "Done", true},
		"a denial":                  {`1001, 'read', 'roles', NULL, false, 403, 'Not allowed.', NULL`, "read roles", "alice", "Denied: Not allowed.", true},
		"a failure":                 {`1001, 'update', 'roles', 3, false, 500, NULL, NULL`, "update roles 3", "alice", "Failed", true},
		"a failed sign-in":          {`NULL, 'sign_in', NULL, NULL, false, NULL, 'unknown name', '{}'`, "sign_in", "", "Failed: unknown name", false},
		"of another service":        {`NULL, 'login', NULL, NULL, true, NULL, NULL, '{"actor": {"odd": 1}}'`, "login", "", "Done", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Gorm.Exec(`INSERT INTO audit_log (user_id, action, resource, resource_id, success, status_code, error_message, additional_data)
				VALUES (` + test.insert + `)`).Error
			if err != nil {
				t.Fatal(err)
			}
			ctx := asking(auth.Account{Name: "root", Rights: auth.Allow(all)})
			list, err := log.List(ctx, crud.Query{Size: 1})
			if err != nil {
				t.Fatal(err)
			}
			record, err := log.Show(ctx, list.Rows[0].Key)
			if err != nil {
				t.Fatal(err)
			}
			cells, fields := list.Rows[0].Cells, record.Groups[0].Fields
			for where, got := range map[string][3]crud.Cell{
				"the list":  {cells[0], cells[1], cells[3]},
				"the entry": {fields[0].Cell, fields[1].Cell, fields[2].Cell},
			} {
				if got[0].Text != test.what || got[1].Text != test.who || got[2].Text != test.result {
					t.Errorf("%s reads %q, %q, %q", where, got[0].Text, got[1].Text, got[2].Text)
				}
				if (got[1].Ref != nil) != test.link || got[1].Null != (test.who == "") {
					t.Errorf("%s links to %v", where, got[1].Ref)
				}
			}
		})
	}
	t.Run("T34_who_may_not_see_users_sees_the_recorded_name_alone", func(t *testing.T) {
		if err := db.Gorm.Exec(`INSERT INTO audit_log (user_id, action, success, additional_data) VALUES (1001, 'x', true, '{"actor": "al"}')`).Error; err != nil {
			t.Fatal(err)
		}
		reads := auth.Permission{Model: "audit_log", Action: "read", Scope: auth.ScopeAll}
		list, err := log.List(asking(auth.Account{Name: "auditor", Rights: auth.Allow(reads)}), crud.Query{Size: 1})
		if err != nil || list.Rows[0].Cells[1] != (crud.Cell{Text: "al"}) {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}
