package crud

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"unified/crud/export"
)

// What stands in the JSON of a row beside its columns.
const (
	KeyMember     = "_key"     // the key as it stands in addresses
	ExpandMember  = "_expand"  // the rows that it points at and that were asked for, by column
	TrashedMember = "_trashed" // since when it is in the trash; only there
)

// JSONPage is one page of a table as JSON.
type JSONPage struct {
	Rows   []byte // an array of objects
	Search string // as it was understood, as in List
	Filter string
	Sort   string
	Size   int
	Next   string // cursor for Query.After; "" on the last page
	Prev   string // cursor for Query.Before; "" on the first page
}

// JSONRow is one row as JSON.
type JSONRow struct {
	Key  string // path-escaped already
	Body []byte // an object
	Tag  string // another one for another state of what the account may see of the row
}

// shape is what the JSON of rows holds.
type shape[P any] struct {
	columns  []column[P]
	members  [][]byte // the names of the columns
	expanded []expansion[P]
}

// shaped returns what rows hold with the columns of these names, all stored ones that may be seen for "".
func (c *Store[P]) shaped(ctx context.Context, names, expand string, fields []*field[P]) (s shape[P], err error) {
	if names == "" {
		s.columns = make([]column[P], 0, len(fields))
		for _, f := range fields {
			s.columns = append(s.columns, column[P]{field: f})
		}
	} else if s.columns, err = c.chosen(names, fields); err != nil {
		return s, err
	}
	s.members = make([][]byte, 0, len(s.columns))
	for _, column := range s.columns {
		if column.field != nil {
			s.members = append(s.members, column.field.member)
		} else {
			s.members = append(s.members, member(column.name()))
		}
	}
	s.expanded, err = c.expansions(ctx, expand, fields, ExpandDepth)
	return s, err
}

// fetched are the columns that it takes to write the rows.
func (s shape[P]) fetched() []column[P] {
	all := slices.Clip(s.columns)
	for _, e := range s.expanded {
		all = append(all, column[P]{field: e.field})
	}
	return all
}

// ListJSON implements Resource.
func (r resource[P]) ListJSON(ctx context.Context, q Query, expand string) (*JSONPage, error) {
	fields := shown(r.visible(ctx, Read))
	shape, err := r.shaped(ctx, q.Fields, expand, fields)
	if err != nil {
		return nil, err
	}
	q.exact = true
	page, err := r.list(ctx, q, fields, func(order *order[P]) ([]*field[P], []*field[P]) {
		return r.needed(shape.fetched(), order, fields), nil
	})
	if err != nil {
		return nil, err
	}
	defer r.plan.free(page.Rows)
	objects, err := r.objects(ctx, page, shape)
	if err != nil {
		return nil, err
	}
	out := &JSONPage{Search: page.Search, Filter: page.Filter, Sort: page.Sort, Size: page.Size, Next: page.Next, Prev: page.Prev}
	out.Rows = make([]byte, 0, 64+len(page.Rows)*(32+24*len(shape.columns)))
	out.Rows = append(out.Rows, '[')
	for i := range page.Rows {
		if i > 0 {
			out.Rows = append(out.Rows, ',')
		}
		out.Rows = objects(out.Rows, i)
	}
	out.Rows = append(out.Rows, ']')
	return out, nil
}

// objects returns what appends a row of a page by its place. All that takes queries is asked before.
func (c *Store[P]) objects(ctx context.Context, page *PageOf[P], s shape[P]) (func(to []byte, i int) []byte, error) {
	computed := make([][]Cell, len(s.columns))
	for n, column := range s.columns {
		if column.computed == nil {
			continue
		}
		computed[n] = make([]Cell, len(page.Rows))
		if err := c.compute(ctx, column.computed, page, func(i int, cell Cell) { computed[n][i] = cell }); err != nil {
			return nil, err
		}
	}
	related, err := c.expand(ctx, page.Rows, s.expanded)
	if err != nil {
		return nil, err
	}
	return func(to []byte, i int) []byte {
		row := page.Rows[i]
		to = append(to, '{')
		if len(c.plan.key) > 0 {
			to = append(to, `"`+KeyMember+`":`...)
			to = export.AppendString(to, c.plan.keyOf(row))
		}
		for n, column := range s.columns {
			if to[len(to)-1] != '{' {
				to = append(to, ',')
			}
			to = append(to, s.members[n]...)
			switch {
			case column.field != nil:
				to = column.field.appendJSON(to, row)
			case computed[n][i].Null:
				to = append(to, "null"...)
			default:
				to = export.AppendString(to, computed[n][i].Text)
			}
		}
		if page.trash {
			to = append(to, `,"`+TrashedMember+`":`...)
			to = c.plan.trash.appendJSON(to, row)
		}
		return append(appendRelated(to, row, s.expanded, related), '}')
	}, nil
}

// ShowJSON implements Resource.
func (r resource[P]) ShowJSON(ctx context.Context, key, names, expand string) (*JSONRow, error) {
	fields := shown(r.visible(ctx, Read))
	shape, err := r.shaped(ctx, names, expand, fields)
	if err != nil {
		return nil, err
	}
	row, buried, err := r.findOrBuried(ctx, key)
	if err != nil {
		return nil, err
	}
	return r.object(ctx, row, shape, buried != nil)
}

// object writes one row that was read whole.
func (c *Store[P]) object(ctx context.Context, row P, s shape[P], trash bool) (*JSONRow, error) {
	fields := shown(c.visible(ctx, Read))
	alone := &PageOf[P]{Rows: []P{row}, fields: fields, fetched: c.plan.fields, trash: trash}
	write, err := c.objects(ctx, alone, s)
	if err != nil {
		return nil, err
	}
	return &JSONRow{Key: c.plan.keyOf(row), Body: write(nil, 0), Tag: c.tag(row, fields)}, nil
}

// tag names the state of a row's fields.
func (*Store[P]) tag(row P, fields []*field[P]) string {
	var state []byte
	for _, f := range fields {
		state = append(f.appendJSON(append(state, f.member...), row), ',')
	}
	sum := sha256.Sum256(state)
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}
