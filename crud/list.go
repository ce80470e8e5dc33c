package crud

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
	"unified/crud/keyset"
)

// Page is one typed page of rows.
type Page[T any] struct {
	Rows   []*T
	Next   string // cursor for Query.After; "" on the last page
	Prev   string // cursor for Query.Before; "" on the first page
	Search string
	Filter string // as it was understood
	Sort   string // the order asked for; "" for the table's own
	Size   int

	order  keyset.Order
	filter filter.Node
	fields []*field[T]
}

// List returns one page of the rows that the account in ctx may read. Secrets are left zero.
func (c *CRUD[T]) List(ctx context.Context, q Query) (*Page[T], error) {
	fields := shown(c.visible(ctx, Read))
	order, err := c.ordered(q.Sort, fields)
	if err != nil {
		return nil, err
	}
	node, err := parseFilter(q.Filter)
	if err != nil {
		return nil, err
	}
	page := &Page[T]{
		Search: clean(q.Search), Filter: node.String(), Sort: q.Sort, Size: size(q.Size), order: order, filter: node, fields: fields,
	}
	after, err := c.cursor(page, q)
	if err != nil {
		return nil, err
	}
	err = c.retry(ctx, func() error { return c.load(ctx, page, q, after) })
	return page, err
}

// load fetches one row more than the page holds, which tells whether there are more.
func (c *CRUD[T]) load(ctx context.Context, page *Page[T], q Query, after []any) error {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return err
	}
	if query, err = c.narrowed(query, page.filter, page.Search, page.fields); err != nil {
		return err
	}
	backwards := q.Last || (q.Before != "" && after != nil)
	order := page.order
	if backwards {
		order = order.Reversed()
	}
	if after != nil {
		query = query.Where(order.After(after))
	}
	rows, err := c.fetch(query.Clauses(order.By()).Limit(page.Size+1), page.fields)
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
	page.link(more, backwards, q.Last, after != nil)
	return nil
}

// link sets the cursors of the neighbouring pages.
func (p *Page[T]) link(more, backwards, last, cursor bool) {
	p.Next, p.Prev = "", ""
	if len(p.Rows) == 0 {
		return
	}
	if (more && !backwards) || (backwards && !last) {
		p.Next = p.mark(p.Rows[len(p.Rows)-1])
	}
	if (more && backwards) || (cursor && !backwards) {
		p.Prev = p.mark(p.Rows[0])
	}
}

// mark makes the cursor of a row.
func (p *Page[T]) mark(row *T) string {
	values := make([]*string, len(p.order))
	for i, column := range p.order {
		if text, null := named(p.fields, column.Name).text(row); !null {
			values[i] = &text
		}
	}
	return keyset.Encode(signature(p.order), values)
}

// cursor reads the cursor of the query; nil is the first or last page.
func (c *CRUD[T]) cursor(page *Page[T], q Query) ([]any, error) {
	text := or(q.After, q.Before)
	if q.Last || text == "" {
		return nil, nil
	}
	texts, err := keyset.Decode(text, signature(page.order), len(page.order))
	if err != nil {
		return nil, fail(KindBad, "This page's address does not fit its order; start again from the first page.", err)
	}
	row, values := new(T), make([]any, len(texts))
	for i, column := range page.order {
		if texts[i] == nil && column.Nullable {
			continue
		}
		f := named(page.fields, column.Name)
		if texts[i] == nil || f.set(row, *texts[i]) != nil {
			return nil, fail(KindBad, "This page's address is damaged; start again from the first page.", nil)
		}
		values[i] = f.value(row)
	}
	return values, nil
}

// ordered turns the sort of an address into a total order.
func (c *CRUD[T]) ordered(sort string, fields []*field[T]) (keyset.Order, error) {
	if sort == "" {
		return slices.DeleteFunc(slices.Clone(c.order), func(k keyset.Column) bool { return named(fields, k.Name) == nil }), nil
	}
	var order keyset.Order
	for name := range strings.SplitSeq(sort, ",") {
		bare := strings.TrimPrefix(name, "-")
		f := named(fields, bare)
		if f == nil || !f.sortable {
			return nil, fail(KindBad, fmt.Sprintf("There is no column %q to sort by.", bare), nil)
		}
		if slices.ContainsFunc(order, func(k keyset.Column) bool { return k.Name == f.Name }) {
			return nil, fail(KindBad, fmt.Sprintf("The column %q is sorted by twice.", bare), nil)
		}
		order = append(order, keyset.Column{Name: f.Name, Desc: bare != name, Nullable: f.nullable})
	}
	for _, f := range c.plan.key {
		if !slices.ContainsFunc(order, func(k keyset.Column) bool { return k.Name == f.Name }) {
			order = append(order, keyset.Column{Name: f.Name, Desc: order[0].Desc})
		}
	}
	return order, nil
}

// signature names an order, so that a cursor is not used with another one.
func signature(order keyset.Order) string {
	var names []string
	for _, column := range order {
		name := column.Name
		if column.Desc {
			name = "-" + name
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

// matching is the predicate of a search: each word must be found in one of the searched fields; nil for no search.
func (c *CRUD[T]) matching(search string, fields []*field[T]) clause.Expression {
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
func (f *field[T]) like(pattern string) clause.Expression {
	sql := "CAST(? AS text) ILIKE ?"
	if f.textual {
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
func named[T any](fields []*field[T], name string) *field[T] {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Count counts the rows that the account may read and that the query's search and filter let through: exactly up to
// CountCap. Beyond it, the whole table is estimated by the planner; of anything less it is only known that there are more.
func (c *CRUD[T]) Count(ctx context.Context, q Query) (Count, error) {
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
		if count.Rows > CountCap && scope.All && search == "" && node.IsZero() {
			count, err = c.estimate(ctx)
		} else if count.Rows > CountCap { // the planner's figure counts rows that are not asked for or may not be seen
			count = Count{Rows: CountCap, More: true}
		}
		return err
	})
	return count, err
}

// estimate returns the planner's figure of a table beyond CountCap. One below the cap is out of date and says nothing.
func (c *CRUD[T]) estimate(ctx context.Context) (Count, error) {
	var planned int64
	const statement = "SELECT coalesce((SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(?)), 0)"
	table := (&gorm.Statement{DB: c.db}).Quote(c.plan.table)
	if err := c.conn(ctx).WithContext(ctx).Raw(statement, table).Scan(&planned).Error; err != nil {
		return Count{}, err
	}
	if planned <= CountCap {
		return Count{Rows: CountCap, More: true}, nil
	}
	return Count{Rows: planned, Estimate: true}, nil
}
