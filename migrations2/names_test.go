package migrations2_test

import (
	"slices"
	"strings"
	"testing"

	"unified/internal/document"
	"unified/internal/testdb"
)

// tables are the documented ones in the order of their files.
var tables = []string{
	"users", "user_passwords", "user_roles", "user_quotas", "email_aliases", "sessions", "audit_log", "mailbox_events",
	"certificates", "certificate_files", "certificate_notifications", "certificate_renewals", "service_certificates",
	"dns_zones", "dns_records",
}

const tableNames = `SELECT tablename FROM pg_tables WHERE schemaname = 'unified'
	AND tablename !~ '^(goose_db_version|schema_files)' ORDER BY tablename`

const indexNames = `SELECT tablename || ' ' || indexname FROM pg_indexes WHERE schemaname = 'unified'
	AND tablename !~ '^(goose_db_version|schema_files)' ORDER BY tablename, indexname`

func TestFiles(t *testing.T) {
	names := fileNames(t)
	t.Run("two_for_each_documented_table", func(t *testing.T) {
		for i, table := range tables {
			pair := names[1+2*i : 3+2*i]
			if !strings.HasSuffix(pair[0], "_create_"+table+"_table.sql") || !strings.HasSuffix(pair[1], "_create_"+table+"_indexes.sql") {
				t.Errorf("files of %s: %v", table, pair)
			}
		}
	})
	t.Run("the_33rd_makes_the_views", func(t *testing.T) {
		if names[32] != "033_create_service_views.sql" {
			t.Errorf("got %s", names[32])
		}
	})
}

func TestNames(t *testing.T) {
	db := testdb.New(t)
	indexes := column(t, db.Pool, indexNames)
	list := "# Files\n" + strings.Join(fileNames(t), "\n") +
		"\n\n# Tables\n" + strings.Join(column(t, db.Pool, tableNames), "\n") +
		"\n\n# Indexes\n" + strings.Join(indexes, "\n") + "\n"
	document.File(t, "testdata/names.txt", list)

	t.Run("over_150_indexes_beside_the_keys", func(t *testing.T) {
		keys := column(t, db.Pool, `SELECT conindid::regclass::text FROM pg_constraint
			WHERE contype IN ('p', 'u', 'x') AND connamespace = 'unified'::regnamespace`)
		if beside := len(indexes) - len(keys); beside <= 150 {
			t.Errorf("%d indexes", beside)
		}
	})
	t.Run("no_index_repeats_a_unique_key", func(t *testing.T) {
		twins := column(t, db.Pool, `SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_index k
			ON k.indrelid = i.indrelid AND k.indisunique AND k.indexrelid <> i.indexrelid
			AND k.indkey::text = i.indkey::text AND k.indpred IS NULL AND i.indpred IS NULL AND k.indexprs IS NULL AND i.indexprs IS NULL`)
		if len(twins) > 0 {
			t.Errorf("%v", twins)
		}
	})
	t.Run("everything_has_a_comment", func(t *testing.T) {
		if silent := column(t, db.Pool, withoutComment); len(silent) > 0 {
			t.Errorf("%v", silent)
		}
	})
	t.Run("every_documented_table_is_there", func(t *testing.T) {
		there := column(t, db.Pool, tableNames)
		for _, table := range tables {
			if !slices.Contains(there, table) {
				t.Errorf("%s is missing", table)
			}
		}
	})
}

const withoutComment = `
SELECT r.relname || '.' || a.attname FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE r.relnamespace = 'unified'::regnamespace AND r.relkind IN ('r', 'v') AND r.relname !~ '^(goose_db_version|schema_files)'
	AND col_description(r.oid, a.attnum) IS NULL
UNION ALL
SELECT r.relname FROM pg_class r
WHERE r.relnamespace = 'unified'::regnamespace AND r.relkind IN ('r', 'v') AND r.relname !~ '^(goose_db_version|schema_files)'
	AND obj_description(r.oid, 'pg_class') IS NULL
UNION ALL
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
WHERE r.relnamespace = 'unified'::regnamespace AND r.relname !~ '^(goose_db_version|schema_files)'
	AND obj_description(r.oid, 'pg_class') IS NULL AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = r.oid)
UNION ALL
SELECT c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE r.relnamespace = 'unified'::regnamespace AND r.relname !~ '^(goose_db_version|schema_files)'
	AND obj_description(c.oid, 'pg_constraint') IS NULL`
