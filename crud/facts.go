package crud

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
)

// facts are what the database says about its tables, by table.
type facts struct {
	comments map[string]map[string]string // by column, by constraint as "constraint:name"; the table's own is ""
	columns  map[string]map[string]columnFact
	rules    map[string][]ruleFact
}

// columnFact is a column as the database has it.
type columnFact struct {
	Table, Name string
	Type        string   // "character varying(255)"
	NotNull     bool     // NULL is refused
	Default     string   // an expression; "" for none
	Labels      []string // the values of an enumeration; nil for other types
	Made        bool     // always by the database, which takes no other value
	View        bool     // it is one of a view
	Unordered   bool     // its values cannot be compared, such as points and XML
}

// ruleFact is a constraint or a unique index.
type ruleFact struct {
	Table, Name string
	Kind        string   // "c" check, "f" foreign key, "x" exclusion, "u" unique
	Columns     []string // that it is about, in order; of a unique index those that are not within an expression
	Definition  string   // of a constraint
	Keys        []string // of a unique index: its columns and expressions
	Where       string   // of a partial unique index: which rows it is about; "" for all
	Refers      string   // of a foreign key: the table
	Targets     []string // of a foreign key: that table's columns
	Deferrable  bool     // it can be looked at when the transaction ends
}

// rulesOf returns the rules of a table; none if the database was not asked.
func (f *facts) rulesOf(table string) []ruleFact {
	if f == nil {
		return nil
	}
	return f.rules[table]
}

// columnFacts looks beneath domains and arrays, at what may be ordered by the class of operators that PostgreSQL takes by itself.
const columnFacts = `
WITH RECURSIVE beneath AS (
	SELECT t.oid AS of, t.oid, t.typtype, CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END AS next FROM pg_type t
	UNION ALL
	SELECT b.of, t.oid, t.typtype, CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END
	FROM beneath b JOIN pg_type t ON t.oid = b.next
), unordered AS (
	SELECT b.of FROM beneath b WHERE b.next = 0 AND b.typtype = 'b' AND NOT EXISTS (
		SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
		WHERE o.opcdefault AND (o.opcintype = b.oid OR EXISTS (
			SELECT FROM pg_cast k WHERE k.castsource = b.oid AND k.casttarget = o.opcintype AND k.castmethod = 'b' AND k.castcontext = 'i')))
)
SELECT json_build_object('Table', c.relname, 'Name', a.attname, 'Type', format_type(a.atttypid, a.atttypmod), 'NotNull', a.attnotnull,
	'Default', coalesce(pg_get_expr(d.adbin, d.adrelid), CASE WHEN a.attidentity <> '' THEN 'identity' ELSE '' END),
	'View', c.relkind IN ('v', 'm'), 'Made', a.attgenerated <> '' OR a.attidentity = 'a', 'Unordered', EXISTS (SELECT FROM unordered u WHERE u.of = a.atttypid),
	'Labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid))::text
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`

const ruleFacts = `
SELECT json_build_object('Table', c.relname, 'Name', k.conname, 'Kind', k.contype::text, 'Definition', pg_get_constraintdef(k.oid),
	'Refers', coalesce(f.relname, ''), 'Columns', (SELECT json_agg(a.attname ORDER BY at.n)
		FROM unnest(k.conkey) WITH ORDINALITY at(num, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = at.num),
	'Targets', (SELECT json_agg(a.attname ORDER BY at.n)
		FROM unnest(k.confkey) WITH ORDINALITY at(num, n) JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = at.num))::text
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('c', 'f', 'x') AND k.conparentid = 0
UNION ALL
SELECT json_build_object('Table', c.relname, 'Name', i.relname, 'Kind', 'u', 'Where', coalesce(pg_get_expr(x.indpred, x.indrelid), ''),
	'Deferrable', NOT x.indimmediate,
	'Keys', (SELECT json_agg(pg_get_indexdef(x.indexrelid, n, false) ORDER BY n) FROM generate_series(1, x.indnkeyatts) n),
	'Columns', (SELECT json_agg(a.attname ORDER BY at.n)
		FROM unnest(x.indkey) WITH ORDINALITY at(num, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = at.num))::text
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = current_schema()::regnamespace AND x.indisunique AND c.relkind IN ('r', 'p')`

// readFacts asks the catalog about all tables of the schema: three queries, whatever their number.
func readFacts(ctx context.Context, db *gorm.DB) (*facts, error) {
	known := &facts{comments: map[string]map[string]string{}, columns: map[string]map[string]columnFact{}, rules: map[string][]ruleFact{}}
	var comments []struct{ Table, Object, Text string }
	if err := db.WithContext(ctx).Raw(commentsQuery).Scan(&comments).Error; err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	for _, c := range comments {
		if known.comments[c.Table] == nil {
			known.comments[c.Table] = map[string]string{}
		}
		known.comments[c.Table][c.Object] = c.Text
	}
	columns, err := readObjects[columnFact](ctx, db, columnFacts)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		if known.columns[c.Table] == nil {
			known.columns[c.Table] = map[string]columnFact{}
		}
		known.columns[c.Table][c.Name] = c
	}
	rules, err := readObjects[ruleFact](ctx, db, ruleFacts)
	for _, r := range rules {
		known.rules[r.Table] = append(known.rules[r.Table], r)
	}
	return known, err
}

// readObjects runs a query whose rows are one JSON object each.
func readObjects[O any](ctx context.Context, db *gorm.DB, query string) ([]O, error) {
	var texts []string
	if err := db.WithContext(ctx).Raw(query).Scan(&texts).Error; err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	objects := make([]O, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &objects[i]); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
	}
	return objects, nil
}
