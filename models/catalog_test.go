package models_test

import (
	"slices"
	"testing"

	"gorm.io/gorm"

	"unified/internal/testdb"
	"unified/models"
)

// onlyInMigrations are the rules that no tag declares, since a field carries one check and no exclusion.
var onlyInMigrations = []string{
	"ck_dns_records_cname_alone", "ck_dns_records_domain_lower", "ck_dns_zones_domain_lower",
	"dns_records_priority_positive", "dns_records_weight_positive", "email_aliases_not_self_reference",
}

const columns = `
SELECT format('%s.%s %s null=%s default=%s generated=%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
	CASE WHEN a.attidentity = '' AND pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'nextval(%' AND a.attgenerated = ''
		THEN pg_get_expr(d.adbin, d.adrelid) END,
	CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'unified'::regnamespace AND c.relkind = 'r' AND c.relname !~ '^(goose_db_version|schema_files|signing_keys|answers|list_settings|user_settings|query_shapes)'
ORDER BY 1`

const constraints = `
SELECT format('%s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'unified'::regnamespace AND k.contype IN ('p', 'c', 'f')
	AND c.relname !~ '^(goose_db_version|schema_files|signing_keys|answers|list_settings|user_settings|query_shapes)' AND k.conname NOT IN ?
ORDER BY 1`

const uniqueIndexes = `
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'unified'::regnamespace AND i.indisunique AND NOT i.indisprimary
	AND c.relname !~ '^(goose_db_version|schema_files|signing_keys|answers|list_settings|user_settings|query_shapes)'
ORDER BY 1`

// TestModels_catalog builds the models in an empty database and compares what PostgreSQL made of them with the migrations.
func TestModels_catalog(t *testing.T) {
	migrated := testdb.New(t)
	declared := testdb.Empty(t)
	if err := declared.Gorm.Exec("CREATE SCHEMA unified").Error; err != nil {
		t.Fatal(err)
	}
	if err := declared.Gorm.AutoMigrate(models.All()...); err != nil {
		t.Fatal(err)
	}
	compare := func(query string, args ...any) func(*testing.T) {
		return func(t *testing.T) {
			same(t, lines(t, migrated.Gorm, query, args...), lines(t, declared.Gorm, query, args...))
		}
	}
	t.Run("columns_are_the_same", compare(columns))
	t.Run("unique_indexes_are_the_same", compare(uniqueIndexes))
	t.Run("checks_and_keys_are_the_same", compare(constraints, onlyInMigrations))
	t.Run("twenty_one_models", func(t *testing.T) {
		if got := len(models.All()); got != 21 {
			t.Errorf("got %d", got)
		}
	})
}

func lines(t *testing.T, db *gorm.DB, query string, args ...any) []string {
	t.Helper()
	var found []string
	if err := db.Raw(query, args...).Scan(&found).Error; err != nil {
		t.Fatal(err)
	}
	return found
}

// same reports each line that only one of the two has.
func same(t *testing.T, migrations, models []string) {
	t.Helper()
	for _, line := range migrations {
		if !slices.Contains(models, line) {
			t.Errorf("only in the migrations: %s", line)
		}
	}
	for _, line := range models {
		if !slices.Contains(migrations, line) {
			t.Errorf("only in the models: %s", line)
		}
	}
}
