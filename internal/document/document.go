// Package document keeps documents true: tests compare the parts of them that are generated, and run the commands that they
// show. "go test PACKAGE -update" writes what is generated.
package document

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files and the generated parts of documents")

// File fails the test unless the file holds this text; with -update it writes it.
func File(t testing.TB, path, text string) {
	t.Helper()
	check(t, path, func(string) (string, error) { return text, nil })
}

// Section fails the test unless the lines between "<!-- NAME -->" and "<!-- /NAME -->" of a document are this text, which
// ends a line; with -update it writes them.
func Section(t testing.TB, path, name, text string) {
	t.Helper()
	check(t, path, func(whole string) (string, error) {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
		before, rest, found := strings.Cut(whole, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			return "", fmt.Errorf("it lacks the lines %s and %s", strings.TrimSpace(begin), strings.TrimSpace(end))
		}
		return before + begin + text + end + after, nil
	})
}

// check compares a file with what it should be, given what it is.
func check(t testing.TB, path string, should func(string) (string, error)) {
	t.Helper()
	got, want, err := compare(path, should)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if got == want {
		return
	}
	t.Errorf("%s is stale: run go test with -update in this package", path)
	lines := strings.Split(got, "\n")
	for _, line := range strings.Split(want, "\n") {
		if !slices.Contains(lines, line) {
			t.Errorf("missing: %s", line)
		}
	}
}

// compare returns what the file is and what it should be: the same once it is written. A lock keeps test programs that write
// into one document at once from undoing each other's work.
func compare(path string, should func(string) (string, error)) (got, want string, err error) {
	flags := os.O_RDONLY
	if *update {
		flags = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return "", "", err
	}
	raw, err := io.ReadAll(file)
	if err != nil {
		return "", "", err
	}
	if want, err = should(string(raw)); err != nil || !*update {
		return string(raw), want, err
	}
	if err := file.Truncate(0); err != nil {
		return "", "", err
	}
	_, err = file.WriteAt([]byte(want), 0)
	return want, want, err
}
