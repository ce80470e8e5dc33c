package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"unified/crud/export"
	"unified/internal/document"
)

// columns are one of every kind.
var columns = []export.Column{
	{Name: "id", Kind: export.Number}, {Name: "text"}, {Name: "=head\"ing"}, {Name: "yes", Kind: export.Bool}, {Name: "at", Kind: export.Time},
	{Name: "data", Kind: export.JSON}, {Name: "list", Kind: export.Array}, {Name: "numbers", Kind: export.Array, Element: export.Number},
}

// rows are in PostgreSQL's text; "NULL" stands for NULL.
var rows = [][]string{
	{"9223372036854775807", "plain", "2026-05-31", "t", "2026-05-31 14:30:00.123456+00", `{"a": [1, null]}`, `{a,"b c",NULL,"NULL","q\"\\,{}"}`, "{1,-2.50,NULL}"},
	{"-12345678901234567890.123456789", "say \"hi\", then\nleave\r\n", "", "f", "2026-05-31 14:30:00", `"=1"`, "{}", "{{1,2},{3,4}}"},
	{"-5", "Zoë 日本 🎉 \u2028", " lead", "t", "0044-03-15 12:00:00+00 BC", "null", `[0:1]={x,y}`, "{NaN}"},
	{"NaN", "=cmd|' /C calc'!A0", `  "=1+1"`, "f", "infinity", "{\n \"a\":\r\n1}", `{"=1"}`, "NULL"},
	{"1e+20", "\x01<&>_x0041_\t", "-5", "t", "2026-05-31 14:30:00+05:30", "-1", "{+1}", "{Infinity}"},
	{"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
}

func cells(row []string) [][]byte {
	out := make([][]byte, len(row))
	for i, text := range row {
		if text != "NULL" {
			out[i] = []byte(text)
		}
	}
	return out
}

// written is what a format makes of rows.
func written(t *testing.T, format string, columns []export.Column, rows [][]string, options export.Options) []byte {
	t.Helper()
	found, ok := export.Find(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	var out bytes.Buffer
	writer, err := found.Open(&out, columns, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := writer.Row(cells(row)); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("%s wrote %d bytes before it had to", format, out.Len())
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFormats_EveryKind(t *testing.T) {
	for _, format := range []string{"csv", "jsonl"} {
		document.File(t, "testdata/every_kind."+format, string(written(t, format, columns, rows, export.Options{})))
	}
	var sheet strings.Builder
	for _, row := range readSheet(t, written(t, "xlsx", columns, rows, export.Options{})) {
		fmt.Fprintf(&sheet, "%q\n", row)
	}
	document.File(t, "testdata/every_kind.xlsx.txt", sheet.String())
}

// readSheet reads a workbook as another program does.
func readSheet(t *testing.T, data []byte) [][]string {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.GetRows("Rows", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSV_IsReadBack(t *testing.T) {
	data := written(t, "csv", columns, rows, export.Options{BOM: true})
	plain, ok := bytes.CutPrefix(data, []byte("\uFEFF"))
	if !ok {
		t.Errorf("it begins with %q", data[:10])
	}
	read, err := csv.NewReader(bytes.NewReader(plain)).ReadAll()
	if err != nil || len(read) != len(rows)+1 {
		t.Fatalf("%d records, %v", len(read), err)
	}
	if got := read[2][1]; got != "say \"hi\", then\nleave\n" { // the reader's own line ends
		t.Errorf("a text with quotes and lines is read as %q", got)
	}
	one := written(t, "csv", columns[1:2], [][]string{{"NULL"}, {""}, {"x"}}, export.Options{})
	if string(one) != "text\r\n\"\"\r\n\"\"\r\nx\r\n" {
		t.Errorf("one column is %q", one)
	}
}

func TestCSV_T46_Formulas(t *testing.T) {
	for text, escaped := range map[string]bool{
		"=1": true, "+1+1": true, "-1-1": true, "@SUM(A1)": true, "\t=1": true, "\r=1": true, " =1": true, "\"=1": true, "'=1": true, " \" '-x": true, "\n@x": true,
		"＝1": true, "\u00a0=1": true, "-": true, "+": true, "-Infinity": true, "-1e": true, "-1.": true, "\t": true, "=": true,
		"-5": false, "+49301234": false, "-1.5e-7": false, "a=1": false, "5-3": false, "": false, "x@example.org": false, "#=1": false, "'tis": false, "2026-01-02": false,
	} {
		got := written(t, "csv", []export.Column{{Name: "a"}}, [][]string{{text}}, export.Options{})
		records, err := csv.NewReader(bytes.NewReader(got)).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		want := strings.ReplaceAll(text, "\r\n", "\n")
		if escaped {
			want = "'" + want
		}
		if records[1][0] != want {
			t.Errorf("%q is written as %q, want %q", text, records[1][0], want)
		}
	}
}

func TestLines_AreReadBack(t *testing.T) {
	data := written(t, "jsonl", columns, rows, export.Options{})
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(lines) != len(rows) {
		t.Fatalf("%d lines of %d rows", len(lines), len(rows))
	}
	for i, line := range lines {
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.UseNumber()
		var got map[string]any
		if err := decoder.Decode(&got); err != nil {
			t.Fatalf("line %d is %s: %v", i, line, err)
		}
		if text, _ := got["text"].(string); rows[i][1] != "NULL" && text != rows[i][1] {
			t.Errorf("a text is read as %q, was %q", text, rows[i][1])
		}
		if number, ok := got["id"].(json.Number); ok && number.String() != rows[i][0] {
			t.Errorf("a number is read as %s, was %s", number, rows[i][0])
		}
	}
	if got := written(t, "jsonl", columns, nil, export.Options{}); len(got) != 0 {
		t.Errorf("no rows are %q", got)
	}
}

func TestSheet_KeepsWhatItCanHold(t *testing.T) {
	long := strings.Repeat("🎉", 20_000)
	fits := strings.Repeat("x", 32_767)
	data := written(t, "xlsx", columns[:4], [][]string{
		{"123456789012345", long, "=1", "t"}, {"1234567890123456", fits, "x", "f"}, {"0.000001234", "_x0041_ \x0b\ufffe\r", "y", "NULL"},
	}, export.Options{})
	got := readSheet(t, data)
	for at, want := range map[[2]int]string{
		{0, 2}: "=head\"ing", {1, 0}: "123456789012345", {2, 0}: "1234567890123456", {2, 1}: fits, {3, 1}: "_x0041_ \x0b\ufffe\r", {1, 2}: "=1", {1, 3}: "1",
	} {
		if got := got[at[0]][at[1]]; got != want {
			t.Errorf("cell %v is %.60q, want %.60q", at, got, want)
		}
	}
	if cut := got[1][1]; !strings.HasSuffix(cut, "[cut: a cell holds no more]") || !strings.HasPrefix(cut, "🎉🎉") {
		t.Errorf("a text of 40,000 units ends with %q", cut[len(cut)-60:])
	}
	file, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeUnset, "A3": excelize.CellTypeInlineString, "C2": excelize.CellTypeInlineString, "D2": excelize.CellTypeBool} {
		if kind, err := file.GetCellType("Rows", cell); err != nil || kind != want {
			t.Errorf("the type of %s is %v, want %v, %v", cell, kind, want, err)
		}
	}
	if formula, err := file.GetCellFormula("Rows", "C2"); err != nil || formula != "" {
		t.Errorf("C2 has the formula %q, %v", formula, err)
	}
	for cell, want := range map[string]int{"A1": 1, "C2": 2, "C3": 0} { // styles 1 and 2 keep a text a text
		if style, err := file.GetCellStyle("Rows", cell); err != nil || style != want {
			t.Errorf("the style of %s is %d, want %d, %v", cell, style, want, err)
		}
	}
}

func TestSheet_RefusesMoreRowsThanItHolds(t *testing.T) {
	format, _ := export.Find("xlsx")
	writer, err := format.Open(io.Discard, columns[:1], export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row := [][]byte{nil}
	for i := range format.Rows {
		if err := writer.Row(row); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	if writer.Row(row) == nil {
		t.Error("one more is written")
	}
}

// broken takes some bytes and no more.
type broken struct{ left int }

var errBroken = errors.New("broken")

func (b *broken) Write(bytes []byte) (int, error) {
	if b.left -= len(bytes); b.left < 0 {
		return 0, errBroken
	}
	return len(bytes), nil
}

func TestFormats_PassErrorsOn(t *testing.T) {
	for _, name := range []string{"csv", "jsonl", "xlsx"} {
		format, _ := export.Find(name)
		writer, err := format.Open(&broken{100_000}, columns, export.Options{})
		for i := 0; err == nil && i < 100_000; i++ {
			err = writer.Row(cells(append([]string{fmt.Sprint(i * i)}, rows[0][1:]...)))
		}
		if !errors.Is(err, errBroken) {
			t.Errorf("%s goes on writing, %v", name, err)
		}
	}
}
