package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"unified/config"
)

var update = flag.Bool("update", false, "write the settings into .env.example and README.md")

const (
	begin = "<!-- settings -->\n"
	end   = "<!-- /settings -->"
)

func TestDocuments_list_the_settings(t *testing.T) {
	t.Parallel()
	compare(t, "../.env.example", example())
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md lacks the lines %s and %s", strings.TrimSpace(begin), end)
	}
	compare(t, "../README.md", before+begin+table()+end+after)
}

func compare(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go test ./config -update", path)
	}
}

func example() string {
	var b strings.Builder
	b.WriteString("# Settings, with their defaults. Copy this file to .env and take away the # of what you change;\n" +
		"# the environment goes before the file.\n")
	for _, s := range config.Settings() {
		fmt.Fprintf(&b, "\n# %s\n#%s=%s\n", s.Meaning, s.Name, s.Default)
	}
	return b.String()
}

func table() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Meaning |\n|---|---|---|\n")
	for _, s := range config.Settings() {
		value := s.Default
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, value, s.Meaning)
	}
	return b.String()
}
