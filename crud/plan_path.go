package crud

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// path is a column that is reached from a row over relations that it belongs to: its own, or one of another table's.
type path struct {
	first  string // the row's own column that the path begins with
	column string // the column at the end
	hops   []hop  // from the row to the table that has it; none for its own
}

// hop leads from a foreign key to the row that it points at.
type hop struct {
	from      string // the foreign key
	table, to string // the table and its column that the key holds
}

// newPath reads a path of Go names such as "Author.Domain": relations, and a field at the end.
func newPath(from *schema.Schema, text string) (*path, error) {
	p := &path{}
	names := strings.Split(text, ".")
	for _, name := range names[:len(names)-1] {
		rel := from.Relationships.Relations[name]
		if rel == nil || rel.Type != schema.BelongsTo || len(rel.References) != 1 {
			return nil, fmt.Errorf("unknown relation %q of %s%s", name, from.Name, nearest(name, slices.Sorted(maps.Keys(from.Relationships.Relations))))
		}
		reference := rel.References[0]
		p.hops = append(p.hops, hop{reference.ForeignKey.DBName, rel.FieldSchema.Table, reference.PrimaryKey.DBName})
		from = rel.FieldSchema
	}
	last := names[len(names)-1]
	f := from.FieldsByName[last]
	if f == nil || f.DBName == "" {
		return nil, fmt.Errorf("unknown field %q of %s%s", last, from.Name, nearest(last, slices.Sorted(maps.Keys(from.FieldsByName))))
	}
	p.column, p.first = f.DBName, f.DBName
	if len(p.hops) > 0 {
		p.first = p.hops[0].from
	}
	return p, nil
}

// claim is a value that is looked for at a path, or some of which one is.
type claim struct {
	path  *path
	value any
}

// either is the predicate of the rows of a table, named or [clause.CurrentTable], for which a claim holds. Each hop is a
// subquery, which PostgreSQL turns into a semi-join, so that no row comes twice and no column is ambiguous. Claims that
// take the same hop share it: two subqueries joined by OR could only be tried row by row.
func either(table string, claims []claim) clause.Expression {
	if h, beyond := shared(claims); beyond != nil {
		return clause.Expr{SQL: "? IN (SELECT ? FROM ? WHERE ?)", Vars: []any{
			clause.Column{Table: table, Name: h.from}, clause.Column{Table: h.table, Name: h.to}, clause.Table{Name: h.table}, either(h.table, beyond),
		}}
	}
	conditions := make([]clause.Expression, len(claims))
	for i, c := range claims {
		if len(c.path.hops) > 0 {
			conditions[i] = either(table, []claim{c})
		} else {
			conditions[i] = c.holds(table)
		}
	}
	return clause.And(clause.Or(conditions...))
}

// holds is the predicate of a claim about a table's own column.
func (c claim) holds(table string) clause.Expression {
	column := clause.Column{Table: table, Name: c.path.column}
	several, ok := c.value.([]string)
	if !ok {
		return clause.Eq{Column: column, Value: c.value}
	}
	values := make([]any, len(several))
	for i, value := range several {
		values[i] = value
	}
	return clause.IN{Column: column, Values: values}
}

// shared returns the hop that all claims begin with, if one does, and what they look for behind it; nil if there is none.
// The foreign key itself is known behind it too, as the column that it points at.
func shared(claims []claim) (h hop, beyond []claim) {
	for _, c := range claims {
		if len(c.path.hops) > 0 {
			h = c.path.hops[0]
		}
	}
	for _, c := range claims {
		switch {
		case h == (hop{}):
			return h, nil
		case len(c.path.hops) > 0 && c.path.hops[0] == h:
			beyond = append(beyond, claim{&path{column: c.path.column, hops: c.path.hops[1:]}, c.value})
		case len(c.path.hops) == 0 && c.path.column == h.from:
			beyond = append(beyond, claim{&path{column: h.to}, c.value})
		default:
			return h, nil
		}
	}
	return h, beyond
}

// String is the path as people read it: "user_id", "user_id → users.domain".
func (p *path) String() string {
	if len(p.hops) == 0 {
		return p.column
	}
	text := p.first
	for _, h := range p.hops[1:] {
		text += " → " + h.from
	}
	return text + " → " + p.hops[len(p.hops)-1].table + "." + p.column
}

// value is what stands at the path's end, of a row of a table or alias. Each hop is a subquery with an alias of its own.
func (p *path) value(table string) clause.Expression {
	if len(p.hops) == 0 {
		return clause.Expr{SQL: "?", Vars: []any{clause.Column{Table: table, Name: p.column}}}
	}
	h, alias := p.hops[0], fmt.Sprint("at", len(p.hops))
	beyond := &path{column: p.column, hops: p.hops[1:]}
	return clause.Expr{SQL: "(SELECT ? FROM ? WHERE ? = ?)", Vars: []any{
		beyond.value(alias), clause.Table{Name: h.table, Alias: alias}, clause.Column{Table: alias, Name: h.to}, clause.Column{Table: table, Name: h.from},
	}}
}
