package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/schema"
)

// draftText writes differences as the statements of a migration, which runs them in one transaction and waits for it.
type draftText struct {
	schema   string
	got      *state
	declared map[string]string // checks as the models spell them, by table and name
	down     bool
	made     []string // tables that Up makes, in order
	circle   bool     // whether these refer to each other in a circle
	notes    []string
	groups   []string
}

func (d *draftText) String() string { return strings.Join(d.groups, "\n\n") }

// add adds a group of statements.
func (d *draftText) add(statements ...string) {
	for i, statement := range statements {
		statements[i] = unqualified(d.schema, strings.TrimSuffix(statement, ";")) + ";"
	}
	if len(statements) > 0 {
		d.groups = append(d.groups, strings.Join(statements, "\n"))
	}
}

func (d *draftText) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

func (d *draftText) write(findings []Finding) {
	var missing []*table
	extra := map[string]*fixer{}
	for i := range findings {
		switch f := &findings[i]; f.Kind {
		case "table.missing":
			missing = append(missing, f.mend.want.(*table))
		case "table.extra":
			extra[f.Table] = &fixer{Finding: f, got: d.got}
		}
	}
	late := d.tables(missing)
	d.circle = d.circle || len(late) > 0
	for i := range findings {
		f := &findings[i]
		if f.Kind != "table.missing" && f.Kind != "table.extra" {
			d.finding(f)
		}
	}
	d.add(late...)
	if d.down {
		d.drop(extra)
	}
}

// drop takes back the tables that were made: those first that refer to others.
func (d *draftText) drop(extra map[string]*fixer) {
	var names, drops []string
	for _, name := range slices.Backward(d.made) {
		if x := extra[name]; x != nil {
			names, drops = append(names, x.table()), append(drops, "DROP TABLE "+x.table())
		}
	}
	if d.circle && len(names) > 0 {
		drops = []string{"DROP TABLE " + strings.Join(names, ", ")}
	}
	d.add(drops...)
}

// finding writes what leads from what is there to what is wanted.
func (d *draftText) finding(f *Finding) {
	x := &fixer{Finding: f, got: d.got}
	if make := drafters()[f.Kind]; make != nil {
		make(x)
	} else {
		x.steps = f.Fix
	}
	var statements []string
	for _, step := range x.steps {
		if strings.HasPrefix(step.SQL, "SELECT set_config") {
			continue
		}
		if step.Destructive && !d.down {
			if f.Kind == "column.extra" { // never dropped by itself
				d.note("Not written: %s It is required, so no row can be added. Drop it, or give it a default.", f.Message)
				return
			}
			statements = append(statements, "-- Values can be lost here: read it twice.\n"+step.SQL)
			d.note("Read it twice: values can be lost. %s", f.Message)
			continue
		}
		if step.Lock == fill {
			d.note("Replace the value that %s.%s is filled with: rows that are there get the emptiest of its type.", f.Table, f.Object)
		}
		statements = append(statements, step.SQL)
	}
	d.add(statements...)
}

// fill marks a statement that puts a value into rows that are there.
const fill = "fill"

// drafters write what is otherwise done beside others' writes: a migration has the tables to itself.
func drafters() map[string]func(*fixer) {
	makeIndex, dropIndex, makeRule := (*fixer).draftIndex, (*fixer).draftDropIndex, (*fixer).draftRule
	changeIndex := func(x *fixer) { x.draftDropIndex(); x.draftIndex() }
	dropRule := (*fixer).draftDropRule
	changeRule := func(x *fixer) { x.draftDropRule(); x.draftRule() }
	return map[string]func(*fixer){
		"column.missing": (*fixer).draftColumn, "column.nullability": (*fixer).draftRequire,
		"primary_key.missing": makeIndex, "unique.missing": makeIndex, "index.missing": makeIndex,
		"primary_key.changed": changeIndex, "unique.changed": changeIndex, "index.changed": changeIndex,
		"primary_key.extra": dropIndex, "unique.extra": dropIndex, "index.extra": dropIndex,
		"check.extra": dropRule, "foreign_key.extra": dropRule,
		"check.missing": makeRule, "foreign_key.missing": makeRule, "check.changed": changeRule, "foreign_key.changed": changeRule,
	}
}

