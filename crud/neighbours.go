package crud

import (
	"context"

	"unified/crud/keyset"
)

// Neighbours implements Resource.
func (r resource[P]) Neighbours(ctx context.Context, key string, q Query) (prev, next string, err error) {
	fields := shown(r.visible(ctx, Read))
	order, err := r.ordered(ctx, q.Sort, fields)
	if err != nil {
		return "", "", err
	}
	node, err := parseFilter(q.Filter)
	if err != nil {
		return "", "", err
	}
	row, err := r.Find(ctx, key)
	if err != nil {
		return "", "", err
	}
	page := &PageOf[P]{Search: clean(q.Search), filter: node, order: order, fields: fields}
	mark, err := r.mark(ctx, page, row)
	if err != nil {
		return "", "", err
	}
	at, err := r.cursor(page, Query{After: mark})
	if err != nil {
		return "", "", err
	}
	if prev, err = r.beside(ctx, page, order.by.Reversed(), at); err == nil {
		next, err = r.beside(ctx, page, order.by, at)
	}
	return prev, next, unreadable(err)
}

// beside returns the key of the first row behind a place in an order; "" if there is none.
func (c *Store[P]) beside(ctx context.Context, page *PageOf[P], by keyset.Order, at []any) (key string, err error) {
	err = c.retry(ctx, func() error {
		query, err := c.query(ctx, c.conn(ctx), Read)
		if err != nil {
			return err
		}
		if query, err = c.narrowed(query, page.filter, page.Search, page.fields); err != nil {
			return err
		}
		row, found, err := c.one(page.order.sorted(query.Where(by.After(at)), by), c.plan.key)
		if key = ""; found {
			key = c.plan.keyOf(row)
		}
		return err
	})
	return key, err
}
