// Package export writes rows of text as CSV, as JSON lines or as a sheet of XLSX. Each row is passed on before the next one
// comes: however many there are, a writer holds a few hundred kilobytes. The package knows no table and no query.
package export

import (
	"io"
	"slices"
)

// Kind says what the cells of a column are. Their text is always PostgreSQL's own, with dates in the style ISO.
type Kind int

// The kinds. A text of another form than its kind says is written as text.
const (
	Text   Kind = iota // and everything else that has no kind here
	Number             // whole or not
	Bool               // t or f
	Time               // 2026-05-31 14:30:00.123456+00; without an offset it is UTC
	JSON               // json or jsonb
	Array              // {a,"b c",NULL}
)

// Column is one column of the rows.
type Column struct {
	Name    string // its heading, and its key in JSON lines
	Kind    Kind
	Element Kind // of an Array's elements
}

// Options are what can be chosen. The zero Options choose nothing.
type Options struct {
	BOM bool // a byte order mark before CSV, by which Excel knows UTF-8
}

// Writer writes rows in one format.
type Writer interface {
	// Row writes one row: a cell for each column, nil for NULL. It keeps none of them.
	Row(cells [][]byte) error
	// Close writes the rest. Without it the output is not whole.
	Close() error
}

// Format is one way to write rows.
type Format struct {
	Name  string // as in addresses and in the names of files: "csv"
	Label string // for people
	Type  string // the media type
	Rows  int64  // how many it holds at most; 0 for any number
	open  func(w io.Writer, columns []Column, options Options) (Writer, error)
}

// Open begins to write to w, which is asked for nothing before there is a good deal to write, or Close.
func (f Format) Open(w io.Writer, columns []Column, options Options) (Writer, error) {
	return f.open(w, columns, options)
}

var formats = []Format{
	{"csv", "CSV", "text/csv; charset=utf-8", 0, openCSV},
	{"xlsx", "Excel (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheetRows - 1, openSheet},
	{"jsonl", "JSON lines", "application/jsonl; charset=utf-8", 0, openLines},
}

// Formats returns all formats, the usual one first.
func Formats() []Format { return slices.Clone(formats) }

// Find returns the format with this name.
func Find(name string) (Format, bool) {
	at := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if at < 0 {
		return Format{}, false
	}
	return formats[at], true
}

// worth is how many bytes are passed on at once.
const worth = 64 << 10

// buffer gathers bytes until they are worth passing on.
type buffer struct {
	to    io.Writer
	bytes []byte
}

// spill passes the bytes on if there are enough.
func (b *buffer) spill() error {
	if len(b.bytes) < worth {
		return nil
	}
	return b.flush()
}

// flush passes all bytes on. One row that was much larger than others does not keep its memory.
func (b *buffer) flush() error {
	_, err := b.to.Write(b.bytes)
	b.bytes = b.bytes[:0]
	if cap(b.bytes) > 4*worth {
		b.bytes = nil
	}
	return err
}
