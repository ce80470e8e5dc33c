package export

import "io"

// lines is one JSON object a line, with its keys in the order of the columns.
type lines struct {
	buffer
	columns []Column
	keys    [][]byte // with what stands before the value: `,"name":`
}

func openLines(w io.Writer, columns []Column, _ Options) (Writer, error) {
	l := &lines{buffer: buffer{to: w}, columns: columns}
	before := byte('{')
	for _, column := range columns {
		l.keys = append(l.keys, append(appendString([]byte{before}, []byte(column.Name)), ':'))
		before = ','
	}
	return l, nil
}

// Row implements Writer.
func (l *lines) Row(cells [][]byte) error {
	for i, cell := range cells {
		l.bytes = append(l.bytes, l.keys[i]...)
		if cell == nil {
			l.bytes = append(l.bytes, "null"...)
		} else {
			l.bytes = appendJSON(l.bytes, cell, l.columns[i].Kind, l.columns[i].Element)
		}
	}
	l.bytes = append(l.bytes, '}', '\n')
	return l.spill()
}

// Close implements Writer.
func (l *lines) Close() error { return l.flush() }
