package crud

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// plan is everything that requests need to know about a model, worked out once by newPlan from GORM's own parse of it.
// It holds closures only: nothing in a request looks at types, tags or names of struct fields.
type plan[P any] struct {
	table    string
	model    string   // the Go type: "models.DNSRecord"
	empty    func() P // a new row, all zero
	single   string   // the type's name in words: "DNS record"
	fields   []*field[P]
	column   map[string]*field[P] // by column name
	goName   map[string]*field[P] // by Go name; a belongs-to relation's name stands for its foreign key
	key      []*field[P]
	trash    *field[P] // when the row was deleted; nil if what is deleted is gone
	rules    []rule[P]
	comments map[string]map[string]string // of the database's tables: by column, by constraint as "constraint:name"
	name     func(row P) string           // the row's name by its String method; nil without one
	labels   []*field[P]                  // what label reads
	naming   []*field[P]                  // Options.Label
	path     func(names string) (*path, error)
	spare    sync.Pool // of *[]P: rows that nobody has any more, for read
	followed bool      // the model has hooks that run after an update

	ties      []tie
	junctions []junction
}

// rule is a constraint that the model declares, found again by its name when PostgreSQL reports it.
type rule[P any] struct {
	name   string
	fields []*field[P]
	unique bool      // it allows each value once
	when   *field[P] // the rule is only about rows in which this field, the first of fields, holds value; nil: about all
	value  string    // as people write it

	fact      ruleFact // as the database has it; zero if it was not asked or has no such rule
	condition *term    // of a check; nil if it is not understood
	says      string   // the comment of a check; "" for none
}

// newPlan reads the model. It needs no connection, and prepares db's parsed schema so that a submitted false, zero or
// empty text is inserted as such instead of being replaced by the tag's default.
func newPlan[P any](db *gorm.DB, empty func() P) (*plan[P], error) {
	stmt, model := &gorm.Statement{DB: db}, reflect.TypeFor[P]().Elem().String()
	if err := stmt.Parse(empty()); err != nil {
		return nil, fmt.Errorf("crud: %s is not a model that GORM understands: %w", model, err)
	}
	parsed := stmt.Schema
	p := &plan[P]{
		table:  parsed.Table,
		model:  model,
		empty:  empty,
		single: spaced(parsed.Name),
		column: map[string]*field[P]{},
		goName: map[string]*field[P]{},
		name:   stringer[P](),
		path:   func(names string) (*path, error) { return newPath(parsed, names) },
	}
	var mistakes []error
	for _, name := range parsed.DBNames {
		if from := parsed.FieldsByDBName[name]; from.FieldType == deleted {
			p.trash = trashField[P](from)
			continue
		}
		f, err := newField[P](parsed.FieldsByDBName[name])
		if err != nil {
			mistakes = append(mistakes, err)
		}
		if f == nil {
			continue
		}
		p.fields = append(p.fields, f)
		p.column[f.Name], p.goName[f.goName] = f, f
		if f.primary {
			p.key = append(p.key, f)
		}
	}
	p.labels, p.followed = p.labelled(), parsed.AfterSave || parsed.AfterUpdate
	p.relate(parsed)
	p.ties, p.junctions = tiesOf(parsed), junctionsOf(parsed)
	p.constrain(parsed)
	clearDefaults(parsed)
	return p, errors.Join(mistakes...)
}

// relate marks the foreign keys of belongs-to relations; the registry later finds out whether the target is registered.
func (p *plan[P]) relate(parsed *schema.Schema) {
	for _, rel := range parsed.Relationships.BelongsTo {
		if len(rel.References) != 1 || rel.References[0].OwnPrimaryKey {
			continue
		}
		f := p.column[rel.References[0].ForeignKey.DBName]
		if f == nil {
			continue
		}
		f.relation = &relation{name: rel.Name, table: rel.FieldSchema.Table, column: rel.References[0].PrimaryKey.DBName}
		f.textual = false // an empty text is no key of anything
		p.goName[rel.Name] = f
		if !f.labelled {
			f.Label = sentence(spaced(rel.Name))
		}
		if constraint := rel.ParseConstraint(); constraint != nil {
			p.rules = append(p.rules, rule[P]{name: constraint.Name, fields: []*field[P]{f}})
		}
	}
}

