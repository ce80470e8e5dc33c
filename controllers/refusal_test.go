package controllers

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"unified/admin"
	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

// office is the panel as it is shipped behind its door, where alice is a clerk: she reads and writes users and roles, and
// may do nothing else. bob is a guest.
type office struct {
	*doorstep
	log   bytes.Buffer
	alice func(*http.Request)
	seen  int64 // the last row of the audit log that was looked at
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db := testdb.New(t)
	registry := crud.Open(db.App().Gorm, crud.Config{Policy: admin.Policy{}, Record: admin.Record})
	admin.Register(registry)
	if err := registry.Check(); err != nil {
		t.Fatal(err)
	}
	o := &office{}
	o.doorstep = onDoorstep(t, db, Config{Tables: registry.Tables(), Log: slog.New(slog.NewTextHandler(&o.log, nil))})
	o.exec(`INSERT INTO roles (name) VALUES ('clerk'), ('guest')`)
	o.exec(`INSERT INTO permissions (model, action, scope) SELECT m, a, 'all' FROM unnest('{users,roles,sessions}'::text[]) m,
		unnest('{read,create,update,delete}'::text[]) a ON CONFLICT DO NOTHING`)
	o.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, permissions p
		WHERE r.name = 'clerk' AND p.scope = 'all' AND (p.model IN ('users', 'roles') OR p.model = 'sessions' AND p.action = 'read')`)
	o.exec(`INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'clerk', 'web' FROM users WHERE username = 'alice'`)
	o.exec(`INSERT INTO users (username, email) VALUES ('bob', 'bob@example.org')`)
	o.exec(`INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'guest', 'dovecot' FROM users WHERE username = 'bob'`)
	o.alice = o.signIn()
	o.rows()
	return o
}

// rows returns the rows that came to the audit log since it was asked last.
func (o *office) rows() []string {
	o.t.Helper()
	found, err := o.db.Pool.Query(context.Background(), `SELECT l.id, concat_ws(' ', coalesce(u.username, 'nobody'), l.additional_data ->> 'actor',
		action, coalesce(resource, '-'), coalesce(additional_data ->> 'key', '-'), success, coalesce(status_code::text, '-'), error_message)
		FROM audit_log l LEFT JOIN users u ON u.id = l.user_id WHERE l.id > $1 ORDER BY l.id`, o.seen)
	if err != nil {
		o.t.Fatal(err)
	}
	defer found.Close()
	var rows []string
	for found.Next() {
		var row string
		if err := found.Scan(&o.seen, &row); err != nil {
			o.t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// is fails unless exactly this row came.
func (o *office) is(t *testing.T, want string) {
	t.Helper()
	got := o.rows()
	if want == "" && len(got) == 0 {
		return
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("rows = %q\nwant   %q", got, want)
	}
}

func (o *office) id(sql string) (id string) {
	o.t.Helper()
	if err := o.db.Pool.QueryRow(context.Background(), sql).Scan(&id); err != nil {
		o.t.Fatal(err)
	}
	return id
}

func TestRefusals(t *testing.T) {
	o := newOffice(t)
	guest, clerk := o.id(`SELECT id::text FROM roles WHERE name = 'guest'`), o.id(`SELECT id::text FROM roles WHERE name = 'clerk'`)
	session := o.id(`SELECT id::text FROM sessions`)
	bob := o.id(`SELECT id::text FROM users WHERE username = 'bob'`)
	o.exec(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the words of a driver' USING ERRCODE = 'XX000'; END $$`)
	o.exec(`CREATE TRIGGER broken BEFORE UPDATE ON roles FOR EACH ROW WHEN (NEW.rank = 666) EXECUTE FUNCTION broken()`)
	const denied = "None of your roles allows this."
	crossSite := header("Sec-Fetch-Site", "cross-site")
	tests := map[string]struct {
		method, path, body string
		change             []func(*http.Request)
		status             int
		row                string
	}{
		"a list":               {"GET", "/dns_zones", "", nil, 403, "alice alice read dns_zones - f 403 " + denied},
		"a list asked by HEAD": {"HEAD", "/dns_zones", "", nil, 403, "alice alice read dns_zones - f 403 " + denied},
		"a row":                {"GET", "/dns_zones/7", "", nil, 403, "alice alice read dns_zones 7 f 403 " + denied},
		"a new row":            {"POST", "/dns_zones", "domain=a.example", nil, 403, "alice alice create dns_zones - f 403 " + denied},
		"a change":             {"POST", "/dns_zones/7", "domain=a.example", nil, 403, "alice alice update dns_zones 7 f 403 " + denied},
		"a form":               {"GET", "/dns_zones/7/edit", "", nil, 403, "alice alice update dns_zones 7 f 403 " + denied},
		"an action":            {"POST", "/sessions/" + session + "/actions/revoke", "", nil, 403, "alice alice revoke sessions " + session + " f 403 " + denied},
		"what Options forbid":  {"GET", "/sessions/" + session + "/delete", "", nil, 403, "alice alice delete sessions " + session + " f 403 Sessions cannot be changed this way."},
		"T35 a key with a line break": {"GET", "/dns_zones/7%0Aroot%20was%20here", "", nil, 403,
			"alice alice read dns_zones 7%0Aroot%20was%20here f 403 " + denied},
		"T10 another site's request": {"POST", "/users/" + bob + "/delete", "", []func(*http.Request){crossSite}, 403,
			"alice alice delete users " + bob + " f 403 This request was sent by another site and was not carried out."},
		"a value that is taken": {"POST", "/users", form("username", "bob", "email", "secret@example.org"), nil, 422,
			"alice alice create users - f 422 username: This value is already taken."},
		"a guard":                 {"POST", "/roles/" + clerk, "name=boss", nil, 422, "alice alice update roles " + clerk + " f 422 You hold this role yourself: somebody else has to change it."},
		"a row in use":            {"POST", "/roles/" + guest + "/delete", "", nil, 409, "alice alice delete roles " + guest + " f 409 Other records still refer to it."},
		"a bug":                   {"POST", "/roles/" + guest, "rank=666", nil, 500, "alice alice update roles " + guest + " f 500 Something went wrong on our side. It has been noted."},
		"no such row":             {"POST", "/users/999999", "username=x", nil, 404, ""},
		"a list that may be seen": {"GET", "/users", "", nil, 200, ""},
		"a write":                 {"POST", "/users/" + bob, "first_name=Bob", nil, 303, "alice alice update users " + bob + " t -"},
		"a write of nothing":      {"POST", "/users/" + bob, "username=bob", nil, 303, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answer := o.ask(test.method, test.path, test.body, append(test.change, o.alice)...)
			if answer.StatusCode != test.status {
				t.Fatalf("%s\n%s", answer.Status, text(t, answer))
			}
			o.is(t, test.row)
		})
	}
}

