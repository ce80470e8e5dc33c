package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func (x *fixer) makeSchema() { x.do(none, "CREATE SCHEMA "+quoteIdent(x.Object)) }

// makeTable makes the table with all that belongs to it.
func (x *fixer) makeTable() {
	x.whole = true
	t := x.mend.want.(*table)
	lines := make([]string, len(t.columns))
	for i, c := range t.columns {
		lines[i] = quoteIdent(c.Name) + " " + c.definition()
	}
	x.do(none, "CREATE TABLE "+t.full()+" (\n\t"+strings.Join(lines, ",\n\t")+"\n)")
	for _, i := range t.indexes {
		if i.constraint() {
			x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(i.Name)+" "+i.Constraint)
		} else {
			x.do("SHARE", i.Full)
		}
	}
	for _, r := range t.rules {
		if r.Type == "f" && !x.there(r, t) {
			continue // it is missing once the table that it refers to is there
		}
		x.alter(lockOf(r), "ADD CONSTRAINT "+quoteIdent(r.Name)+" "+r.definition())
	}
	for _, g := range t.triggers {
		x.do(shareRowExclusive, g.Text)
	}
	if t.Comment != nil {
		x.do(shareUpdate, "COMMENT ON TABLE "+t.full()+" IS "+literal(*t.Comment))
	}
	for _, c := range t.columns {
		if c.Comment != nil {
			x.do(shareUpdate, "COMMENT ON COLUMN "+t.full()+"."+quoteIdent(c.Name)+" IS "+literal(*c.Comment))
		}
	}
}

// there reports whether the table that a foreign key of a new table refers to is there.
func (x *fixer) there(r *rule, of *table) bool {
	if r.Target == of.full() {
		return true
	}
	for _, t := range x.got.tables {
		if t.full() == r.Target {
			return true
		}
	}
	return false
}

// definition is what stands behind a column's name where it is made.
func (c *column) definition() string {
	words := c.Type
	if c.Collation != "" {
		words += " COLLATE " + c.Collation
	}
	if c.NotNull {
		words += " NOT NULL"
	}
	switch {
	case c.Generated != nil:
		words += " GENERATED ALWAYS AS (" + bare(*c.Generated) + ") STORED"
	case c.Filled != "":
		words += " " + strings.ToUpper(filled(c))
	case c.Default != nil:
		words += " DEFAULT " + *c.Default
	}
	return words
}

func (x *fixer) dropTable() {
	x.lose(accessExclusive, "DROP "+strings.TrimPrefix(strings.ToUpper(x.tableKind()), "PARTITIONED ")+" IF EXISTS "+x.table())
}

func (x *fixer) tableKind() string { return x.mend.got.(*table).Kind }

func (x *fixer) renameTable() {
	change := x.mend.want.(change)
	x.alter(accessExclusive, "RENAME TO "+quoteIdent(change.table))
}

func (x *fixer) moveTable() { x.alter(accessExclusive, "SET SCHEMA "+quoteIdent(x.got.schema)) }

func (x *fixer) persist() {
	to := "LOGGED"
	if *x.Expected == "unlogged" {
		to = "UNLOGGED"
	}
	x.steps = append(x.steps, Step{SQL: "ALTER TABLE " + x.table() + " SET " + to, Lock: accessExclusive, Rewrite: true, Transactional: true})
}

func (x *fixer) secure() {
	want, got := x.mend.want.(*table), x.mend.got.(*table)
	if want.Security != "" {
		return // policies are a matter of judgement
	}
	if strings.Contains(got.Security, "forced") {
		x.alter(accessExclusive, "NO FORCE ROW LEVEL SECURITY")
	}
	x.alter(accessExclusive, "DISABLE ROW LEVEL SECURITY")
}

func (x *fixer) comment() {
	text := "NULL"
	if x.Expected != nil {
		text = literal(*x.Expected)
	}
	of := "TABLE " + x.table()
	if c, ok := x.mend.got.(*column); ok {
		of = "COLUMN " + x.table() + "." + quoteIdent(c.Name)
	}
	x.do(shareUpdate, "COMMENT ON "+of+" IS "+text)
}

func (x *fixer) renameColumn() {
	change := x.mend.want.(change)
	x.alter(accessExclusive, "RENAME COLUMN "+quoteIdent(change.to)+" TO "+quoteIdent(change.column))
}

