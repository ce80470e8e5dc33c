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

// read is scan for rows that come from pgx.
func (p *plan[P]) read(rows pgx.Rows, fields []*field[P]) (out []P, err error) {
	into := make([]any, len(fields))
	for rows.Next() {
		row := p.empty()
		for i, value := range rows.RawValues() {
			into[i] = nil // is passed over
			if f := fields[i]; value != nil || f.direct {
				into[i] = f.at(row).Addr().Interface()
			}
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
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
