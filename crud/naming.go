package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// namedBy finds out what names a row: the text fields that its String method writes, in that order, as one call with a
// different text in each of them tells; without a method, its first short text. Empty if the name is made of other things.
func (p *plan[P]) namedBy() []*field[P] {
	if p.naming != nil {
		return p.naming
	}
	if p.name == nil {
		for _, f := range p.fields {
			if f.Kind == KindText && f.lettered && !f.Secret && !f.primary {
				return []*field[P]{f}
			}
		}
		return nil
	}
	row := p.empty()
	marks := map[string]*field[P]{}
	for i, f := range p.fields {
		mark := fmt.Sprintf("\x01%d\x02", i)
		if f.lettered && !f.Secret && f.set(row, mark) == nil {
			marks[mark] = f
		}
	}
	text := p.called(row)
	var out []*field[P]
	for mark, f := range marks {
		if strings.Contains(text, mark) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *field[P]) int { return at(text, marks, a) - at(text, marks, b) })
	return out
}

func at[P any](text string, marks map[string]*field[P], f *field[P]) int {
	for mark, marked := range marks {
		if marked == f {
			return strings.Index(text, mark)
		}
	}
	return -1
}

// called is what String says of a row that no database holds, or "" if it cannot say anything of it.
func (p *plan[P]) called(row P) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	return p.name(row)
}

// naming implements target.
func (c *Store[P]) naming(ctx context.Context, column string) (*gorm.DB, []string, error) {
	rows, fields, err := c.readableBy(ctx, column)
	if rows == nil && err == nil || slices.ContainsFunc(c.namedBy, func(f *field[P]) bool { return named(fields, f.Name) == nil }) {
		return nil, nil, nil
	}
	return rows, columns(c.namedBy), err
}

// names implements target.
func (c *Store[P]) names(ctx context.Context, column, value string) ([]*string, error) {
	f, row := c.plan.column[column], c.plan.empty()
	if f == nil || f.set(row, value) != nil {
		return nil, nil //nolint:nilerr // nothing is called by such a value
	}
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return nil, err
	}
	query = query.Where(clause.Eq{Column: clauseColumn(column), Value: f.value(row)}).Session(&gorm.Session{})
	found, there, err := c.one(query, c.namedBy)
	if err != nil || !there {
		return nil, err
	}
	out := make([]*string, len(c.namedBy))
	for i, f := range c.namedBy {
		text, null := f.text(found)
		if f.doubtful(found) {
			if null, err = c.isVoid(query, f); err != nil {
				return nil, err
			}
		}
		if !null {
			out[i] = &text
		}
	}
	return out, nil
}
