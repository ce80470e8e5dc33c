package schema

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/admin/demo"
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
	Rows   bool     `json:"rows"`  // the rows that are left stand in the way of a rule
	Empty  bool     `json:"empty"` // it cannot be made where there are rows
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
	full := inhabited(t)
	spare := full.Copy(t)
	for _, m := range corpus(t) {
		t.Run(m.ID, func(t *testing.T) {
			db := spare
			if m.Empty {
				db = testdb.New(t)
			}
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
			spare = full.Copy(t)
		}
	}
	t.Logf("%d changes that count, %d that do not: recall %s, precision %s, mended without a rest %d", real, silent, share(met, wanted), share(right, said), mended)
	if real < 120 || silent < 20 {
		t.Errorf("the corpus has %d changes that count and %d that do not; want 120 and 20", real, silent)
	}
}

// inhabited is a database with a small company in it.
func inhabited(t *testing.T) *testdb.DB {
	t.Helper()
	db := testdb.New(t)
	if _, err := demo.Fill(t.Context(), db.Pool, demo.Options{Users: 8}); err != nil {
		t.Fatal(err)
	}
	return db
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

// mend has the bridge apply the fixes, as somebody does who agrees to all of them, asks that what they mend is gone and that no row
// went with it, and returns what is left.
func (m mutation) mend(t *testing.T, db *testdb.DB, c *Comparer, report *Report) []Finding {
	t.Helper()
	if m.Kept {
		return report.Findings
	}
	before := rowsOf(t, db)
	out := bridged(t, db, c, agreeing(report))
	left := out.Report.Findings
	for _, f := range left {
		if len(f.Fix) > 0 && !m.Rows {
			t.Errorf("%s: %s: after its fixes were applied there is%s", m.ID, m.Title, saidOf([]Finding{f}))
		}
	}
	for _, rest := range out.Left {
		if len(rest.Fix) > 0 && (!m.Rows || len(rest.Rows) == 0) {
			t.Errorf("%s: %s", m.ID, rest.Why)
		}
	}
	if m.Rows && len(out.Left) == 0 {
		t.Errorf("%s: no row is said to stand in the way", m.ID)
	}
	after := rowsOf(t, db)
	for table, rows := range before {
		if name := renamedTo(report, table); rows != after[name] && !dropped(report, table) {
			t.Errorf("%s: %s had %d rows, and %s has %d", m.ID, table, rows, name, after[name])
		}
	}
	return left
}

// agreeing is the consent to all of a report.
func agreeing(report *Report) Consent {
	var names []string
	for i := range report.Findings {
		names = append(names, report.Findings[i].Name())
	}
	return Consent{Confirmed: names, Lost: names}
}

// bridged applies what the consent takes.
func bridged(t *testing.T, db *testdb.DB, c *Comparer, consent Consent) *Outcome {
	t.Helper()
	conn, err := c.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	bridge := &Bridge{Comparer: c, Pending: func(ctx context.Context) ([]string, error) { return unapplied(ctx, db) }}
	out, err := bridge.Apply(t.Context(), conn, consent, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func unapplied(ctx context.Context, db *testdb.DB) (names []string, err error) {
	files, err := database.Status(ctx, db.Target(), migrations2.FS)
	for _, file := range files {
		if !file.Applied {
			names = append(names, file.Name)
		}
	}
	return names, err
}

// rowsOf counts the rows of all tables of the schemas that are not PostgreSQL's.
func rowsOf(t *testing.T, db *testdb.DB) map[string]int {
	t.Helper()
	found, err := db.Pool.Query(t.Context(), `SELECT relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass),
		false, true, '')))[1]::text::int FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|information_schema$)'`)
	if err != nil {
		t.Fatal(err)
	}
	rows, table, n := map[string]int{}, "", 0
	if _, err := pgx.ForEachRow(found, []any{&table, &n}, func() error { rows[table] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func renamedTo(report *Report, table string) string {
	for _, f := range report.Findings {
		if f.Kind == "table.renamed" && text(f.Found) == table {
			return f.Object
		}
	}
	return table
}

func dropped(report *Report, table string) bool {
	return anyOf(report.Findings, func(f Finding) bool { return f.Kind == "table.extra" && f.Object == table })
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