func TestRefusals_say_who_from_where_and_in_which_request(t *testing.T) {
	o := newOffice(t)
	answer := o.ask("POST", "/dns_zones/7", "domain=a.example", o.alice, header("User-Agent", "a browser"))
	row := o.id(`SELECT concat_ws(' ', user_id = (SELECT id FROM users WHERE username = 'alice'), session_id = (SELECT max(id)::text FROM sessions),
		service, host(ip_address), user_agent, request_method, request_path, resource_id, duration_ms >= 0, additional_data ->> 'request')
		FROM audit_log ORDER BY id DESC LIMIT 1`)
	if want := "t t web 192.0.2.1 a browser POST /dns_zones/7 7 t " + answer.Header.Get("X-Request-Id"); row != want {
		t.Errorf("row = %s\nwant  %s", row, want)
	}
}

func TestRefusals_of_visitors(t *testing.T) {
	o := newOffice(t)
	for name, test := range map[string]struct {
		path, site string
		row        string
	}{
		"T13 another site's sign-in":  {"/login", "cross-site", "nobody request - - f 403 This request was sent by another site and was not carried out."},
		"T10 another site's write":    {"/users", "cross-site", "nobody create users - f 403 This request was sent by another site and was not carried out."},
		"who is sent to sign in":      {"/users", "same-origin", ""},
		"a failed sign-in is one row": {"/login", "same-origin", "nobody sign_in - - f - unknown name"},
	} {
		t.Run(name, func(t *testing.T) {
			o.ask("POST", test.path, form("name", "nobody", "password", "x"), header("Sec-Fetch-Site", test.site))
			o.is(t, test.row)
		})
	}
}

