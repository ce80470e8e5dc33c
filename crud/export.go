package crud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/export"
)

// Limits of exports.
const (
	ExportTime = 30 * time.Minute // that one may take
	ExportKeys = 10_000           // rows that can be named one by one
	exports    = 2                // at a time, unless Config.Exports says otherwise
)

// ExportOptions say how rows are written out.
type ExportOptions struct {
	Format string   // "csv", "jsonl" or "xlsx"
	Fields []string // column names, in the order wanted; none: all that the account may see
	Keys   []string // of the rows, as in addresses; none: all that the query lets through
	Labels bool     // behind the key of each relation, what its row is called, as "author_id.label"
	BOM    bool     // a byte order mark before CSV, for Excel
}

// Export is what can be written out, once. Nothing was asked of the database yet.
type Export struct {
	File string // its name: "articles.csv"
	Type string // its media type

	write func(ctx context.Context, w io.Writer) error
}

// Write writes the rows to w, one after the other and without keeping them, within ExportTime and until ctx ends. w is
// asked for nothing while that can still fail before the first row. What was written is whole if Write returns nil, and
// only then. KindLarge is more than the format holds, KindBusy that too many others are written just now.
func (e *Export) Write(ctx context.Context, w io.Writer) error { return e.write(ctx, w) }

// exporting is one export of a table.
type exporting[P any] struct {
	store   *Store[P]
	query   Query
	options ExportOptions
	format  export.Format
	zone    *time.Location // of its moments
	fields  []*field[P]
	rows    statement // those that are written
	count   statement // of them, up to one more than the format holds
	written int64
}

// statement is SQL with its values, as GORM would send it.
type statement struct {
	sql  string
	vars []any
}

// Export prepares the rows of a query to be written out, in its order. Its cursors and its size say nothing here. An
// unknown format, column or filter is KindBad.
func (c *Store[P]) Export(ctx context.Context, q Query, options ExportOptions) (*Export, error) {
	format, ok := export.Find(options.Format)
	if !ok {
		return nil, fail(KindBad, fmt.Sprintf("There is no format %q to export to.", options.Format), nil)
	}
	e := &exporting[P]{zone: ZoneIn(ctx), store: c, query: q, options: options, format: format}
	if err := e.choose(shown(c.visible(ctx, Read))); err != nil {
		return nil, err
	}
	if err := e.build(ctx); err != nil {
		return nil, err
	}
	return &Export{File: fileName(c.plan.table) + "." + format.Name, Type: format.Type, write: e.write}, nil
}

// choose takes the fields that are asked for out of those that may be seen.
func (e *exporting[P]) choose(seen []*field[P]) error {
	if len(e.options.Fields) == 0 {
		e.fields = seen
		return nil
	}
	for _, name := range e.options.Fields {
		f := named(seen, name)
		if f == nil {
			return fail(KindBad, fmt.Sprintf("There is no column %q to export.", name), nil)
		}
		if slices.Contains(e.fields, f) {
			return fail(KindBad, fmt.Sprintf("The column %q is exported twice.", name), nil)
		}
		e.fields = append(e.fields, f)
	}
	return nil
}

// build has GORM write the statements. They begin where every statement of the table does.
func (e *exporting[P]) build(ctx context.Context) error {
	seen := shown(e.store.visible(ctx, Read))
	order, err := e.store.ordered(ctx, e.query.Sort, seen)
	if err != nil {
		return err
	}
	node, err := parseFilter(e.query.Filter)
	if err != nil {
		return err
	}
	dry := e.store.db.Session(&gorm.Session{DryRun: true, NewDB: true})
	query, err := e.store.query(ctx, dry, Read)
	if err != nil {
		return err
	}
	if query, err = e.store.narrowed(query, node, clean(e.query.Search), seen); err != nil {
		return err
	}
	keys, err := e.keyed()
	if err != nil {
		return err
	}
	if keys != nil {
		query = query.Where(keys)
	}
	query = query.Session(&gorm.Session{}) // what follows starts from here twice
	rows := order.sorted(query.Select(columns(e.fields)), order.by).Find(new([]P))
	capped := dry.WithContext(ctx).Table("(?) AS capped", query.Select("1").Clauses(limit(int(e.format.Rows)+1)))
	count := capped.Select("count(*)").Find(new([]int64))
	e.rows, e.count = statementOf(rows), statementOf(count)
	return errors.Join(rows.Error, count.Error)
}

func statementOf(db *gorm.DB) statement {
	return statement{db.Statement.SQL.String(), db.Statement.Vars}
}

// keyed is the predicate of the rows that are named one by one; nil for none.
func (e *exporting[P]) keyed() (clause.Expression, error) {
	if len(e.options.Keys) == 0 {
		return nil, nil // no condition
	}
	if len(e.options.Keys) > ExportKeys {
		return nil, fail(KindLarge, fmt.Sprintf("No more than %d rows can be named one by one.", ExportKeys), nil)
	}
	rows := make([]P, len(e.options.Keys))
	for i, key := range e.options.Keys {
		row, ok := e.store.plan.parseKey(key)
		if !ok {
			return nil, e.store.missing()
		}
		rows[i] = row
	}
	return e.store.plan.keyedAny(rows), nil
}

// fileName makes a table's name one that every system takes.
func fileName(table string) string {
	return strings.Map(func(letter rune) rune {
		if letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9' || letter == '-' {
			return letter
		}
		return '_'
	}, table)
}

// write waits for nobody: who comes while too many others export is sent away. The end is written once the export is
// recorded.
func (e *exporting[P]) write(ctx context.Context, w io.Writer) error {
	select {
	case e.store.config.turns <- struct{}{}:
		defer func() { <-e.store.config.turns }()
	default:
		return fail(KindBusy, fmt.Sprintf("There are %d exports under way already. Try again when one is done.", cap(e.store.config.turns)), nil)
	}
	timed, cancel := context.WithTimeout(ctx, ExportTime)
	defer cancel()
	writer, err := e.stream(timed, taker{w})
	if err := e.record(ctx, e.stopped(timed, err)); err != nil {
		return err
	}
	return writer.Close()
}

// stopped turns what ended an export into an *Error.
func (e *exporting[P]) stopped(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return fail(KindUnavailable, leftBehind, err)
	case ctx.Err() != nil:
		return fail(KindUnavailable, fmt.Sprintf("An export may take %d minutes, and this took longer.", int(ExportTime.Minutes())), err)
	}
	return e.store.translate(ctx, err)
}

// leftBehind is what is said of rows that nobody takes any more.
const leftBehind = "It was broken off by the one who asked for it."

// taker is who takes the rows. Its errors are not those of the database.
type taker struct{ io.Writer }

// Write implements io.Writer.
func (t taker) Write(bytes []byte) (int, error) {
	n, err := t.Writer.Write(bytes)
	if err != nil {
		return n, fail(KindUnavailable, leftBehind, err)
	}
	return n, nil
}

// record tells Config.Exported how an export ended, whether ctx still lasts or not, and returns that. One that cannot be
// recorded has failed.
func (e *exporting[P]) record(ctx context.Context, ended error) error {
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	err := e.store.config.Exported(lasting, e.store.db, Exported{Table: e.store.plan.table, Query: e.query, Options: e.options, Rows: e.written, Err: ended})
	if err == nil {
		return ended
	}
	err = fmt.Errorf("record the export of %d rows of %s: %w", e.written, e.store.plan.table, err)
	if ended == nil {
		return e.store.translate(lasting, err)
	}
	return errors.Join(ended, err)
}

// recordTime is how long the end of an export may take to be recorded.
const recordTime = 5 * time.Second
