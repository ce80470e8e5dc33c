package demo

import (
	"fmt"
	"strings"
)

// Summary is what Fill did.
type Summary struct {
	AlreadyThere bool    // a company was there before; nothing was done
	Rows         []Count // by table, in the order of filling
	Certificates string  // where they come from, as a sentence
	Password     string  // of every person of the company, made up just now and kept nowhere
}

// Count is how many rows a table got.
type Count struct {
	Table string
	Rows  int
}

// String returns the summary for the person who asked for the company, the password included.
func (s Summary) String() string {
	if s.AlreadyThere {
		return "The demo company is there already; nothing was changed."
	}
	var text strings.Builder
	text.WriteString("The demo company is there:\n")
	for _, count := range s.Rows {
		fmt.Fprintf(&text, "  %-26s %7d rows\n", count.Table, count.Rows)
	}
	fmt.Fprintf(&text, "%s\nEvery person of the company has the password %s (shown this once).", s.Certificates, s.Password)
	return text.String()
}
