package crud

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"unified/crud/filter"
)

// Page is one typed page of rows.
type Page[T any] = PageOf[*T]

// PageOf is Page by the pointer type of the rows; see Store.
type PageOf[P any] struct {
	Rows   []P
	Next   string // cursor for Query.After; "" on the last page
	Prev   string // cursor for Query.Before; "" on the first page
	Search string
	Filter string // as it was understood
	Sort   string // the order asked for; "" for the table's own
	Size   int

	order   *order[P]
	filter  filter.Node
	fields  []*field[P] // that may be seen
	fetched []*field[P] // of them, those that are read
	trash   bool        // its rows are in the trash
}

// List returns one page of the rows that the account in ctx may read. Secrets are left zero. Query.Fields says nothing here.
func (c *Store[P]) List(ctx context.Context, q Query) (*PageOf[P], error) {
	fields := shown(c.visible(ctx, Read))
	return c.list(ctx, q, fields, func(*order[P]) []*field[P] { return fields })
}

// list returns a page to an account that sees these fields. read tells which of them are read in an order.
func (c *Store[P]) list(ctx context.Context, q Query, fields []*field[P], read func(*order[P]) []*field[P]) (*PageOf[P], error) {
	order, err := c.ordered(ctx, q.Sort, fields)
	if err != nil {
		return nil, err
	}
	node, err := parseFilter(q.Filter)
	if err != nil {
		return nil, err
	}
	page := &PageOf[P]{
		Search: clean(q.Search), Filter: node.String(), Sort: q.Sort, Size: c.size(q.Size), order: order, filter: node, fields: fields,
		fetched: read(order),
	}
	if page.trash = q.Trash && c.trashable(); page.trash {
		page.fetched = append(slices.Clip(page.fetched), c.plan.trash)
	}
	after, err := c.cursor(page, q)
	if err != nil {
		return nil, err
	}
	err = c.retry(ctx, func() error { return c.load(ctx, page, q, after) })
	return page, unreadable(err)
}

// load fetches one row more than the page holds, which tells whether there are more.
func (c *Store[P]) load(ctx context.Context, page *PageOf[P], q Query, after []any) error {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if q.Trash {
		query, err = c.trashed(ctx, c.conn(ctx))
	}
	if err != nil {
		return err
	}
	if query, err = c.narrowed(query, page.filter, page.Search, page.fields); err != nil {
		return err
	}
	if q.within != nil {
		query = query.Where(q.within.rows)
	}
	backwards := q.Last || (q.Before != "" && after != nil)
	by := page.order.by
	if backwards {
		by = by.Reversed()
	}
	if after != nil {
		query = query.Where(by.After(after))
	}
	rows, err := c.fetch(page.order.sorted(query, by).Limit(page.Size+1), page.fetched)
	if err != nil {
		return err
	}
	more := len(rows) > page.Size
	rows = rows[:min(len(rows), page.Size)]
	if backwards && !more && !q.Last {
		return c.load(ctx, page, Query{Trash: q.Trash, within: q.within}, nil) // the first page, filled up
	}
	if !backwards && after != nil && len(rows) == 0 {
		return c.load(ctx, page, Query{Last: true, Trash: q.Trash, within: q.within}, nil) // the rows that were here are gone
	}
	if backwards {
		slices.Reverse(rows)
	}
	page.Rows = rows
	return c.link(ctx, page, (more && !backwards) || (backwards && !q.Last), (more && backwards) || (after != nil && !backwards))
}

// named finds a field by its column's name.
func named[P any](fields []*field[P], name string) *field[P] {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// unreadable is the error of statements that only read: a value that PostgreSQL cannot read stood in the address, and one
// that was stopped was asked for too much.
func unreadable(err error) error {
	var pg *pgconn.PgError
	switch {
	case unread(err):
		return fail(KindBad, "A value in the address is not valid for its column.", err)
	case errors.As(err, &pg) && pg.Code == stopped:
		return fail(KindSlow, KindSlow.String(), err)
	}
	return err
}

// unread reports whether PostgreSQL could not read a value.
func unread(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22")
}
