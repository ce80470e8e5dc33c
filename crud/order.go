package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/keyset"
)

// order is a total order of a table's rows, with what it takes besides their own columns.
type order[P any] struct {
	by    keyset.Order
	from  []rank[P] // where each column of by comes from
	asked []sortKey // what headings show
	own   bool      // nothing was asked for: it is the table's own
	joins []clause.Join
}

// rank is where the value of one column of an order comes from.
type rank[P any] struct {
	field *field[P]
	label int // which of the texts that name the row it points at, from 0; -1: its own value
}

// sortKey is one name of Query.Sort.
type sortKey struct {
	Name string
	Desc bool
}

func (k sortKey) String() string {
	if k.Desc {
		return "-" + k.Name
	}
	return k.Name
}

// ordered turns the sort of an address into a total order. A relation is sorted by what its rows are called, as far as
// the account may read that, and then by its key.
func (c *Store[P]) ordered(ctx context.Context, sort string, fields []*field[P]) (*order[P], error) {
	if sort == "" {
		return c.ownOrder(fields), nil
	}
	o := &order[P]{}
	for name := range strings.SplitSeq(sort, ",") {
		key := sortKey{strings.TrimPrefix(name, "-"), strings.HasPrefix(name, "-")}
		f := named(fields, key.Name)
		if f == nil || !f.sortable {
			return nil, fail(KindBad, fmt.Sprintf("There is no column %q to sort by%s.", key.Name, likely(key.Name, sortableNames(fields))), nil)
		}
		if slices.ContainsFunc(o.asked, func(k sortKey) bool { return k.Name == f.Name }) {
			return nil, fail(KindBad, fmt.Sprintf("The column %q is sorted by twice.", key.Name), nil)
		}
		o.asked = append(o.asked, key)
		if err := c.orderByLabel(ctx, o, f, key.Desc); err != nil {
			return nil, err
		}
		o.add(f, key.Desc)
	}
	for _, f := range c.plan.telling() {
		if f.primary || named(fields, f.Name) != nil {
			o.add(f, o.asked[0].Desc)
		}
	}
	return o, nil
}

// ownOrder is the table's own order, less what may not be seen.
func (c *Store[P]) ownOrder(fields []*field[P]) *order[P] {
	o := &order[P]{own: true}
	shown := max(1, strings.Count(c.options.Sort, ",")+1)
	for i, column := range c.order {
		f := named(fields, column.Name)
		if f == nil || !f.sortable {
			continue
		}
		o.add(f, column.Desc)
		if i < shown {
			o.asked = append(o.asked, sortKey{column.Name, column.Desc})
		}
	}
	return o
}

// add sorts by a field's own value, unless that is sorted by already.
func (o *order[P]) add(f *field[P], desc bool) {
	if slices.ContainsFunc(o.from, func(r rank[P]) bool { return r.field == f && r.label < 0 }) {
		return
	}
	o.by = append(o.by, keyset.Column{Name: f.Name, Desc: desc, Nullable: f.gapped()})
	o.from = append(o.from, rank[P]{f, -1})
}

// orderByLabel sorts by the texts that name the rows which a relation points at. They are joined as a table whose columns
// have names of their own, so that no other part of a statement becomes ambiguous. A row that may not be read, like one
// that is not there, has no name: order tells nothing of it.
func (c *Store[P]) orderByLabel(ctx context.Context, o *order[P], f *field[P], desc bool) error {
	if f.relation == nil || f.relation.target == nil {
		return nil
	}
	rows, names, err := f.relation.target.naming(ctx, f.relation.column)
	if err != nil || len(names) == 0 {
		return err
	}
	table := f.Name + "~"
	key := clause.Column{Table: table, Name: table + "key"}
	marks := []string{"? AS ?"}
	selected := []any{clauseColumn(f.relation.column), clause.Column{Name: key.Name}}
	for i, name := range names {
		column := clause.Column{Name: fmt.Sprint(table, i)}
		marks, selected = append(marks, "? AS ?"), append(selected, clauseColumn(name), column)
		o.by = append(o.by, keyset.Column{Table: table, Name: column.Name, Desc: desc, Nullable: true})
		o.from = append(o.from, rank[P]{f, i})
	}
	o.joins = append(o.joins, clause.Join{Expression: clause.Expr{SQL: "LEFT JOIN (?) AS ? ON ? = ?", Vars: []any{
		rows.Select(strings.Join(marks, ", "), selected...), clause.Table{Name: table}, key, clauseColumn(f.Name),
	}}})
	return nil
}

// sorted adds the order to a query; there is none where nothing of a row can be compared.
func (o *order[P]) sorted(query *gorm.DB, by keyset.Order) *gorm.DB {
	if len(by) == 0 {
		return query
	}
	if len(o.joins) > 0 {
		query = query.Clauses(clause.From{Joins: o.joins})
	}
	return query.Clauses(by.By())
}

// signature names an order, so that a cursor is not used with another one.
func (o *order[P]) signature() string {
	names := make([]string, len(o.by))
	for i, column := range o.by {
		names[i] = sortKey{column.Name, column.Desc}.String()
	}
	return strings.Join(names, ",")
}

// place is where a column stands in what was asked for, from 1, and its direction; 0 if the list is not sorted by it.
func (o *order[P]) place(name string) (place int, desc bool) {
	at := slices.IndexFunc(o.asked, func(k sortKey) bool { return k.Name == name })
	if at < 0 {
		return 0, false
	}
	return at + 1, o.asked[at].Desc
}

// alone is Query.Sort when a column is to be sorted by alone: ascending, then descending, then the table's own order.
func (o *order[P]) alone(name string) string {
	switch place, desc := o.place(name); {
	case place > 0 && !desc:
		return "-" + name
	case place > 0 && !o.own:
		return ""
	}
	return name
}

// further is Query.Sort when a column is to be sorted by besides the others: ascending, then descending, then no more.
// The key alone, which is the own order of most tables, leaves nothing to sort.
func (o *order[P]) further(name string) string {
	keys := slices.Clone(o.asked)
	if o.own && len(o.by) == len(o.asked) {
		keys = nil
	}
	at := slices.IndexFunc(keys, func(k sortKey) bool { return k.Name == name })
	switch {
	case at < 0:
		keys = append(keys, sortKey{Name: name})
	case !keys[at].Desc:
		keys[at].Desc = true
	default:
		keys = slices.Delete(keys, at, at+1)
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key.String()
	}
	return strings.Join(names, ",")
}

func sortableNames[P any](fields []*field[P]) []string {
	var names []string
	for _, f := range fields {
		if f.sortable {
			names = append(names, f.Name)
		}
	}
	return names
}
