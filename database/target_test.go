package database_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/database"
	"unified/internal/testdb"
)

const geheim = "pa55wort-geheim"

// testServer is the server of testdb, with its superuser.
func testServer(t *testing.T) *database.Running {
	t.Helper()
	testdb.Empty(t) // starts it
	return start(t, database.Cluster{Dir: "../var/postgres-test", Test: true})
}

func execute(t *testing.T, address, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // clean-up runs after the end of the test's own
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// role makes a login role of the test's own and returns the address of a database that it would use.
func role(t *testing.T, rights string) *url.URL {
	t.Helper()
	server := testServer(t)
	address, err := url.Parse(server.SuperURL)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("role_%d_%d", os.Getpid(), time.Now().UnixNano())
	execute(t, server.SuperURL, "CREATE ROLE "+name+" LOGIN PASSWORD '"+geheim+"' "+rights)
	t.Cleanup(func() {
		execute(t, server.SuperURL, "DROP DATABASE IF EXISTS "+name)
		execute(t, server.SuperURL, "DROP ROLE "+name)
	})
	address.User, address.Path = url.UserPassword(name, geheim), "/"+name
	return address
}

// missingDatabase is a target whose owner may make it.
func missingDatabase(t *testing.T) database.Target {
	t.Helper()
	address := role(t, "CREATEDB")
	return database.Target{OwnerURL: address.String(), Schema: "unified"}
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	target := missingDatabase(t)
	for range 2 {
		if err := database.Ensure(t.Context(), target); err != nil {
			t.Fatal(err)
		}
	}
	query(t, target.OwnerURL, "SELECT current_database()::text")
}

func TestEnsure_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	good := role(t, "")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	tests := map[string]struct {
		change func(*url.URL)
		want   string
	}{
		"unknown_host":           {func(u *url.URL) { u.Host = "nowhere.invalid:5432" }, `the host "nowhere.invalid" is not known`},
		"port_without_server":    {func(u *url.URL) { u.Host = "127.0.0.1:1" }, "no PostgreSQL listens at 127.0.0.1:1"},
		"server_that_is_silent":  {func(u *url.URL) { u.Host = listener.Addr().String(); u.RawQuery = "connect_timeout=1" }, "did not answer in time"},
		"wrong_password":         {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), geheim+"x") }, `refuses the password of user "`},
		"unknown_user":           {func(u *url.URL) { u.User = url.UserPassword("nobody_here", geheim) }, `refuses the password of user "nobody_here"`},
		"no_right_to_create":     {func(*url.URL) {}, "permission denied to create database"},
		"address_that_is_no_url": {func(u *url.URL) { u.Host = "127.0.0.1:port" }, "not of the form postgres://"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := *good
			test.change(&address)
			err := database.Ensure(t.Context(), database.Target{OwnerURL: address.String(), Schema: "unified"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), geheim) || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one sentence without the password: %v", err)
			}
		})
	}
}

