package crud

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm/schema"
)

// field is one column of a plan: what it is, and the closures that read and write it in a row.
type field[P any] struct {
	FieldDoc
	goName   string
	path     string // goName behind the names of the structs it is embedded in, as the validator wants it
	stored   Kind   // of the values; Kind is another one for a relation
	labelled bool   // the label was given, not derived
	names    bool   // it is part of what rows are called
	primary  bool
	nullable bool
	sortable bool
	direct   bool // scanned into as it is
	textual  bool // the Go type is a string: empty text is a value of its own
	lettered bool // the column is a text to PostgreSQL: it has a beginning and parts
	address  bool // the column is an inet
	exact    bool // a number that is kept as its digits
	nulls    bool // the Go type can hold NULL
	spread   bool // GORM would write it as several values, not as a list
	formOnly bool // not edited in its place in a list
	position bool // rows are put in order by it; a new one without it comes last
	widget   string
	size     int    // characters; 0 for no limit
	holds    int    // characters that the column holds at most; 0 for no limit
	min, max string // of the type, for whole numbers

	precision, scale int // digits of a numeric, and those behind the point; 0 for no limit

	least, most    string   // of the checks, for whole numbers; "" for none
	hints          []string // what other checks ask for, in sentences
	showIf, within string   // as in Field, resolved into the next two
	premise        *Premise
	narrowing      *narrowing[P]
	check          func(row P) string // nil for none

	column   columnFact // as the database has it; zero if it was not asked
	choices  []Choice
	closed   bool    // the database holds no value but these
	validate string  // the validator's tag
	initial  *string // the constant default of the tag, as a form shows it
	relation *relation
	format   func(row P) string // what lists and show pages write instead; nil: the value

	at    func(row P) reflect.Value // the addressable field in the row
	codec codec

	member []byte // its name before a value in JSON
}

// relation is what a foreign key points at.
type relation struct {
	name   string // the Go name
	table  string // the target's SQL name
	column string // the column of the target whose value the foreign key holds
	target target // nil if the target is not registered
}

// newField returns nil for a field that the panel leaves out altogether.
func newField[P any](f *schema.Field) (*field[P], error) {
	settings, mistakes := parseTag(f)
	if settings.skip {
		return nil, mistakes
	}
	if err := unusable(f); err != nil {
		return nil, err
	}
	codec, kind, ok := codecOf(f)
	if !ok {
		return nil, fmt.Errorf("crud: %s.%s: the type %s cannot be shown; give it a TextMarshaler and a TextUnmarshaler, or leave it out with the tag crud:\"-\"",
			f.Schema.Name, f.Name, f.FieldType)
	}
	if settings.nfc {
		if kind != KindText {
			return nil, fmt.Errorf("crud: %s.%s: nfc is for a text of one line", f.Schema.Name, f.Name)
		}
		codec.parse = composed(codec.parse)
	}
	out := &field[P]{
		goName:   f.Name,
		stored:   kind,
		path:     strings.Join(f.BindNames, "."),
		labelled: settings.label != "",
		names:    settings.name,
		primary:  f.PrimaryKey,
		nullable: !f.NotNull && !f.PrimaryKey && nilable(f.FieldType),
		sortable: kind != KindJSON && kind != KindList && kind != KindBytes && !settings.secret,
		textual:  kind == KindText && text(f.IndirectFieldType) || kind == KindLongText,
		lettered: (kind == KindText || kind == KindLongText) && text(f.IndirectFieldType) && lettered(string(f.DataType)),
		direct:   scansItself(f.FieldType),
		address:  f.DataType == "inet" || f.DataType == "cidr",
		formOnly: settings.formonly,
		widget:   settings.widget,
		showIf:   settings.showIf,
		within:   settings.within,
		validate: f.Tag.Get("validate"),
		codec:    codec,
		member:   member(f.DBName),
		at:       located[P](f),
	}
	automatic := f.AutoIncrement || f.AutoCreateTime > 0 || f.AutoUpdateTime > 0 || !f.Creatable || !f.Updatable
	out.FieldDoc = FieldDoc{
		Name:     f.DBName,
		Label:    settings.labelOr(sentence(spaced(f.Name))),
		Help:     settings.help,
		Kind:     kind,
		Secret:   settings.secret,
		Unseen:   settings.secret,
		ReadOnly: automatic || settings.readonly || settings.secret && settings.widget != "password" || kind == KindBytes,
	}
	out.spread = kind == KindList && (f.Creatable || f.Updatable) && !f.IndirectFieldType.Implements(reflect.TypeFor[driver.Valuer]())
	if out.address {
		out.codec.parse = addressed(codec.parse)
	}
	out.bound(f)
	if len(settings.choices) > 0 {
		out.choose(settings.choices)
	}
	out.Required = out.demanded(f)
	return out, mistakes
}

