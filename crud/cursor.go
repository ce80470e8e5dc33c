package crud

import (
	"context"
	"slices"

	"unified/crud/keyset"
)

// link sets the cursors of the neighbouring pages. Rows that cannot be told apart have none.
func (c *Store[P]) link(ctx context.Context, p *PageOf[P], next, prev bool) (err error) {
	p.Next, p.Prev = "", ""
	if len(p.Rows) == 0 || len(p.order.by) == 0 {
		return nil
	}
	if next {
		p.Next, err = c.mark(ctx, p, p.Rows[len(p.Rows)-1])
	}
	if prev && err == nil {
		p.Prev, err = c.mark(ctx, p, p.Rows[0])
	}
	return err
}

// mark makes the cursor of a row.
func (c *Store[P]) mark(ctx context.Context, p *PageOf[P], row P) (string, error) {
	values := make([]*string, len(p.order.by))
	var names []*string // of the row that the last field points at
	for i, from := range p.order.from {
		text, null := from.field.text(row)
		if from.label < 0 && from.field.doubtful(row) {
			var err error
			if null, err = c.isVoid(p.order.like(c.conn(ctx).WithContext(ctx).Model(c.plan.empty()).Unscoped(), row), from.field); err != nil {
				return "", err
			}
		}
		switch {
		case null:
		case from.label < 0:
			values[i] = &text
		default:
			if from.label == 0 {
				var err error
				if names, err = from.field.relation.target.names(ctx, from.field.relation.column, text); err != nil {
					return "", err
				}
			}
			if from.label < len(names) {
				values[i] = names[from.label]
			}
		}
	}
	return keyset.Encode(p.order.signature(), values), nil
}

// cursor reads the cursor of the query; nil is the first or last page.
func (c *Store[P]) cursor(page *PageOf[P], q Query) ([]any, error) {
	text := or(q.After, q.Before)
	if q.Last || text == "" {
		return nil, nil
	}
	texts, err := keyset.Decode(text, page.order.signature(), len(page.order.by))
	if err != nil {
		return nil, fail(KindBad, "This page's address does not fit its order; start again from the first page.", err)
	}
	row, values := c.plan.empty(), make([]any, len(texts))
	for i, from := range page.order.from {
		switch {
		case texts[i] == nil && page.order.by[i].Nullable:
		case texts[i] == nil:
			return nil, damaged()
		case from.label >= 0:
			if storable(*texts[i]) != nil {
				return nil, damaged()
			}
			values[i] = *texts[i]
		case from.field.Kind == KindNumber && slices.Contains(endless, *texts[i]):
			values[i] = *texts[i]
		case from.field.set(row, *texts[i]) != nil:
			return nil, damaged()
		default:
			values[i] = from.field.value(row)
		}
	}
	return values, nil
}

// endless are the numbers that a column may hold and no form takes.
var endless = []string{"NaN", "Infinity", "-Infinity"}

func damaged() error {
	return fail(KindBad, "This page's address is damaged; start again from the first page.", nil)
}
