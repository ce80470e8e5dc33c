package crud

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"sync"
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

// pgxRows are pgx.Rows as far as they are read here.
type pgxRows interface {
	FieldDescriptions() []pgconn.FieldDescription
	Next() bool
	RawValues() [][]byte
	Scan(into ...any) error
	Err() error
	Close()
}

// read is scan for rows that come from pgx. What stands beside their own columns is read into besides; spare, if it is not nil, has what read
// rows of the same fields before.
func (p *plan[P]) read(rows pgxRows, fields []*field[P], besides []*pointed[P], spare *sync.Pool) (out []P, err error) {
	columns := rows.FieldDescriptions()
	if len(columns) == 0 { // the statement failed
		rows.Close()
		return nil, rows.Err()
	}
	into := make([]any, len(columns))
	own := p.again(fields, columns, spare)
	defer own.leave(spare)
	for at, b := len(fields), 0; b < len(besides); b++ {
		besides[b].begin(columns, at)
		at = besides[b].end
	}
	next, end := p.emptyAnew()
	defer end()
	for rows.Next() {
		values := rows.RawValues()
		rest := own.take(values, into)
		for _, b := range besides {
			rest = b.take(values, into) || rest
		}
		if rest {
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
		}
		row := next()
		reflect.ValueOf(row).Elem().Set(own.whole)
		out = append(out, row)
		for _, b := range besides {
			b.note(row)
		}
	}
	return out, rows.Err()
}

// reading takes rows of pgx into one row of a model after the other: all through one, so that where its fields are is worked out once.
type reading[P any] struct {
	through P
	whole   reflect.Value // what through points at
	columns []columnType
	places  []any
	own     []func([]byte) bool
	text    []bool // the column is a text, and so is the field
	blank   []bool // NULL leaves the field empty, as it is
	nulls   int    // how many of those can be NULL

	bytes []byte // of all texts of a row, which are one string: an allocation for each value is what most of a list's time went into
	ends  []int
}

// again is reading by what was left in spare, if there is something that fits.
func (p *plan[P]) again(fields []*field[P], columns []pgconn.FieldDescription, spare *sync.Pool) *reading[P] {
	if spare != nil {
		if r, _ := spare.Get().(*reading[P]); r != nil && r.fits(columns) {
			return r
		}
	}
	return p.reading(fields, columns)
}

// leave leaves it in spare, if that is not nil, without the row that it read last.
func (r *reading[P]) leave(spare *sync.Pool) {
	if spare != nil {
		r.whole.SetZero()
		spare.Put(r)
	}
}

// fits reports whether rows with these columns can be read as those before.
func (r *reading[P]) fits(columns []pgconn.FieldDescription) bool {
	for i, known := range r.columns {
		if columns[i].DataTypeOID != known.oid || columns[i].Format != known.format {
			return false
		}
	}
	return true
}

// columnType is as what a column comes.
type columnType struct {
	oid    uint32
	format int16
}

// reading begins to read rows whose columns are these fields, and more behind them.
func (p *plan[P]) reading(fields []*field[P], columns []pgconn.FieldDescription) *reading[P] {
	r := &reading[P]{
		through: p.empty(), columns: make([]columnType, len(fields)), places: make([]any, len(fields)), own: make([]func([]byte) bool, len(fields)),
		text: make([]bool, len(fields)), blank: make([]bool, len(fields)), ends: make([]int, len(fields)),
	}
	r.whole = reflect.ValueOf(r.through).Elem()
	for i, f := range fields {
		at := f.at(r.through)
		r.columns[i] = columnType{columns[i].DataTypeOID, columns[i].Format}
		r.places[i], r.blank[i] = at.Addr().Interface(), !f.direct || at.Kind() == reflect.Pointer
		switch r.places[i].(type) {
		case *string:
			r.text[i] = columns[i].Format == pgx.TextFormatCode
		case **string:
			r.text[i] = columns[i].Format == pgx.TextFormatCode
			r.nulls++
		}
		if !r.text[i] {
			r.own[i] = decoder(r.places[i], columns[i])
		}
	}
	return r
}

// take reads values as far as decoders can, and reports whether pgx has to scan the rest into what into then holds.
func (r *reading[P]) take(values [][]byte, into []any) (rest bool) {
	r.whole.SetZero()
	r.bytes = r.bytes[:0]
	for i := range r.places {
		value := values[i]
		into[i] = nil // is passed over
		switch {
		case value == nil && r.blank[i]:
		case value != nil && r.text[i]:
			r.bytes = append(r.bytes, value...)
		case value != nil && r.own[i] != nil && r.own[i](value):
		default:
			into[i], rest = r.places[i], true
		}
		r.ends[i] = len(r.bytes)
	}
	r.takeTexts(values)
	return rest
}

// takeTexts sets the fields of the texts that are gathered.
func (r *reading[P]) takeTexts(values [][]byte) {
	all, from := string(r.bytes), 0
	var held []string // those that are pointed at
	for i, end := range r.ends {
		if r.text[i] && values[i] != nil {
			switch place := r.places[i].(type) {
			case *string:
				*place = all[from:end]
			case **string:
				if held == nil {
					held = make([]string, 0, r.nulls)
				}
				held = append(held, all[from:end])
				*place = &held[len(held)-1]
			}
		}
		from = end
	}
}

