package crud

import (
	"database/sql"
	"encoding/binary"
	"math"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// scan reads rows whose columns are the given fields. GORM's own scan costs more than the query; see the benchmarks.
// A NULL in a field that cannot hold it reads as the zero value: a looser database must not break a screen.
func (p *plan[P]) scan(rows *sql.Rows, fields []*field[P]) (out []P, err error) {
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	into := make([]any, len(fields))
	held := make([]reflect.Value, len(fields))
	for rows.Next() {
		row := p.empty()
		for i, f := range fields {
			into[i], held[i] = f.destination(row, held[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, f := range fields {
			if held[i].IsValid() && !held[i].Elem().IsNil() {
				f.at(row).Set(held[i].Elem().Elem())
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// read is scan for rows that come from pgx. Each goes through one row, so that where its fields are is worked out once.
func (p *plan[P]) read(rows pgx.Rows, fields []*field[P]) (out []P, err error) {
	through := p.empty()
	whole := reflect.ValueOf(through).Elem()
	places, into, own := make([]any, len(fields)), make([]any, len(fields)), make([]func([]byte) bool, len(fields))
	for i, column := range rows.FieldDescriptions() { // none where the statement failed
		places[i] = fields[i].at(through).Addr().Interface()
		own[i] = decoder(places[i], column)
	}
	next, end := p.emptyAnew()
	defer end()
	for rows.Next() {
		whole.SetZero()
		rest := false
		for i, value := range rows.RawValues() {
			into[i] = nil // is passed over
			switch {
			case value == nil && !fields[i].direct:
			case value != nil && own[i] != nil && own[i](value):
			default:
				into[i], rest = places[i], true
			}
		}
		if rest {
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
		}
		row := next()
		reflect.ValueOf(row).Elem().Set(whole)
		out = append(out, row)
	}
	return out, rows.Err()
}

// decoder returns what reads a value, not NULL, of a column into the usual types of fields; nil for others, which pgx reads with thrice
// the work. It returns false for a value that it leaves to pgx.
func decoder(place any, column pgconn.FieldDescription) func([]byte) bool {
	is := func(oid uint32) bool { return column.DataTypeOID == oid && column.Format == pgx.BinaryFormatCode }
	switch place := place.(type) {
	case *string:
		if column.Format == pgx.TextFormatCode {
			return func(raw []byte) bool { *place = string(raw); return true }
		}
	case **string:
		if column.Format == pgx.TextFormatCode {
			return func(raw []byte) bool { *place = new(string(raw)); return true }
		}
	case *bool:
		if is(pgtype.BoolOID) {
			return func(raw []byte) bool { *place = raw[0] == 1; return true }
		}
	case *int64:
		if is(pgtype.Int8OID) {
			return func(raw []byte) bool { *place = int64(binary.BigEndian.Uint64(raw)); return true }
		}
	case **int64:
		if is(pgtype.Int8OID) {
			return func(raw []byte) bool { *place = new(int64(binary.BigEndian.Uint64(raw))); return true }
		}
	case *time.Time:
		if is(pgtype.TimestamptzOID) {
			return func(raw []byte) (ok bool) { *place, ok = instant(raw); return ok }
		}
	case **time.Time:
		if is(pgtype.TimestamptzOID) {
			return func(raw []byte) bool {
				at, ok := instant(raw)
				*place = &at
				return ok
			}
		}
	}
	return nil
}

// epoch is where PostgreSQL counts from, in microseconds from 1970.
const epoch = 946684800 * 1_000_000

// instant reads a timestamptz; false for infinity.
func instant(raw []byte) (at time.Time, finite bool) {
	micro := int64(binary.BigEndian.Uint64(raw))
	if micro == math.MaxInt64 || micro == math.MinInt64 {
		return at, false
	}
	return time.UnixMicro(micro).Add(epoch * time.Microsecond), true
}

var scanner = reflect.TypeFor[sql.Scanner]()

// scansItself reports whether a field of this type takes NULL by itself.
func scansItself(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer || reflect.PointerTo(t).Implements(scanner)
}

// destination is where a column is scanned to: the field itself if it can hold NULL, else a pointer beside it, which
// is used again for the next row.
func (f *field[P]) destination(row P, held reflect.Value) (any, reflect.Value) {
	if f.direct {
		return f.at(row).Addr().Interface(), reflect.Value{}
	}
	if !held.IsValid() {
		held = reflect.New(reflect.PointerTo(f.at(row).Type()))
	}
	return held.Interface(), held
}
