package migrations2_test

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"unified/database"
	"unified/internal/testdb"
	"unified/migrations2"
)

// definitions reads everything that a migration can define in schema $1, one line an object, without the runner's tables.
const definitions = `
WITH relations AS (
	SELECT c.oid, c.relname, c.relkind, c.relpersistence
	FROM pg_class c
	WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relname !~ '^(goose_db_version|schema_files)'
), lines AS (
	SELECT 'schema: ' || coalesce(obj_description(to_regnamespace(quote_ident($1)), 'pg_namespace'), '') AS line
	UNION ALL
	SELECT format('relation %s: %s %s; %s', relname, relkind, relpersistence, obj_description(oid, 'pg_class')) FROM relations
	UNION ALL
	SELECT format('column %s.%s: %s %s %s null=%s identity=%s generated=%s default=%s; %s', r.relname, a.attname, a.attnum,
		format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, NOT a.attnotnull, a.attidentity, a.attgenerated,
		pg_get_expr(d.adbin, d.adrelid, true), col_description(r.oid, a.attnum))
	FROM relations r
	JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
	WHERE r.relkind IN ('r', 'v')
	UNION ALL
	SELECT format('constraint %s.%s: %s; %s', r.relname, c.conname, pg_get_constraintdef(c.oid, true),
		obj_description(c.oid, 'pg_constraint'))
	FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid
	UNION ALL
	SELECT format('index %s: %s', r.relname, pg_get_indexdef(r.oid, 0, true)) FROM relations r WHERE r.relkind = 'i'
	UNION ALL
	SELECT format('view %s: %s', r.relname, pg_get_viewdef(r.oid, true)) FROM relations r WHERE r.relkind = 'v'
	UNION ALL
	SELECT format('trigger %s: %s %s; %s', r.relname, pg_get_triggerdef(t.oid, true), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
	FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
	UNION ALL
	SELECT format('function %s(%s): %s; %s', p.proname, pg_get_function_arguments(p.oid), p.prosrc, obj_description(p.oid, 'pg_proc'))
	FROM pg_proc p WHERE p.pronamespace = to_regnamespace(quote_ident($1))
)
SELECT line FROM lines ORDER BY line COLLATE "C"`

func catalog(t *testing.T, pool *pgxpool.Pool, schema string) []string {
	t.Helper()
	tx := begin(t, pool)
	run(t, tx, "SET LOCAL search_path TO "+pgx.Identifier{schema}.Sanitize())
	lines := column(t, tx, definitions, schema)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	return lines
}

func migrate(t *testing.T, target database.Target) {
	t.Helper()
	applied, err := database.Migrate(t.Context(), target, migrations2.FS)
	if err != nil {
		t.Fatal(err)
	}
	if files := len(fileNames(t)); applied != files {
		t.Fatalf("%d of %d files applied", applied, files)
	}
}

func fileNames(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations2.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMigrations(t *testing.T) {
	db := testdb.Empty(t)
	target := db.Target()
	migrate(t, target)
	first := catalog(t, db.Pool, target.Schema)

	t.Run("down_takes_everything_back", func(t *testing.T) {
		if _, err := database.Down(t.Context(), target, migrations2.FS, database.All); err != nil {
			t.Fatal(err)
		}
		if left := catalog(t, db.Pool, target.Schema); !slices.Equal(left, []string{"schema: "}) {
			t.Errorf("left behind: %q", left)
		}
	})
	t.Run("up_again_gives_the_same_catalog", func(t *testing.T) {
		migrate(t, target)
		same(t, first, catalog(t, db.Pool, target.Schema))
	})
	t.Run("a_second_schema_of_another_name_is_the_same", func(t *testing.T) {
		second := target
		second.Schema = `Second "Schema"`
		migrate(t, second)
		same(t, first, catalog(t, db.Pool, second.Schema))
	})
}

// same reports each line that only one of the two has.
func same(t *testing.T, want, got []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("extra: %s", line)
		}
	}
}
