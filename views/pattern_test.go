package views

import (
	"html/template"
	"strings"
	"testing"
	"testing/fstest"
)

// both is what the blocks of these tests get.
type both struct {
	A, B string
	H    template.HTML

	drawn *int // how often
}

// C is nothing that is drawn, and counts.
func (b both) C() string { *b.drawn++; return "" }

func TestFilled(t *testing.T) {
	from := fstest.MapFS{
		"pages/table/a.html": {Data: []byte(`{{define "among"}}{{.C}}<b title="{{.A}}">{{.B}}</b>{{.H}}<i>{{.A}}</i>{{end}}` +
			`{{define "address"}}{{.C}}<a href="{{.A}}">{{.B}}{{.H}}</a>{{end}}{{define "part"}}{{.C}}<a href="/x/{{.A}}/y">{{.B}}{{.H}}</a>{{end}}` +
			`{{define "query"}}{{.C}}<a href="/x?y={{.A}}">{{.B}}{{.H}}</a>{{end}}{{define "bare"}}{{.C}}<b title={{.A}}>{{.B}}{{.H}}</b>{{end}}` +
			`{{define "script"}}{{.C}}<b onclick="f({{.A}})">{{.B}}{{.H}}</b>{{end}}{{define "lower"}}{{.C}}<b>{{lower .A}}{{.B}}{{.H}}</b>{{end}}` +
			`{{define "spaced"}}{{.C}}<b>{{spaced .A}}{{.B}}{{.H}}</b>{{end}}{{define "left out"}}{{.C}}<b>{{.A}}{{.H}}</b>{{end}}` +
			`{{define "title"}}{{.C}}<title>{{.A}}</title><textarea>{{.B}}</textarea>{{.H}}{{end}}`)},
		"pages/own/a.html":   {Data: []byte(`{{define "among"}}{{.C}}<b title="{{if eq .A "x"}}an {{end}}{{.A}}">{{.B}}{{.H}}</b>{{end}}`)},
		"pages/table/b.html": {Data: []byte(`{{define "x"}}{{end}}`)},
		"pages/own/b.html":   {Data: []byte(`{{define "among"}}{{.C}}<b title="{{.A}}">{{.B}}{{.H}}</b>{{end}}`)},
		"pages/free/c.html":  {Data: []byte(`{{define "among"}}{{.C}}<b title="{{.A}}">{{.B}}{{.H}}</b>{{end}}`)},
	}
	v, err := parse(from, Config{})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		"x", "y", hole(0), hole(1), hole(7), `<"&'>`, "a+b`c", "Upper", "two\nlines", "", "/a/b?c=d&e=%20", "javascript:x", "https://x.example/ y", "\x00é€😀", "The-Hole",
	}
	for _, c := range []struct {
		page, block string
		kept        bool
	}{
		{"table/a", "among", true}, {"table/a", "title", true}, {"table/a", "address", true}, {"table/a", "part", true}, {"table/a", "query", false},
		{"table/a", "bare", false}, {"table/a", "script", false}, {"table/a", "lower", false}, {"table/a", "spaced", false}, {"table/a", "left out", false},
		{"own/a", "among", false}, {"own/b", "among", false}, {"free/c", "among", true},
	} {
		drawn := 0
		for _, a := range texts {
			for _, b := range texts {
				inner := Part{"<hr>", template.HTMLEscapeString(a)}
				part := both{a, b, "", &drawn}
				filled, err := v.Filled(c.page, c.block, "key", &part, Plain(&part.A), Plain(&part.B), Inner(&part.H, inner))
				got := filled.HTML()
				part.H = inner.HTML()
				calls := drawn
				if want, errWant := v.Drawn(c.page, c.block, part); alike(got) != alike(want) || err != nil || errWant != nil || part.A != a || part.B != b {
					t.Errorf("%s %s with %q, %q: got %s, %v, want %s, %v", c.page, c.block, a, b, got, err, want, errWant)
				}
				drawn = calls
			}
		}
		if kept := drawn < len(texts)*len(texts); kept != c.kept {
			t.Errorf("%s %s was drawn %d times", c.page, c.block, drawn)
		}
	}
	if _, err := v.Filled("table/a", "there is none", "key", &both{}); err == nil {
		t.Error("a block that is not there is no error")
	}
}

// alike is what was drawn, with letters that may be escaped or not as a browser reads them.
func alike(drawn template.HTML) string {
	return strings.NewReplacer("&#43;", "+", "&#96;", "`").Replace(string(drawn))
}
