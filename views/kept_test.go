package views

import (
	"fmt"
	"testing"
	"testing/fstest"
)

func TestKept(t *testing.T) {
	from := fstest.MapFS{
		"pages/a.html": {Data: []byte(`{{define "part"}}<b>{{.}}</b>{{end}}`)},
		"pages/b.html": {Data: []byte(`{{define "part"}}<i>{{.}}</i>{{end}}`)},
	}
	v, err := parse(from, Config{})
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	draw := func(page, key string, data any) string {
		t.Helper()
		part, err := v.Kept(page, "part", key, func() any { drawn++; return data })
		if err != nil {
			t.Fatal(err)
		}
		return string(part)
	}
	for range 2 {
		if got := draw("a", "x", "<x>"); got != "<b>&lt;x&gt;</b>" {
			t.Errorf("got %s", got)
		}
	}
	if drawn != 1 {
		t.Errorf("drawn %d times", drawn)
	}
	if got := draw("a", "y", "y"); got != "<b>y</b>" {
		t.Errorf("another key: got %s", got)
	}
	for _, data := range []struct{ a, b string }{{"x", "y"}, {"x", "z"}, {"x", "y"}} {
		if got, err := v.Same("a", "part", data); string(got) != fmt.Sprintf("<b>{%s %s}</b>", data.a, data.b) || err != nil {
			t.Errorf("the same: got %s, %v", got, err)
		}
	}
	if got := draw("b", "x", "x"); got != "<i>x</i>" {
		t.Errorf("another page: got %s", got)
	}
	for i := range keptMost {
		draw("a", fmt.Sprint(i), i)
	}
	if len(v.kept.parts) > keptMost {
		t.Errorf("%d parts are kept", len(v.kept.parts))
	}
	if got := draw("a", "x", "z"); got != "<b>z</b>" {
		t.Errorf("after all were forgotten: got %s", got)
	}
	if _, err := v.Kept("a", "none", "", func() any { return nil }); err == nil {
		t.Error("a block that is not there is no error")
	}
}
