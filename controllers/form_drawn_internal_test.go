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

// TestDrawInput draws fields that differ in one thing each, twice: what is kept of one is never drawn for another, and each looks as its
// template draws it.
func TestDrawInput(t *testing.T) {
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
			got, err := pages.drawInput("table/form", &in)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := drawn.Drawn("table/form", "field", in); escaped(got.HTML()) != escaped(want) || err != nil {
				t.Errorf("%+v: %s, want %s, %v", in, got, want, err)
			}
		}
	}
}

// TestDrawForm draws pages that differ in one thing each, twice: what is kept of one is never drawn for another.
func TestDrawForm(t *testing.T) {
	drawn, err := views.New(views.Config{Asset: func(name string) string { return name }})
	if err != nil {
		t.Fatal(err)
	}
	table := &crud.Table{Name: "people", Plural: "People"}
	pages := &tablePages{site: &Site{views: drawn}, table: table}
	plain := func() *formPage {
		return &formPage{
			Table: table, Crumbs: crumbs{Table: table, Key: "1", Label: "Ada", Place: place{List: "/people?q=a", Suffix: "?back=q%3Da"}}, Heading: "Edit Ada", Action: "/people/1",
			Once: "once", Cancel: "/people/1", Links: []recordLink{{Label: "History", Icon: "history", Name: "history"}}, Fields: "<p>fields</p>", Lines: "<p>lines</p>",
			Form: &crud.Form{Key: "1", Base: `{"seen":1}`, Zone: "UTC", Lines: []crud.Lines{{}}},
		}
	}
	page := []*formPage{plain()}
	add := func(change func(*formPage)) {
		p := plain()
		change(p)
		page = append(page, p)
	}
	for _, at := range fieldsOf(reflect.TypeFor[formPage](), nil) {
		add(func(p *formPage) {
			if v := reflect.ValueOf(p).Elem().FieldByIndex(at); v.Type() != reflect.TypeFor[*crud.Table]() && v.Type() != reflect.TypeFor[*crud.Form]() {
				other(v)
			}
		})
	}
	for _, at := range fieldsOf(reflect.TypeFor[crud.Form](), nil) {
		add(func(p *formPage) { other(reflect.ValueOf(p.Form).Elem().FieldByIndex(at)) })
	}
	for _, text := range []string{"", "javascript:x", `"><b>'`, "two\nlines", "%zz", "The-Hole\"/0 \""} {
		add(func(p *formPage) { p.Heading = text })
		add(func(p *formPage) { p.Action, p.Cancel = text, text })
		add(func(p *formPage) { p.Crumbs.Label, p.Crumbs.Key, p.Form.Key = text, text, text })
		add(func(p *formPage) { p.Crumbs.Place = place{List: text, Suffix: text} })
		add(func(p *formPage) { p.Form.Base, p.Form.Zone, p.Once = text, text, text })
	}
	add(func(p *formPage) { p.Links = append(p.Links, recordLink{Label: "Why?", Icon: "shield", Name: "why"}) })
	add(func(p *formPage) { p.Links = nil })
	add(func(p *formPage) { p.Crumbs.Place.Of = &crud.Children{ChildDoc: crud.ChildDoc{Label: "Books"}} })
	add(func(p *formPage) { p.Form, p.Links, p.Crumbs.Key, p.Crumbs.Label = &crud.Form{}, nil, "", "" })
	for _, block := range []string{"content", "record-form"} {
		for range 2 {
			for _, p := range page {
				want, errWant := drawn.Drawn("table/form", block, p)
				if got, err := pages.drawForm(block, p, views.Part{string(p.Fields)}, views.Part{string(p.Lines)}); escaped(got.HTML()) != escaped(want) || err != nil || errWant != nil {
					t.Errorf("%s of %+v: %s, want %s, %v", block, p, got, want, err)
				}
			}
		}
	}
}

// TestDrawLine is that for child rows.
func TestDrawLine(t *testing.T) {
	drawn, err := views.New(views.Config{Asset: func(name string) string { return name }})
	if err != nil {
		t.Fatal(err)
	}
	pages := &tablePages{site: &Site{views: drawn}, table: &crud.Table{Name: "people"}}
	fields := []crud.Input{{FieldDoc: crud.FieldDoc{Name: "state", Label: "State", Kind: crud.KindText}, Widget: "text", Text: "a"}}
	plain := crud.Line{Prefix: "quotas.0.", Key: "1", Label: "Mail", Base: "{}", Remove: true, Fields: fields}
	lines := []crud.Line{plain}
	for i := range reflect.TypeFor[crud.Line]().NumField() {
		line := plain
		other(reflect.ValueOf(&line).Elem().Field(i))
		lines = append(lines, line)
		reflect.ValueOf(&line).Elem().Field(i).SetZero()
		lines = append(lines, line)
	}
	for i := range 4 {
		for _, line := range lines {
			got, err := pages.drawLine(line, i%2 == 1, i%3 == 1)
			if err != nil {
				t.Fatal(err)
			}
			inputs, err := pages.drawInputs(line.Fields)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := drawn.Drawn("table/form", "line", drawnLine{line, i%2 == 1, i%3 == 1, inputs.HTML()}); escaped(got.HTML()) != escaped(want) || err != nil {
				t.Errorf("%+v: %s, want %s, %v", line, got, want, err)
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
