package admin_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"unified/admin"
	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

// crowd is 20,000 people of 200 mail domains with 120,000 rows in each of the large tables.
const crowd = `
INSERT INTO users (id, username, email) SELECT i, 'user' || i, 'user' || i || '@d' || i % 200 || '.example' FROM generate_series(1, 20000) i;
INSERT INTO email_aliases (user_id, alias_email, destination_email) SELECT 1 + i * 7919 % 20000, 'a' || i || '@d' || i % 200 || '.example', 'x@y.example' FROM generate_series(1, 120000) i;
INSERT INTO audit_log (user_id, action, success) SELECT CASE WHEN i % 10 > 0 THEN 1 + i * 7919 % 20000 END, 'update', true FROM generate_series(1, 120000) i;
INSERT INTO mailbox_events (event_type, user_id, domain) SELECT 'updated', 1 + i * 7919 % 20000, 'd' || i * 7919 % 200 || '.example' FROM generate_series(1, 120000) i;
INSERT INTO certificates (domain, certificate_type, not_before, not_after, certificate_path, private_key_path, created_by)
	SELECT 'd' || i % 200 || CASE WHEN i < 200 THEN '' ELSE '.n' || i END || '.example', 'manual', '2020-01-01', '2100-01-01', '/c', '/k', 1 + i * 7919 % 20000 FROM generate_series(0, 120000) i;
INSERT INTO certificate_renewals (certificate_id, scheduled_at, renewal_method) SELECT 1 + i * 7919 % 120000, '2030-01-01', 'manual' FROM generate_series(1, 120000) i;
INSERT INTO dns_zones (domain, serial_number, primary_ns, admin_email) SELECT 'd' || i || '.example', 1, 'ns', 'a@b.example' FROM generate_series(0, 199) i;
INSERT INTO dns_records (domain, name, record_type, value) SELECT 'd' || i % 200 || '.example', 'n' || i, 'TXT', 'v' FROM generate_series(1, 120000) i;
INSERT INTO sessions (user_id, token_hash, expires_at) SELECT 1 + i * 7919 % 20000, i::text::bytea, '2100-01-01' FROM generate_series(1, 120000) i`

// BenchmarkList_scopes lists the first page of large tables as somebody who may read all rows, those of their mail domain,
// or their own. UNIFIED_EXPLAIN=1 prints how PostgreSQL finds them.
func BenchmarkList_scopes(b *testing.B) {
	db := testdb.New(b)
	for statement := range strings.SplitSeq(crowd, ";\n") {
		if _, err := db.Pool.Exec(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := db.Pool.Exec(b.Context(), "VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
	heard := &statements{Interface: logger.Discard}
	reg := crud.Open(db.App().Gorm.Session(&gorm.Session{Logger: heard}), crud.Config{Policy: admin.Policy{}})
	admin.Register(reg)
	if err := reg.Check(); err != nil {
		b.Fatal(err)
	}
	for _, table := range []string{"users", "email_aliases", "sessions", "audit_log", "mailbox_events", "certificates", "certificate_renewals", "dns_records"} {
		resource, _ := reg.Table(table)
		for _, scope := range []string{"all", "group", "own", "group+own"} {
			var permissions []auth.Permission
			for part := range strings.SplitSeq(scope, "+") {
				permissions = append(permissions, auth.Permission{Model: table, Action: "read", Scope: part})
			}
			ctx := auth.With(b.Context(), auth.Account{ID: 7920, Domain: "d120.example", Rights: auth.Allow(permissions...)})
			if !resource.Can(ctx, crud.Read) {
				continue
			}
			b.Run(fmt.Sprintf("%s/%s", table, scope), func(b *testing.B) {
				for b.Loop() {
					heard.first = ""
					if _, err := resource.List(ctx, crud.Query{}); err != nil {
						b.Fatal(err)
					}
				}
				if os.Getenv("UNIFIED_EXPLAIN") != "" {
					explain(b, db, heard.first)
				}
			})
		}
	}
}

// statements remembers the first statement that it hears of.
type statements struct {
	logger.Interface
	first string
}

func (s *statements) LogMode(logger.LogLevel) logger.Interface { return s }

func (s *statements) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	if s.first == "" && os.Getenv("UNIFIED_EXPLAIN") != "" {
		s.first, _ = statement()
	}
}

func explain(b *testing.B, db *testdb.DB, statement string) {
	b.Helper()
	rows, err := db.Pool.Query(b.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "+statement)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			b.Fatal(err)
		}
		b.Log(line)
	}
}
