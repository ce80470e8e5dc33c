package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// ChildPage is how many child rows a record's page shows at a time.
const ChildPage = 5

// Child names rows of another table that refer to a table's rows, as Options.Children have them.
type Child struct {
	Table  string   // the other table, which is registered
	Field  string   // its column that refers; "": the only one that does
	Label  string   // for people, capitalised; "": the table's plural
	Fields []string // columns to show, by their names in addresses; nil: as in the table's list
	Inline bool     // the first rows are edited in the record's own form too
	// Position is its column of whole numbers by which people put the rows in order: they stand so below the record, are moved where they
	// are edited in its form, and a new one without a number comes last. A unique rule about it has to be DEFERRABLE. "": none.
	Position string
}

// ChildDoc describes rows of another table that refer to a table's rows.
type ChildDoc struct {
	Name   string // a word for paths: the table, with the column that refers where several do
	Table  string
	Label  string
	Inline bool

	Columns  []string // of that table, that refer
	Position string   // of that table, by which they are in order; "" for none
}

// Children are the rows of another table that refer to one row.
type Children struct {
	ChildDoc
	Parent Ref               // the row that they refer to
	Filter string            // narrows the other table's list to them; "" if no filter does
	Create bool              // the account may make some
	Held   map[string]string // by column of the other table: what it holds in all of them
}

// child is a ChildDoc with the columns that make it.
type child struct {
	ChildDoc
	tie
	fields string // as Query.Fields
}

// confine keeps a list to rows of which more is known than a filter says.
type confine struct {
	rows  clause.Expression
	shape string // tells apart all that lead to different statements, but for vars; "" for those that few share
	vars  []any
}

// resolveChildren finds the tables that refer to this one and applies Options.Children. It returns all mistakes.
func (c *Store[P]) resolveChildren(targets map[string]table) []error {
	var all []child
	for _, t := range c.catalog.tables {
		for _, tie := range slices.Concat(t.ties(), c.plan.ties) {
			if tie.table == t.Table().Name && tie.target == c.plan.table && !slices.ContainsFunc(all, func(known child) bool { return known.tie.same(tie) }) {
				all = append(all, child{tie: tie, ChildDoc: ChildDoc{Table: tie.table, Name: tie.table, Label: t.Table().Plural, Columns: tie.from}})
			}
		}
	}
	for i := range all {
		all[i].tell(all, targets[all[i].table])
	}
	if c.options.Children == nil {
		c.children = all
		return nil
	}
	var mistakes []error
	for _, option := range c.options.Children {
		at := slices.IndexFunc(all, func(known child) bool {
			return known.table == option.Table && (option.Field == "" || option.Field == strings.Join(known.from, "+"))
		})
		if at < 0 {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Children: no column %q of a registered table %q refers to it", c.plan.model, option.Field, option.Table))
			continue
		}
		known := all[at]
		if option.Inline && targets[known.table].Table().Keyless {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Children: rows of %s have no key, and cannot be edited", c.plan.model, known.table))
			continue
		}
		known.Label, known.Inline, known.fields = or(option.Label, known.Label), option.Inline, strings.Join(option.Fields, ",")
		if known.Position = option.Position; known.Position != "" {
			if err := targets[known.table].positioned(known.tie, known.Position); err != nil {
				mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Children: %w", c.plan.model, err))
			}
		}
		for _, name := range option.Fields {
			if !slices.ContainsFunc(targets[known.table].Table().Fields, func(f FieldDoc) bool { return f.Name == name }) {
				mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Children: %s has no column %q", c.plan.model, known.table, name))
			}
		}
		c.children = append(c.children, known)
	}
	return mistakes
}

// tell names the columns that refer where the table does so more than once.
func (c *child) tell(all []child, t table) {
	alike := func(other child) bool { return other.table == c.table }
	if len(all) == 1 || slices.IndexFunc(all, alike) == len(all)-1 {
		return
	}
	if first := slices.IndexFunc(all, alike); !slices.ContainsFunc(all[first+1:], alike) {
		return
	}
	c.Name += "." + strings.Join(c.from, "+")
	for _, f := range t.Table().Fields {
		if f.Name == c.from[0] {
			c.Label += " by " + lowered(f.Label)
		}
	}
}

