package filter_test

import (
	"reflect"
	"testing"

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
