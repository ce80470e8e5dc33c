package schema

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

func (c *comparison) views(ctx context.Context) {
	for _, name := range sorted(c.want.views) {
		want, got := c.want.views[name], c.got.views[name]
		if c.got.hidden[name] != "" {
			continue
		}
		if got == nil {
			if c.got.tables[name] == nil {
				c.add(Finding{Kind: "view.missing", Object: name, Expected: &want.Kind, Severity: Breaks}, mend{want: want})
				continue
			}
			c.add(Finding{
				Kind: "view.changed", Object: name, Attribute: "relkind", Expected: &want.Kind, Found: &c.got.tables[name].Kind, Severity: Breaks,
			}, mend{})
			continue
		}
		mend := mend{want: want, got: got}
		switch {
		case want.Kind != got.Kind:
			c.add(Finding{
				Kind: "view.changed", Object: name, Attribute: "relkind", Expected: &want.Kind, Found: &got.Kind, Severity: Breaks,
			}, mend)
		case !c.judge.sameView(ctx, want.Text, got.Text):
			c.add(Finding{
				Kind: "view.changed", Object: name, Attribute: "definition", Expected: ptr(strings.TrimSpace(want.Text)),
				Found: ptr(strings.TrimSpace(got.Text)), Severity: Breaks,
			}, mend)
		case want.Options != got.Options:
			c.add(Finding{
				Kind: "view.changed", Object: name, Attribute: "options", Expected: orNil(want.Options), Found: orNil(got.Options), Severity: Breaks,
			}, mend)
		}
	}
	for _, name := range sorted(c.got.views) {
		if c.want.views[name] == nil && c.want.tables[name] == nil {
			c.add(Finding{Kind: "view.extra", Object: name, Found: &c.got.views[name].Kind, Severity: Drift}, mend{got: c.got.views[name]})
		}
	}
}

func (c *comparison) functions() {
	for _, key := range sorted(c.want.functions) {
		want, got := c.want.functions[key], c.got.functions[key]
		switch {
		case got == nil:
			c.add(Finding{Kind: "function.missing", Object: want.Name, Expected: ptr(key), Severity: Breaks}, mend{want: want})
		case want.Text != got.Text:
			expected, found := difference(want.Text, got.Text)
			c.add(Finding{
				Kind: "function.changed", Object: want.Name, Attribute: "definition", Expected: &expected, Found: &found, Severity: Breaks,
			}, mend{want: want, got: got})
		}
	}
	for _, key := range sorted(c.got.functions) {
		if got := c.got.functions[key]; c.want.functions[key] == nil {
			c.add(Finding{Kind: "function.extra", Object: got.Name, Found: ptr(key), Severity: Drift}, mend{got: got})
		}
	}
}

// difference is two texts without the lines that both begin and end with.
func difference(a, b string) (onlyA, onlyB string) {
	x, y := strings.Split(strings.TrimSpace(a), "\n"), strings.Split(strings.TrimSpace(b), "\n")
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return strings.Join(x, "\n"), strings.Join(y, "\n")
}

func (c *comparison) userTypes(ctx context.Context) {
	for _, name := range sorted(c.want.types) {
		want, got := c.want.types[name], c.got.types[name]
		if got == nil || got.Kind != want.Kind {
			c.add(Finding{Kind: want.Kind + ".missing", Object: name, Expected: ptr(want.words()), Severity: Breaks}, mend{want: want})
			continue
		}
		c.userType(ctx, want, got)
	}
	for _, name := range sorted(c.got.types) {
		if got := c.got.types[name]; c.want.types[name] == nil {
			c.add(Finding{Kind: got.Kind + ".extra", Object: name, Found: ptr(got.words()), Severity: Drift}, mend{got: got})
		}
	}
}

func (c *comparison) userType(ctx context.Context, want, got *userType) {
	report := func(attribute string, expected, found *string, severity Severity) {
		c.add(Finding{
			Kind: want.Kind + ".changed", Object: want.Name, Attribute: attribute, Expected: expected, Found: found, Severity: severity,
		}, mend{want: want, got: got})
	}
	if want.Kind == "enum" {
		if !slices.Equal(want.Labels, got.Labels) {
			severity := Drift
			for _, label := range want.Labels {
				if !slices.Contains(got.Labels, label) {
					severity = Breaks
				}
			}
			report("labels", ptr(want.words()), ptr(got.words()), severity)
		}
		return
	}
	if want.Text != got.Text {
		report("type", &want.Text, &got.Text, Breaks)
	}
	if !c.judge.sameDefault(ctx, nil, &column{Type: got.base(), Default: got.Default}, want.Default) {
		report("default", want.Default, got.Default, Breaks)
	}
	if !slices.EqualFunc(want.Checks, got.Checks, func(a, b string) bool { return simplified(a) == simplified(b) }) {
		report("checks", orNil(strings.Join(want.Checks, " AND ")), orNil(strings.Join(got.Checks, " AND ")), Drift)
	}
}

// base is the type below a domain.
func (t *userType) base() string {
	base, _, _ := strings.Cut(t.Text, " NOT NULL")
	base, _, _ = strings.Cut(base, " COLLATE ")
	return base
}

func (t *userType) words() string {
	if t.Kind == "enum" {
		return "(" + strings.Join(t.Labels, ", ") + ")"
	}
	return strings.Join(append([]string{t.Text}, t.Checks...), " ")
}

// sequences compares those that no column owns.
func (c *comparison) sequences() {
	for _, key := range sorted(c.want.sequences) {
		want, got := c.want.sequences[key], c.got.sequences[key]
		if want.Table != 0 || want.Schema != c.want.schema {
			continue
		}
		if got == nil {
			c.add(Finding{Kind: "sequence.changed", Object: want.Name, Attribute: "missing", Expected: &want.Text, Severity: Breaks}, mend{want: want})
		} else if want.Text != got.Text || want.Cache != got.Cache {
			c.add(Finding{
				Kind: "sequence.changed", Object: want.Name, Attribute: "definition",
				Expected: ptr(want.Text + " cache " + number(want.Cache)), Found: ptr(got.Text + " cache " + number(got.Cache)), Severity: Breaks,
			}, mend{want: want, got: got})
		}
	}
}

// list is names as PostgreSQL prints them in a row.
func list(names []string) string { return cmp.Or(strings.Join(names, ", "), "none") }
