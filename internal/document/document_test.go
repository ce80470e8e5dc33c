package document_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"unified/internal/document"
)

const page = "# Title\n\n```sh\nprintf 'a\\nb\\n'\n```\n```text\na\nb\n```\n\nWords.\n\n```sh\ntrue\n```\n\n<!-- list -->\nold\n<!-- /list -->\nend\n"

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommands(t *testing.T) {
	got := document.Commands(t, write(t, page))
	want := []document.Command{{Line: 3, Shell: "printf 'a\\nb\\n'\n", Prints: "a\nb\n"}, {Line: 13, Shell: "true\n"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestSection_current(t *testing.T) {
	path := write(t, page)
	document.Section(t, path, "list", "old\n")
	document.File(t, path, page)
}

// recorder takes the failures of a check.
type recorder struct {
	testing.TB
	failures int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failures++ }

func TestSection_stale(t *testing.T) {
	var r recorder
	document.Section(&r, write(t, page), "list", "new\nlines\n")
	if r.failures != 3 { // stale, and two lines that are missing
		t.Errorf("%d failures", r.failures)
	}
}
