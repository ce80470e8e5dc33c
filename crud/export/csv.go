package export

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// csv is RFC 4180 in UTF-8. NULL is an empty cell, an empty text is "", and an array is JSON.
type csv struct {
	buffer
	columns []Column
	array   []byte
}

func openCSV(w io.Writer, columns []Column, options Options) (Writer, error) {
	c := &csv{buffer: buffer{to: w}, columns: columns}
	if options.BOM {
		c.bytes = append(c.bytes, "\uFEFF"...)
	}
	for i, column := range columns {
		if i > 0 {
			c.bytes = append(c.bytes, ',')
		}
		c.bytes = appendCell(c.bytes, []byte(column.Name))
	}
	c.bytes = append(c.bytes, '\r', '\n')
	return c, nil
}

// Row implements Writer.
func (c *csv) Row(cells [][]byte) error {
	for i, cell := range cells {
		if i > 0 {
			c.bytes = append(c.bytes, ',')
		}
		switch kind := c.columns[i].Kind; {
		case cell == nil:
			if len(cells) == 1 { // many programs take an empty line for none
				c.bytes = append(c.bytes, '"', '"')
			}
		case kind == Bool:
			c.bytes = append(c.bytes, boolean(cell)...)
		case kind == Time:
			c.bytes = appendTime(c.bytes, cell)
		case kind == Array:
			c.array = appendArray(c.array[:0], cell, c.columns[i].Element)
			c.bytes = appendCell(c.bytes, c.array)
		default:
			c.bytes = appendCell(c.bytes, cell)
		}
	}
	c.bytes = append(c.bytes, '\r', '\n')
	return c.spill()
}

// Close implements Writer.
func (c *csv) Close() error { return c.flush() }

// appendCell quotes what has to be quoted, and puts an apostrophe before what a spreadsheet would calculate.
func appendCell(to, cell []byte) []byte {
	danger := formula(cell)
	if !danger && len(cell) > 0 && !special(cell) {
		return append(to, cell...)
	}
	to = append(to, '"')
	if danger {
		to = append(to, '\'')
	}
	for {
		at := bytes.IndexByte(cell, '"')
		if at < 0 {
			break
		}
		to = append(append(to, cell[:at+1]...), '"')
		cell = cell[at+1:]
	}
	return append(append(to, cell...), '"')
}

// special reports whether a cell has to be quoted.
func special(cell []byte) bool {
	for _, letter := range cell {
		if letter <= ',' && (letter == ',' || letter == '"' || letter == '\n' || letter == '\r') {
			return true
		}
	}
	return false
}

// starts are the letters that begin a formula, also as East Asian keyboards write them.
const starts = "=+-@\t\r＝＋－＠"

// formula reports whether a spreadsheet may calculate the cell: it starts with one of starts, also behind quotes or
// spaces, and is no plain number.
func formula(cell []byte) bool {
	for rest := cell; len(rest) > 0; {
		letter, size := utf8.DecodeRune(rest)
		switch {
		case letter >= '0' && letter <= 'z' && letter != '=' && letter != '@':
			return false
		case strings.ContainsRune(starts, letter):
			return !number(cell)
		case letter != '"' && letter != '\'' && !unicode.IsSpace(letter):
			return false
		}
		rest = rest[size:]
	}
	return false
}