func (x *fixer) draftColumn() {
	c := *x.mend.want.(*column)
	required := c.NotNull && c.Default == nil && c.Generated == nil && c.Filled == ""
	c.NotNull = c.NotNull && !required
	x.alter(accessExclusive, "ADD COLUMN "+quoteIdent(c.Name)+" "+c.draft())
	if required {
		x.draftFill(fill, c.Name, emptiest(c.Type))
	}
	if c.Comment != nil {
		x.do(shareUpdate, "COMMENT ON COLUMN "+x.table()+"."+quoteIdent(c.Name)+" IS "+literal(*c.Comment))
	}
}

func (x *fixer) draftFill(lock, name, value string) {
	x.fillEmpty(lock, name, value)
	x.alter(accessExclusive, "ALTER COLUMN "+quoteIdent(name)+" SET NOT NULL")
}

func (x *fixer) draftRequire() {
	want, got := x.mend.want.(*column), x.mend.got.(*column)
	switch {
	case !want.NotNull:
		x.alter(accessExclusive, "ALTER COLUMN "+quoteIdent(got.Name)+" DROP NOT NULL")
	case want.Default != nil:
		x.draftFill(rowExclusive, got.Name, want.short())
	default:
		x.draftFill(fill, got.Name, emptiest(got.Type))
	}
}

func (x *fixer) draftIndex() {
	want := x.mend.want.(*index)
	if want.constraint() {
		x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.Constraint)
		return
	}
	x.do("SHARE", strings.Replace(want.Full, " USING btree ", " ", 1))
}

func (x *fixer) draftDropIndex() {
	got := x.mend.got.(*index)
	if got.constraint() {
		x.alter(accessExclusive, "DROP CONSTRAINT "+quoteIdent(got.Name))
		return
	}
	x.do(accessExclusive, "DROP INDEX "+x.within(got.Name))
}

func (x *fixer) draftDropRule() {
	x.alter(accessExclusive, "DROP CONSTRAINT "+quoteIdent(x.mend.got.(*rule).Name))
}

func (x *fixer) draftRule() {
	want := x.mend.want.(*rule)
	x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.draft(""))
}

// declaredTexts are the checks as the models spell them. Nothing may be renamed, as they name columns anew.
func (d *drafter) declaredTexts() map[string]string {
	texts := map[string]string{}
	if len(d.renamed) > 0 {
		return texts
	}
	for _, model := range d.Models {
		parsed, err := schema.Parse(model, new(sync.Map), d.Naming)
		if err != nil { // it was parsed before
			continue
		}
		_, name := tableName(parsed.Table)
		for _, check := range parsed.ParseCheckConstraints() {
			texts[name+"."+check.Name] = check.Constraint
		}
	}
	return texts
}

// draft is the rule behind its name; declared is how the model spells a check, "" if it does not.
func (r *rule) draft(declared string) string {
	if r.Type == "c" {
		if declared != "" {
			return "CHECK (" + declared + ")"
		}
		return r.definition()
	}
	return targeted.ReplaceAllString(r.Text, "$1 (")
}

// targeted is the table that a foreign key refers to, and the bracket that PostgreSQL prints right behind it.
var targeted = regexp.MustCompile(`( REFERENCES [^(]*[^( ])\(`)

// draft is the column behind its name, in the words of people who write migrations.
func (c *column) draft() string {
	short := *c
	short.Type = shortTypes.Replace(c.Type)
	if c.Default != nil {
		short.Default = ptr(c.short())
	}
	return short.definition()
}

// short is the default without a cast that the column's type makes needless.
func (c *column) short() string { return oneCast.ReplaceAllString(*c.Default, "$1") }

var (
	shortTypes = strings.NewReplacer("character varying", "varchar", "timestamp with time zone", "timestamptz", "timestamp without time zone", "timestamp")
	oneCast    = regexp.MustCompile(`^('(?:[^'\\]|'')*')::[a-z ]+(?:\[\])?$`)
)

// unqualified is a statement without the schema before its names.
func unqualified(schema, sql string) string {
	var text strings.Builder
	bare, quoted := schema+".", quote(schema)
	for i := 0; i < len(sql); {
		end := i + 1
		switch c := sql[i]; {
		case c == '\'':
			end = closing(sql, i, c)
		case c == '"':
			end = closing(sql, i, c)
			if sql[i:end] == quoted && end < len(sql) && sql[end] == '.' {
				i = end + 1
				continue
			}
		case wordByte(c):
			for end < len(sql) && wordByte(sql[end]) {
				end++
			}
			if strings.HasPrefix(sql[i:end], bare) {
				i += len(bare)
				continue
			}
		}
		text.WriteString(sql[i:end])
		i = end
	}
	return text.String()
}
