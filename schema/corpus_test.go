package schema

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"unified/database"
	"unified/internal/testdb"
	"unified/migrations2"
	"unified/models"
)

// mutation is a change made to a migrated database by hand, and what a perfect comparison says of it.
type mutation struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Class  string   `json:"cls"` // real or noop
	SQL    string   `json:"sql"`
	Expect []wanted `json:"expect"`
	AlsoOK []wanted `json:"also_ok"`
	Super  bool     `json:"super"` // whether the superuser makes it
	Fails  string   `json:"fails"` // a statement more, which is broken off
	Kept   bool     `json:"kept"`  // no fix undoes it
}

// wanted is a finding, as far as it is said.
type wanted struct {
	Kind      string   `json:"kind"`
	Table     *string  `json:"table"`
	Object    string   `json:"object"`
	Attribute string   `json:"attribute"`
	Expected  *string  `json:"expected"`
	Found     *string  `json:"found"`
	Severity  Severity `json:"severity"`
	Source    string   `json:"source"`
}

func (w wanted) is(f Finding) bool {
	return (w.Kind == "" || w.Kind == f.Kind) && (w.Table == nil || *w.Table == f.Table) && (w.Object == "" || w.Object == f.Object) &&
		(w.Attribute == "" || w.Attribute == f.Attribute) && (w.Severity == "" || w.Severity == f.Severity) &&
		(w.Source == "" || w.Source == f.Source) && within(w.Expected, f.Expected) && within(w.Found, f.Found)
}

func within(want, got *string) bool {
	return want == nil || got != nil && strings.Contains(strings.ToLower(*got), strings.ToLower(*want))
}

func options(db *testdb.DB) Options {
	return Options{
		Schema: db.Schema, Models: models.All(), Migrations: migrations2.FS, Ignore: database.Bookkeeping(), Extensions: database.Extensions(),
	}
}

// comparerOf compares a database with what shared built already.
func comparerOf(t *testing.T, db *testdb.DB, shared *Comparer) *Comparer {
	t.Helper()
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	c := New(owner, options(db))
	if shared != nil {
		c.kept = shared.kept
	}
	return c
}

func compared(t *testing.T, c *Comparer) *Report {
	t.Helper()
	report, err := c.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func corpus(t *testing.T) []mutation {
	t.Helper()
	file, err := os.Open("testdata/mutations.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var list []mutation
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m mutation
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		list = append(list, m)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCompare_corpus(t *testing.T) {
	shared := comparerOf(t, testdb.New(t), nil)
	if report := compared(t, shared); len(report.Findings) > 0 {
		t.Fatalf("a fresh database differs: %s", saidOf(report.Findings))
	}
	var said, right, wanted, met, real, silent, mended int
	spare := testdb.New(t)
	for _, m := range corpus(t) {
		t.Run(m.ID, func(t *testing.T) {
			db := spare
			m.make(t, db)
			c := comparerOf(t, db, shared)
			report := compared(t, c)
			missed, wrong := m.judge(report.Findings)
			if len(missed)+len(wrong) > 0 {
				t.Errorf("%s: %s\nmissed %s\nwrong %s", m.Title, m.SQL, inWords(missed), saidOf(wrong))
			}
			said, right = said+len(report.Findings), right+len(report.Findings)-len(wrong)
			wanted, met = wanted+len(m.Expect), met+len(m.Expect)-len(missed)
			if m.Class == "noop" {
				silent++
				return
			}
			real++
			if left := m.mend(t, db, c, report); len(left) > 0 {
				spare = nil
			} else {
				mended++
			}
		})
		if spare == nil || m.Class == "noop" || strings.Contains(m.SQL, " column ") { // remains of columns tell apart what looks the same
			spare = testdb.New(t)
		}
	}
	t.Logf("%d changes that count, %d that do not: recall %s, precision %s, mended without a rest %d", real, silent, share(met, wanted), share(right, said), mended)
	if real < 120 || silent < 20 {
		t.Errorf("the corpus has %d changes that count and %d that do not; want 120 and 20", real, silent)
	}
}

// make changes the database.
func (m mutation) make(t *testing.T, db *testdb.DB) {
	t.Helper()
	var err error
	if m.Super {
		err = db.SuperExec(m.SQL)
	} else {
		_, err = db.Pool.Exec(t.Context(), m.SQL)
	}
	if err != nil {
		t.Fatalf("%s: %v", m.SQL, err)
	}
	if m.Fails == "" {
		return
	}
	if _, err := db.Pool.Exec(t.Context(), m.Fails); err == nil {
		t.Fatalf("%s: it did not fail", m.Fails)
	}
}

func share(part, whole int) string {
	return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(part)/float64(max(whole, 1)), part, whole)
}

// judge returns what was not reported, and what should not have been.
func (m mutation) judge(findings []Finding) (missed []wanted, wrong []Finding) {
	for _, want := range m.Expect {
		if !anyOf(findings, want.is) {
			missed = append(missed, want)
		}
	}
	for _, f := range findings {
		is := func(w wanted) bool { return w.is(f) }
		if !anyOf(m.Expect, is) && !anyOf(m.AlsoOK, is) {
			wrong = append(wrong, f)
		}
	}
	return missed, wrong
}

// mend applies the fixes, asks that what they mend is gone, and returns what is left.
func (m mutation) mend(t *testing.T, db *testdb.DB, c *Comparer, report *Report) []Finding {
	t.Helper()
	if m.Kept {
		return report.Findings
	}
	conn, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, f := range report.Script() {
		for _, step := range f.Fix {
			if _, err := conn.Exec(t.Context(), step.SQL); err != nil {
				t.Errorf("%s: the fix of %s %s fails: %s: %v", m.ID, f.Kind, f.Object, step.SQL, err)
				return report.Findings
			}
		}
	}
	left := compared(t, c).Findings
	for _, f := range left {
		if len(f.Fix) > 0 {
			t.Errorf("%s: %s: after its fixes were applied there is%s", m.ID, m.Title, saidOf([]Finding{f}))
		}
	}
	return left
}

func inWords(list []wanted) string {
	words, _ := json.Marshal(list)
	return string(words)
}

func anyOf[T any](list []T, is func(T) bool) bool {
	for _, item := range list {
		if is(item) {
			return true
		}
	}
	return false
}

func saidOf(findings []Finding) string {
	var words strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&words, "\n\t%s %s %s.%s %s: %q, found %q (%s)", f.Severity, f.Kind, f.Table, f.Object, f.Attribute, text(f.Expected), text(f.Found), f.Source)
	}
	return words.String()
}
