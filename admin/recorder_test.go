package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
	"unified/models"
)

// entry is a row of audit_log as these tests look at it.
type entry struct {
	UserID                                              *int64
	SessionID, Service, Action, Resource, IP, UserAgent string
	RequestMethod, RequestPath, AdditionalData          string
	ResourceID, DurationMS                              *int64
	Success                                             bool
	Data                                                map[string]any `gorm:"-"`
}

func last(t *testing.T, db *gorm.DB) entry {
	t.Helper()
	var e entry
	err := db.Raw(`SELECT user_id, session_id, service, action, resource, resource_id, host(ip_address) AS ip, user_agent, request_method,
		request_path, success, duration_ms, additional_data FROM audit_log ORDER BY id DESC LIMIT 1`).Scan(&e).Error
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(e.AdditionalData), &e.Data); err != nil {
		t.Fatalf("additional_data %q: %v", e.AdditionalData, err)
	}
	return e
}

func count(t *testing.T, db *gorm.DB, sql string, args ...any) (n int64) {
	t.Helper()
	if err := db.Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// acting returns a context as a request of the account has it.
func asking(account auth.Account) context.Context {
	r := httptest.NewRequest(http.MethodPost, "/users/7?q=1", http.NoBody)
	r.Header.Set("User-Agent", "a browser")
	request := auth.NewRequest(r, "request-1", "2001:db8::1")
	request.SessionID = "31"
	return auth.With(auth.WithRequest(context.Background(), request), account)
}

func TestRecord(t *testing.T) {
	db := testdb.New(t)
	user := models.User{Username: "alice", Email: "alice@example.org"}
	if err := db.Gorm.Create(&user).Error; err != nil {
		t.Fatal(err)
	}
	serving := db.App().Gorm
	text := func(s string) *string { return &s }
	account := auth.Account{ID: user.ID, Name: "alice"}

	t.Run("writes_who_did_what_in_which_request", func(t *testing.T) {
		err := Record(asking(account), serving, []crud.Change{{Table: "dns_zones", Key: "42", Verb: crud.Update, Set: "one write", Fields: []crud.FieldChange{
			{Column: "is_active", Old: text("t"), New: text("f")}, {Column: "note", Old: nil, New: text("<ä>\n\"")},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		e := last(t, db.Gorm)
		if e.DurationMS == nil || *e.DurationMS < 0 || e.Data["set"] != "one write" {
			t.Errorf("duration %v, set %v", e.DurationMS, e.Data["set"])
		}
		set, data := e.Data["set"], e.Data
		number := int64(42)
		e.DurationMS, e.Data, e.AdditionalData = nil, nil, ""
		want := entry{UserID: &user.ID, SessionID: "31", Service: "web", Action: "update", Resource: "dns_zones", ResourceID: &number,
			IP: "2001:db8::1", UserAgent: "a browser", RequestMethod: "POST", RequestPath: "/users/7", Success: true}
		if !reflect.DeepEqual(e, want) {
			t.Errorf("row = %+v\nwant  %+v", e, want)
		}
		wantData := map[string]any{"key": "42", "actor": "alice", "request": "request-1", "set": set,
			"changes": map[string]any{"is_active": []any{"t", "f"}, "note": []any{nil, "<ä>\n\""}}}
		if !reflect.DeepEqual(data, wantData) {
			t.Errorf("additional_data = %v\nwant              %v", data, wantData)
		}
	})
	t.Run("T34_a_secret_is_never_written", func(t *testing.T) {
		change := crud.Change{Table: "user_passwords", Key: "1", Verb: crud.Update, Fields: []crud.FieldChange{
			{Column: "password_hash", Old: text("hunter2"), New: text("hunter3"), Secret: true},
		}}
		if err := Record(asking(account), serving, []crud.Change{change}); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"password_hash": map[string]any{"secret": true}}
		if got := last(t, db.Gorm).Data["changes"]; !reflect.DeepEqual(got, want) {
			t.Errorf("changes = %v", got)
		}
	})
	t.Run("one_row_a_change_and_one_set_a_write", func(t *testing.T) {
		before := count(t, db.Gorm, `SELECT count(*) FROM audit_log`)
		changes := []crud.Change{{Table: "role_permissions", Key: "3,7", Verb: crud.Delete, Set: "another"}, {Table: "roles", Key: "3", Verb: crud.Delete, Set: "another"}}
		if err := Record(asking(account), serving, changes); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db.Gorm, `SELECT count(*) FROM audit_log`); n != before+2 {
			t.Errorf("%d rows more", n-before)
		}
		if n := count(t, db.Gorm, `SELECT count(*) FROM audit_log a JOIN audit_log b ON a.additional_data->>'set' = b.additional_data->>'set'
			WHERE a.additional_data->>'key' = '3,7' AND a.resource_id IS NULL AND b.resource = 'roles'`); n != 1 {
			t.Errorf("%d rows share the set", n)
		}
	})
	t.Run("without_a_request_or_an_account_is_written_too", func(t *testing.T) {
		if err := Record(context.Background(), serving, []crud.Change{{Table: "users", Key: "1", Verb: crud.Create}}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db.Gorm, `SELECT count(*) FROM audit_log WHERE user_id IS NULL AND ip_address IS NULL AND duration_ms IS NULL
			AND session_id IS NULL AND NOT additional_data ? 'actor'`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestRecord_with_crud(t *testing.T) {
	db := testdb.New(t)
	config := crud.Config{Policy: Policy{}, Record: Record}
	reg := crud.Open(db.App().Gorm, config)
	crud.Register(reg, crud.Options[models.User]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	users, _ := reg.Table("users")
	all := auth.Allow(auth.Permission{Model: "*", Action: "*", Scope: "all"})
	ctx := asking(auth.Account{Name: "root", Rights: all})

	saved, err := users.Submit(ctx, "", map[string][]string{"username": {"bob"}, "email": {"bob@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a_create_is_one_row", func(t *testing.T) {
		e := last(t, db.Gorm)
		if e.Action != "create" || e.Resource != "users" || e.Data["key"] != saved.Key {
			t.Errorf("row = %+v", e)
		}
	})
	t.Run("T99_a_write_that_cannot_be_recorded_is_undone", func(t *testing.T) {
		broken := crud.Open(db.Gorm, crud.Config{Record: func(context.Context, *gorm.DB, []crud.Change) error { return errors.New("full") }})
		crud.Register(broken, crud.Options[models.User]{})
		table, _ := broken.Table("users")
		if _, err := table.Submit(ctx, saved.Key, map[string][]string{"username": {"robert"}}); err == nil {
			t.Error("written")
		}
		if n := count(t, db.Gorm, `SELECT count(*) FROM users WHERE username = 'robert'`); n != 0 {
			t.Error("the write stays")
		}
	})
	t.Run("deleting_oneself_leaves_the_name", func(t *testing.T) {
		id := count(t, db.Gorm, `SELECT id FROM users WHERE username = 'bob'`)
		if _, err := users.Delete(asking(auth.Account{ID: id, Name: "bob", Rights: all}), saved.Key); err != nil {
			t.Fatal(err)
		}
		if e := last(t, db.Gorm); e.Action != "delete" || e.UserID != nil || e.Data["actor"] != "bob" {
			t.Errorf("row = %+v", e)
		}
	})
	t.Run("T24_without_permission_nothing_is_written", func(t *testing.T) {
		_, err := users.Submit(asking(auth.Account{Name: "guest"}), "", map[string][]string{"username": {"eve"}, "email": {"eve@example.org"}})
		var denied *crud.Error
		if !errors.As(err, &denied) || denied.Kind != crud.KindForbidden {
			t.Errorf("error = %v", err)
		}
	})
}

func TestHistory_T34_AReasonIsForWhoMayKnowWhoItWas(t *testing.T) {
	db := testdb.New(t)
	user := models.User{Username: "alice", Email: "alice@example.org"}
	if err := db.Gorm.Create(&user).Error; err != nil {
		t.Fatal(err)
	}
	change := crud.Change{Table: "dns_zones", Key: "42", Verb: crud.Delete, Set: "s", Reason: "left without paying"}
	if err := Record(asking(auth.Account{ID: user.ID, Name: "alice"}), db.App().Gorm, []crud.Change{change}); err != nil {
		t.Fatal(err)
	}
	for scope, want := range map[string]string{auth.ScopeAll: "left without paying", auth.ScopeOwn: ""} {
		reader := auth.Account{ID: user.ID + 1, Name: "bob", Rights: auth.Allow(auth.Permission{Model: "audit_log", Action: "read", Scope: scope})}
		got, err := History{}.Changes(asking(reader), db.Gorm, crud.HistoryOf{Table: "dns_zones", Key: "42", Limit: 9})
		if err != nil || len(got) != 1 || got[0].Reason != want || got[0].Kept != (want == "") {
			t.Errorf("who may read %v is told %+v, %v", scope, got, err)
		}
	}
}
