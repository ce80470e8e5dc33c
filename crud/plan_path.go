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

// holds is the predicate of the rows at whose path value stands. Each hop is a subquery, which PostgreSQL turns into a
// semi-join, so that no row comes twice and no column is ambiguous.
func (p *path) holds(value any) clause.Expression {
	condition := clause.Expression(clause.Eq{Column: clause.Column{Table: p.end(), Name: p.column}, Value: value})
	for i := len(p.hops) - 1; i >= 0; i-- {
		h, table := p.hops[i], clause.CurrentTable
		if i > 0 {
			table = p.hops[i-1].table
		}
		condition = clause.Expr{SQL: "? IN (SELECT ? FROM ? WHERE ?)", Vars: []any{
			clause.Column{Table: table, Name: h.from}, clause.Column{Table: h.table, Name: h.to}, clause.Table{Name: h.table}, condition,
		}}
	}
	return condition
}

// end is the table that has the path's column.
func (p *path) end() string {
	if len(p.hops) == 0 {
		return clause.CurrentTable
	}
	return p.hops[len(p.hops)-1].table
}
