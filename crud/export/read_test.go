package export

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// cells writes what was read: ∅ for an empty cell, texts in brackets.
func readCells(t *testing.T, text string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := ReadCSV(text, func(cells []*string) error {
		for _, cell := range cells {
			if cell == nil {
				out.WriteString("∅")
			} else {
				out.WriteString("[" + *cell + "]")
			}
		}
		out.WriteString(";")
		return nil
	})
	return out.String(), err
}

func TestReadCSV(t *testing.T) {
	for text, want := range map[string]string{
		"a,b\r\n1,\r\n":               "[a][b];[1]∅;",
		"\uFEFFa\n\"\"\n\n\"x\"\"y\"": `[a];[];[x"y];`,
		"\"a\nb\",\"c,d\"":            "[a\nb][c,d];",
		"\"'=1+1\",'x,\"'-5\"":        "[=1+1]['x]['-5];",
		",,\n":                        "∅∅∅;",
		"a;b\n1,5;\"x;y\"\n":          "[a][b];[1,5][x;y];",
		"a, c\tb\r\n5\" disk\t\n":     `[a, c][b];[5" disk]∅;`,
		"\"a;b\",c\n1;2,\n":           "[a;b][c];[1;2]∅;",
	} {
		if got, err := readCells(t, text); err != nil || got != want {
			t.Errorf("%q reads %q, %v", text, got, err)
		}
	}
	for _, text := range []string{`"a`, `"a"b`, `a"b`, `"a""`} {
		if got, err := readCells(t, text); !errors.Is(err, ErrCSV) {
			t.Errorf("%q reads %q", text, got)
		}
	}
}

func TestReadCSV_ReadsWhatIsWritten(t *testing.T) {
	texts := []string{"", "a", "'", "'=1", "=1", "''=1", " =x", "-5", "- 5", "@x", "a,b", "\"", "\"=x", "line\r\nbreak", "'x", "＝1", "\t"}
	format, _ := Find("csv")
	var buffer bytes.Buffer
	w, err := format.Open(&buffer, []Column{{Name: "a"}, {Name: "b"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if err := w.Row([][]byte{[]byte(text), nil}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	at := -1
	err = ReadCSV(buffer.String(), func(cells []*string) error {
		if at >= 0 && (cells[0] == nil || *cells[0] != texts[at] || cells[1] != nil) {
			t.Errorf("%q reads %v", texts[at], cells)
		}
		at++
		return nil
	})
	if err != nil || at != len(texts) {
		t.Errorf("%d rows, %v", at, err)
	}
}
