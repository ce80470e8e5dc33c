package export_test

import (
	"io"
	"testing"

	"unified/crud/export"
)

// BenchmarkRow writes a row of an audit log in each format. Compare within one run.
func BenchmarkRow(b *testing.B) {
	columns := []export.Column{
		{Name: "id", Kind: export.Number}, {Name: "service"}, {Name: "action"}, {Name: "note"}, {Name: "address"}, {Name: "agent"},
		{Name: "success", Kind: export.Bool}, {Name: "data", Kind: export.JSON}, {Name: "created_at", Kind: export.Time},
	}
	cells := [][]byte{
		[]byte("123456"), []byte("web"), []byte("update"), nil, []byte("10.0.17.44"), []byte("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"),
		[]byte("t"), []byte(`{"key": "123456", "actor": "person7", "changes": {"first_name": ["Ada", "Zoë \"9\""]}}`), []byte("2026-01-02 03:04:05.123456+00"),
	}
	for _, name := range []string{"csv", "jsonl", "xlsx"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			format, _ := export.Find(name)
			var writer export.Writer
			n := 0
			for b.Loop() {
				if n%1_000_000 == 0 {
					writer, _ = format.Open(io.Discard, columns, export.Options{})
				}
				if n++; writer.Row(cells) != nil {
					b.Fatal("not written")
				}
			}
		})
	}
}
