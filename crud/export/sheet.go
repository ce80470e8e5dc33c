package export

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"io"
	"math"
	"strconv"
)

// The limits of a sheet.
const (
	sheetRows   = 1_048_576 // with the headings
	sheetCell   = 32_767    // UTF-16 units in a cell
	sheetDigits = 15        // of a number that is kept as it is
)

// sheet is a workbook of one sheet, which is compressed and passed on while its rows come: a library that keeps the sheet
// until it is whole would need a file of its own for it, and the first byte would come after the last row.
type sheet struct {
	buffer
	zip     *zip.Writer
	out     *bufio.Writer
	columns []Column
	letters []string // A, B, … AA
	row     int64
	written int64 // bytes of the sheet before they are compressed
	text    []byte
}

func openSheet(w io.Writer, columns []Column, _ Options) (Writer, error) {
	s := &sheet{out: bufio.NewWriterSize(w, worth), columns: columns}
	s.zip = zip.NewWriter(s.out)
	s.zip.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestSpeed) })
	for _, part := range parts {
		file, err := s.zip.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(file, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+part.text); err != nil {
			return nil, err
		}
	}
	file, err := s.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	s.to = file
	s.bytes = append(s.bytes, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\n"+sheetHead...)
	s.begin()
	for i, column := range columns {
		s.letters = append(s.letters, letters(i))
		s.string(i, []byte(column.Name), 1)
	}
	s.bytes = append(s.bytes, `</row>`...)
	return s, nil
}

// letters names a column: 0 is A, 26 is AA.
func letters(column int) string {
	name := string(rune('A' + column%26))
	if column < 26 {
		return name
	}
	return letters(column/26-1) + name
}

func (s *sheet) begin() {
	s.row++
	s.bytes = append(strconv.AppendInt(append(s.bytes, `<row r="`...), s.row, 10), `">`...)
}

// Row implements Writer.
func (s *sheet) Row(cells [][]byte) error {
	if s.row == sheetRows {
		return errors.New("export: more rows than a sheet holds")
	}
	s.begin()
	for i, cell := range cells {
		if cell != nil {
			s.cell(i, cell)
		}
	}
	s.bytes = append(s.bytes, `</row>`...)
	if s.written+int64(len(s.bytes)) > math.MaxUint32-int64(len(sheetEnd)) { // a zip file says more in a way that Excel does not read
		return errors.New("export: more bytes than a sheet holds")
	}
	if len(s.bytes) < worth {
		return nil
	}
	s.written += int64(len(s.bytes))
	return s.flush()
}

func (s *sheet) cell(column int, text []byte) {
	switch c := s.columns[column]; {
	case c.Kind == Number && number(text) && exact(text):
		s.open(column, `"><v>`)
		s.bytes = append(append(s.bytes, text...), `</v></c>`...)
	case c.Kind == Bool && len(text) == 1:
		s.open(column, `" t="b"><v>`)
		value := byte('0')
		if text[0] == 't' {
			value = '1'
		}
		s.bytes = append(append(s.bytes, value), `</v></c>`...)
	case c.Kind == Time:
		s.text = appendTime(s.text[:0], text)
		s.string(column, s.text, 0)
	case c.Kind == Array:
		s.text = appendArray(s.text[:0], text, c.Element)
		s.string(column, s.text, 0)
	case formula(text):
		s.string(column, text, 2)
	default:
		s.string(column, text, 0)
	}
}

// exact reports whether a spreadsheet, which calculates with 15 digits, keeps a number as it is.
func exact(text []byte) bool {
	count := 0
	for _, letter := range text {
		switch {
		case letter == 'e' || letter == 'E':
			return count <= sheetDigits
		case letter >= '1' && letter <= '9' || letter == '0' && count > 0:
			count++
		}
	}
	return count <= sheetDigits
}

// open begins a cell and names it; rest goes on behind its name.
func (s *sheet) open(column int, rest string) {
	s.bytes = append(append(s.bytes, `<c r="`...), s.letters[column]...)
	s.bytes = append(strconv.AppendInt(s.bytes, s.row, 10), rest...)
}

func (s *sheet) string(column int, text []byte, style int) {
	switch style {
	case 0:
		s.open(column, `" t="inlineStr"><is><t xml:space="preserve">`)
	default:
		s.open(column, `" s="`+strconv.Itoa(style)+`" t="inlineStr"><is><t xml:space="preserve">`)
	}
	if len(text) > sheetCell {
		text = cut(text)
	}
	s.bytes = append(appendXML(s.bytes, text), `</t></is></c>`...)
}

// Close implements Writer.
func (s *sheet) Close() error {
	s.bytes = append(s.bytes, sheetEnd...)
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.zip.Close(); err != nil {
		return err
	}
	return s.out.Flush()
}
