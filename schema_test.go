package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// diff runs the command and returns its exit status and what it wrote.
func diff(t *testing.T, settings map[string]string, args ...string) (status int, out string) {
	t.Helper()
	var text bytes.Buffer
	asked := world(settings, append([]string{"schema", "diff"}, args...)...)
	asked.Stdout, asked.Stderr = &text, &text
	err := run(t.Context(), asked)
	var code exitStatus
	if err != nil && !errors.As(err, &code) {
		t.Fatal(err)
	}
	return int(code), text.String()
}

func TestRun_SchemaDiff(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := map[string]string{"DATABASE_URL": db.OwnerURL}
	if status, out := diff(t, settings); status != 0 || !strings.Contains(out, "0 break, 0 drift, 0 cosmetic") {
		t.Fatalf("a fresh database: %d, %s", status, out)
	}
	if _, err := db.Pool.Exec(t.Context(), "ALTER TABLE users DROP COLUMN last_login_at; DROP INDEX idx_dns_zones_domain_active"); err != nil {
		t.Fatal(err)
	}
	status, out := diff(t, settings, "-json")
	var kinds []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var finding struct{ Kind, Severity, Message string }
		if err := json.Unmarshal([]byte(line), &finding); err != nil || finding.Message == "" {
			t.Fatalf("%s: %v", line, err)
		}
		kinds = append(kinds, finding.Kind)
	}
	if got := strings.Join(kinds, " "); status != 1 || got != "column.missing index.missing index.missing" {
		t.Errorf("exit %d: %s", status, out)
	}
	if status, out := diff(t, settings, "-table", "dns_zones"); status != 1 || strings.Contains(out, "last_login_at") || !strings.Contains(out, "CREATE INDEX CONCURRENTLY") {
		t.Errorf("one table: %d, %s", status, out)
	}
	if status, out := diff(t, settings, "-table", "nothing"); status != 2 || !strings.Contains(out, "no table nothing") {
		t.Errorf("a table that is not there: %d, %s", status, out)
	}
	if status, out := diff(t, map[string]string{"DATABASE_URL": "postgres://u:geheim@127.0.0.1:1/x"}); status != 2 || strings.Contains(out, "geheim") {
		t.Errorf("no connection: %d, %s", status, out)
	}
}
