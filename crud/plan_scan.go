package crud

import (
	"database/sql"
	"reflect"

	"github.com/jackc/pgx/v5"
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
	places, into := make([]any, len(fields)), make([]any, len(fields))
	for i, f := range fields {
		places[i] = f.at(through).Addr().Interface()
	}
	for rows.Next() {
		whole.SetZero()
		for i, value := range rows.RawValues() {
			into[i] = nil // is passed over
			if value != nil || fields[i].direct {
				into[i] = places[i]
			}
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := p.empty()
		reflect.ValueOf(row).Elem().Set(whole)
		out = append(out, row)
	}
	return out, rows.Err()
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
