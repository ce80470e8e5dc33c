package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ColumnDoc is a column that a list can show.
type ColumnDoc struct {
	Name   string // as Query.Fields names it
	Label  string
	Kind   Kind
	Listed bool // it is shown where Query.Fields names none
	Stored bool // it is a field, and no computed column
}

// Columns implements Resource.
func (r resource[P]) Columns(ctx context.Context) []ColumnDoc {
	out, visible := make([]ColumnDoc, 0, len(r.columns)), shown(r.visible(ctx, Read))
	for i, column := range r.columns {
		if !r.shows(column, visible) {
			continue
		}
		doc := ColumnDoc{Name: column.name(), Kind: KindText, Listed: i < r.listed}
		if column.field != nil {
			doc.Label, doc.Kind, doc.Stored = column.field.Label, column.field.Kind, true
		} else {
			doc.Label = column.computed.Label
		}
		out = append(out, doc)
	}
	return out
}

// column is one column of a list: a field, or a computed value.
type column[P any] struct {
	field    *field[P] // nil if computed
	computed *ColumnOf[P]
}

// name is what addresses call the column.
func (c column[P]) name() string {
	if c.field != nil {
		return c.field.Name
	}
	return or(c.computed.Name, strings.ReplaceAll(strings.ToLower(c.computed.Label), " ", "_"))
}

// shows reports whether a column can be shown to who sees these fields.
func (c *Store[P]) shows(column column[P], visible []*field[P]) bool {
	if column.computed != nil {
		return c.sees(column.computed, visible)
	}
	return named(visible, column.field.Name) != nil
}

// complete puts the columns that are not listed by themselves behind those that are, and returns what is wrong with the
// names of computed ones.
func (c *Store[P]) complete() []error {
	c.listed = len(c.columns)
	for _, column := range c.columns {
		if f := column.field; c.options.Note == nil && f != nil && f.lettered && f.relation == nil {
			c.notes = append(c.notes, f)
		}
	}
	for _, f := range c.plan.fields {
		if at := func(other column[P]) bool { return other.field == f }; !f.Secret && !slices.ContainsFunc(c.columns, at) {
			c.columns = append(c.columns, column[P]{field: f})
		}
	}
	for i := range c.options.Columns {
		computed := &c.options.Columns[i]
		if !slices.ContainsFunc(c.columns, func(other column[P]) bool { return other.computed == computed }) {
			c.columns = append(c.columns, column[P]{computed: computed})
		}
	}
	var mistakes []error
	taken := map[string]bool{}
	for _, column := range c.columns {
		name := column.name()
		if taken[name] || name == "" || strings.ContainsAny(name, ", ") {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Columns: %q needs a name of its own, without commas and spaces", c.plan.model, name))
		}
		taken[name] = true
	}
	return mistakes
}

// chosen returns the columns of these names, or those that are listed by themselves for none. What may not be seen is
// answered like what there is not.
func (c *Store[P]) chosen(names string, visible []*field[P]) ([]column[P], error) {
	if names == "" {
		return slices.DeleteFunc(slices.Clone(c.columns[:c.listed]), func(column column[P]) bool { return !c.shows(column, visible) }), nil
	}
	var out []column[P]
	for name := range strings.SplitSeq(names, ",") {
		is := func(other column[P]) bool { return other.name() == name }
		at := slices.IndexFunc(c.columns, is)
		switch {
		case at < 0 || !c.shows(c.columns[at], visible):
			return nil, fail(KindBad, fmt.Sprintf("There is no column %q to show.", name), nil)
		case slices.ContainsFunc(out, is):
			return nil, fail(KindBad, fmt.Sprintf("The column %q is shown twice.", name), nil)
		}
		out = append(out, c.columns[at])
	}
	return out, nil
}

// needed returns the fields that a list fetches: those that its columns show, that it is ordered by and that its rows are
// named by. A computed column that does not say what it reads takes all that may be seen; see late for one that stands for a relation.
func (c *Store[P]) needed(columns []column[P], order *order[P], visible []*field[P]) []*field[P] {
	wanted := map[string]bool{}
	for _, f := range slices.Concat(c.plan.key, c.plan.labels) {
		wanted[f.Name] = true
	}
	for _, from := range order.from {
		wanted[from.field.Name] = true
	}
	for _, column := range columns {
		switch {
		case column.field != nil:
			wanted[column.field.Name] = true
			continue
		case column.computed.Reads == nil:
			return visible
		}
		names := []string{column.computed.Relation}
		if !c.late(column.computed, visible) {
			names = append(names, column.computed.Reads...)
		}
		for _, name := range names {
			if f := c.plan.goName[name]; f != nil {
				wanted[f.Name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(visible), func(f *field[P]) bool { return !wanted[f.Name] })
}

// related are the fields that columns show by what they point at.
func (c *Store[P]) related(columns []column[P]) (out []*field[P]) {
	for _, column := range columns {
		f := column.field
		if f == nil {
			f = c.plan.goName[column.computed.Relation]
		}
		if f != nil && f.relation != nil && f.relation.target != nil && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// late reports whether a list fetches what a column's Value reads for those rows alone whose relation cannot be shown in its place.
func (c *Store[P]) late(column *ColumnOf[P], visible []*field[P]) bool {
	f := c.plan.goName[column.Relation]
	return f != nil && f.relation != nil && named(visible, f.Name) != nil && c.plan.trash == nil
}

// completed returns rows of a page with what a column's Value reads, as far as the account may see it, where it was not fetched with
// them.
func (c *Store[P]) completed(ctx context.Context, column *ColumnOf[P], page *PageOf[P], rows []P) (out []P, err error) {
	if len(rows) == 0 || !c.late(column, page.fields) {
		return rows, nil
	}
	wanted := slices.Concat(c.plan.key, c.plan.labels)
	for _, name := range column.Reads {
		wanted = append(wanted, c.plan.goName[name])
	}
	read := slices.DeleteFunc(slices.Clone(page.fields), func(f *field[P]) bool { return !slices.Contains(wanted, f) })
	lacking := func(f *field[P]) bool { return !slices.Contains(page.fetched, f) }
	if !slices.ContainsFunc(read, lacking) {
		return rows, nil
	}
	whole := make(map[string]P, len(rows))
	err = c.retry(ctx, func() error {
		query, err := c.query(ctx, c.conn(ctx), Read)
		if err != nil {
			return err
		}
		found, err := c.fetch(query.Where(c.plan.keyedAny(rows)), read)
		for _, row := range found {
			whole[c.plan.keyOf(row)] = row
		}
		return err
	})
	out = slices.Clone(rows)
	for i, row := range rows {
		if found, ok := whole[c.plan.keyOf(row)]; ok { // else it went meanwhile
			out[i] = found
		}
	}
	return out, err
}
