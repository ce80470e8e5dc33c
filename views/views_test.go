package views

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func testConfig() Config {
	return Config{Prefix: "/x", Asset: func(name string) string { return name }}
}

func TestNew_every_template_parses(t *testing.T) {
	if _, err := New(testConfig()); err != nil {
		t.Fatal(err)
	}
}

// The rules of the house for template files.
func TestTemplates_T19_hold_no_inline_code(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+=|javascript:`)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		text := string(content)
		if !strings.HasPrefix(text, "{{/*") {
			t.Errorf("%s does not open with a comment that says what it draws", name)
		}
		if lines := strings.Count(text, "\n"); lines > 80 {
			t.Errorf("%s has %d lines, more than 80", name, lines)
		}
		if found := inline.FindString(text); found != "" {
			t.Errorf("%s has inline script or style, which the content policy forbids: %q", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTemplates_forms_come_back_as_they_are_drawn: a browser that goes back to a page puts into its forms, by their names, what they held
// before. By then the same names can stand for other rows.
func TestTemplates_forms_come_back_as_they_are_drawn(t *testing.T) {
	sent := regexp.MustCompile(`<form[^>]* method="post"[^>]*`)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" || name == "pages/login.html" || name == "pages/register.html" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		for _, form := range sent.FindAllString(string(content), -1) {
			if !strings.Contains(form, `autocomplete="off"`) {
				t.Errorf("%s has a form that browsers fill in: %s", name, form)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestViews_Of(t *testing.T) {
	views, err := parse(fstest.MapFS{
		"layouts/app.html":       {Data: []byte(`{{define "frame"}}<main>{{end}}{{define "frame-end"}}</main>{{end}}`)},
		"fields/text.html":       {Data: []byte(`{{define "text.show"}}{{.}}{{end}}{{define "text.form"}}{{.}}{{end}}`)},
		"pages/table/index.html": {Data: []byte(`{{define "content"}}every table{{end}}`)},
		"pages/users/index.html": {Data: []byte(`{{define "content"}}people only{{end}}`)},
	}, testConfig())
	if err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{"users": "people only", "zones": "every table"} {
		t.Run("the_page_of_"+table, func(t *testing.T) {
			var out bytes.Buffer
			if err := views.Page(&out, views.Of(table, "index"), &Frame{}); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != "<main>"+want+"</main>" {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("an_unknown_page_is_an_error", func(t *testing.T) {
		if err := views.Page(&bytes.Buffer{}, "nothing", &Frame{}); err == nil {
			t.Error("no error")
		}
	})
}

func TestViews_Of_partials_and_fields_of_a_table(t *testing.T) {
	views, err := parse(fstest.MapFS{
		"layouts/app.html":         {Data: []byte(`{{define "frame"}}{{end}}{{define "frame-end"}}{{end}}`)},
		"fields/text.html":         {Data: []byte(`{{define "text.show"}}plain{{end}}{{define "text.form"}}{{end}}`)},
		"fields/users/text.html":   {Data: []byte(`{{define "text.show"}}fine{{end}}`)},
		"partials/side.html":       {Data: []byte(`{{define "side"}}a side{{end}}`)},
		"partials/users/side.html": {Data: []byte(`{{define "side"}}their side{{end}}`)},
		"pages/table/index.html":   {Data: []byte(`{{define "content"}}list, {{template "side"}}, {{template "show" .}}{{end}}`)},
		"pages/table/edit.html":    {Data: []byte(`{{define "content"}}form, {{template "side"}}{{end}}`)},
		"pages/users/edit.html":    {Data: []byte(`{{define "content"}}own form, {{template "side"}}{{end}}`)},
		"pages/home.html":          {Data: []byte(`{{define "content"}}{{template "side"}}{{end}}`)},
	}, testConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		views.Of("users", "index"): "list, their side, fine", views.Of("zones", "index"): "list, a side, plain",
		views.Of("users", "edit"): "own form, their side", views.Of("zones", "edit"): "form, a side", "home": "a side",
	} {
		var out bytes.Buffer
		if err := views.Page(&out, name, &Frame{Page: struct{ Kind string }{"text"}}); err != nil || out.String() != want {
			t.Errorf("%s is %q, %v, want %q", name, out.String(), err, want)
		}
	}
}

// Pages share their templates, but for what two of them define under one name.
func TestViews_blocks_of_a_page(t *testing.T) {
	views, err := parse(fstest.MapFS{
		"layouts/app.html":   {Data: []byte(`{{define "frame"}}{{end}}{{define "frame-end"}}{{end}}`)},
		"fields/text.html":   {Data: []byte(`{{define "text.show"}}{{end}}{{define "text.form"}}{{end}}`)},
		"partials/side.html": {Data: []byte(`{{define "side"}}{{template "foot"}}{{end}}{{define "foot"}}a foot{{end}}`)},
		"pages/a.html":       {Data: []byte(`{{define "content"}}a: {{template "part"}}, {{template "side"}}{{end}}{{define "part"}}part of a{{end}}`)},
		"pages/b.html":       {Data: []byte(`{{define "content"}}b: {{template "part"}}, {{template "side"}}{{end}}{{define "part"}}part of b{{end}}`)},
		"pages/c.html":       {Data: []byte(`{{define "content"}}c: {{template "side"}}{{end}}{{define "foot"}}foot of c{{end}}`)},
		"pages/d.html":       {Data: []byte(`{{define "content"}}d: {{template "side"}}{{end}}`)},
	}, testConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": "a: part of a, a foot", "b": "b: part of b, a foot", "c": "c: foot of c", "d": "d: a foot",
	} {
		var out bytes.Buffer
		if err := views.Page(&out, name, &Frame{}); err != nil || out.String() != want {
			t.Errorf("%s is %q, %v, want %q", name, out.String(), err, want)
		}
	}
	if views.pages["a"] != views.pages["d"] {
		t.Error("pages share nothing")
	}
}

func TestParse_a_mistake_is_an_error(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"in_a_partial": {"partials/a.html": {Data: []byte(`{{define "a"}}{{nope}}{{end}}`)}},
		"in_a_page":    {"fields/text.html": {Data: []byte(`{{define "text.show"}}{{end}}{{define "text.form"}}{{end}}`)}, "pages/a.html": {Data: []byte(`{{`)}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(files, testConfig()); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestLower(t *testing.T) {
	for given, want := range map[string]string{"Users": "users", "DNS records": "DNS records", "A": "a", "": "", "Über": "über"} {
		if got := lower(given); got != want {
			t.Errorf("lower(%q) = %q, want %q", given, got, want)
		}
	}
}
