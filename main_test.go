package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"unified/admin"
	"unified/internal/testdb"
	"unified/migrations2"
)

// panel is a running program.
type panel struct {
	url  string // without a slash at its end
	stop func() error
}

// start runs the program with these settings on a free port until the test ends.
func start(t *testing.T, settings map[string]string) panel {
	t.Helper()
	return begin(t, world(settings, "serve"))
}

// world is an environment that holds nothing but these settings, and the tables that the program ships with.
func world(settings map[string]string, args ...string) env {
	return env{Args: args, Lookup: lookup(settings), Stdout: io.Discard, Stderr: io.Discard, Migrations: migrations2.FS, Register: admin.Register}
}

func begin(t *testing.T, world env) panel {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	var log safeBuffer
	ended := make(chan error, 1)
	go func() {
		world.Stdout = in
		if world.Stderr == io.Discard {
			world.Stderr = &log
		}
		err := run(ctx, world)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("the program ended with %v\n%s", err, log.String())
		}
	})
	p := panel{stop: stop}
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "ready at "); ok {
			p.url = strings.TrimSuffix(address, "/")
		}
	}
	if p.url == "" {
		t.Fatalf("the program did not get ready: %v\n%s", stop(), log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

func lookup(settings map[string]string) func(string) (string, bool) {
	all := map[string]string{"PORT": "0", "LOG_LEVEL": "warn", "DB_WAIT": "0s", "REQUEST_TIMEOUT": "1m"} // a password takes long to hash under the race detector
	for name, value := range settings {
		all[name] = value
	}
	return func(name string) (string, bool) { value, ok := all[name]; return value, ok }
}

func onDatabase(db *testdb.DB) map[string]string {
	return map[string]string{"DATABASE_URL": db.OwnerURL, "DATABASE_URL_APP": db.AppURL}
}

func TestServe_FourAtOnceOnAnEmptyServer(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			p := start(t, onDatabase(db))
			answer, err := http.Get(p.url + "/readyz")
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("/readyz answers %d", answer.StatusCode)
			}
		})
	}
	group.Wait()
	var files, administrators int
	err := db.Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM goose_db_version WHERE version_id > 0), (SELECT count(*) FROM users WHERE username = 'admin')`).Scan(&files, &administrators)
	if err != nil || files != migrationFiles(t) || administrators != 1 {
		t.Errorf("%d files applied, %d administrators, %v", files, administrators, err)
	}
}

// migrationFiles counts the files that a new database is made by.
func migrationFiles(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("migrations2/*.sql")
	if err != nil || len(files) < 33 {
		t.Fatal(files, err)
	}
	return len(files)
}

func TestServe_EndsByItself(t *testing.T) {
	t.Parallel()
	settings := onDatabase(testdb.New(t))
	p := start(t, settings)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: time.Second}
	if answer, err := client.Get(p.url + "/healthz"); err == nil {
		answer.Body.Close()
		t.Error("the port still answers")
	}
}

func TestRun_MistakesAreOneSentence(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	wrongPassword := strings.Replace(db.OwnerURL, "@", "-and-more@", 1)
	cases := []struct {
		name, want string
		args       []string
		settings   map[string]string
	}{
		{"an unknown command", `no command "sreve"`, []string{"sreve"}, nil},
		{"an argument too many", "one argument too many", []string{"serve", "now"}, nil},
		{"analyze without a folder", "takes a folder", []string{"schema", "analyze"}, nil},
		{"analyze a folder without SQL", "no SQL file", []string{"schema", "analyze", "docs"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
		{"inspect without a folder", "takes a folder", []string{"schema", "inspect"}, nil},
		{"inspect into a folder that holds something", "nothing is overwritten", []string{"schema", "inspect", "examples", "-schema", "pg_catalog"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
		{"inspect into a folder of no name", "no name for a program", []string{"schema", "inspect", "/tmp/0 0"}, nil},
		{"inspect an empty schema", "no table in the schema", []string{"schema", "inspect", "/tmp/shop"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
		{"a migration without a name", "migrate new takes a name", []string{"migrate", "new", "-from-diff"}, nil},
		{"a renaming without what it is for", "go with -from-diff", []string{"migrate", "new", "a", "-rename", "a=b"}, nil},
		{"a renaming of one name", "expected OLD=NEW", []string{"migrate", "new", "a", "-from-diff", "-rename", "a"}, nil},
		{"settings that are not right, all at once", "PORT", nil, map[string]string{"PORT": "x", "APP_ENV": "y"}},
		{"settings that are not right, the second too", "APP_ENV", nil, map[string]string{"PORT": "x", "APP_ENV": "y"}},
		{"a port nobody listens on", "127.0.0.1:1", nil, map[string]string{"DATABASE_URL": "postgres://u:geheim@127.0.0.1:1/x"}},
		{"a wrong password", "password", nil, map[string]string{"DATABASE_URL": wrongPassword}},
		{"migrate without a direction", "up, down", []string{"migrate"}, nil},
		{"migrate in an unknown direction", "sideways", []string{"migrate", "sideways"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
		{"migrate with an argument too many", "too many", []string{"migrate", "up", "5"}, nil},
		{"migrate down by a word", "number of files", []string{"migrate", "down", "all"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
		{"schema without a verb", "schema diff [-json]", []string{"schema"}, nil},
		{"audit without a verb", "audit prune [-older-than 400d]", []string{"audit"}, nil},
		{"audit of something else", "audit prune [-older-than 400d]", []string{"audit", "clear"}, nil},
		{"an age of nothing", "a number of days such as 400d", []string{"audit", "prune", "-older-than", "0d"}, nil},
		{"an age without its unit", "a number of days such as 400d", []string{"audit", "prune", "-older-than", "400"}, nil},
		{"an age in the future", "a number of days such as 400d", []string{"audit", "prune", "-older-than", "-3d"}, nil},
		{"an age beyond all bounds", "from 1d to 36500d", []string{"audit", "prune", "-older-than", "99999999999999999999d"}, nil},
		{"a retention that is none", "AUDIT_RETENTION", []string{"audit", "prune"}, map[string]string{"AUDIT_RETENTION": "forever"}},
		{"prune with an argument too many", "too many", []string{"audit", "prune", "all"}, nil},
		{"prune before the schema is there", "migrate it first", []string{"audit", "prune"}, map[string]string{"DATABASE_URL": db.OwnerURL}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			asked := world(test.settings, test.args...)
			asked.Stdout, asked.Stderr = &out, &out
			err := run(t.Context(), asked)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q in it", err, test.want)
			}
			if strings.Contains(err.Error()+out.String(), "geheim") || strings.Contains(err.Error(), "-and-more") {
				t.Errorf("the password is shown: %v", err)
			}
		})
	}
}

func TestRun_AuditPrune(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO audit_log (action, success, created_at)
		SELECT 'old', true, now() - age * interval '1 day' FROM unnest('{500,401,399,20,0}'::int[]) age`); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		says string
		left string // entries, and what the last prune says of itself
	}{
		{[]string{"-dry-run"}, " UTC: 2, none deleted\n", "5"},
		{nil, " UTC: 2 deleted\n", "4 admin audit_log t rows=2"},
		{[]string{"-older-than", "30d", "-dry-run"}, " UTC: 1, none deleted\n", "4 admin audit_log t rows=2"},
		{[]string{"-older-than", "30d"}, " UTC: 1 deleted\n", "4 admin audit_log t rows=1"},
		{[]string{"-older-than", "30d"}, " UTC: 0 deleted\n", "4 admin audit_log t rows=1"},
	} {
		var out bytes.Buffer
		asked := world(onDatabase(db), append([]string{"audit", "prune"}, step.args...)...)
		asked.Stdout = &out
		if err := run(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		var left string
		err := db.Pool.QueryRow(t.Context(), `SELECT concat_ws(' ', (SELECT count(*) FROM audit_log), (SELECT concat_ws(' ', service, resource, success,
			'rows=' || (additional_data ->> 'rows')) FROM audit_log WHERE action = 'prune' AND additional_data ->> 'before' < now()::text
			ORDER BY id DESC LIMIT 1))`).Scan(&left)
		if err != nil || !strings.HasSuffix(out.String(), step.says) || left != step.left {
			t.Errorf("%v: %s; left %q, %v", step.args, out.String(), left, err)
		}
	}
}

func TestRun_MigrateAndSettings(t *testing.T) {
	t.Parallel()
	settings := onDatabase(testdb.Empty(t))
	command := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		asked := world(settings, args...)
		asked.Stdout = &out
		if err := run(t.Context(), asked); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out.String()
	}
	if got := command("migrate", "up"); !strings.Contains(got, fmt.Sprintf("%d migrations applied", migrationFiles(t))) {
		t.Errorf("up: %s", got)
	}
	if got := command("migrate", "down", "6"); !strings.Contains(got, "6 migrations undone") {
		t.Errorf("down: %s", got)
	}
	if got := command("migrate", "status"); strings.Count(got, "applied") != migrationFiles(t)-6 || strings.Count(got, "pending") != 6 {
		t.Errorf("status: %s", got)
	}
	values := map[string]string{}
	if err := json.Unmarshal([]byte(command("settings", "-json")), &values); err != nil {
		t.Fatal(err)
	}
	if values["PORT"] != "0" || values["DATABASE_URL"] == "" || values["DATABASE_URL"] == settings["DATABASE_URL"] {
		t.Errorf("settings: %v", values)
	}
}
