package config_test

import (
	"fmt"
	"strings"
	"testing"

	"unified/config"
	"unified/internal/document"
)

func TestDocuments_list_the_settings(t *testing.T) {
	t.Parallel()
	document.File(t, "../.env.example", example())
	document.Section(t, "../README.md", "settings", table())
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
