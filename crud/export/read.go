package export

import (
	"errors"
	"strings"
)

// ErrCSV says that a text is no CSV.
var ErrCSV = errors.New("a quote stands where none can, or does not end")

// ReadCSV calls row with the cells of each line of CSV as it is written here, a byte order mark before it or none: nil for a cell
// without anything in it, "" for one with quotes. An apostrophe before a formula is taken away. Semicolons or tabs, as spreadsheets write
// and copy cells, stand for commas where the first line has tabs, or no comma. It ends with row's error or ErrCSV.
func ReadCSV(text string, row func(cells []*string) error) error {
	text = strings.TrimPrefix(text, "\uFEFF")
	separator := separatorOf(text)
	for text != "" {
		var cells []*string
		for more := true; more; {
			cell, rest, err := readCell(text, separator)
			if err != nil {
				return err
			}
			cells = append(cells, cell)
			text, more = strings.CutPrefix(rest, separator)
		}
		text = strings.TrimPrefix(text, "\r")
		if text = strings.TrimPrefix(text, "\n"); len(cells) == 1 && cells[0] == nil {
			continue // an empty line
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	return nil
}

// separatorOf is what stands between the cells of a text, by its first line.
func separatorOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	for _, separator := range []string{"\t", ",", ";"} {
		if strings.Contains(line, separator) {
			return separator
		}
	}
	return ","
}

// readCell reads the cell that a text begins with. A quote within a cell that does not begin with one is a letter between tabs alone:
// spreadsheets copy it so.
func readCell(text, separator string) (cell *string, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, separator+"\r\n")
		if end < 0 {
			end = len(text)
		}
		if separator != "\t" && strings.Contains(text[:end], `"`) {
			return nil, "", ErrCSV
		}
		if end == 0 {
			return nil, text, nil
		}
		return new(calculated(text[:end])), text[end:], nil
	}
	var held strings.Builder
	for rest = text[1:]; ; rest = rest[1:] {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return nil, "", ErrCSV
		}
		held.WriteString(rest[:end])
		if rest = rest[end+1:]; !strings.HasPrefix(rest, `"`) {
			break
		}
		held.WriteByte('"')
	}
	if rest != "" && !strings.ContainsRune(separator+"\r\n", rune(rest[0])) {
		return nil, "", ErrCSV
	}
	return new(calculated(held.String())), rest, nil
}

// calculated takes away the apostrophe that keeps a spreadsheet from calculating a cell.
func calculated(cell string) string {
	if rest, marked := strings.CutPrefix(cell, "'"); marked && formula([]byte(rest)) {
		return rest
	}
	return cell
}