// constrain collects the named rules of the model and derives a field's choices from a check of the form col IN (…).
func (p *plan[P]) constrain(parsed *schema.Schema) {
	for _, index := range parsed.ParseIndexes() {
		r := rule[P]{name: index.Name, unique: index.Class == "UNIQUE"}
		for _, option := range index.Fields {
			if f := p.column[option.DBName]; f != nil {
				r.fields = append(r.fields, f)
			}
		}
		if column, value := conditionOf(index.Where); p.column[column] != nil {
			r.when, r.value = p.column[column], value
			r.fields = append([]*field[P]{r.when}, r.fields...)
		}
		p.rules = append(p.rules, r)
	}
	for _, unique := range parsed.ParseUniqueConstraints() {
		p.rules = append(p.rules, rule[P]{name: unique.Name, unique: true, fields: []*field[P]{p.column[unique.Field.DBName]}})
	}
	for _, check := range parsed.ParseCheckConstraints() {
		f := p.column[check.Field.DBName]
		if f == nil {
			continue
		}
		p.rules = append(p.rules, rule[P]{name: check.Name, fields: []*field[P]{f}})
		if column, values := choicesOf(check.Constraint); column != "" && p.column[column] != nil && p.column[column].choices == nil {
			p.column[column].choose(values)
		}
	}
}

// clearDefaults makes GORM write zero values as they are. Keys that the database makes and fields that are only read keep theirs.
func clearDefaults(parsed *schema.Schema) {
	parsed.FieldsWithDefaultDBValue = slices.DeleteFunc(parsed.FieldsWithDefaultDBValue, func(f *schema.Field) bool {
		return !f.AutoIncrement && f.Creatable
	})
	for _, f := range parsed.Fields {
		if f.HasDefaultValue && !f.AutoIncrement && f.Creatable {
			f.HasDefaultValue, f.DefaultValueInterface = false, nil
		}
	}
}

// label names a row for people: its String, else its first short text, else its kind and key.
func (p *plan[P]) label(row P) string {
	if text := p.named(row); text != "" {
		return text
	}
	if p.name != nil {
		if text := strings.TrimSpace(p.name(row)); !Invisible(text) {
			return text
		}
	}
	for _, f := range p.fields {
		if f.Kind == KindText && !f.Secret && !f.primary {
			if text, null := f.text(row); !null && !Invisible(text) {
				return text
			}
		}
	}
	return strings.TrimSpace(sentence(p.single) + " " + strings.ReplaceAll(p.keyOf(row), ",", ", "))
}

// labelled returns the fields that label reads: those with the tag name, or all for a String method of a model without any.
func (p *plan[P]) labelled() []*field[P] {
	if p.naming != nil {
		return p.naming
	}
	if p.name != nil && !slices.ContainsFunc(p.fields, func(f *field[P]) bool { return f.names }) {
		return p.fields
	}
	return slices.DeleteFunc(slices.Clone(p.fields), func(f *field[P]) bool {
		return !f.names && (p.name != nil || f.Kind != KindText || f.Secret || f.primary)
	})
}

// named joins the texts that Options.Label names a row by.
func (p *plan[P]) named(row P) string {
	var texts []string
	for _, f := range p.naming {
		if text, null := f.text(row); !null && text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " ")
}

// stringer returns a closure over the model's String method, or nil if it has none.
func stringer[P any]() func(row P) string {
	var none P
	if _, ok := any(none).(fmt.Stringer); !ok {
		return nil
	}
	return func(row P) string { return any(row).(fmt.Stringer).String() }
}

// copyRow returns a pointer to a shallow copy of the row. Field values are replaced, never changed in place.
func (p *plan[P]) copyRow(row P) P {
	other := p.empty()
	p.assign(other, row)
	return other
}

// assign makes the row to like the row from.
func (p *plan[P]) assign(to, from P) {
	reflect.ValueOf(to).Elem().Set(reflect.ValueOf(from).Elem())
}

// columns turns fields into what GORM selects.
func columns[P any](fields []*field[P]) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// clauseColumn is a column of the statement's own table.
func clauseColumn(name string) clause.Column {
	return clause.Column{Table: clause.CurrentTable, Name: name}
}
