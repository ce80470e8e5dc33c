package migrations2_test

import (
	"strings"
	"testing"

	"unified/internal/document"
	"unified/internal/testdb"
)

// Each query returns finished lines of a mermaid erDiagram.
const (
	// A table with the columns of its keys.
	figureTables = `
SELECT format(E'    %s {\n%s    }', c.relname, string_agg(format(E'        %s %s %s\n',
	replace(format_type(a.atttypid, NULL), 'character varying', 'varchar'), a.attname, k.marks), '' ORDER BY a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN LATERAL (
	SELECT string_agg(DISTINCT CASE contype WHEN 'p' THEN 'PK' WHEN 'f' THEN 'FK' ELSE 'UK' END, ', ') AS marks
	FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'f', 'u') AND a.attnum = ANY (conkey)
) k ON k.marks IS NOT NULL
WHERE c.relnamespace = 'unified'::regnamespace AND c.relkind = 'r' AND c.relname !~ '^(goose_db_version|schema_files)'
GROUP BY c.relname ORDER BY c.relname`

	// A relation: one or none on the side that is referred to, many or at most one on the side that refers.
	figureRelations = `
SELECT format('    %s %s--%s %s : "%s"', f.confrelid::regclass, CASE WHEN n.required THEN '||' ELSE '|o' END,
	CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indisunique AND i.indpred IS NULL
		AND i.indkey::smallint[] <@ f.conkey) THEN 'o|' ELSE 'o{' END,
	f.conrelid::regclass, n.columns)
FROM pg_constraint f
JOIN LATERAL (
	SELECT string_agg(attname, ', ' ORDER BY attnum) AS columns, bool_and(attnotnull) AS required
	FROM pg_attribute WHERE attrelid = f.conrelid AND attnum = ANY (f.conkey)
) n ON true
WHERE f.contype = 'f' AND f.connamespace = 'unified'::regnamespace
ORDER BY f.confrelid::regclass::text COLLATE "C", f.conrelid::regclass::text COLLATE "C", n.columns`
)

func TestSchemaFigure(t *testing.T) {
	tx := begin(t, testdb.New(t).Pool)
	lines := append(column(t, tx, figureRelations), column(t, tx, figureTables)...)
	figure := strings.ReplaceAll(strings.Join(lines, "\n"), "unified.", "")
	document.Section(t, "../docs/TECH_SPEC.md", "schema", "```mermaid\nerDiagram\n"+figure+"\n```\n")
}
