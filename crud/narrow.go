package crud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// FilterDoc is a column as the list of a table can be filtered by it.
type FilterDoc struct {
	FieldDoc
	Ops     []filter.Op // the usual one first
	Choices []Choice    // the values of a column that has few

	Table, Column string // that it is of, and its name there
}

// Filters implements Resource.
func (r resource[P]) Filters(ctx context.Context) []FilterDoc {
	all, seen := r.filters(), r.narrowable(shown(r.visible(ctx, Read)))
	if len(all) == len(seen) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(doc FilterDoc) bool { return named(seen, doc.Name) == nil })
}

// filterDocs are the columns that who sees all can filter by.
func (c *Store[P]) filterDocs() []FilterDoc {
	var out []FilterDoc
	for _, f := range c.narrowable(shown(c.plan.fields)) {
		out = append(out, f.filterDoc(c.plan.table))
	}
	return out
}

func (f *field[P]) filterDoc(table string) FilterDoc {
	doc := FilterDoc{FieldDoc: f.FieldDoc, Ops: f.ops(), Choices: f.choices, Table: table, Column: f.Name}
	if f.Kind == KindBool {
		doc.Choices = yesNo()
	}
	return doc
}

// filterable is the field as filters see it, where the clocks are those of a zone.
func (f *field[P]) filterable(empty func() P, zone *time.Location) filter.Column {
	return filter.Column{Name: f.Name, Type: f.filterType(), Day: f.Kind == KindDate, Nullable: f.gapped(), Value: func(text string) (any, error) {
		row := empty()
		if f.Kind == KindTime {
			var err error
			if text, err = fromZone(text, zone); err != nil {
				return nil, err
			}
		}
		if err := f.set(row, text); err != nil {
			return nil, err
		}
		return f.value(row), nil
	}}
}

// ops are the operators by which the field can be filtered.
func (f *field[P]) ops() []filter.Op {
	return filter.Column{Type: f.filterType(), Nullable: f.gapped()}.Ops()
}

// filterTypes are those that follow from the kind alone.
var filterTypes = map[Kind]filter.Type{
	KindInteger: filter.Number, KindNumber: filter.Number, KindBool: filter.Bool, KindTime: filter.Time, KindDate: filter.Time,
	KindJSON: filter.JSON, KindList: filter.List, KindBytes: filter.Opaque,
}

func (f *field[P]) filterType() filter.Type {
	switch {
	case f.column.Unordered && f.Kind != KindJSON:
		return filter.Opaque
	case f.address:
		return filter.Address
	case f.Kind == KindRelation || len(f.choices) > 0:
		return filter.Exact
	case f.lettered:
		return filter.Text
	}
	if kind, ok := filterTypes[f.Kind]; ok {
		return kind
	}
	return filter.Exact
}

// parseFilter reads the filter of an address. Its error is KindBad.
func parseFilter(text string) (filter.Node, error) {
	node, err := filter.Parse(text)
	if err != nil {
		return node, fail(KindBad, err.Error(), err)
	}
	return node, nil
}

// narrowed adds filter and search to a query; fields are those that may be looked at.
func (c *Store[P]) narrowed(query *gorm.DB, node filter.Node, search string, fields []*field[P]) (*gorm.DB, error) {
	condition, err := c.condition(query.Statement.Context, node, fields)
	if err != nil {
		return nil, err
	}
	matching, err := c.matching(query.Statement.Context, search, fields)
	if err != nil {
		return nil, err
	}
	for _, condition := range []clause.Expression{condition, matching} {
		if condition != nil {
			query = query.Where(condition)
		}
	}
	return query, nil
}

// condition is the predicate of a filter. What is wrong with it is KindBad.
func (c *Store[P]) condition(ctx context.Context, node filter.Node, fields []*field[P]) (clause.Expression, error) {
	known, err := c.looked(ctx, node, fields)
	if err != nil {
		return nil, err
	}
	condition, err := node.Clause(func(name string) filter.Column { return known[name].as }, time.Now().In(ZoneIn(ctx)))
	var wrong filter.Error
	var value *filter.ValueError
	if errors.As(err, &wrong) || errors.As(err, &value) {
		return nil, fail(KindBad, err.Error(), err)
	}
	return condition, err
}

// CheckFilter implements Resource.
func (r resource[P]) CheckFilter(ctx context.Context, text string) error {
	node, err := parseFilter(text)
	if err == nil {
		_, err = r.condition(ctx, node, shown(r.visible(ctx, Read)))
	}
	return err
}

