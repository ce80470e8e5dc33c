package filter_test

import (
	"os"
	"reflect"
	"regexp"
	"testing"
	"time"

	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

func TestParse(t *testing.T) {
	is := func(field string, op filter.Op, values ...string) filter.Node {
		return filter.Node{Field: field, Op: op, Values: values}
	}
	for text, want := range map[string]filter.Node{
		"":                              {},
		"status.is:draft":               is("status", filter.Is, "draft"),
		"a.empty":                       is("a", filter.Empty),
		`a.is:""`:                       is("a", filter.Is, ""),
		"a.any:x,y":                     is("a", filter.Any, "x", "y"),
		`a.contains:"x;y|(\"z\\"`:       is("a", filter.Contains, `x;y|("z\`),
		`a.is:" x "`:                    is("a", filter.Is, " x "),
		"at.ge:2026-01-02 03:04:05":     is("at", filter.AtLeast, "2026-01-02 03:04:05"),
		"ip.within:2001:db8::/32":       is("ip", filter.Within, "2001:db8::/32"),
		"a.is:1;b.is:2":                 {Nodes: []filter.Node{is("a", filter.Is, "1"), is("b", filter.Is, "2")}},
		"a.is:1;(b.is:2|c.is:3)":        {Nodes: []filter.Node{is("a", filter.Is, "1"), {Or: true, Nodes: []filter.Node{is("b", filter.Is, "2"), is("c", filter.Is, "3")}}}},
		"a.is:1|(b.is:2;(c.is:3|d.is))": {Or: true, Nodes: []filter.Node{is("a", filter.Is, "1"), {Nodes: []filter.Node{is("b", filter.Is, "2"), {Or: true, Nodes: []filter.Node{is("c", filter.Is, "3"), is("d", filter.Is)}}}}}},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := filter.Parse(text)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("Parse = %+v, %v", got, err)
			}
			if got.String() != text {
				t.Errorf("String = %q", got)
			}
		})
	}
	for _, text := range []string{"status", "status:draft", ".is:1", "a.:1", "a.is:1;", ";a.is:1", "(a.is:1", "a.is:1)", "a.is:1;b.is:2|c.is:3", `a.is:"x`,
		`a.is:"x"y`, "a.is(b)", "\xff.is:1", "a.is:\x00", "((((((a.is:1))))))"} {
		t.Run("refused "+text, func(t *testing.T) {
			if got, err := filter.Parse(text); err == nil {
				t.Errorf("Parse = %+v", got)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a.is:1;(b.any:x,y|c.empty)", `a.contains:"\"\\"`, "a.is:\"\"", "(a.is:1)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		node, err := filter.Parse(text)
		if err != nil {
			return
		}
		again, err := filter.Parse(node.String())
		if err != nil || again.String() != node.String() {
			t.Errorf("%q is written %q and read as %q, %v", text, node, again, err)
		}
	})
}

func TestClause_Periods(t *testing.T) {
	zone := func(name string) *time.Location {
		t.Helper()
		found, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	berlin := zone("Europe/Berlin")
	now := time.Date(2026, 10, 26, 0, 30, 0, 0, berlin) // a Monday, still the 25th in UTC
	for text, want := range map[string][2]string{       // in UTC
		"at.on:2026-10-25":  {"2026-10-24T22:00", "2026-10-25T23:00"}, // 25 hours
		"at.on:2026-03-29":  {"2026-03-28T23:00", "2026-03-29T22:00"}, // 23 hours
		"at.this:day":       {"2026-10-25T23:00", "2026-10-26T23:00"},
		"at.this:week":      {"2026-10-25T23:00", "2026-11-01T23:00"},
		"at.this:month":     {"2026-09-30T22:00", "2026-10-31T23:00"},
		"at.this:year":      {"2025-12-31T23:00", "2026-12-31T23:00"},
		"at.last:2d":        {"2026-10-23T22:30", "2026-10-25T23:30"}, // the clocks show the same
		"at.last:24h":       {"2026-10-24T23:30", "2026-10-25T23:30"},
		"at.next:1d":        {"2026-10-25T23:30", "2026-10-26T23:30"},
		"day.on:2026-10-25": {"2026-10-25T00:00", "2026-10-26T00:00"},
		"day.this:day":      {"2026-10-26T00:00", "2026-10-27T00:00"},
		"day.last:2d":       {"2026-10-24T00:00", "2026-10-27T00:00"}, // today too
		"day.next:7d":       {"2026-10-26T00:00", "2026-11-03T00:00"},
	} {
		if got := period(t, text, now); got != want {
			t.Errorf("%s is from %s to %s, want %s", text, got[0], got[1], want)
		}
	}
	for name, want := range map[string][2]string{
		"America/Sao_Paulo": {"2018-11-04T03:00", "2018-11-05T02:00"}, // where the day begins at one
		"Pacific/Apia":      {"2018-11-03T10:00", "2018-11-04T10:00"},
	} {
		if got := period(t, "at.on:2018-11-04", now.In(zone(name))); got != want {
			t.Errorf("in %s the day is from %s to %s, want %s", name, got[0], got[1], want)
		}
	}
	if got := period(t, "at.on:2011-12-30", now.In(zone("Pacific/Apia"))); got[0] != got[1] { // a day that was left out
		t.Errorf("a day that there was not is from %s to %s", got[0], got[1])
	}
}

// period are the bounds of a condition's predicate.
func period(t *testing.T, text string, now time.Time) (bounds [2]string) {
	t.Helper()
	node, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := node.Clause(func(name string) filter.Column {
		return filter.Column{Name: name, Type: filter.Time, Day: name == "day"}
	}, now)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for i, part := range got.(clause.AndConditions).Exprs {
		bounds[i] = part.(clause.Expr).Vars[1].(time.Time).Format("2006-01-02T15:04")
	}
	return bounds
}

// TestOps_Documented finds each operator in the page about filters.
func TestOps_Documented(t *testing.T) {
	page, err := os.ReadFile("../../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind := filter.Text; kind <= filter.Opaque; kind++ {
		for _, op := range (filter.Column{Type: kind, Nullable: true}).Ops() {
			if !regexp.MustCompile("(?m)^\\| [^|]*`" + string(op) + "`[^|]* \\|").Match(page) {
				t.Errorf("docs/API.md does not tell of %q", op)
			}
		}
	}
}
