package schema

import (
	"iter"
	"strings"
	"time"
)

// Severity says what a difference does to the program.
type Severity string

// The severities, the worst first.
const (
	Breaks   Severity = "breaks"   // a statement of the program fails or gives another result
	Drift    Severity = "drift"    // it works, but slower, looser or wider than declared
	Cosmetic Severity = "cosmetic" // names, comments, positions
)

// Sources of what is expected.
const (
	FromModels     = "models"
	FromMigrations = "migrations"
	FromBoth       = "both"
)

// Finding is one difference.
type Finding struct {
	Table     string   `json:"table"` // without its schema; "" for views, functions, types and the schema itself
	Object    string   `json:"object"`
	Kind      string   `json:"kind"`
	Attribute string   `json:"attribute,omitempty"` // which part differs
	Expected  *string  `json:"expected"`            // nil for what is not expected
	Found     *string  `json:"found"`               // nil for what was not found
	Severity  Severity `json:"severity"`
	Source    string   `json:"source"`
	Message   string   `json:"message"`
	Fix       []Step   `json:"fix"` // empty where nothing but judgement mends it
	Whole     bool     `json:"-"`   // whether the fix is applied in one transaction, as half of it would be worse than none

	mend   mend
	stands string // a query for the rows that stand in the way of the fix, "" for none: their keys, and how many they are
}

// mend is what a fix is made from: the objects that differ, in their tables.
type mend struct {
	want, got any    // *column, *index, *rule, ...; nil for none
	table     *table // as found, or as expected where it is missing
	expected  *state
}

// Step is one statement of a fix, and what it costs.
type Step struct {
	SQL           string `json:"sql"`
	Lock          string `json:"lock"`          // the strongest lock that it takes on a table
	Rewrite       bool   `json:"rewrite"`       // whether the whole table is written anew
	Destructive   bool   `json:"destructive"`   // whether data can be lost
	Transactional bool   `json:"transactional"` // whether it can run within a transaction

	builds string // the index that it builds beside writes, quoted with its schema; "" for none
}

// Report is the result of one comparison.
type Report struct {
	Findings   []Finding
	Skipped    []Skipped
	Tables     int // compared
	Role       string
	Server     string // its version
	At         time.Time
	Took       time.Duration
	Invisible  []string // what this role's comparison cannot see
	Migrations bool     // whether migrations were compared too
	Expected   Sides
}

// Skipped is a table or view that could not be compared, and why.
type Skipped struct {
	Name, Reason string
}

// Count is the number of findings of a severity.
func (r *Report) Count(severity Severity) int {
	n := 0
	for _, finding := range r.Findings {
		if finding.Severity == severity {
			n++
		}
	}
	return n
}

// Of yields the findings of a table, which are not to be changed.
func (r *Report) Of(table string) iter.Seq[*Finding] {
	return func(yield func(*Finding) bool) {
		for i := range r.Findings {
			if finding := &r.Findings[i]; finding.Table == table && !yield(finding) {
				return
			}
		}
	}
}

// Sides are the tables as each source and the database has them, for showing them side by side.
type Sides struct {
	Models, Migrations, Found []Side
}

// Side is one table of one source.
type Side struct {
	Name    string
	Columns []SideColumn
}

// SideColumn is a column in words.
type SideColumn struct {
	Name, Type, Null, Default string
}

// Words is the column's declaration.
func (c SideColumn) Words() string {
	words := c.Type
	if c.Null == "not null" {
		words += " not null"
	}
	switch {
	case c.Default == "":
		return words
	case strings.HasPrefix(c.Default, "generated") || c.Default == "serial":
		return words + " " + c.Default
	}
	return words + " default " + c.Default
}
