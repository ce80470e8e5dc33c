package crud

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm/clause"

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
		Search: clean(q.Search), Filter: node.String(), Sort: q.Sort, Size: size(q.Size), order: order, filter: node, fields: fields,
		fetched: read(order),
	}
	after, err := c.cursor(page, q)
	if err != nil {
		return nil, err
	}
	err = c.retry(ctx, func() error { return c.load(ctx, page, q, after) })
	return page, err
}

// load fetches one row more than the page holds, which tells whether there are more.
func (c *Store[P]) load(ctx context.Context, page *PageOf[P], q Query, after []any) error {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return err
	}
	if query, err = c.narrowed(query, page.filter, page.Search, page.fields); err != nil {
		return err
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
		return c.load(ctx, page, Query{}, nil) // the first page, filled up
	}
	if !backwards && after != nil && len(rows) == 0 {
		return c.load(ctx, page, Query{Last: true}, nil) // the rows that were here are gone
	}
	if backwards {
		slices.Reverse(rows)
	}
	page.Rows = rows
	return c.link(ctx, page, (more && !backwards) || (backwards && !q.Last), (more && backwards) || (after != nil && !backwards))
}

// matching is the predicate of a search: each word must be found in one of the searched fields; nil for no search.
func (c *Store[P]) matching(search string, fields []*field[P]) clause.Expression {
	var words []clause.Expression
	for word := range strings.FieldsSeq(search) {
		var anywhere []clause.Expression
		pattern := "%" + filter.Literal(word) + "%"
		for _, f := range c.searched {
			if named(fields, f.Name) != nil {
				anywhere = append(anywhere, f.like(pattern))
			}
		}
		if number, err := strconv.ParseInt(word, 10, 64); err == nil && len(c.plan.key) == 1 && c.plan.key[0].Kind == KindInteger {
			anywhere = append(anywhere, clause.Eq{Column: clauseColumn(c.plan.key[0].Name), Value: number})
		}
		if len(anywhere) == 0 {
			anywhere = append(anywhere, clause.Expr{SQL: "FALSE"})
		}
		words = append(words, clause.And(clause.Or(anywhere...)))
	}
	if len(words) == 0 {
		return nil
	}
	return clause.And(words...)
}

// like is the predicate of a pattern; what is no text is compared as PostgreSQL writes it.
func (f *field[P]) like(pattern string) clause.Expression {
	sql := "CAST(? AS text) ILIKE ?"
	if f.lettered {
		sql = "? ILIKE ?"
	}
	return clause.Expr{SQL: sql, Vars: []any{clauseColumn(f.Name), pattern}}
}

// clean cuts a search to what is read of it and drops what PostgreSQL cannot compare.
func clean(search string) string {
	search = strings.ToValidUTF8(strings.ReplaceAll(search, "\x00", ""), "")
	if runes := []rune(search); len(runes) > SearchLimit {
		search = string(runes[:SearchLimit])
	}
	return strings.TrimSpace(search)
}

func size(asked int) int {
	if asked <= 0 {
		return PageSize
	}
	return min(asked, PageSizeMax)
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

// Count counts the rows that the account may read and that the query's search and filter let through: exactly up to
// CountCap. Beyond it, the whole table is estimated by the planner; of anything less it is only known that there are more.
// Where the planner's figure is twice as much, no rows are looked at.
func (c *Store[P]) Count(ctx context.Context, q Query) (Count, error) {
	var count Count
	node, err := parseFilter(q.Filter)
	if err != nil {
		return count, err
	}
	search := clean(q.Search)
	err = c.retry(ctx, func() error {
		scope, err := c.scope(ctx, Read)
		if err != nil {
			return err
		}
		planned := int64(0) // rows of the whole table
		if scope.All && search == "" && node.IsZero() {
			if planned, err = c.planned(ctx); err != nil {
				return err
			}
		}
		if planned >= clearly {
			count = Count{Rows: planned, Estimate: true}
			return nil
		}
		query, err := c.query(ctx, c.conn(ctx), Read)
		if err != nil {
			return err
		}
		if query, err = c.narrowed(query, node, search, shown(c.visible(ctx, Read))); err != nil {
			return err
		}
		count = Count{}
		if err := c.conn(ctx).WithContext(ctx).Table("(?) AS capped", query.Select("1").Limit(CountCap+1)).Count(&count.Rows).Error; err != nil {
			return err
		}
		if count.Rows > CountCap && planned > CountCap {
			count = Count{Rows: planned, Estimate: true}
		} else if count.Rows > CountCap { // the planner knows nothing, or counts rows that are not asked for or may not be seen
			count = Count{Rows: CountCap, More: true}
		}
		return err
	})
	return count, err
}
