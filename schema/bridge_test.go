package schema

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"unified/internal/testdb"
	"unified/migrations2"
)

// broken is what takes several statements to mend: columns that become required, rules, unique and other indexes, types, tables.
const broken = `ALTER TABLE unified.users DROP COLUMN last_failed_login_at; ALTER TABLE unified.users ALTER COLUMN username DROP NOT NULL;
	ALTER TABLE unified.users ALTER COLUMN last_name TYPE text; ALTER TABLE unified.dns_zones DROP COLUMN primary_ns CASCADE;
	DROP INDEX unified.idx_dns_zones_is_active; DROP INDEX unified.idx_users_domain; CREATE INDEX idx_users_domain ON unified.users (lower(domain));
	ALTER TABLE unified.users DROP CONSTRAINT users_username_key; ALTER TABLE unified.dns_records DROP CONSTRAINT dns_records_ttl_positive;
	ALTER TABLE unified.user_quotas DROP CONSTRAINT fk_user_quotas_user_id; ALTER TABLE unified.role_permissions DROP CONSTRAINT role_permissions_pkey;
	DROP TABLE unified.certificate_notifications CASCADE; DROP VIEW unified.audit_summary;
	ALTER TABLE unified.certificates RENAME COLUMN issuer TO made_by`

// TestBridge_broken_off ends the bridge after each of its statements in turn, also between two of one fix, and begins it again: the rest is
// mended, nothing is left, and no row is lost.
func TestBridge_broken_off(t *testing.T) {
	full := inhabited(t)
	db := full.Copy(t)
	shared := comparerOf(t, db, nil)
	run(t, db, broken)
	before := rowsOf(t, db)
	ended, interrupted := 0, map[string]int{} // how often each fix was
	for again := true; again; {
		again = false
		c := comparerOf(t, db, shared)
		report := compared(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		conn, err := c.db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		item, statements := "", 0
		_, err = (&Bridge{Comparer: c}).Apply(ctx, conn, agreeing(report), func(progress Progress) {
			if progress.Item != item {
				item, statements = progress.Item, 0
			}
			if statements++; statements == 3+interrupted[item] { // the limits, a first statement, and then it ends before the next
				interrupted[item]++
				again = true
				cancel()
			}
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		_ = conn.Close()
		cancel()
		if ended++; ended > 60 {
			t.Fatalf("it never ends: %s", saidOf(report.Findings))
		}
	}
	if ended < 12 {
		t.Errorf("it was broken off %d times only", ended)
	}
	left := slices.DeleteFunc(compared(t, comparerOf(t, db, shared)).Findings, func(f Finding) bool { return f.Kind == "column.order" })
	if len(left) > 0 {
		t.Errorf("after %d runs there is left: %s", ended, saidOf(left))
	}
	out := bridged(t, db, comparerOf(t, db, shared), Consent{})
	if len(out.Mended) > 0 || len(out.Left) > 1 {
		t.Errorf("the next run finds %v and %v", saidOf(out.Mended), out.Left)
	}
	for table, rows := range rowsOf(t, db) {
		if rows != before[table] {
			t.Errorf("%s had %d rows, and has %d", table, before[table], rows)
		}
	}
}

// TestBridge_killed_index ends the connection that builds an index beside writes, which leaves an invalid one, and builds it again.
func TestBridge_killed_index(t *testing.T) {
	db := testdb.New(t)
	shared := comparerOf(t, db, nil)
	compared(t, shared)
	run(t, db, "DROP INDEX unified.uq_dns_records_cname; DROP INDEX unified.idx_users_domain; CREATE INDEX idx_users_domain ON unified.users (lower(domain))")
	tx, err := db.Pool.Begin(t.Context()) // an index beside writes waits for it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "UPDATE unified.users SET id = id WHERE false; UPDATE unified.dns_records SET id = id WHERE false"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c := comparerOf(t, db, shared)
		conn, err := c.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := (&Bridge{Comparer: c}).Apply(t.Context(), conn, Consent{}, nil)
			ended <- err
		}()
		const killed = `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
			AND query ~ '^(CREATE|DROP) .*INDEX CONCURRENTLY' AND wait_event_type = 'Lock') k`
		wait(t, func() (n int) {
			if err := db.Pool.QueryRow(t.Context(), killed).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		})
		if err := <-ended; err == nil {
			t.Fatal("nothing was broken off")
		}
		_ = conn.Close()
	}
	var invalid int
	if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_index WHERE NOT indisvalid").Scan(&invalid); err != nil || invalid == 0 {
		t.Fatalf("%d indexes are invalid: %v", invalid, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := bridged(t, db, comparerOf(t, db, shared), Consent{}); len(out.Report.Findings) > 0 {
		t.Errorf("left: %s %v", saidOf(out.Report.Findings), out.Left)
	}
}

// wait asks until there is something.
func wait(t *testing.T, ask func() int) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if ask() > 0 {
			return
		}
	}
	t.Fatal("it never happens")
}

