package crud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"unified/crud/export"
)

const (
	exportBlock = 500             // rows whose labels are asked for at once,
	exportBytes = 1 << 20         // or fewer if they hold so many bytes
	exportWait  = 5 * time.Second // for a connection
)

// exportSettings hold in an export's transaction: its text is the same whatever server and role are set to. They are the time that a
// statement may take, and the zone of moments.
const exportSettings = `SELECT set_config('statement_timeout', $1, true), set_config('datestyle', 'ISO, YMD', true),
	set_config('timezone', $2, true), set_config('bytea_output', 'hex', true), set_config('intervalstyle', 'postgres', true)`

// stream reads the rows in one query, on a connection and in a snapshot of their own, and writes each as it comes. The
// writer that it returns lacks its end.
func (e *exporting[P]) stream(ctx context.Context, w io.Writer) (writer export.Writer, err error) {
	err = e.alone(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := e.fits(ctx, tx); err != nil {
			return err
		}
		options := []any{pgx.QueryExecModeDescribeExec, pgx.QueryResultFormats{pgx.TextFormatCode}}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		rows, err := tx.Query(ctx, e.rows.sql, append(options, e.rows.vars...)...)
		if err != nil {
			return err
		}
		writer, err = e.pass(ctx, rows, tx.Conn().TypeMap(), w)
		cancel() // before Close, which would read all the rows that nobody wants any more
		rows.Close()
		return err
	})
	return writer, err
}

// pass writes the rows as they come.
func (e *exporting[P]) pass(ctx context.Context, rows pgx.Rows, types *pgtype.Map, w io.Writer) (export.Writer, error) {
	more := rows.Next()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	sources := e.sources()
	writer, err := e.format.Open(w, e.headings(sources, rows.FieldDescriptions(), types), export.Options{BOM: e.options.BOM})
	if err != nil {
		return nil, err
	}
	block := &exportRows[P]{written: &e.written, sources: sources, writer: writer}
	for ; more; more = rows.Next() {
		if err := block.add(ctx, rows.RawValues()); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return writer, block.flush(ctx)
}

// errNoZone is that PostgreSQL does not know a time zone that the program knows.
var errNoZone = errors.New("crud: PostgreSQL does not know the time zone")

// alone runs work in a read-only transaction on a connection that nobody else has meanwhile. Where PostgreSQL does not know the zone of the
// export it is UTC: each moment has its offset, and none is another one.
func (e *exporting[P]) alone(ctx context.Context, work func(ctx context.Context, tx pgx.Tx) error) error {
	db, err := e.store.db.DB()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, exportWait)
	defer cancel()
	err = connected(waiting, db, func(conn *pgx.Conn) error {
		options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
		return pgx.BeginTxFunc(ctx, conn, options, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, exportSettings, strconv.FormatInt(ExportTime.Milliseconds(), 10), e.zone.String())
			if invalidSetting(err) {
				return errNoZone
			}
			if err != nil {
				return err
			}
			return work(ctx, tx)
		})
	})
	if errors.Is(err, errNoZone) && e.zone != time.UTC {
		e.zone = time.UTC
		return e.alone(ctx, work)
	}
	return err
}

// invalidSetting reports whether PostgreSQL refused the value of a setting.
func invalidSetting(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "22023"
}

// fits counts the rows, in the snapshot in which they are read then, if the format does not hold any number of them.
func (e *exporting[P]) fits(ctx context.Context, tx pgx.Tx) error {
	if e.format.Rows == 0 {
		return nil
	}
	var count int64
	if err := tx.QueryRow(ctx, e.count.sql, append([]any{pgx.QueryExecModeDescribeExec}, e.count.vars...)...).Scan(&count); err != nil {
		return err
	}
	if count > e.format.Rows {
		return fail(KindLarge, fmt.Sprintf("A sheet holds %d rows below its headings, and these are more. Narrow the filter, or take CSV or JSON lines.", e.format.Rows), nil)
	}
	return nil
}

