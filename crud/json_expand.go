package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"
)

// ExpandDepth is how many relations behind one another can be expanded.
const ExpandDepth = 2

// expansion is a relation whose rows are written with those that point at them.
type expansion[P any] struct {
	field *field[P]
	below string // what is expanded in those rows, as in an address
}

// expansions reads what is to be expanded: the names of relations joined by ",", "." before one of the row that is pointed at.
func (c *Store[P]) expansions(ctx context.Context, text string, fields []*field[P], depth int) ([]expansion[P], error) {
	var out []expansion[P]
	if text == "" {
		return nil, nil
	}
	for path := range strings.SplitSeq(text, ",") {
		name, below, _ := strings.Cut(path, ".")
		f := named(fields, name)
		switch {
		case depth == 0:
			return nil, fail(KindBad, fmt.Sprintf("No more than %d relations behind one another can be expanded.", ExpandDepth), nil)
		case f == nil || f.relation == nil || f.relation.target == nil:
			return nil, fail(KindBad, fmt.Sprintf("There is no relation %q to expand.", name), nil)
		}
		at := slices.IndexFunc(out, func(e expansion[P]) bool { return e.field == f })
		if at < 0 {
			out = append(out, expansion[P]{f, below})
			continue
		}
		out[at].below = strings.Trim(out[at].below+","+below, ",")
	}
	for _, e := range out {
		if err := e.field.relation.target.expandable(ctx, e.below, depth-1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expandable reports what is wrong with what is to be expanded in rows of the table.
func (c *Store[P]) expandable(ctx context.Context, text string, depth int) error {
	_, err := c.expansions(ctx, text, shown(c.visible(ctx, Read)), depth)
	return err
}

// expand reads the rows that rows point at, by relation and the value that points: one query for each relation.
func (*Store[P]) expand(ctx context.Context, rows []P, expanded []expansion[P]) ([]map[string][]byte, error) {
	related := make([]map[string][]byte, len(expanded))
	for i, e := range expanded {
		seen := map[string]bool{}
		for _, row := range rows {
			if text, null := e.field.text(row); !null {
				seen[text] = true
			}
		}
		var err error
		if related[i], err = e.field.relation.target.pointedAt(ctx, e.field.relation.column, seen, e.below); err != nil {
			return nil, err
		}
	}
	return related, nil
}

// pointedAt returns the JSON of the rows whose column holds one of values, by value. What may not be read is left out.
func (c *Store[P]) pointedAt(ctx context.Context, column string, values map[string]bool, below string) (map[string][]byte, error) {
	out, fields := make(map[string][]byte, len(values)), shown(c.visible(ctx, Read))
	f := named(fields, column)
	if f == nil || len(values) == 0 || !(resource[P]{c}).Can(ctx, Read) {
		return out, nil
	}
	shape, err := c.shaped(ctx, "", below, fields)
	if err != nil {
		return nil, err
	}
	var wanted []any
	for value := range values {
		if row := c.plan.empty(); f.set(row, value) == nil {
			wanted = append(wanted, f.value(row))
		}
	}
	page := &PageOf[P]{fields: fields, fetched: fields}
	err = c.retry(ctx, func() error {
		query, err := c.query(ctx, c.conn(ctx), Read)
		if err != nil {
			return err
		}
		page.Rows, err = c.fetch(query.Where(clause.IN{Column: clauseColumn(column), Values: wanted}), fields)
		return err
	})
	if err != nil {
		return nil, err
	}
	write, err := c.objects(ctx, page, shape)
	if err != nil {
		return nil, err
	}
	for i, row := range page.Rows {
		value, _ := f.text(row)
		out[value] = write(nil, i)
	}
	return out, nil
}

// appendRelated appends the rows that a row points at: null for one that is not there or may not be read.
func appendRelated[P any](to []byte, row P, expanded []expansion[P], related []map[string][]byte) []byte {
	if len(expanded) == 0 {
		return to
	}
	to = append(to, `,"`+ExpandMember+`":`...)
	sign := byte('{')
	for i, e := range expanded {
		text, _ := e.field.text(row)
		to = append(append(to, sign), e.field.member...)
		if body := related[i][text]; body != nil {
			to = append(to, body...)
		} else {
			to = append(to, "null"...)
		}
		sign = ','
	}
	return append(to, '}')
}
