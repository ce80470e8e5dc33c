package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"unified/database"
	"unified/internal/testdb"
	"unified/schema"
)

// bridging runs the command and returns its exit status and what it wrote.
func bridging(t *testing.T, db *testdb.DB, args ...string) (status int, out string) {
	t.Helper()
	var text bytes.Buffer
	asked := world(map[string]string{"DATABASE_URL": db.OwnerURL, "DATABASE_URL_APP": db.AppURL}, append([]string{"schema", "bridge"}, args...)...)
	asked.Stdout, asked.Stderr = &text, &text
	err := run(t.Context(), asked)
	var code exitStatus
	if err != nil && !errors.As(err, &code) {
		return 2, text.String() + err.Error()
	}
	return int(code), text.String()
}

// TestRun_SchemaBridge shows the plan, mends what may be mended, says what it leaves, and finds nothing the second time.
func TestRun_SchemaBridge(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	if status, out := bridging(t, db); status != 0 || !strings.Contains(out, "nothing to mend") {
		t.Fatalf("a fresh database: %d, %s", status, out)
	}
	execute(t, db, `ALTER TABLE users DROP COLUMN last_failed_login_at; DROP INDEX idx_dns_zones_is_active; ALTER TABLE users RENAME COLUMN first_name TO given;
		ALTER TABLE users ADD COLUMN nickname text`)
	status, out := bridging(t, db)
	for _, want := range []string{"ADD COLUMN last_failed_login_at", "CREATE INDEX CONCURRENTLY idx_dns_zones_is_active", "has to be confirmed", "users.nickname has to be typed", "Nothing was changed"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("the plan is %d without %q: %s", status, want, out)
		}
	}
	status, out = bridging(t, db, "--apply")
	for _, want := range []string{"] ALTER TABLE unified.users ADD COLUMN", "Mended: The column users.last_failed_login_at is missing.", "Left: The column users.first_name is named given."} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("it ends with %d, without %q: %s", status, want, out)
		}
	}
	if status, out := bridging(t, db, "--apply", "--confirm-rename", "users.first_name", "--lose", "users.nickname"); status != 0 || !strings.Contains(out, "Mended: The column users.first_name") {
		t.Errorf("what was agreed to: %d, %s", status, out)
	}
	if status, out := bridging(t, db, "--apply"); status != 0 || !strings.Contains(out, "nothing to mend") {
		t.Errorf("the last run: %d, %s", status, out)
	}
	var entries int
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action = 'bridge' AND additional_data->>'state' = 'ended'`).Scan(&entries)
	if err != nil || entries != 3 {
		t.Errorf("the audit log has %d: %v", entries, err)
	}
	var last string
	if err := db.Pool.QueryRow(t.Context(), `SELECT begun_by || ': ' || result FROM schema_runs ORDER BY id DESC LIMIT 1`).Scan(&last); err != nil || last != "the host: There was nothing to mend." {
		t.Errorf("the last run is %q: %v", last, err)
	}
	if _, err := db.App().Pool.Exec(t.Context(), "UPDATE schema_runs SET cancel = true"); err == nil {
		t.Error("the serving role may write what the owner did")
	}
	execute(t, db, `ALTER TABLE users DROP COLUMN first_name`)
	bridging(t, db, "--apply")
	if status, out := bridging(t, db); status != 1 || !strings.Contains(out, "stands after") || !strings.Contains(out, "nothing that can be mended from here") {
		t.Errorf("what nobody mends: %d, %s", status, out)
	}
}

// TestRun_SchemaBridge_alone lets nobody mend or migrate while somebody does.
func TestRun_SchemaBridge_alone(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	err := database.Mend(t.Context(), db.Target(), database.Claim{By: "somebody"}, func(context.Context, *database.Mending) (string, error) {
		if status, out := bridging(t, db, "--apply"); status != 2 || !strings.Contains(out, "another process") {
			t.Errorf("a second one: %d, %s", status, out)
		}
		return "done", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, out := bridging(t, db, "--apply"); status != 0 {
		t.Errorf("afterwards: %d, %s", status, out)
	}
}

// TestOpen_Bridge starts on a database that lacks something: with BRIDGE=safe it is added before anything is served, as far as nothing can go
// wrong with it; otherwise the panel opens without it.
func TestOpen_Bridge(t *testing.T) {
	t.Parallel()
	for setting, left := range map[string]string{"check": "column.missing table.missing index.missing", "safe": "", "off": "column.missing table.missing index.missing"} {
		db := testdb.New(t)
		execute(t, db, `DROP TABLE certificate_notifications CASCADE; ALTER TABLE users DROP COLUMN last_failed_login_at; DROP INDEX idx_dns_zones_is_active`)
		settings := onDatabase(db)
		settings["BRIDGE"] = setting
		p, err := load(world(settings, "serve"))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := p.open(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", setting, err)
		}
		t.Cleanup(opened.close)
		if lacking := opened.tables.Lacking(); lacking != (left != "") {
			t.Errorf("%s: it lacks something: %v", setting, lacking)
		}
		report, err := p.compareSchema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for kind := range strings.FieldsSeq(left) {
			if !slices.ContainsFunc(report.Findings, func(f schema.Finding) bool { return f.Kind == kind }) {
				t.Errorf("%s: there is no %s among what is left", setting, kind)
			}
		}
		if left == "" && len(report.Findings) > 0 {
			t.Errorf("%s: there is left %v", setting, names(report.Findings))
		}
	}
}
