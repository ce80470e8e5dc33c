package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// FilterDepth is how many relations behind one another a filter can go through: "author_id.group_id.name".
const FilterDepth = 2

// sought is a column that a filter names: one of the table's own or, behind relations and dots, one of a row that they lead to.
type sought struct {
	as     filter.Column
	doc    FilterDoc
	points *relation // of a relation: to what its values point; nil for others
}

// seek finds a column by its name in a filter; nil if there is none that may be filtered by.
func (c *Store[P]) seek(ctx context.Context, name string, fields []*field[P], depth int) (*sought, error) {
	first, rest, further := strings.Cut(name, ".")
	f := named(c.narrowable(fields), first)
	switch {
	case f == nil || further && !f.leads(depth):
		return nil, nil //nolint:nilnil // no such column
	case !further:
		return &sought{f.filterable(c.plan.empty, ZoneIn(ctx)), f.filterDoc(c.plan.table), f.relation}, nil
	}
	s, lead, err := f.relation.target.through(ctx, f.relation.column, rest, depth-1)
	if s == nil || err != nil {
		return nil, err
	}
	s.doc.behind(f.FieldDoc)
	s.as.Around = func(condition clause.Expression) (clause.Expression, error) {
		led, err := lead(condition)
		return clause.Expr{SQL: "? IN (?)", Vars: []any{clauseColumn(f.Name), led}}, err
	}
	return s, nil
}

// leads reports whether a filter can go on from the field to columns of another table, through so many relations.
func (f *field[P]) leads(depth int) bool {
	return depth > 0 && f.relation != nil && f.relation.target != nil
}

// ledMost is how many rows a relation may lead to for them to be asked for first, so that PostgreSQL plans for those that there are: it
// guesses badly how many rows point at those that a condition finds, and reads a large table to its end for none.
const ledMost = 64

// through implements target.
func (c *Store[P]) through(ctx context.Context, column, name string, depth int) (s *sought, lead func(clause.Expression) (any, error), err error) {
	readable, fields, err := c.readableBy(ctx, column)
	if readable == nil || err != nil {
		return nil, nil, err
	}
	s, err = c.seek(ctx, name, fields, depth)
	if s == nil || err != nil {
		return nil, nil, err
	}
	key, around := c.plan.column[column], s.as.Around
	return s, func(condition clause.Expression) (any, error) {
		if around != nil {
			var err error
			if condition, err = around(condition); err != nil {
				return nil, err
			}
		}
		matching := readable.Session(&gorm.Session{}).Where(condition)
		rows, err := c.fetch(matching.Session(&gorm.Session{}).Clauses(limit(ledMost+1)), []*field[P]{key})
		if err != nil || len(rows) > ledMost {
			return matching.Select(column), err
		}
		values := make([]any, 0, ledMost)
		for _, row := range rows {
			values = append(values, key.value(row))
		}
		return rounded(values), nil
	}, nil
}

// behind makes the column of a row that a relation leads to one of the row that holds the relation.
func (d *FilterDoc) behind(relation FieldDoc) {
	d.Name, d.Label = relation.Name+"."+d.Name, relation.Label+": "+lowered(d.Label)
}

// FiltersBehind implements Resource.
func (r resource[P]) FiltersBehind(ctx context.Context, name string) []FilterDoc {
	return r.filtersBehind(ctx, name, shown(r.visible(ctx, Read)), FilterDepth)
}

func (c *Store[P]) filtersBehind(ctx context.Context, name string, fields []*field[P], depth int) []FilterDoc {
	first, rest, _ := strings.Cut(name, ".")
	f := named(c.narrowable(fields), first)
	if f == nil || !f.leads(depth) {
		return nil
	}
	all := f.relation.target.filtersOf(ctx, f.relation.column, rest, depth-1)
	for i := range all {
		all[i].behind(f.FieldDoc)
	}
	return all
}

// filtersOf implements target.
func (r resource[P]) filtersOf(ctx context.Context, column, name string, depth int) []FilterDoc {
	switch {
	case !r.refers(ctx, []string{column}):
		return nil
	case name == "":
		return slices.Clone(r.Filters(ctx))
	}
	return r.filtersBehind(ctx, name, shown(r.visible(ctx, Read)), depth)
}

// looked finds all columns that a filter names. One that there is not is KindBad.
func (c *Store[P]) looked(ctx context.Context, node filter.Node, fields []*field[P]) (map[string]*sought, error) {
	found := map[string]*sought{}
	for _, name := range node.Fields() {
		if found[name] != nil {
			continue
		}
		s, err := c.seek(ctx, name, fields, FilterDepth)
		if err != nil {
			return nil, err
		}
		if s == nil {
			known := columns(c.narrowable(fields))
			if dot := strings.LastIndexByte(name, '.'); dot > 0 {
				known = nil
				for _, doc := range c.filtersBehind(ctx, name[:dot], fields, FilterDepth) {
					known = append(known, doc.Name)
				}
			}
			return nil, fail(KindBad, fmt.Sprintf("There is no column %q to filter by%s.", name, likely(name, known)), nil)
		}
		found[name] = s
	}
	return found, nil
}
