package schema

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Narrow leaves only what concerns a table, and reports whether there is such a table.
func (r *Report) Narrow(table string) bool {
	there := false
	for _, side := range slices.Concat(r.Expected.Models, r.Expected.Migrations, r.Expected.Found) {
		there = there || side.Name == table
	}
	for _, skipped := range r.Skipped {
		there = there || skipped.Name == table
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Table != table && f.Kind != "schema.missing" })
	r.Skipped = slices.DeleteFunc(r.Skipped, func(s Skipped) bool { return s.Name != table })
	return there
}

// Print writes the report for people: what differs, table by table, and how to mend it.
func (r *Report) Print(w io.Writer) error {
	var text strings.Builder
	for _, finding := range r.Findings {
		fmt.Fprintf(&text, "%-8s %-26s %s\n", finding.Severity, finding.Kind, finding.Message)
		for _, step := range finding.Fix {
			fmt.Fprintf(&text, "    %s\n", strings.ReplaceAll(step.SQL, "\n", "\n    "))
			fmt.Fprintf(&text, "    -- %s\n", step.Cost())
		}
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return err
	}
	return r.PrintSummary(w)
}

// Cost says in words what a step takes.
func (s Step) Cost() string {
	words := []string{"lock " + cmp.Or(s.Lock, "none")}
	if s.Rewrite {
		words = append(words, "writes the table anew")
	}
	if s.Destructive {
		words = append(words, "DATA CAN BE LOST")
	}
	if !s.Transactional {
		words = append(words, "not within a transaction")
	}
	return strings.Join(words, ", ")
}

// PrintSummary writes what was not compared, what cannot be seen, and the counts.
func (r *Report) PrintSummary(w io.Writer) error {
	var text strings.Builder
	for _, skipped := range r.Skipped {
		fmt.Fprintf(&text, "not compared: %s, since %s\n", skipped.Name, skipped.Reason)
	}
	for _, invisible := range r.Invisible {
		fmt.Fprintf(&text, "not visible to the role %s: %s\n", r.Role, invisible)
	}
	fmt.Fprintln(&text, r.Summary())
	_, err := io.WriteString(w, text.String())
	return err
}

// Summary is the report in one line.
func (r *Report) Summary() string {
	return fmt.Sprintf("%d tables compared in %s as %s: %d break, %d drift, %d cosmetic",
		r.Tables, r.Took.Round(time.Millisecond), r.Role, r.Count(Breaks), r.Count(Drift), r.Count(Cosmetic))
}

// Short is the first line of the statement.
func (s Step) Short() string {
	line, _, more := strings.Cut(s.SQL, "\n")
	if more || len(line) > 90 {
		return line[:min(len(line), 90)] + "…"
	}
	return line
}