// Facets implements Resource.
func (r resource[P]) Facets(ctx context.Context, q Query, name string) (map[string]int64, error) {
	fields := shown(r.visible(ctx, Read))
	f := named(r.narrowable(fields), name)
	if f == nil || len(f.choices) == 0 && f.Kind != KindBool {
		return nil, nil //nolint:nilnil // no such figures
	}
	node, err := parseFilter(q.Filter)
	if err != nil {
		return nil, err
	}
	counts, total := map[string]int64{}, int64(0)
	err = r.retry(ctx, func() error {
		clear(counts)
		total = 0
		query, err := r.query(ctx, r.conn(ctx), Read)
		if err != nil {
			return err
		}
		if query, err = r.narrowed(query, node, clean(q.Search), fields); err != nil {
			return err
		}
		rows, err := r.conn(ctx).WithContext(ctx).Table("(?) AS capped", query.Select("?::text AS value", clauseColumn(f.Name)).Clauses(limit(CountCap+1))).
			Select("coalesce(value, ''), count(*)").Group("value").Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var value string
			var count int64
			if err := rows.Scan(&value, &count); err != nil {
				return err
			}
			counts[value] += count
			total += count
		}
		return rows.Err()
	})
	if err != nil || total > CountCap {
		return nil, err
	}
	return counts, nil
}

// Term is one condition or group of a filter, all of which must hold.
type Term struct {
	Text    string // for people: "Status is draft"
	Filter  string // the term alone, as in addresses
	Without string // the filter without it
}

// Terms implements Resource.
func (r resource[P]) Terms(ctx context.Context, text string) ([]Term, error) {
	node, err := parseFilter(text)
	if err != nil {
		return nil, err
	}
	fields := shown(r.visible(ctx, Read))
	nodes := node.Terms()
	terms := make([]Term, len(nodes))
	for i, term := range nodes {
		words, err := r.words(ctx, term, fields)
		if err != nil {
			return nil, err
		}
		terms[i] = Term{words, term.String(), filter.All(slices.Delete(slices.Clone(nodes), i, i+1)...).String()}
	}
	return terms, nil
}

// opWords are the operators as people read them.
var opWords = map[filter.Op]string{
	filter.Is: "is", filter.Not: "is not", filter.Any: "is one of", filter.Contains: "contains", filter.Starts: "starts with",
	filter.Less: "is less than", filter.AtMost: "is at most", filter.More: "is more than", filter.AtLeast: "is at least",
	filter.On: "is on", filter.Last: "is within the last", filter.Next: "is within the next", filter.This: "is in this", filter.Within: "is in the network",
	filter.Has: "has", filter.At: "has", filter.Empty: "is empty", filter.Filled: "is not empty",
}

// timeWords are those that read differently of moments.
var timeWords = map[filter.Op]string{
	filter.Less: "is before", filter.AtMost: "is not after", filter.More: "is after", filter.AtLeast: "is not before",
}

// OpWords returns an operator as people read it behind a column of this kind.
func OpWords(op filter.Op, kind Kind) string {
	if words := timeWords[op]; words != "" && (kind == KindTime || kind == KindDate) {
		return words
	}
	return opWords[op]
}

// words says a node to people. A row that a relation names is called by its label, if it may be read.
func (c *Store[P]) words(ctx context.Context, node filter.Node, fields []*field[P]) (string, error) {
	if node.Field == "" {
		each := make([]string, len(node.Nodes))
		for i, inner := range node.Nodes {
			var err error
			if each[i], err = c.words(ctx, inner, fields); err != nil {
				return "", err
			}
			if inner.Field == "" {
				each[i] = "(" + each[i] + ")"
			}
		}
		if node.Or {
			return strings.Join(each, " or "), nil
		}
		return strings.Join(each, " and "), nil
	}
	s, err := c.seek(ctx, node.Field, fields, FilterDepth)
	if err != nil {
		return "", err
	}
	if s == nil {
		return node.String(), nil
	}
	values := slices.Clone(node.Values)
	if s.points != nil && s.points.target != nil {
		refs, err := s.points.target.refs(ctx, s.points.column, values)
		if err != nil {
			return "", err
		}
		for i, value := range values {
			if ref, ok := refs[value]; ok {
				values[i] = ref.Label
			}
		}
	}
	switch {
	case node.Op == filter.At && len(values) == 2:
		return fmt.Sprintf("%s at %s is %s", s.doc.Label, values[0], values[1]), nil
	case (node.Op == filter.Last || node.Op == filter.Next) && len(values) == 1:
		values[0] = filter.Span(values[0])
	case s.doc.Kind == KindBool && len(values) == 1:
		values[0] = strings.NewReplacer("true", "yes", "false", "no").Replace(values[0])
	}
	return strings.TrimSpace(s.doc.Label + " " + OpWords(node.Op, s.doc.Kind) + " " + strings.Join(values, ", ")), nil
}
