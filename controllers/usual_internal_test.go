package controllers

import (
	"reflect"
	"testing"

	"unified/crud"
	"unified/views"
)

// TestUsual draws fields that differ in one thing each, twice: what is kept of one is never drawn for another.
func TestUsual(t *testing.T) {
	drawn, err := views.New(views.Config{Asset: func(name string) string { return name }})
	if err != nil {
		t.Fatal(err)
	}
	pages := &tablePages{site: &Site{views: drawn}, table: &crud.Table{Name: "people"}}
	plain := func() crud.Input {
		return crud.Input{
			FieldDoc: crud.FieldDoc{Name: "state", Label: "State", Kind: crud.KindText}, Widget: "select", Text: "a", Choices: []crud.Choice{{Value: "a", Label: "A"}, {Value: "true", Label: "B"}},
		}
	}
	inputs := []crud.Input{plain()}
	for _, at := range fieldsOf(reflect.TypeFor[crud.Input](), nil) {
		in := plain()
		other(reflect.ValueOf(&in).Elem().FieldByIndex(at))
		inputs = append(inputs, in)
	}
	kept := 0
	for range 2 {
		for _, in := range inputs {
			got, err := pages.usual(in)
			if err != nil {
				t.Fatal(err)
			}
			if got == "" {
				continue
			}
			kept++
			if want, err := drawn.Drawn("table/form", "field", in); got != want || err != nil {
				t.Errorf("%+v: %s, want %s, %v", in, got, want, err)
			}
		}
	}
	if kept < 20 {
		t.Errorf("%d of %d were kept", kept, 2*len(inputs))
	}
	odd := plain()
	odd.Text = "typed"
	if got, err := pages.usual(odd); got != "" || err != nil {
		t.Errorf("what anybody may type: %q, %v", got, err)
	}
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
