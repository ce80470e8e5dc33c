package crud

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"

	"unified/crud/export"
)

// appendJSON appends the field's value in a row as JSON; NULL is null.
func (f *field[P]) appendJSON(to []byte, row P) []byte {
	v := f.at(row)
	if f.isNull(v) {
		return append(to, "null"...)
	}
	return f.codec.json(to, reflect.Indirect(v))
}

// member is what stands before a value in a JSON object.
func member(name string) []byte { return append(export.AppendString(nil, name), ':') }

func jsonBool(to []byte, v reflect.Value) []byte { return strconv.AppendBool(to, v.Bool()) }
func jsonInt(to []byte, v reflect.Value) []byte  { return strconv.AppendInt(to, v.Int(), 10) }
func jsonUint(to []byte, v reflect.Value) []byte { return strconv.AppendUint(to, v.Uint(), 10) }

// jsonFloat writes what JSON has no number for as a text.
func jsonFloat(to []byte, v reflect.Value) []byte {
	if n := v.Float(); math.IsNaN(n) || math.IsInf(n, 0) {
		return append(append(append(to, '"'), formatFloat(v)...), '"')
	}
	return strconv.AppendFloat(to, v.Float(), 'g', -1, v.Type().Bits())
}

// jsonText writes decimals too: as numbers most programs would round them.
func jsonText(to []byte, v reflect.Value) []byte { return export.AppendString(to, formatText(v)) }

func jsonTime(to []byte, v reflect.Value) []byte {
	to = append(to, '"')
	return append(moment(v).UTC().AppendFormat(to, time.RFC3339Nano), '"')
}

func jsonDate(to []byte, v reflect.Value) []byte {
	to = append(to, '"')
	return append(moment(v).AppendFormat(to, dateLayout), '"')
}

// jsonRaw writes JSON as it is; what a looser database holds that is none becomes a text.
func jsonRaw(to []byte, v reflect.Value) []byte {
	text := formatText(v)
	if !json.Valid([]byte(text)) {
		return export.AppendString(to, text)
	}
	return append(to, text...)
}

func jsonList(to []byte, v reflect.Value) []byte {
	to = append(to, '[')
	for i := range v.Len() {
		if i > 0 {
			to = append(to, ',')
		}
		to = export.AppendString(to, v.Index(i).String())
	}
	return append(to, ']')
}

// jsonMarshaler writes null for a value that is NULL to the database, whatever its text.
func jsonMarshaler(to []byte, v reflect.Value) []byte {
	if valuer, ok := v.Interface().(driver.Valuer); ok {
		if value, err := valuer.Value(); value == nil && err == nil {
			return append(to, "null"...)
		}
	}
	return export.AppendString(to, formatMarshaler(v))
}

func jsonBytes(to []byte, v reflect.Value) []byte { return export.AppendString(to, formatBytes(v)) }

// sameJSON reports whether two texts are the same JSON value, however they are laid out. Numbers are compared by their digits.
func sameJSON(a, b []byte) bool {
	read := func(text []byte) (value any, err error) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err = decoder.Decode(&value)
		return value, err
	}
	x, wrong := read(a)
	y, err := read(b)
	return wrong == nil && err == nil && reflect.DeepEqual(x, y)
}
