package views

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRows(t *testing.T) {
	tests := map[string]struct {
		draw func(*Rows)
		want string
	}{
		"text_is_escaped":          {func(r *Rows) { r.Text(`<b> & "c" 'd'`) }, `<td>&lt;b&gt; &amp; &#34;c&#34; &#39;d&#39;</td>`},
		"long_text_has_a_tooltip":  {func(r *Rows) { r.Text(strings.Repeat("a", 41)) }, `<td title="` + strings.Repeat("a", 41) + `">` + strings.Repeat("a", 41) + `</td>`},
		"null_is_read_as_no_value": {func(r *Rows) { r.Null("number") }, `<td class="number"><span class="null" aria-hidden="true">—</span><span class="visually-hidden">no value</span></td>`},
		"true_is_yes":              {func(r *Rows) { r.Bool("true") }, `<td><span class="badge yes">yes</span></td>`},
		"false_is_no":              {func(r *Rows) { r.Bool("false") }, `<td><span class="badge no">no</span></td>`},
		"a_time_of_utc_is_a_moment": {
			func(r *Rows) { r.Time("2026-01-02 03:04:05", "UTC") },
			`<td class="time"><time datetime="2026-01-02T03:04:05Z">2026-01-02 03:04:05</time></td>`,
		},
		"a_time_of_another_zone_is_no_moment_by_itself": {
			func(r *Rows) { r.Time("2026-01-02 03:04:05", "Europe/Berlin") },
			`<td class="time"><time datetime="2026-01-02T03:04:05">2026-01-02 03:04:05</time></td>`,
		},
		"a_link_is_escaped_in_its_address": {func(r *Rows) { r.Link(Href{`/a"`, "b"}, "<c>") }, `<td><a class="relation" href="/a&#34;b">&lt;c&gt;</a></td>`},
		"a_head_without_text_is_read_by_name": {
			func(r *Rows) { r.Head(Href{"/users/", "7"}, "", "user 7") },
			`<th scope="row"><a href="/users/7"><span aria-hidden="true">—</span><span class="visually-hidden">user 7</span></a></th>`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var rows Rows
			test.draw(&rows)
			if got := string(rows.b); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func FuzzRows_escape(f *testing.F) {
	for _, seed := range []string{"", "a", `<script>alert("1")</script>`, "ä&amp;", "\x00", strings.Repeat("ü", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var rows Rows
		rows.cut(text)
		got := string(rows.b)
		if strings.ContainsAny(got, `<>"'`+"\x00") {
			t.Fatalf("%q came out as %q", text, got)
		}
		if len(text) <= CellLimit && html.UnescapeString(got) != strings.ReplaceAll(text, "\x00", "\uFFFD") {
			t.Fatalf("%q came back as %q", text, html.UnescapeString(got))
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q was cut within a character", text)
		}
	})
}

func BenchmarkRows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		rows := NewRows()
		for range 100 {
			rows.Open()
			rows.Head(Href{"/users/", "12345"}, "alice", "alice")
			for range 4 {
				rows.Text("some ordinary text")
			}
			rows.Bool("true")
			rows.Time("2026-01-02 03:04:05", "UTC")
			rows.Link(Href{"/zones/", "7"}, "example.org")
			rows.Edit(Href{"/users/", "12345", "/edit"}, "/static/icons.svg", "alice")
			rows.Close()
		}
		rows.Free()
	}
}

func TestRows_Page(t *testing.T) {
	var rows Rows
	rows.Page(`/a?q="b"`, "Next <page>", "/static/icons.svg", "next")
	rows.Page("", "Last page", "/static/icons.svg", "last")
	want := `<a class="btn" href="/a?q=&#34;b&#34;" hx-get="/a?q=&#34;b&#34;" title="Next &lt;page&gt;" aria-label="Next &lt;page&gt;">` +
		`<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#next"></use></svg></a>` +
		`<span class="btn disabled" role="link" aria-disabled="true" aria-label="Last page">` +
		`<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#last"></use></svg></span>`
	if got := string(rows.HTML()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
