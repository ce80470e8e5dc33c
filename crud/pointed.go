package crud

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// pointed are the rows that a field of a list points at, read by the statement that reads the list. A statement of their own, after
// it, takes as long again as the list's.
type pointed[P any] struct {
	field     *field[P]
	target    pointable
	reading   refReading
	from, end int // of its columns in the statement
	refs      map[string]Ref
	known     map[string]bool // keys whose rows were read, as the database sent them
	fresh     bool            // the row that is read now is the first that points at this one
}

// pointable is a target as a list reads it: every row, since all of them may be read.
type pointable struct {
	rows    func() *gorm.DB // its query; a statement that was kept needs none
	columns []string        // the first is the one that is pointed at
	reading func([]pgconn.FieldDescription) refReading
}

// refReading reads such rows one after the other.
type refReading interface {
	take(values [][]byte, into []any) (rest bool)
	ref() Ref // the row that was taken
}

type storeReading[P any] struct {
	*reading[P]
	store *Store[P]
}

func (r storeReading[P]) ref() Ref { return r.store.ref(r.through) }

// pointable implements target.
func (c *Store[P]) pointable(ctx context.Context, column string) (pointable, bool) {
	if c.unfit || !c.open(ctx, column) {
		return pointable{}, false
	}
	read := c.refFields(column, shown(c.visible(ctx, Read)))
	rows := func() *gorm.DB { return c.conn(ctx).WithContext(ctx).Model(c.plan.empty()) }
	return pointable{rows, columns(read), func(columns []pgconn.FieldDescription) refReading {
		return storeReading[P]{c.plan.reading(read, columns), c}
	}}, true
}

// besides are the relations of a page that can be read with it.
func (c *Store[P]) besides(ctx context.Context, db *gorm.DB, page *PageOf[P]) (out []*pointed[P]) {
	if !lends(db) {
		return nil
	}
	for _, f := range page.related {
		if !slices.Contains(page.fetched, f) {
			continue
		}
		if target, ok := f.relation.target.pointable(ctx, f.relation.column); ok {
			out = append(out, &pointed[P]{field: f, target: target, refs: map[string]Ref{}, known: map[string]bool{}})
		}
	}
	return out
}

// join is a query of the rows that write picks out, with what stands beside them. They are limited before anything is joined to them.
func (c *Store[P]) join(db *gorm.DB, write func(*gorm.DB) *gorm.DB, page *PageOf[P]) *gorm.DB {
	var joins []clause.Join
	var selected []any
	for _, f := range page.fetched {
		selected = append(selected, clauseColumn(f.Name))
	}
	for _, b := range page.besides {
		table := b.field.Name + "~"
		at := func(name string) clause.Column { return clause.Column{Table: table, Name: name} }
		for _, name := range b.target.columns {
			selected = append(selected, at(name))
		}
		joins = append(joins, clause.Join{Expression: clause.Expr{SQL: "LEFT JOIN (?) AS ? ON ? = ?", Vars: []any{
			b.target.rows().Select(b.target.columns), clause.Table{Name: table}, at(b.target.columns[0]), clauseColumn(b.field.Name),
		}}})
	}
	rows := write(db.Model(c.plan.empty())).Select(columns(page.fetched))
	return db.Table("(?) AS page", rows).Unscoped().Clauses( // what is in the trash is left out of the rows already
		clause.From{Joins: joins}).Select("?"+strings.Repeat(", ?", len(selected)-1), selected...)
}

func (b *pointed[P]) begin(columns []pgconn.FieldDescription, from int) {
	b.from, b.end = from, from+len(b.target.columns)
	b.reading = b.target.reading(columns[from:b.end])
}

// take is as that of reading. What a row before pointed at too is not read again.
func (b *pointed[P]) take(values [][]byte, into []any) (rest bool) {
	key := values[b.from]
	if b.fresh = key != nil && !b.known[string(key)]; !b.fresh {
		clear(into[b.from:b.end])
		return false
	}
	b.known[string(key)] = true
	return b.reading.take(values[b.from:b.end], into[b.from:b.end])
}

// note keeps what the row that was just read points at.
func (b *pointed[P]) note(row P) {
	if b.fresh {
		value, _ := b.field.text(row)
		b.refs[value] = b.reading.ref()
	}
}

// refsOf names the rows that a field of the page's rows points at.
func (p *PageOf[P]) refsOf(ctx context.Context, f *field[P]) (map[string]Ref, error) {
	for _, b := range p.besides {
		if b.field == f {
			return b.refs, nil
		}
	}
	return refsOf(ctx, f, p.Rows)
}