func TestEnsure_tries_the_serving_role(t *testing.T) {
	t.Parallel()
	target := testdb.Empty(t).Target()
	address, err := url.Parse(target.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("unified_app", geheim)
	target.AppURL = address.String()
	if err := database.Ensure(t.Context(), target); err == nil || !strings.Contains(err.Error(), `the password of user "unified_app"`) {
		t.Errorf("got %v", err)
	}
}

func TestEnsure_refuses_two_databases(t *testing.T) {
	t.Parallel()
	target := testdb.Empty(t).Target()
	target.AppURL = testdb.Empty(t).AppURL
	if err := database.Ensure(t.Context(), target); err == nil || !strings.Contains(err.Error(), "not to the one that the owner migrates") {
		t.Errorf("got %v", err)
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	two := testdb.Empty(t)
	migrate(t, two.Target(), small(), 3)
	migrate(t, two.Target(), small(), 0)
	if err := two.Gorm.Exec("CREATE TABLE later (id bigint)").Error; err != nil {
		t.Fatal(err)
	}
	one := testdb.Empty(t)
	alone := one.Target()
	alone.AppURL = ""
	migrate(t, alone, small(), 3)
	migrate(t, alone, small(), 0)
	tests := map[string]struct {
		db        *database.DB
		statement string
		allowed   bool
	}{
		"two_roles_write_rows":              {two.App(), "INSERT INTO users VALUES (1, 'a'), (2, 'b')", true},
		"two_roles_use_tables_made_later":   {two.App(), "INSERT INTO later VALUES (1)", true},
		"two_roles_add_to_the_audit_log":    {two.App(), "INSERT INTO audit_log VALUES (1)", true},
		"T35_two_roles_keep_the_audit_log":  {two.App(), "DELETE FROM audit_log", false},
		"T35_two_roles_leave_the_audit_log": {two.App(), "UPDATE audit_log SET user_id = NULL", false},
		"T35_two_roles_empty_no_table":      {two.App(), "TRUNCATE audit_log", false},
		"two_roles_make_no_table":           {two.App(), "CREATE TABLE more ()", false},
		"two_roles_leave_the_notes_alone":   {two.App(), "DELETE FROM schema_files", false},
		"the_owner_may_all":                 {&database.DB{Gorm: two.Gorm}, "UPDATE audit_log SET user_id = NULL", true},
		"one_role_adds_to_the_audit_log":    {&database.DB{Gorm: one.Gorm}, "INSERT INTO audit_log VALUES (1)", true},
		"T35_one_role_keeps_the_audit_log":  {&database.DB{Gorm: one.Gorm}, "DELETE FROM audit_log", false},
		"T35_one_role_leaves_the_audit_log": {&database.DB{Gorm: one.Gorm}, "UPDATE audit_log SET id = 2", false},
		"T35_one_role_empties_no_audit_log": {&database.DB{Gorm: one.Gorm}, "TRUNCATE audit_log", false},
		"one_role_deletes_a_user_with_logs": {&database.DB{Gorm: one.Gorm}, "INSERT INTO users VALUES (9); INSERT INTO audit_log VALUES (9, 9); DELETE FROM users WHERE id = 9", true},
		"two_roles_delete_a_user_with_logs": {two.App(), "INSERT INTO users VALUES (9); INSERT INTO audit_log VALUES (9, 9); DELETE FROM users WHERE id = 9", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.db.Gorm.Exec(test.statement).Error; (err == nil) != test.allowed {
				t.Errorf("%s: %v", test.statement, err)
			}
		})
	}
}

// The default logger is the program's, so this test runs alone.
func TestMigrate_warns_of_a_superuser(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)

	target := testdb.Empty(t).Target()
	super, err := url.Parse(testServer(t).SuperURL)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := url.Parse(target.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	super.Path = owner.Path
	target.AppURL = super.String()
	migrate(t, target, small(), 3)
	if !strings.Contains(log.String(), "level=WARN msg=\"the serving role is a superuser") {
		t.Errorf("no warning in %s", log.String())
	}
}

func TestOpen_logs_statements_without_values(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	empty := testdb.Empty(t)
	db, err := database.Open(t.Context(), empty.OwnerURL, empty.Schema, database.Options{
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got string
	if err := db.Gorm.Raw("SELECT ?::text", geheim).Scan(&got).Error; err != nil || got != geheim {
		t.Fatal(got, err)
	}
	if err := db.Gorm.Exec("SELECT pg_sleep(0.6)").Error; err != nil {
		t.Fatal(err)
	}
	text := log.String()
	if strings.Contains(text, geheim) || !strings.Contains(text, "SELECT $1::text") {
		t.Errorf("a statement without its values is expected in %s", text)
	}
	if !strings.Contains(text, `level=WARN msg=query sql="SELECT pg_sleep`) {
		t.Errorf("no warning of the slow statement in %s", text)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	empty := testdb.Empty(t)
	db, err := database.Open(t.Context(), empty.AppURL, empty.Schema, database.Options{PoolSize: 3, LockTimeout: 1500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tests := map[string]string{
		"search_path": `"unified"`, "timezone": "UTC", "application_name": "unified", "statement_timeout": "30s",
		"lock_timeout": "1500ms", "idle_in_transaction_session_timeout": "1min",
	}
	for name, want := range tests {
		var got string
		if err := db.Gorm.Raw("SELECT current_setting(?)", name).Scan(&got).Error; err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", name, got, err, want)
		}
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if size := db.Pool.Config().MaxConns; size != 3 {
		t.Errorf("%d connections", size)
	}
	if now := db.Gorm.NowFunc(); now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
		t.Errorf("GORM's time is %v", now)
	}
}
