package views

import (
	"html/template"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// CellLimit is how many bytes of a value a list shows; the rest is on the row's own page.
const CellLimit = 300

// titleFrom is the length from which a cell may be cut on the screen and so repeats its text as a tooltip.
const titleFrom = 40

// Rows appends the rows of a table as escaped HTML. It is the one place that writes tags by hand: a list is the
// hottest page, and a template costs ten times as much. The zero Rows is empty and ready.
type Rows struct {
	b []byte
}

var pooled = sync.Pool{New: func() any { return new(Rows) }}

// pooledMost is how many bytes Rows may hold on to when they are freed.
const pooledMost = 1 << 20

// NewRows returns empty Rows, with the room of some that were freed if there are any.
func NewRows() *Rows { return pooled.Get().(*Rows) }

// Free lets others have the room. Nothing may be done with the rows afterwards.
func (r *Rows) Free() {
	if cap(r.b) <= pooledMost {
		r.b = r.b[:0]
		pooled.Put(r)
	}
}

// mark is nothing that a value can be drawn as, and comments in templates are left out of what they draw.
const mark template.HTML = "<!--rows-->"

// Mark is what a template draws in the place of the rows. It is drawn by a writer of Into.
func (r *Rows) Mark() template.HTML { return mark }

// Into returns what a template with the mark is drawn to, so that w gets the rows instead: through the template they would be
// copied three times. Without rows, nil, it is w itself.
func (r *Rows) Into(w io.Writer) io.Writer {
	if r == nil {
		return w
	}
	return placing{r, w}
}

type placing struct {
	rows *Rows
	w    io.Writer
}

// Write writes the rows for the mark, which a template writes by itself, and everything else as it is.
func (p placing) Write(text []byte) (int, error) {
	if string(text) != string(mark) {
		return p.w.Write(text)
	}
	_, err := p.w.Write(p.rows.b)
	return len(text), err
}

// WriteString writes what was drawn without the mark.
func (p placing) WriteString(text string) (int, error) { return io.WriteString(p.w, text) }

// Open begins a row.
func (r *Rows) Open() { r.raw("<tr>") }

// Close ends a row.
func (r *Rows) Close() { r.raw("</tr>\n") }

// Href is an address in parts, which are joined where it is written.
type Href [4]string

func (r *Rows) href(to Href) {
	for _, part := range to {
		r.escape(part)
	}
}

// Head appends the cell that names the row and links to it. An empty text is drawn as a dash that is read as name.
func (r *Rows) Head(href Href, text, name string) {
	r.raw(`<th scope="row"><a href="`)
	r.href(href)
	r.raw(`">`)
	if text == "" {
		r.raw(`<span aria-hidden="true">—</span><span class="visually-hidden">`)
		r.cut(name)
		r.raw(`</span>`)
	} else {
		r.cut(text)
	}
	r.raw(`</a></th>`)
}

// Null appends a cell without a value, aligned as class says: "number", or "" for the left.
func (r *Rows) Null(class string) {
	r.raw(`<td class="`)
	r.raw(class)
	r.raw(`"><span class="null" aria-hidden="true">—</span><span class="visually-hidden">no value</span></td>`)
}

// Text appends a plain value; what does not fit is cut by the style sheet.
func (r *Rows) Text(text string) {
	if len(text) > titleFrom {
		r.raw(`<td title="`)
		r.cut(text)
		r.raw(`">`)
	} else {
		r.raw(`<td>`)
	}
	r.cut(text)
	r.raw(`</td>`)
}

// Number appends digits, which are aligned to the right.
func (r *Rows) Number(text string) {
	r.raw(`<td class="number">`)
	r.cut(text)
	r.raw(`</td>`)
}

// Bool appends a badge: yes for "true", no for anything else.
func (r *Rows) Bool(text string) {
	if text == "true" {
		r.raw(`<td><span class="badge yes">yes</span></td>`)
		return
	}
	r.raw(`<td><span class="badge no">no</span></td>`)
}

// Time appends a moment, "2006-01-02 15:04:05" in a zone.
func (r *Rows) Time(text, zone string) {
	date, clock, _ := strings.Cut(text, " ")
	r.raw(`<td class="time"><time datetime="`)
	r.escape(date)
	r.raw("T")
	r.escape(clock)
	if zone == "UTC" { // the clocks of others do not tell the moment
		r.raw("Z")
	}
	r.raw(`">`)
	r.escape(text)
	r.raw(`</time></td>`)
}

// Link appends a link to another row.
func (r *Rows) Link(href Href, text string) {
	r.raw(`<td><a class="relation" href="`)
	r.href(href)
	r.raw(`">`)
	r.cut(text)
	r.raw(`</a></td>`)
}

// Edit appends the last cell, a link to the row's form.
func (r *Rows) Edit(href Href, icon, name string) {
	r.raw(`<td class="tools"><a class="tool" href="`)
	r.href(href)
	r.raw(`" aria-label="Edit `)
	r.cut(name)
	r.raw(`"><svg class="icon" aria-hidden="true"><use href="`)
	r.escape(icon)
	r.raw(`#edit"></use></svg></a></td>`)
}

func (r *Rows) raw(tag string) { r.b = append(r.b, tag...) }

// cut escapes at most CellLimit bytes and never ends within a character.
func (r *Rows) cut(text string) {
	if len(text) <= CellLimit {
		r.escape(text)
		return
	}
	end := CellLimit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	r.escape(text[:end])
	r.raw("…")
}

// entities are what escape writes instead of a byte; empty for the bytes that stay.
var entities = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;", '`': "&#96;", 0: "\uFFFD"}

// escape is right inside elements and inside quoted attributes.
func (r *Rows) escape(text string) {
	from := 0
	for i := range len(text) {
		if entity := &entities[text[i]]; *entity != "" {
			r.b = append(append(r.b, text[from:i]...), *entity...)
			from = i + 1
		}
	}
	r.b = append(r.b, text[from:]...)
}
