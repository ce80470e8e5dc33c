package crud

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"unified/crud/filter"
	"unified/crud/keyset"
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
	fields  []*field[P]   // that may be seen
	fetched []*field[P]   // of them, those that are read
	related []*field[P]   // the relations that are shown by what they point at
	besides []*pointed[P] // of them, those that are read with the rows
	trash   bool          // its rows are in the trash
}

// List returns one page of the rows that the account in ctx may read. Secrets are left zero. Query.Fields says nothing here.
func (c *Store[P]) List(ctx context.Context, q Query) (*PageOf[P], error) {
	fields := shown(c.visible(ctx, Read))
	return c.list(ctx, q, fields, func(*order[P]) ([]*field[P], []*field[P]) { return fields, nil })
}

// list returns a page to an account that sees these fields. read tells which of them are read in an order, and whose rows that they
// point at are shown.
func (c *Store[P]) list(ctx context.Context, q Query, fields []*field[P], read func(*order[P]) (fetched, related []*field[P])) (*PageOf[P], error) {
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
	}
	page.fetched, page.related = read(order)
	if page.trash = q.Trash && c.trashable(); page.trash {
		page.fetched = append(slices.Clip(page.fetched), c.plan.trash)
	}
	after, err := c.cursor(page, q)
	if err != nil {
		return nil, err
	}
	if err = c.retry(ctx, func() error { return c.load(ctx, page, q, after) }); err == nil {
		c.tell(ctx, page, fields)
	}
	return page, unreadable(err)
}

// load fetches one row more than the page holds, which tells whether there are more.
func (c *Store[P]) load(ctx context.Context, page *PageOf[P], q Query, after []any) error {
	backwards := q.Last || (q.Before != "" && after != nil)
	by := page.order.by
	if backwards {
		by = by.Reversed()
	}
	rows, err := c.rows(ctx, page, q, by, after)
	if err != nil {
		return err
	}
	more := len(rows) > page.Size
	rows = rows[:min(len(rows), page.Size)]
	if backwards && !more && !q.Last && !q.exact {
		return c.load(ctx, page, Query{Trash: q.Trash, within: q.within}, nil) // the first page, filled up
	}
	if !backwards && after != nil && len(rows) == 0 && !q.exact {
		return c.load(ctx, page, Query{Last: true, Trash: q.Trash, within: q.within}, nil) // the rows that were here are gone
	}
	if backwards {
		slices.Reverse(rows)
	}
	page.Rows = rows
	return c.link(ctx, page, (more && !backwards) || (backwards && !q.Last), (more && backwards) || (after != nil && !backwards))
}

// rows reads the rows of a page that come after some values in an order, nil for the first ones, and one more.
func (c *Store[P]) rows(ctx context.Context, page *PageOf[P], q Query, by keyset.Order, after []any) ([]P, error) { //nolint:revive // each is a thing of its own
	write, vars := func(query *gorm.DB) *gorm.DB {
		if q.within != nil {
			query = query.Where(q.within.rows)
		}
		if after != nil {
			query = query.Where(by.After(after))
		}
		return page.order.sorted(query, by).Clauses(limit(page.Size + 1))
	}, after
	if q.within != nil {
		vars = slices.Concat(q.within.vars, after)
	}
	db := c.conn(ctx)
	page.besides = nil
	if shape, ok := c.shape(ctx, page, q, by, after); ok {
		if page.besides = c.besides(ctx, db, page); page.besides == nil {
			return c.fetchAs(ctx, db, shape, vars, page.fetched, write)
		}
		return c.fetchBeside(ctx, db, shape, vars, page, func(query *gorm.DB) *gorm.DB {
			return page.order.sorted(c.join(query, write, page), by)
		})
	}
	query, err := c.query(ctx, db, Read)
	if q.Trash {
		query, err = c.trashed(ctx, db)
	}
	if err != nil {
		return nil, err
	}
	if query, err = c.narrowed(query, page.filter, page.Search, page.fields); err != nil {
		return nil, err
	}
	return c.fetch(write(query), page.fetched)
}

// shape tells apart the statements of lists of all rows, by which most pages begin, and of all below a row; ok is false for others.
func (c *Store[P]) shape(ctx context.Context, page *PageOf[P], q Query, by keyset.Order, after []any) (shape string, ok bool) { //nolint:revive // each is a thing of its own
	if c.unfit || q.Trash || q.within != nil && q.within.shape == "" || page.Search != "" || page.Filter != "" || page.order.joins != nil || after != nil && !by.Uniform() {
		return "", false
	}
	if within, err := c.permit(ctx, Read); within != nil || err != nil {
		return "", false
	}
	b := strconv.AppendBool(make([]byte, 0, 100), after != nil)
	if q.within != nil {
		b = append(b, q.within.shape...)
	}
	for _, column := range by {
		b = strconv.AppendBool(append(append(b, ' '), column.Name...), column.Desc)
	}
	return string(strconv.AppendInt(append(b, ' '), int64(page.Size), 10)), true
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
