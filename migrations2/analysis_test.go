package migrations2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/internal/document"
	"unified/internal/testdb"
)

const introduction = `# The schema, table by table

Read from the catalog of a migrated database; the sentences are the comments that the migrations put there. To change
this page, change a migration and run ` + "`go test ./migrations2 -update`" + `.

Every time is a timestamptz, every number of a row a bigint that the database gives. A column that may be NULL says with
it "unknown", "never" or "unlimited". An index says which query it is for; the index of a key serves the lookup by it.
`

// marks puts backticks where the queries, which cannot hold them, say « and ».
var marks = strings.NewReplacer("«", "`", "»", "`")

// Each query reads one section: its rows are the cells of a table.
const (
	analysisColumns = `
SELECT format('«%s»', a.attname), format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END,
	CASE WHEN a.attidentity <> '' THEN 'identity'
		WHEN a.attgenerated <> '' THEN 'generated: ' || pg_get_expr(d.adbin, d.adrelid, true)
		ELSE coalesce(pg_get_expr(d.adbin, d.adrelid, true), '') END,
	coalesce(col_description(a.attrelid, a.attnum), '')
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

	analysisRules = `
SELECT format('«%s»', conname), format('«%s»', pg_get_constraintdef(oid, true)), coalesce(obj_description(oid, 'pg_constraint'), '')
FROM pg_constraint WHERE conrelid = $1::regclass
ORDER BY position(contype::text IN 'pufxc'), conname`

	analysisIndexes = `
SELECT format('«%s»', i.indexrelid::regclass),
	format('«%s»', regexp_replace(pg_get_indexdef(i.indexrelid, 0, true), '^CREATE (UNIQUE )?INDEX .* ON (unified\.)?\w+ USING (btree )?', '\1')),
	coalesce(obj_description(i.indexrelid, 'pg_class'), CASE k.contype
		WHEN 'x' THEN 'Looking for rows that the rule forbids beside a new one.'
		ELSE 'The row of a key: WHERE ' || (
			SELECT string_agg(a.attname || ' = $' || c.place, ' AND ' ORDER BY c.place)
			FROM unnest(k.conkey) WITH ORDINALITY c (number, place)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number) || '.' END)
FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = $1::regclass ORDER BY i.indexrelid::regclass::text COLLATE "C"`

	analysisTriggers = `
SELECT format('«%s»', tgname), coalesce(obj_description(oid, 'pg_trigger'), '')
FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal ORDER BY tgname`

	analysisViewColumns = `
SELECT format('«%s»', attname), format_type(atttypid, atttypmod), coalesce(col_description(attrelid, attnum), '')
FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`

	analysisFunctions = `
SELECT format('«%s»', oid::regprocedure), coalesce(obj_description(oid, 'pg_proc'), '')
FROM pg_proc WHERE pronamespace = $1::text::regnamespace ORDER BY proname`
)

func TestSchemaAnalysis(t *testing.T) {
	tx := begin(t, testdb.New(t).Pool)
	var page strings.Builder
	page.WriteString(introduction)
	documented := slices.Concat(tables, []string{"roles", "permissions", "role_permissions", "role_fields", "list_settings", "signing_keys", "answers", "saved_views", "api_tokens", "user_settings"})
	if there := column(t, tx, tableNames); len(there) != len(documented) {
		t.Fatalf("%d tables are described, there are %v", len(documented), there)
	}
	for _, table := range documented {
		heading(t, tx, &page, table)
		section(t, tx, &page, "| column | type | null | default | meaning |", analysisColumns, table)
		section(t, tx, &page, "| key or rule | definition | in words |", analysisRules, table)
		section(t, tx, &page, "| index | on | for |", analysisIndexes, table)
		section(t, tx, &page, "| trigger | what it does |", analysisTriggers, table)
	}
	views := column(t, tx, `SELECT viewname::text FROM pg_views WHERE schemaname = 'unified' ORDER BY viewname`)
	for _, view := range views {
		heading(t, tx, &page, view)
		section(t, tx, &page, "| column of the view | type | meaning |", analysisViewColumns, view)
	}
	page.WriteString("\n## Functions\n")
	section(t, tx, &page, "| function | what it does |", analysisFunctions, "unified")
	document.File(t, "SCHEMA_ANALYSIS.md", page.String())
}

func heading(t *testing.T, tx pgx.Tx, page *strings.Builder, relation string) {
	t.Helper()
	comment := column(t, tx, `SELECT obj_description($1::regclass, 'pg_class')`, relation)[0]
	fmt.Fprintf(page, "\n## %s\n\n%s\n", relation, comment)
}

// section appends one table of the page, or nothing if the query has no rows.
func section(t *testing.T, tx pgx.Tx, page *strings.Builder, head, query, object string) {
	t.Helper()
	rows, err := tx.Query(t.Context(), query, object)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		cells := make([]string, len(row.FieldDescriptions()))
		targets := make([]any, len(cells))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := row.Scan(targets...); err != nil {
			return "", err
		}
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		return "| " + strings.Join(cells, " | ") + " |\n", nil
	})
	if err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(page, "\n%s\n%s\n", head, strings.Repeat("|---", strings.Count(head, "|")-1)+"|")
	page.WriteString(marks.Replace(strings.Join(lines, "")))
}
