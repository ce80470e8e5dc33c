package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"unified/database"
	"unified/internal/document"
	"unified/internal/testdb"
)

const operations = "docs/OPERATIONS.md"

// TestOperations_BackUpRestoreAndMove runs the document's commands as they stand, in a folder where the private PostgreSQL is
// in var/postgres.
func TestOperations_BackUpRestoreAndMove(t *testing.T) {
	t.Parallel()
	commands := document.Commands(t, operations)
	if len(commands) != 3 {
		t.Fatalf("the document has %d blocks of commands, want those to back up, to restore and to move", len(commands))
	}
	folder := openFolder(t)
	settings := map[string]string{"DATA_DIR": filepath.Join(folder, "var")}
	cluster := database.Cluster{Dir: filepath.Join(folder, "var", "postgres")}

	before := start(t, settings)
	p := visitor(t, before.url)
	p.signIn()
	p.enter("before")
	prints(t, commands[0], shell(t, folder, commands[0].Shell))
	p.enter("after")
	if err := before.stop(); err != nil {
		t.Fatal(err)
	}

	alone := startPostgres(t, settings)
	prints(t, commands[1], shell(t, folder, commands[1].Shell))
	alone()
	restored := start(t, settings)
	attached, err := cluster.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asBefore(t, restored, attached.AppURL)

	db := testdb.Empty(t)
	prints(t, commands[2], shell(t, folder, towards(t, db.OwnerURL).Replace(commands[2].Shell)))
	asBefore(t, start(t, onDatabase(db)), db.AppURL)
}

// startPostgres runs the command postgres until the returned func is called.
func startPostgres(t *testing.T, settings map[string]string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	ended := make(chan error, 1)
	program := world(settings, "postgres")
	program.Stdout = in
	go func() { err := run(ctx, program); in.CloseWithError(io.EOF); ended <- err }()
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "PostgreSQL is ready" {
		t.Fatalf("PostgreSQL does not get ready: %v", <-ended)
	}
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// towards puts a database of this test in place of the document's.
func towards(t *testing.T, address string) *strings.Replacer {
	t.Helper()
	owner, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := owner.User.Password()
	return strings.NewReplacer("db.example.org", owner.Hostname(), "5432", owner.Port(), "unified_owner", owner.User.Username(),
		"CHANGE-ME", password, "--dbname=unified", "--dbname="+strings.TrimPrefix(owner.Path, "/"))
}

// enter makes a role of this name.
func (p *person) enter(name string) {
	p.t.Helper()
	if got := p.send(http.MethodPost, "/roles", url.Values{"name": {name}}); got.status != http.StatusOK {
		p.t.Fatalf("a new role: %d", got.status)
	}
}

// asBefore checks that a program serves what was backed up, and that the audit log is closed again.
func asBefore(t *testing.T, running panel, servingURL string) {
	t.Helper()
	p := visitor(t, running.url)
	p.signIn()
	if list := p.get("/roles?size=100").body; !strings.Contains(list, ">before<") || strings.Contains(list, ">after<") {
		t.Error("the roles are not those of the backup")
	}
	p.enter("later")
	conn, err := pgx.Connect(t.Context(), servingURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var entries int
	err = conn.QueryRow(t.Context(), "SELECT count(*) FROM unified.audit_log WHERE resource = 'roles' AND action = 'create'").Scan(&entries)
	if err != nil || entries != 2 {
		t.Errorf("the audit log has %d new roles (%v), want the one of the backup and a later one", entries, err)
	}
	for _, statement := range []string{"DELETE FROM unified.audit_log", "UPDATE unified.audit_log SET action = 'read'", "TRUNCATE unified.audit_log"} {
		_, err := conn.Exec(t.Context(), statement)
		if refusal, refused := errors.AsType[*pgconn.PgError](err); !refused || refusal.Code != "42501" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

var (
	quoted      = regexp.MustCompile("`([^`]+)`")
	placeholder = regexp.MustCompile(`%[sqwdvT]|\$\{[^}]*\}|\$[a-z0-9*]+`)
)

// TestOperations_MessagesAreThoseOfTheSources looks for each message of the table in the sources, where "…" stands for what a
// verb of fmt or a variable of the shell fills in.
func TestOperations_MessagesAreThoseOfTheSources(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(operations)
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n| Message |")
	sources, messages := said(t), 0
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, message := range quoted.FindAllStringSubmatch(cell, -1) {
			messages++
			if !strings.Contains(sources, strings.TrimRight(message[1], " …:;")) {
				t.Errorf("nothing says %q", message[1])
			}
		}
	}
	if !found || messages < 50 {
		t.Errorf("the table has %d messages", messages)
	}
}

// said is the text of all programs and scripts.
func said(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "*/*.go", "scripts/*.sh"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, placeholder.ReplaceAllString(string(text), "…"))
		}
	}
	return all.String()
}
