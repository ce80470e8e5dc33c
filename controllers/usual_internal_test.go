package controllers

import (
	"html/template"
	"reflect"
	"slices"
	"strings"
	"testing"

	"unified/crud"
	"unified/views"
)

// TestDrawField draws fields that differ in one thing each, twice: what is kept of one is never drawn for another, and each looks as its
// template draws it.
func TestDrawField(t *testing.T) {
	drawn, err := views.New(views.Config{Asset: func(name string) string { return name }})
	if err != nil {
		t.Fatal(err)
	}
	pages := &tablePages{site: &Site{views: drawn}, table: &crud.Table{Name: "people"}}
	var inputs []crud.Input
	for _, widget := range []string{"select", "radio", "text", "longtext", "number", "integer", "email", "url", "password", "time", "date", "json", "list", "bool", "zone", "current"} {
		for _, text := range []string{"", "a", "true", "2026-01-02T03:04", `"><b>'&+` + "\x00`", "two\nlines", "a\r\nb", "The-Text-That-Stands-HERE", " \t", "é€😀"} {
			inputs = append(inputs, crud.Input{
				FieldDoc: crud.FieldDoc{Name: "state", Label: "State", Kind: crud.KindText}, Widget: widget, Text: text,
				Choices: []crud.Choice{{Value: "a", Label: "A"}, {Value: "true", Label: "B"}},
			})
		}
	}
	for _, kind := range []crud.Kind{crud.KindTime, crud.KindInteger, crud.KindNumber, crud.KindBool, crud.KindJSON} {
		inputs = append(inputs, crud.Input{FieldDoc: crud.FieldDoc{Name: "state", Label: "State", Kind: kind}, Widget: "text", Text: "1T2"})
	}
	for _, in := range slices.Clone(inputs) {
		for _, at := range fieldsOf(reflect.TypeFor[crud.Input](), nil) {
			changed := in
			other(reflect.ValueOf(&changed).Elem().FieldByIndex(at))
			inputs = append(inputs, changed)
		}
	}
	for range 2 {
		for _, in := range inputs {
			got, err := pages.drawField(in)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := drawn.Drawn("table/form", "field", in); escaped(got) != escaped(want) || err != nil {
				t.Errorf("%+v: %s, want %s, %v", in, got, want, err)
			}
		}
	}
}

// escaped is what was drawn, as a browser reads what may be escaped or not.
func escaped(drawn template.HTML) string {
	return strings.NewReplacer("&#43;", "+", "&#96;", "`").Replace(string(drawn))
}

// fieldsOf are the places of a struct's fields, those of embedded structs among them.
func fieldsOf(of reflect.Type, at []int) (out [][]int) {
	for i := range of.NumField() {
		place := append(append([]int{}, at...), i)
		if f := of.Field(i); f.Anonymous {
			out = append(out, fieldsOf(f.Type, place)...)
		} else {
			out = append(out, place)
		}
	}
	return out
}

// other gives a value another one.
func other(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("true")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	}
}
