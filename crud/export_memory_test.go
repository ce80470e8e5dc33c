package crud_test

import (
	"runtime"
	"testing"

	"unified/crud"
)

// gauge looks at the memory that is in use while it takes what is written.
type gauge struct {
	bytes, peak uint64
}

func (g *gauge) Write(bytes []byte) (int, error) {
	if g.bytes += uint64(len(bytes)); g.bytes>>22 != (g.bytes-uint64(len(bytes)))>>22 { // every 4 MB
		g.peak = max(g.peak, inUse())
	}
	return len(bytes), nil
}

func inUse() uint64 {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapInuse + now.StackInuse
}

// TestExport_KeepsNothing writes 300,000 rows of 100 bytes in each format.
func TestExport_KeepsNothing(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.wide(t, 300_000, 0)
	seats := w.table(t, "seats")
	for _, format := range []string{"csv", "jsonl", "xlsx"} {
		export, err := seats.Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		before, to := inUse(), &gauge{}
		if err := export.Write(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		to.peak = max(to.peak, inUse())
		t.Logf("%s: %d MB written, %.1f MB more in use", format, to.bytes>>20, (float64(to.peak)-float64(before))/(1<<20))
		if to.peak > before+15<<20 {
			t.Errorf("%s takes %d MB", format, (to.peak-before)>>20)
		}
	}
}
