package crud

import (
	"database/sql"
	"errors"
	"reflect"
	"time"
)

// rawTimes are the layouts of rawTime and of PostgreSQL's own text of a moment.
var rawTimes = []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00"}

var errRaw = errors.New("the value that was recorded cannot be read any more")

// restore sets the field from what raw returned, exactly; nil is NULL.
func (f *field[P]) restore(row P, text *string) error {
	v := f.at(row)
	if text == nil {
		if !f.nullable {
			return errRaw
		}
		v.SetZero()
		return nil
	}
	held := v
	if v.Kind() == reflect.Pointer {
		held = reflect.New(v.Type().Elem()).Elem()
	}
	if err := f.read(*text, held); err != nil {
		return errRaw
	}
	if v.Kind() == reflect.Pointer {
		v.Set(held.Addr())
	}
	return nil
}

// read parses what raw wrote.
func (f *field[P]) read(text string, into reflect.Value) error {
	if scanner, ok := into.Addr().Interface().(sql.Scanner); ok {
		return scanner.Scan(text)
	}
	switch {
	case f.Kind == KindTime:
		for _, layout := range rawTimes {
			if t, err := time.Parse(layout, text); err == nil {
				into.Set(reflect.ValueOf(t.UTC()))
				return nil
			}
		}
		return errRaw
	case into.Kind() == reflect.String: // as it is, line breaks and spaces too
		into.SetString(text)
		return nil
	}
	return f.codec.parse(text, into)
}
