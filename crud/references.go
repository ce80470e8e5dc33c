package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Rule says what becomes of rows that refer to one that is deleted.
type Rule string

// The rules of foreign keys.
const (
	RuleForbids  Rule = "forbids"  // the row cannot go while there are any
	RuleGoes     Rule = "goes"     // they are deleted too
	RuleEmptied  Rule = "emptied"  // the column that refers becomes NULL
	RuleDefault  Rule = "default"  // the column that refers gets its default
	RuleDangling Rule = "dangling" // they stay and refer to nothing: the model knows the relation, the database does not
)

// reference is a foreign key: rows of table hold in from what rows of target hold in to.
type reference struct {
	name   string
	table  string // its bare name
	quoted string // as statements name it
	target string
	from   []string
	to     []string
	rule   Rule
	open   bool // the role that serves may read table
}

// rows is the predicate of the rows of table that refer to those of target for which a predicate holds. Columns stand
// without their table: each is looked up in the innermost FROM.
func (r reference) rows(target clause.Expression) clause.Expression {
	return clause.Expr{SQL: "? IN (SELECT ? FROM ? WHERE ?)", Vars: []any{
		bare(r.from), clause.Expr{SQL: commas(len(r.to)), Vars: bareColumns(r.to)}, clause.Table{Name: r.target}, target,
	}}
}

// bare is one column, or several as a row.
func bare(names []string) clause.Expr {
	return clause.Expr{SQL: "(" + commas(len(names)) + ")", Vars: bareColumns(names)}
}

func bareColumns(names []string) []any {
	columns := make([]any, len(names))
	for i, name := range names {
		columns[i] = clause.Column{Name: name}
	}
	return columns
}

func commas(n int) string {
	text := "?"
	for range n - 1 {
		text += ", ?"
	}
	return text
}

// referencesAge is how long what was read of foreign keys is believed: one that is added later counts within that time.
const referencesAge = time.Minute

// references are the foreign keys of the database by the table that they point at. They are read when they are first
// asked for, again when they are older than referencesAge, and at once after forget.
type references struct {
	mutex    sync.Mutex
	read     time.Time
	byTarget map[string][]reference
}

// forget makes the next question read again.
func (r *references) forget() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.read = time.Time{}
}

// of returns the foreign keys by the table that they point at.
func (r *references) of(ctx context.Context, db *gorm.DB) (map[string][]reference, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if time.Since(r.read) < referencesAge {
		return r.byTarget, nil
	}
	found, err := readReferences(ctx, db)
	if err != nil {
		return nil, err
	}
	r.read, r.byTarget = time.Now(), found
	return found, nil
}

// referencesQuery reads the foreign keys that point at tables of the schema, those of partitions left out: the
// partitioned table has them too. One that would empty a column that must not be empty forbids.
const referencesQuery = `
SELECT k.conname, child.relname, k.conrelid::regclass::text, parent.relname,
	(SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num)::text,
	(SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n)
		JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)::text,
	CASE k.confdeltype WHEN 'c' THEN 'goes' WHEN 'd' THEN 'default'
		WHEN 'n' THEN CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnotnull
			AND a.attnum = ANY (coalesce(k.confdelsetcols, k.conkey))) THEN 'forbids' ELSE 'emptied' END
		ELSE 'forbids' END,
	has_table_privilege(k.conrelid, 'SELECT')
FROM pg_constraint k
JOIN pg_class child ON child.oid = k.conrelid
JOIN pg_class parent ON parent.oid = k.confrelid
JOIN pg_namespace n ON n.oid = parent.relnamespace AND n.nspname = current_schema()
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY parent.relname, child.relname, k.conname`

func readReferences(ctx context.Context, db *gorm.DB) (map[string][]reference, error) {
	rows, err := db.WithContext(ctx).Raw(referencesQuery).Rows()
	if err != nil {
		return nil, fmt.Errorf("read foreign keys: %w", err)
	}
	defer rows.Close()
	found := map[string][]reference{}
	for rows.Next() {
		var r reference
		var from, to []byte
		if err := rows.Scan(&r.name, &r.table, &r.quoted, &r.target, &from, &to, &r.rule, &r.open); err != nil {
			return nil, fmt.Errorf("read foreign keys: %w", err)
		}
		if err := json.Unmarshal(from, &r.from); err != nil {
			return nil, fmt.Errorf("read the foreign key %s: %w", r.name, err)
		}
		if err := json.Unmarshal(to, &r.to); err != nil {
			return nil, fmt.Errorf("read the foreign key %s: %w", r.name, err)
		}
		found[r.target] = append(found[r.target], r)
	}
	return found, rows.Err()
}

// referring returns the foreign keys that point at a table, and the relations of models that no foreign key stands for.
func (c *catalog) referring(ctx context.Context, target string) ([]reference, error) {
	known, err := c.references.of(ctx, in(ctx, c.db).tx) // a transaction has a connection already
	if err != nil {
		return nil, err
	}
	out := known[target]
	for _, t := range c.tables {
		for _, r := range t.relations() {
			if r.target == target && !declared(out, r) {
				out = append(out[:len(out):len(out)], r)
			}
		}
	}
	return out, nil
}

// declared reports whether a foreign key stands for a model's relation.
func declared(known []reference, relation reference) bool {
	for _, r := range known {
		if r.table == relation.table && len(r.from) == 1 && r.from[0] == relation.from[0] {
			return true
		}
	}
	return false
}

// relations are the model's relations to registered tables, as references without a rule of the database.
func (c *Store[P]) relations() []reference {
	var out []reference
	for _, f := range c.plan.fields {
		if f.relation != nil && f.relation.target != nil {
			out = append(out, reference{
				table: c.plan.table, quoted: (&gorm.Statement{DB: c.db}).Quote(c.plan.table), target: f.relation.table,
				from: []string{f.Name}, to: []string{f.relation.column}, rule: RuleDangling, open: true,
			})
		}
	}
	return out
}