// TestBridge_under_traffic mends while others read and write the same tables: none of their statements fails or waits long.
func TestBridge_under_traffic(t *testing.T) {
	db := inhabited(t)
	c := comparerOf(t, db, nil)
	compared(t, c)
	run(t, db, `DROP INDEX unified.idx_dns_zones_is_active; ALTER TABLE unified.dns_records DROP CONSTRAINT dns_records_ttl_positive;
		ALTER TABLE unified.users DROP COLUMN last_failed_login_at; ALTER TABLE unified.users ALTER COLUMN username DROP NOT NULL;
		ALTER TABLE unified.user_quotas DROP CONSTRAINT fk_user_quotas_user_id`)
	ctx, cancel := context.WithCancel(t.Context())
	var traffic sync.WaitGroup
	var done, slowest atomic.Int64
	for _, statement := range []string{
		"UPDATE unified.users SET last_name = last_name WHERE id = (SELECT min(id) FROM unified.users)",
		"UPDATE unified.dns_records SET ttl = ttl", "SELECT count(*) FROM unified.dns_zones z JOIN unified.user_quotas q ON true WHERE z.is_active",
	} {
		traffic.Go(func() {
			for ctx.Err() == nil {
				start := time.Now()
				if _, err := db.Pool.Exec(context.WithoutCancel(ctx), statement); err != nil {
					t.Errorf("%s: %v", statement, err)
					return
				}
				slowest.Store(max(slowest.Load(), int64(time.Since(start))))
				done.Add(1)
			}
		})
	}
	out := bridged(t, db, c, Consent{})
	cancel()
	traffic.Wait()
	if len(out.Report.Findings) > 0 || len(out.Mended) != 5 {
		t.Errorf("mended %d, left: %s %v", len(out.Mended), saidOf(out.Report.Findings), out.Left)
	}
	if done.Load() < 10 || time.Duration(slowest.Load()) > 3*time.Second {
		t.Errorf("%d statements of others, the slowest took %s", done.Load(), time.Duration(slowest.Load()))
	}
}

// TestBridge_rows_in_the_way names the rows that a rule would refuse, and changes nothing until they are gone.
func TestBridge_rows_in_the_way(t *testing.T) {
	db := inhabited(t)
	c := comparerOf(t, db, nil)
	compared(t, c)
	run(t, db, `ALTER TABLE unified.user_quotas DROP CONSTRAINT fk_user_quotas_user_id; ALTER TABLE unified.dns_records DROP CONSTRAINT dns_records_ttl_positive`)
	run(t, db, `UPDATE unified.user_quotas SET user_id = 9000001 WHERE user_id = (SELECT min(user_id) FROM unified.user_quotas)`)
	run(t, db, `UPDATE unified.dns_records SET ttl = -5 WHERE id IN (SELECT id FROM unified.dns_records ORDER BY id LIMIT 12)`)
	out := bridged(t, db, c, Consent{})
	if len(out.Mended) > 0 || len(out.Left) != 2 {
		t.Fatalf("mended: %s, left %v", saidOf(out.Mended), out.Left)
	}
	for _, left := range out.Left {
		switch {
		case left.Kind == "foreign_key.missing" && strings.Contains(left.Why, "refers to what is not there") && len(left.Rows) == 1:
		case left.Kind == "check.missing" && strings.HasPrefix(left.Why, "12 rows are what this check refuses") && len(left.Rows) == 10:
		default:
			t.Errorf("%s %s: %s %v", left.Kind, left.Object, left.Why, left.Rows)
		}
	}
	run(t, db, `DELETE FROM unified.user_quotas WHERE user_id = 9000001; UPDATE unified.dns_records SET ttl = 60 WHERE ttl < 0`)
	if out := bridged(t, db, c, Consent{}); len(out.Report.Findings) > 0 {
		t.Errorf("left: %s", saidOf(out.Report.Findings))
	}
}