// unusable says why a field cannot be used, whatever its type; nil if it can.
func unusable(f *schema.Field) error {
	if strings.ContainsAny(f.DBName, `., "`) { // addresses and GORM read these as something else
		return fmt.Errorf("crud: %s.%s: the name of the column %q holds a dot, a comma, a space or a quote; rename it, or leave the field out with the tag crud:\"-\"",
			f.Schema.Name, f.Name, f.DBName)
	}
	if f.Serializer != nil {
		return fmt.Errorf("crud: %s.%s: its values are written by a serializer of GORM, which the panel does not ask; give the type Scan and Value, or leave it out with the tag crud:\"-\"",
			f.Schema.Name, f.Name)
	}
	if slices.ContainsFunc(f.StructField.Index, func(i int) bool { return i < 0 }) { // as GORM marks it
		return fmt.Errorf("crud: %s.%s: it is embedded by a pointer; embed the struct itself", f.Schema.Name, f.Name)
	}
	return nil
}

// demanded reports whether nothing is no value: by its rules, or since there is none that it could stand for.
func (f *field[P]) demanded(from *schema.Field) bool {
	number := f.stored != KindText && f.stored != KindLongText && f.stored != KindBool && f.stored != KindJSON && f.stored != KindList
	return slices.Contains(strings.Split(f.validate, ","), "required") || (!f.nullable && number && from.TagSettings["DEFAULT"] == "")
}

// located finds a column's field in a row.
func located[P any](f *schema.Field) func(row P) reflect.Value {
	return func(row P) reflect.Value {
		return f.ReflectValueOf(context.Background(), reflect.ValueOf(row).Elem())
	}
}

// bound takes the limits that the type and the tags set, what the type can hold, and the constant default.
func (f *field[P]) bound(from *schema.Field) {
	f.nulls = nilable(from.FieldType) || from.FieldType.Implements(reflect.TypeFor[driver.Valuer]())
	switch f.Kind {
	case KindNumber:
		f.exact = text(from.IndirectFieldType)
	case KindText, KindLongText:
		f.size = from.Size
	case KindInteger:
		f.min, f.max = integerBounds(from.IndirectFieldType)
	}
	if text, ok := constant(from.TagSettings["DEFAULT"]); ok {
		f.initial = &text
	}
}

// choose restricts the field to values. Its labels are the values themselves.
func (f *field[P]) choose(values []string) {
	for _, value := range values {
		f.choices = append(f.choices, Choice{Value: value, Label: value})
	}
}

// text returns the value as a form shows it.
func (f *field[P]) text(row P) (text string, null bool) {
	v := f.at(row)
	if f.isNull(v) {
		return "", true
	}
	return f.codec.format(reflect.Indirect(v)), false
}

// timeCell writes a moment to the second, as the clocks of a zone show it.
func (f *field[P]) timeCell(row P, zone *time.Location) Cell {
	v := f.at(row)
	if f.isNull(v) {
		return Cell{Null: true}
	}
	return Cell{Text: stamp(moment(reflect.Indirect(v)).In(zone))}
}