func (x *fixer) dropColumn() {
	x.whole = true
	views := x.dependents(x.mend.got.(*column).Name)
	x.dropViews(views)
	x.lose(accessExclusive, "ALTER TABLE "+x.table()+" DROP COLUMN "+quoteIdent(x.Object))
	x.makeViews(views)
}

// makeColumn adds a column. One that is required and has no value of its own is filled before it becomes required; the value
// is only the emptiest of its type, and meant to be replaced.
func (x *fixer) makeColumn() {
	c := *x.mend.want.(*column)
	fill := c.NotNull && c.Default == nil && c.Generated == nil && c.Filled == ""
	if fill {
		c.NotNull = false
	}
	x.steps = append(x.steps, Step{
		SQL:  "ALTER TABLE " + x.table() + " ADD COLUMN " + quoteIdent(c.Name) + " " + c.definition(),
		Lock: accessExclusive, Rewrite: c.Generated != nil || c.Filled != "" || c.Default != nil && !steady(*c.Default), Transactional: true,
	})
	if fill {
		x.fillAndRequire(c.Name, emptiest(c.Type))
	}
	if c.Comment != nil {
		x.do(shareUpdate, "COMMENT ON COLUMN "+x.table()+"."+quoteIdent(c.Name)+" IS "+literal(*c.Comment))
	}
}

// steady reports whether a default is computed once for all rows that are there.
func steady(expression string) bool {
	return constant(expression) || simplified(expression) == "now ( )"
}

// emptiest is a value that a required column can be filled with until somebody knows better.
func emptiest(columnType string) string {
	base, _, _ := typeOf(columnType)
	switch {
	case strings.HasSuffix(base, "[]"):
		return "'{}'"
	case strings.HasPrefix(base, "timestamp"), base == "date":
		return "CURRENT_TIMESTAMP"
	case slices.Contains([]string{"smallint", "integer", "bigint", "numeric", "real", "double precision"}, base):
		return "0"
	case base == "boolean":
		return "false"
	case base == "jsonb", base == "json":
		return "'{}'"
	case base == "inet", base == "cidr":
		return "'0.0.0.0'"
	case base == "uuid":
		return "gen_random_uuid()"
	}
	return "''"
}

// required ends the name of the check by way of which a column becomes required.
const required = " is there"

// fillAndRequire makes a column required without reading the table under a strong lock.
func (x *fixer) fillAndRequire(name, value string) {
	column := quoteIdent(name)
	rule := quoteIdent(shortest(name + required))
	if value != "" {
		x.slow = true
		x.fillEmpty(rowExclusive, name, value)
	}
	x.alter(accessExclusive, "DROP CONSTRAINT IF EXISTS "+rule+", ADD CONSTRAINT "+rule+" CHECK ("+column+" IS NOT NULL) NOT VALID")
	x.slow = true
	x.alter(shareUpdate, "VALIDATE CONSTRAINT "+rule)
	x.alter(accessExclusive, "ALTER COLUMN "+column+" SET NOT NULL")
	x.alter(accessExclusive, "DROP CONSTRAINT "+rule)
}

// fillEmpty puts a value where a column holds NULL.
func (x *fixer) fillEmpty(lock, name, value string) {
	x.do(lock, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %[2]s IS NULL", x.table(), quoteIdent(name), value))
}

// shortest cuts a name to what PostgreSQL keeps of it.
func shortest(name string) string { return name[:min(len(name), 63)] }

func (x *fixer) require() {
	want, got := x.mend.want.(*column), x.mend.got.(*column)
	if want.NotNull {
		value := cmp.Or(text(got.Default), text(want.Default))
		if value == "" && want.Generated == nil && want.Filled == "" {
			value = emptiest(got.Type)
		}
		x.fillAndRequire(got.Name, value)
		return
	}
	x.alter(accessExclusive, "ALTER COLUMN "+quoteIdent(got.Name)+" DROP NOT NULL")
}

func (x *fixer) setDefault() {
	column := quoteIdent(x.mend.got.(*column).Name)
	if x.Expected == nil {
		x.alter(accessExclusive, "ALTER COLUMN "+column+" DROP DEFAULT")
		return
	}
	x.alter(accessExclusive, "ALTER COLUMN "+column+" SET DEFAULT "+*x.Expected)
}
