package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	attacked = regexp.MustCompile(`(?m)^\| (T\d+) \| [^|]+ \| ([^|]+) \|$`)
	named    = regexp.MustCompile("`(Test[^`]+)`")
)

// TestSecurityModel_NamesTestsThatThereAre holds docs/SECURITY_MODEL.md against the tests: each that it names is there, each line
// about an attack names one with the attack's number in it, and no attack on signing in is left out.
func TestSecurityModel_NamesTestsThatThereAre(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("docs", "SECURITY_MODEL.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := testFiles(t)
	for _, name := range named.FindAllStringSubmatch(string(text), -1) {
		if problem := missing(files, name[1]); problem != "" {
			t.Errorf("%s: %s", name[1], problem)
		}
	}
	var listed []string
	for _, line := range attacked.FindAllStringSubmatch(string(text), -1) {
		tests := named.FindAllStringSubmatch(line[2], -1)
		listed = append(listed, line[1])
		numbered := slices.ContainsFunc(tests, func(name []string) bool {
			return regexp.MustCompile(line[1] + `\b|` + line[1] + `_`).MatchString(name[1])
		})
		if !numbered {
			t.Errorf("%s: no test has the number in its name: %s", line[1], line[2])
		}
	}
	var wanted []string
	for _, span := range [][2]int{{1, 11}, {13, 23}, {38, 38}, {58, 58}, {60, 70}} {
		for n := span[0]; n <= span[1]; n++ {
			wanted = append(wanted, fmt.Sprintf("T%02d", n))
		}
	}
	for _, attack := range wanted {
		if !slices.Contains(listed, attack) {
			t.Errorf("%s is left out", attack)
		}
	}
}

// testFiles are the texts of all files of tests, by the tests that they declare; files of other packages may have some of the same name.
func testFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", "var", "bin", ".git"}, path) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, test := range declared.FindAllStringSubmatch(string(text), -1) {
			files[test[1]] = append(files[test[1]], string(text))
		}
		return err
	})
	if err != nil || len(files) < 200 {
		t.Fatalf("%d tests, %v", len(files), err)
	}
	return files
}

// missing says what of a test, named as go test names it, is not there; a part of a test may be the beginning of a name.
func missing(files map[string][]string, name string) string {
	test, part, _ := strings.Cut(name, "/")
	switch {
	case files[test] == nil:
		return "there is no such test"
	case !slices.ContainsFunc(files[test], func(text string) bool {
		return strings.Contains(text, `"`+part) || part == "" || strings.Contains(text, "_"+part)
	}):
		return "the test has no such part"
	}
	return ""
}