func TestRefusals_of_an_action_lead_back_and_are_recorded(t *testing.T) {
	o := newOffice(t)
	o.exec(`INSERT INTO permissions (model, action, scope) VALUES ('sessions', 'revoke', 'all'), ('*', '*', 'all') ON CONFLICT DO NOTHING`)
	o.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r, permissions p
		WHERE p.scope = 'all' AND (r.name = 'clerk' AND p.model = 'sessions' AND p.action = 'revoke' OR r.name = 'admin' AND p.action = '*')
		ON CONFLICT DO NOTHING`)
	o.exec(`INSERT INTO users (username, email) VALUES ('root', 'root@example.org')`)
	o.exec(`INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'admin', 'web' FROM users WHERE username = 'root'`)
	o.exec(`INSERT INTO sessions (user_id, token_hash, expires_at) SELECT id, '\x00', now() + interval '1 day' FROM users WHERE username = 'root'`)
	session := o.id(`SELECT max(id)::text FROM sessions`)
	answer := o.ask("POST", "/sessions/"+session+"/actions/revoke", "", o.alice)
	if answer.StatusCode != http.StatusSeeOther {
		t.Errorf("%s\n%s", answer.Status, text(t, answer))
	}
	rows := o.rows()
	if len(rows) != 1 || !strings.HasPrefix(rows[0], "alice alice revoke sessions "+session+" f 422 This person may do more than you") {
		t.Errorf("rows = %q", rows)
	}
}

func TestRefusals_are_bounded(t *testing.T) {
	o := newOffice(t)
	for range auth.FailuresPerMinute + 5 {
		o.ask("GET", "/dns_zones", "", o.alice)
	}
	if rows := o.rows(); len(rows) != auth.FailuresPerMinute {
		t.Errorf("%d rows", len(rows))
	}
	t.Run("by action", func(t *testing.T) {
		o.ask("GET", "/dns_zones/new", "", o.alice)
		o.is(t, "alice alice create dns_zones - f 403 None of your roles allows this.")
	})
	t.Run("by address", func(t *testing.T) {
		o.ask("GET", "/dns_zones", "", o.alice, func(r *http.Request) { r.RemoteAddr = "[2001:db8::1]:80" })
		o.is(t, "alice alice read dns_zones - f 403 None of your roles allows this.")
	})
	t.Run("but writes are not", func(t *testing.T) {
		o.ask("POST", "/users/"+o.id(`SELECT id::text FROM users WHERE username = 'bob'`), "first_name=Bob", o.alice)
		if rows := o.rows(); len(rows) != 1 {
			t.Errorf("rows = %q", rows)
		}
	})
}

func TestRefusals_that_cannot_be_recorded_are_answered_alike(t *testing.T) {
	o := newOffice(t)
	o.exec(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$`)
	o.exec(`CREATE TRIGGER no_room BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION no_room()`)
	for path, status := range map[string]int{"/dns_zones": 403, "/users": 422} {
		o.log.Reset()
		answer := o.ask("POST", path, "username=bob", o.alice)
		if answer.StatusCode != status {
			t.Errorf("%s: %s\n%s", path, answer.Status, text(t, answer))
		}
		if n := strings.Count(o.log.String(), "refusal not recorded"); n != 1 {
			t.Errorf("%s: %d lines\n%s", path, n, o.log.String())
		}
	}
}