// TestBridge_pending leaves to migrations what they are about to do.
func TestBridge_pending(t *testing.T) {
	db := testdb.New(t)
	run(t, db, "DROP INDEX unified.idx_dns_zones_is_active")
	c := comparerOf(t, db, nil)
	c.Models, c.Migrations = nil, with(t, "999_more.sql", `-- +goose Up
CREATE TABLE crates (id bigint PRIMARY KEY, name text);
ALTER TABLE users ADD COLUMN nickname text;
-- +goose Down
`)
	bridge := &Bridge{Comparer: c, Pending: func(context.Context) ([]string, error) { return []string{"999_more.sql"}, nil }}
	plan, err := bridge.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, item := range plan.Items {
		said[item.Name()] = item.Refused
	}
	if !strings.Contains(said["crates"], "migrate up") || !strings.Contains(said["users.nickname"], "migrate up") || said["dns_zones.idx_dns_zones_is_active"] != "" || len(said) != 3 {
		t.Errorf("got %q", said)
	}
}

// with are the migrations and a further one.
func with(t *testing.T, name, text string) fs.FS {
	t.Helper()
	files := fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}
	names, err := fs.Glob(migrations2.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations2.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}

// TestBridge_consent applies by itself neither renames nor what loses something, and what is safe alone where that is asked for.
func TestBridge_consent(t *testing.T) {
	db := testdb.New(t)
	c := comparerOf(t, db, nil)
	compared(t, c)
	run(t, db, `ALTER TABLE unified.users RENAME COLUMN first_name TO given; ALTER TABLE unified.users ADD COLUMN nickname text;
		CREATE TABLE unified.notes (id bigint PRIMARY KEY); ALTER TABLE unified.dns_records DROP CONSTRAINT dns_records_ttl_positive;
		DROP TABLE unified.role_fields; ALTER TABLE unified.users DROP COLUMN last_failed_login_at`)
	safe := bridged(t, db, c, Consent{Takes: (*Finding).Safe})
	if got := kindsOf(safe.Mended); got != "table.missing column.missing" || len(safe.Left) > 0 {
		t.Errorf("safe: mended %s, left %v", got, safe.Left)
	}
	out := bridged(t, db, c, Consent{})
	if got := kindsOf(out.Mended); got != "check.missing" {
		t.Errorf("mended %s", got)
	}
	var names []string
	for _, left := range out.Left {
		names = append(names, left.Name())
	}
	if got := strings.Join(names, " "); got != "notes users.nickname users.first_name" && got != "users.nickname notes users.first_name" {
		t.Errorf("left %s", got)
	}
	out = bridged(t, db, c, Consent{Confirmed: []string{"users.first_name"}, Lost: []string{"users.nickname", "first_name"}})
	if got := kindsOf(out.Report.Findings); got != "table.extra" {
		t.Errorf("left %s", got)
	}
}

func kindsOf(findings []Finding) string {
	var kinds []string
	for _, f := range findings {
		kinds = append(kinds, f.Kind)
	}
	return strings.Join(kinds, " ")
}
