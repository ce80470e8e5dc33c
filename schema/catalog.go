package schema

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Catalog is a schema as it is, read once, for describing and judging it.
type Catalog struct {
	state   *state
	views   []*table // their columns
	prose   map[string]prose
	refused []Problem // statements
}

// prose is an object as people read it, and what its comment says of it.
type prose struct {
	Key        string  `json:"key"` // kind, table and name
	Definition string  `json:"definition"`
	Comment    *string `json:"comment"`
}

// readProse reads definitions as they are printed for people. The kinds are those of proseKey.
const readProse = relations + `
SELECT 'rule ' || c.relname || ' ' || k.conname AS key, pg_get_constraintdef(k.oid, true) AS definition, obj_description(k.oid, 'pg_constraint') AS comment
FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'x', 'c')
UNION ALL
SELECT 'index ' || c.relname || ' ' || i.relname, pg_get_indexdef(x.indexrelid, 0, true), obj_description(i.oid, 'pg_class')
FROM relation c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
UNION ALL
SELECT 'trigger ' || c.relname || ' ' || t.tgname, '', obj_description(t.oid, 'pg_trigger')
FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'default ' || c.relname || ' ' || a.attname, pg_get_expr(d.adbin, d.adrelid, true), NULL
FROM relation c JOIN pg_attrdef d ON d.adrelid = c.oid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
UNION ALL
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', '', obj_description(p.oid, 'pg_proc')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1::text[])`

// ReadCatalog reads a schema, without the tables that are to be ignored. Nothing is changed.
func ReadCatalog(ctx context.Context, db *sql.DB, options Options) (*Catalog, error) {
	c, out := New(db, options), &Catalog{}
	if err := c.look(ctx, func(read *reader) error { return out.read(ctx, read) }); err != nil {
		return nil, err
	}
	for _, name := range c.Ignore {
		delete(out.state.tables, name)
	}
	return out, nil
}

// look has work read the schema as it is at one moment. Nothing is changed.
func (c *Comparer) look(ctx context.Context, work func(*reader) error) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := c.begin(ctx, conn, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return work(&reader{db: tx, schema: c.Schema, schemas: map[string]string{c.Schema: c.Schema}})
}

// read reads everything.
func (c *Catalog) read(ctx context.Context, read *reader) (err error) {
	if c.state, err = read.read(ctx); err != nil {
		return err
	}
	if c.views, err = read.readViewColumns(ctx, c.state); err != nil {
		return err
	}
	list, err := rows[prose](ctx, read, readProse)
	if err != nil {
		return err
	}
	c.prose = map[string]prose{}
	for _, p := range list {
		c.prose[p.Key] = p
	}
	return nil
}

// Tables are the names of the tables, in order.
func (c *Catalog) Tables() []string { return sorted(c.state.tables) }

// says is what is told of an object: its definition, without the schema, and its comment.
func (c *Catalog) says(kind, of, name string) (definition, comment string) {
	p := c.prose[kind+" "+strings.TrimSpace(of+" "+name)]
	return unqualified(c.state.schema, p.Definition), text(p.Comment)
}

// Markdown describes the tables, in this order and then by name, the views and the functions.
func (c *Catalog) Markdown(order []string) string {
	var page strings.Builder
	names := slices.DeleteFunc(slices.Clone(order), func(name string) bool { return c.state.tables[name] == nil })
	for _, name := range sorted(c.state.tables) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		c.describe(&page, c.state.tables[name])
	}
	for _, view := range c.views {
		heading(&page, view)
		var columns [][]string
		for _, column := range view.columns {
			columns = append(columns, []string{ticked(column.Name), unqualified(c.state.schema, column.Type), text(column.Comment)})
		}
		section(&page, "column of the view | type | meaning", columns)
	}
	var functions [][]string
	for _, key := range sorted(c.state.functions) {
		_, comment := c.says("function", "", key)
		functions = append(functions, []string{ticked(unqualified(c.state.schema, key)), comment})
	}
	if len(functions) > 0 {
		page.WriteString("\n## Functions\n")
	}
	section(&page, "function | what it does", functions)
	return page.String()
}

func (c *Catalog) describe(page *strings.Builder, t *table) {
	heading(page, t)
	var columns, rules, indexes, triggers [][]string
	for _, column := range t.columns {
		null := "yes"
		if column.NotNull {
			null = "no"
		}
		columns = append(columns, []string{ticked(column.Name), unqualified(c.state.schema, column.Type), null, c.initial(t, column), text(column.Comment)})
	}
	for _, rule := range t.inOrder() {
		definition, comment := c.says("rule", t.Name, rule)
		rules = append(rules, []string{ticked(rule), ticked(definition), comment})
	}
	for _, i := range t.indexes {
		definition, comment := c.says("index", t.Name, i.Name)
		_, on, _ := strings.Cut(definition, " USING ")
		on = strings.TrimPrefix(on, "btree ")
		if i.Unique {
			on = "UNIQUE " + on
		}
		if comment == "" {
			comment = i.purpose()
		}
		indexes = append(indexes, []string{ticked(i.Name), ticked(on), comment})
	}
	for _, trigger := range t.triggers {
		_, comment := c.says("trigger", t.Name, trigger.Name)
		triggers = append(triggers, []string{ticked(trigger.Name), comment})
	}
	section(page, "column | type | null | default | meaning", columns)
	section(page, "key or rule | definition | in words", rules)
	section(page, "index | on | for", indexes)
	section(page, "trigger | what it does", triggers)
}

// initial is what a column begins with.
func (c *Catalog) initial(t *table, column *column) string {
	definition, _ := c.says("default", t.Name, column.Name)
	switch {
	case strings.HasPrefix(column.Filled, "generated"):
		return "identity"
	case column.Generated != nil:
		return "generated: " + definition
	}
	return definition
}

// purpose is what the index of a key is for.
func (i *index) purpose() string {
	switch i.Declared {
	case "x":
		return "Looking for rows that the rule forbids beside a new one."
	case "":
		return ""
	}
	conditions := make([]string, len(i.Keys))
	for n, key := range i.Keys {
		conditions[n] = fmt.Sprintf("%s = $%d", key, n+1)
	}
	return "The row of a key: WHERE " + strings.Join(conditions, " AND ") + "."
}

// inOrder are the names of keys and rules: primary key, unique constraints, foreign keys, exclusions, checks.
func (t *table) inOrder() []string {
	var list []string
	add := func(kind string) {
		for _, i := range t.indexes {
			if i.Declared == kind {
				list = append(list, i.Name)
			}
		}
		for _, r := range t.rules {
			if r.Type == kind {
				list = append(list, r.Name)
			}
		}
	}
	for _, kind := range []string{"p", "u", "f", "x", "c"} {
		add(kind)
	}
	return list
}

func ticked(text string) string { return "`" + text + "`" }

func heading(page *strings.Builder, t *table) {
	fmt.Fprintf(page, "\n## %s\n", t.Name)
	if t.Comment != nil {
		fmt.Fprintf(page, "\n%s\n", *t.Comment)
	}
}

// lines are breaks of lines, with the spaces around them.
var lines = regexp.MustCompile(`\s*\n\s*`)

// section appends one table of the page, or nothing without rows.
func section(page *strings.Builder, head string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(page, "\n| %s |\n|%s\n", head, strings.Repeat("---|", strings.Count(head, "|")+1))
	for _, cells := range rows {
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(lines.ReplaceAllString(cell, " "), "|", `\|`)
		}
		fmt.Fprintf(page, "| %s |\n", strings.Join(cells, " | "))
	}
}