// childrenOf tells of the children of a row that the account may see.
func (c *Store[P]) childrenOf(ctx context.Context, row P) []Children {
	var out []Children
	visible := c.visible(ctx, Read)
	for _, child := range c.children {
		t := c.tables[child.table]
		if !t.refers(ctx, child.from) {
			continue
		}
		if values, ok := c.held(row, child.to, visible); ok {
			out = append(out, child.of(ctx, c.ref(row), values, t))
		}
	}
	return out
}

func (c child) of(ctx context.Context, parent Ref, values []string, t table) Children {
	out := Children{ChildDoc: c.ChildDoc, Parent: parent, Create: t.Can(ctx, Create), Filter: t.narrowedTo(c.from, values), Held: map[string]string{}}
	for i, name := range c.from {
		out.Held[name] = values[i]
	}
	return out
}

// held returns what a row holds in columns that are all among visible; false if one is NULL, and so refers to nothing.
func (c *Store[P]) held(row P, columns []string, visible []*field[P]) ([]string, bool) {
	var values []string
	for _, name := range columns {
		f := named(visible, name)
		if f == nil {
			return nil, false
		}
		text, null := f.text(row)
		if null {
			return nil, false
		}
		values = append(values, text)
	}
	return values, true
}

// Under implements Resource.
func (r resource[P]) Under(ctx context.Context, key, name string) (*Children, error) {
	row, err := r.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	for _, children := range r.childrenOf(ctx, row) {
		if children.Name == name {
			return &children, nil
		}
	}
	return nil, fail(KindNotFound, "There are no such records below this one.", nil)
}

// ChildList implements Resource.
func (r resource[P]) ChildList(ctx context.Context, key, name string, q Query) (*Children, *List, error) {
	children, err := r.Under(ctx, key, name)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(r.children, func(c child) bool { return c.Name == name })
	q.Size, q.Fields = ChildPage, r.children[at].fields
	table := r.tables[children.Table]
	q.Sort = table.inOrder(ctx, children.Position)
	list, err := table.under(ctx, q, children.Held)
	return children, list, err
}

// under is a page of the rows that hold these values. Unless columns are asked for, those that hold the same in all are left out.
func (r resource[P]) under(ctx context.Context, q Query, held map[string]string) (*List, error) {
	q.within = r.below(held)
	if q.Fields == "" {
		var names []string
		for _, column := range r.Columns(ctx) {
			if _, same := held[column.Name]; column.Listed && !same {
				names = append(names, column.Name)
			}
		}
		q.Fields = strings.Join(names, ",")
	}
	return r.List(ctx, q)
}

// below confines a list to the rows that hold these values.
func (c *Store[P]) below(held map[string]string) *confine {
	var all []clause.Expression
	w := &confine{}
	for _, f := range c.plan.fields {
		value, ok := held[f.Name]
		if !ok {
			continue
		}
		condition := c.equals(f.Name, value)
		all = append(all, condition)
		if same, ok := condition.(clause.Eq); ok {
			w.shape, w.vars = w.shape+" "+f.Name, append(w.vars, same.Value)
		}
	}
	if w.rows = clause.And(all...); len(w.vars) < len(all) {
		w.shape = ""
	}
	return w
}

// holding is the predicate of the rows that hold these values, by column.
func (c *Store[P]) holding(held map[string]string) clause.Expression {
	return c.below(held).rows
}

// narrowedTo is the filter of the rows that hold these values; "" if there is none.
func (c *Store[P]) narrowedTo(columns, values []string) string {
	allowed := c.narrowable(shown(c.plan.fields))
	nodes := make([]filter.Node, len(columns))
	for i, name := range columns {
		f := named(allowed, name)
		if f == nil || !slices.Contains(f.ops(), filter.Is) {
			return ""
		}
		nodes[i] = filter.Node{Field: name, Op: filter.Is, Values: []string{values[i]}}
	}
	return filter.All(nodes...).String()
}

// ties implements table.
func (c *Store[P]) ties() []tie { return c.plan.ties }

// describeAgain writes the table's facts anew, once all that they name is known.
func (c *Store[P]) describeAgain() { c.doc = c.describe() }
