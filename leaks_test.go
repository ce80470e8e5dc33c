package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"unified/admin"
	"unified/crud"
	"unified/internal/testdb"
)

// withPanic registers notes of which the one called "panic" has a column that panics.
func withPanic(reg *crud.Registry) {
	admin.Register(reg)
	crud.Register(reg, crud.Options[Note]{
		List: []string{"Title", "Length"},
		Columns: []crud.Column[Note]{{Label: "Length", Value: func(n *Note) string {
			if n.Title == "panic" {
				panic("the inside of the code")
			}
			return n.Title
		}}},
	})
}

// inside is what no answer may hold: of the code, of SQL, of the driver, of the database's address.
var inside = regexp.MustCompile(`the inside of|goroutine |\.go:\d|panic|SELECT |INSERT |UPDATE "|FROM "|SQLSTATE|ERROR:|FATAL:|pgx|pgconn|gorm|dial |connection refused|postgres://|unified_owner|unified_app|password=`)

// TestLeaks_T73_T83 provokes what goes wrong in different depths, for a page and as JSON. The answer tells nothing but an id,
// under which the log has the detail, and the program goes on.
func TestLeaks_T73_T83(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	program := noting(t, settings)
	var log safeBuffer
	program.Register, program.Stderr = withPanic, &log
	p := visitor(t, begin(t, program).url)
	p.signIn()
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		begin  func()
		method string
		path   string
		status int
		logged string
		end    func()
	}{
		{"a panic in a handler", func() { exec("INSERT INTO notes (title) VALUES ('panic')") }, "GET", "/notes", 500, "the inside of the code", func() { exec("DELETE FROM notes") }},
		{"an error that nobody knows", func() {
			exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the inside of the database' USING ERRCODE = 'XX000'; END$$;
				CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION refuse()`)
		}, "POST", "/notes", 500, "the inside of the database", func() { exec("DROP TRIGGER refuse ON notes") }},
		{"a key that is gone", func() { exec("ALTER TABLE notes RENAME COLUMN id TO number") }, "GET", "/notes", 503, "", func() { exec("ALTER TABLE notes RENAME COLUMN number TO id") }},
		{"a column of another type", func() {
			exec("ALTER TABLE notes ALTER COLUMN pinned DROP DEFAULT, ALTER COLUMN pinned TYPE text USING 'the inside of a row'; INSERT INTO notes (title, pinned) VALUES ('x', 'the inside of a row')")
		},
			"GET", "/notes", 503, "pinned", func() { exec("DELETE FROM notes; ALTER TABLE notes ALTER COLUMN pinned TYPE boolean USING true") }},
		{"a table that may not be read", func() { exec("REVOKE ALL ON notes FROM unified_app") }, "GET", "/notes", 403, "", func() { exec("GRANT ALL ON notes TO unified_app") }},
		{"sessions that are gone", func() { exec("ALTER TABLE sessions RENAME TO meetings") }, "GET", "/users", 503, "sessions", func() { exec("ALTER TABLE meetings RENAME TO sessions") }},
		{"no database", line.cut, "GET", "/users", 503, "the database cannot answer", line.mend},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.t, line.t = t, t
			test.begin()
			for _, accept := range []string{"text/html", "application/json"} {
				got := p.accepting(accept, test.method, test.path, url.Values{"title": {"x"}})
				if got.status != test.status || strings.HasPrefix(strings.TrimSpace(got.body), "{") != (accept == "application/json") {
					t.Errorf("as %s: %d\n%s", accept, got.status, got.body)
				}
				if found := inside.FindString(got.body); found != "" {
					t.Errorf("as %s the answer tells %q:\n%s", accept, found, got.body)
				}
				id := got.header.Get("X-Request-Id")
				if len(id) != 16 || test.status >= 500 && !strings.Contains(got.body, id) {
					t.Errorf("as %s the answer does not tell its id %q:\n%s", accept, id, got.body)
				}
				if line := logLine(log.String(), id); !strings.Contains(line, test.logged) {
					t.Errorf("under the id %s the log says nothing of %q: %s", id, test.logged, line)
				}
			}
			test.end()
			p.recovers()
			if got := p.get("/notes"); got.status != http.StatusOK {
				t.Errorf("afterwards: %d", got.status)
			}
		})
	}
}

// logLine is what the log says of a failed request.
func logLine(log, id string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, "request failed") && strings.Contains(line, id) {
			return line
		}
	}
	return ""
}

// TestLeaks_T83_AProcessOutlivesPanics asks a process of its own, which a panic that nobody catches would end.
func TestLeaks_T83_AProcessOutlivesPanics(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := onDatabase(db)
	settings["PORT"], settings["UNIFIED_PANICS"] = freePort(t), "1"
	program := spawn(t, settings, "serve")
	program.says("ready at")
	if _, err := db.Pool.Exec(t.Context(), "INSERT INTO notes (title) VALUES ('panic')"); err != nil {
		t.Fatal(err)
	}
	p := visitor(t, "http://127.0.0.1:"+settings["PORT"])
	p.signIn()
	for range 3 {
		if got := p.get("/notes"); got.status != http.StatusInternalServerError || !strings.Contains(got.body, got.header.Get("X-Request-Id")) {
			t.Errorf("a panic: %d\n%s", got.status, got.body)
		}
	}
	if got := p.get("/users"); got.status != http.StatusOK {
		t.Errorf("afterwards: %d", got.status)
	}
	program.stop()
}