// isNull reports whether the field's value is NULL.
func (f *field[P]) isNull(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return v.Type() == deleted && !v.FieldByName("Valid").Bool()
}

// set parses text, as a form sends it, into the row; the error is a sentence for people.
func (f *field[P]) set(row P, text string) error {
	v := f.at(row)
	if v.Kind() != reflect.Pointer {
		return f.codec.parse(text, v)
	}
	held := reflect.New(v.Type().Elem())
	if err := f.codec.parse(text, held.Elem()); err != nil {
		return err
	}
	v.Set(held)
	return nil
}

// clear sets the zero value, which is NULL for a nullable field.
func (f *field[P]) clear(row P) { f.at(row).SetZero() }

// value returns the Go value, as statements and the validator take it.
func (f *field[P]) value(row P) any { return f.at(row).Interface() }

// raw returns the value as PostgreSQL writes it, nil for NULL.
func (f *field[P]) raw(row P) *string {
	v := f.at(row)
	if f.isNull(v) {
		return nil
	}
	text := ""
	if valuer, ok := reflect.Indirect(v).Interface().(driver.Valuer); ok {
		switch value, _ := valuer.Value(); value := value.(type) {
		case nil:
			return nil
		case string:
			text = value
			return &text
		case []byte:
			text = string(value)
			return &text
		}
	}
	text = f.codec.raw(reflect.Indirect(v))
	return &text
}

// unset reports whether the row holds the zero value.
func (f *field[P]) unset(row P) bool { return f.at(row).IsZero() }

// same reports whether two rows hold the same value. Most are told apart by the very values, which are not written out then.
func (f *field[P]) same(a, b P) bool {
	if same, sure := alike(f.at(a), f.at(b)); same || sure {
		return same
	}
	x, y := f.raw(a), f.raw(b)
	if x == nil || y == nil {
		return x == y
	}
	return *x == *y
}

// alike reports whether two fields hold the very same. Where it is not sure, they may be written the same all the same.
func alike(a, b reflect.Value) (same, sure bool) {
	switch x, y := a.Addr().Interface(), b.Addr().Interface(); x := x.(type) { // the usual types, without reflection
	case *string:
		return *x == *y.(*string), true
	case **string:
		return alikeAt(*x, *y.(**string)), true
	case *bool:
		return *x == *y.(*bool), true
	case *int64:
		return *x == *y.(*int64), true
	case **int64:
		return alikeAt(*x, *y.(**int64)), true
	case *time.Time:
		return alikeAt(x, y.(*time.Time)), false
	case **time.Time:
		return alikeAt(*x, *y.(**time.Time)), false
	}
	v, w := reflect.Indirect(a), reflect.Indirect(b)
	return v.IsValid() && w.IsValid() && !v.CanFloat() && v.Comparable() && v.Equal(w), false
}

// alikeAt is alike for what may be NULL.
func alikeAt[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// text reports whether a Go type is a string.
func text(t reflect.Type) bool { return t.Kind() == reflect.String }

// letters are the types of PostgreSQL and GORM that hold any text.
var letters = regexp.MustCompile(`^(string|text|citext|(var)?char.*|bpchar|character.*)$`)

func lettered(data string) bool { return letters.MatchString(strings.ToLower(data)) }

// nilable reports whether a Go type can hold NULL.
func nilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return true
	}
	return false
}

// integerBounds returns the least and greatest value of an integer type.
func integerBounds(t reflect.Type) (least, greatest string) {
	bits := t.Bits()
	if t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 {
		return "0", strconv.FormatUint(^uint64(0)>>(64-bits), 10)
	}
	top := int64(^uint64(0) >> (65 - bits))
	return strconv.FormatInt(-top-1, 10), strconv.FormatInt(top, 10)
}

// take sets the field to what another row holds in it.
func (f *field[P]) take(row, from P) { f.at(row).Set(f.at(from)) }