// source is where a column of the output comes from: the value of a field, or the label of the row that it points at.
type source[P any] struct {
	at    int       // in the fields
	label *field[P] // nil: the value
}

func (e *exporting[P]) sources() []source[P] {
	var out []source[P]
	for i, f := range e.fields {
		out = append(out, source[P]{at: i})
		if e.options.Labels && f.relation != nil && f.relation.target != nil {
			out = append(out, source[P]{i, f})
		}
	}
	return out
}

// headings are the columns of the output, each of the kind that the database says.
func (e *exporting[P]) headings(sources []source[P], described []pgconn.FieldDescription, types *pgtype.Map) []export.Column {
	out := make([]export.Column, len(sources))
	for i, from := range sources {
		if from.label != nil {
			out[i] = export.Column{Name: from.label.Name + ".label"}
			continue
		}
		out[i] = export.Column{Name: e.fields[from.at].Name, Kind: exportKind(described[from.at].DataTypeOID)}
		if known, ok := types.TypeForOID(described[from.at].DataTypeOID); ok {
			if array, ok := known.Codec.(*pgtype.ArrayCodec); ok {
				out[i].Kind, out[i].Element = export.Array, exportKind(array.ElementType.OID)
			}
		}
	}
	return out
}

// exportKind is what the text of a type is. What it does not know is text.
func exportKind(oid uint32) export.Kind {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID:
		return export.Number
	case pgtype.BoolOID:
		return export.Bool
	case pgtype.TimestamptzOID, pgtype.TimestampOID:
		return export.Time
	case pgtype.JSONOID, pgtype.JSONBOID:
		return export.JSON
	}
	return export.Text
}

// exportRows gathers rows until their labels are asked for. Without labels each is written at once.
type exportRows[P any] struct {
	written *int64 // counts the rows of the export
	sources []source[P]
	writer  export.Writer
	held    [][][]byte // the rows that wait
	bytes   int        // in them
	cells   [][]byte   // of one row
}

func (b *exportRows[P]) add(ctx context.Context, row [][]byte) error {
	if *b.written%exportBlock == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	*b.written++
	if len(b.sources) == len(row) {
		return b.writer.Row(row)
	}
	kept := make([][]byte, len(row))
	for i, cell := range row {
		kept[i] = slices.Clone(cell)
		b.bytes += len(cell)
	}
	if b.held = append(b.held, kept); len(b.held) < exportBlock && b.bytes < exportBytes {
		return nil
	}
	return b.flush(ctx)
}

// flush writes the rows that wait, with their labels: one query for each relation.
func (b *exportRows[P]) flush(ctx context.Context) error {
	labels := map[int]map[string]Ref{}
	for _, from := range b.sources {
		if from.label == nil || len(b.held) == 0 {
			continue
		}
		var values []string
		for _, row := range b.held {
			if row[from.at] != nil {
				values = append(values, string(row[from.at]))
			}
		}
		slices.Sort(values)
		refs, err := from.label.relation.target.refs(ctx, from.label.relation.column, slices.Compact(values))
		if err != nil {
			return err
		}
		labels[from.at] = refs
	}
	for _, row := range b.held {
		b.cells = b.cells[:0]
		for _, from := range b.sources {
			cell := row[from.at]
			if from.label != nil {
				cell = labelled(labels[from.at], cell)
			}
			b.cells = append(b.cells, cell)
		}
		if err := b.writer.Row(b.cells); err != nil {
			return err
		}
	}
	clear(b.held)
	b.held, b.bytes = b.held[:0], 0
	return nil
}

// labelled is the label of a key; nil for none that may be seen.
func labelled(refs map[string]Ref, key []byte) []byte {
	ref, ok := refs[string(key)]
	if key == nil || !ok {
		return nil
	}
	return []byte(ref.Label)
}