// decoder returns what reads a value, not NULL, of a column into the usual types of fields but texts; nil for others, which pgx reads with thrice
// the work. It returns false for a value that it leaves to pgx.
func decoder(place any, column pgconn.FieldDescription) func([]byte) bool {
	switch {
	case column.Format == pgx.TextFormatCode:
		return scanned(place, func(raw []byte) string { return string(raw) })
	case column.DataTypeOID == pgtype.InetOID:
		return scanned(place, inet)
	}
	switch place := place.(type) {
	case *[]byte:
		if column.DataTypeOID == pgtype.ByteaOID {
			return func(raw []byte) bool { *place = bytes.Clone(raw); return true }
		}
	case *bool:
		if column.DataTypeOID == pgtype.BoolOID {
			return func(raw []byte) bool { *place = raw[0] == 1; return true }
		}
	case *int64:
		return number(column, func(n int64) { *place = n })
	case **int64:
		return number(column, func(n int64) { *place = &n })
	case *int32:
		if column.DataTypeOID != pgtype.Int8OID {
			return number(column, func(n int64) { *place = int32(n) })
		}
	case **int32:
		if column.DataTypeOID != pgtype.Int8OID {
			return number(column, func(n int64) { *place = new(int32(n)) })
		}
	case *time.Time:
		if column.DataTypeOID == pgtype.TimestamptzOID {
			return func(raw []byte) (ok bool) { *place, ok = instant(raw); return ok }
		}
	case **time.Time:
		if column.DataTypeOID == pgtype.TimestamptzOID {
			return func(raw []byte) bool {
				at, ok := instant(raw)
				*place = &at
				return ok
			}
		}
	}
	return nil
}

// Places are where the columns of a row go, of which a statement answers one each time. They are for one reader at a time.
type Places struct {
	into    []any
	columns []pgconn.FieldDescription // for which own was made
	own     []func([]byte) bool
	empty   []reflect.Value // those that NULL empties; others cannot hold it
	rest    []any           // what pgx reads
}

// Into returns the places that these point at, in the order of the columns.
func Into(places ...any) *Places {
	p := &Places{into: places, own: make([]func([]byte) bool, len(places)), empty: make([]reflect.Value, len(places)), rest: make([]any, len(places))}
	for i, place := range places {
		if at := reflect.ValueOf(place).Elem(); at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice {
			p.empty[i] = at
		}
	}
	return p
}

// read takes the row that rows stand at.
func (p *Places) read(rows pgxRows) error {
	columns, values := rows.FieldDescriptions(), rows.RawValues()
	if len(columns) != len(p.into) {
		return rows.Scan(p.into...)
	}
	alike := func(a, b pgconn.FieldDescription) bool { return a.DataTypeOID == b.DataTypeOID && a.Format == b.Format }
	if !slices.EqualFunc(p.columns, columns, alike) {
		p.columns = slices.Clone(columns)
		for i, place := range p.into {
			p.own[i] = decoder(place, columns[i])
		}
	}
	left := false
	for i, value := range values {
		p.rest[i] = nil
		switch {
		case value == nil && p.empty[i].IsValid():
			p.empty[i].SetZero()
		case value == nil, p.own[i] == nil, !p.own[i](value):
			p.rest[i], left = p.into[i], true
		}
	}
	if !left {
		return nil
	}
	return rows.Scan(p.rest...)
}

// number returns what reads a whole number of any size; nil for a column of another type.
func number(column pgconn.FieldDescription, set func(int64)) func([]byte) bool {
	switch column.DataTypeOID {
	case pgtype.Int8OID:
		return func(raw []byte) bool { set(int64(binary.BigEndian.Uint64(raw))); return true }
	case pgtype.Int4OID:
		return func(raw []byte) bool { set(int64(int32(binary.BigEndian.Uint32(raw)))); return true }
	case pgtype.Int2OID:
		return func(raw []byte) bool { set(int64(int16(binary.BigEndian.Uint16(raw)))); return true }
	}
	return nil
}

// scanned returns what gives a text to a field that scans it by itself, or what it points at does, or that is one; nil for others.
func scanned(place any, text func(raw []byte) string) func([]byte) bool {
	switch place := place.(type) {
	case *string:
		return func(raw []byte) bool { *place = text(raw); return true }
	case **string:
		return func(raw []byte) bool { *place = new(text(raw)); return true }
	case *[]byte:
		return func(raw []byte) bool { *place = []byte(text(raw)); return true }
	case sql.Scanner:
		return func(raw []byte) bool { return place.Scan(text(raw)) == nil }
	}
	field := reflect.ValueOf(place).Elem()
	if t := field.Type(); t.Kind() != reflect.Pointer || !t.Implements(scanner) {
		return nil
	}
	return func(raw []byte) bool {
		value := reflect.New(field.Type().Elem())
		field.Set(value)
		return value.Interface().(sql.Scanner).Scan(text(raw)) == nil
	}
}

// inet is the text of an address, as PostgreSQL writes it, which takes it longer than all else of a row of the audit log. Before the address
// come its family, the bits of its network, whether it is a cidr, and how many bytes follow.
func inet(raw []byte) string {
	addr, ok := netip.AddrFromSlice(raw[4:])
	if !ok {
		return ""
	}
	if bits := int(raw[1]); bits != addr.BitLen() {
		return netip.PrefixFrom(addr, bits).String()
	}
	return addr.String()
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
