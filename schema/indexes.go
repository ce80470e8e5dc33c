package schema

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

func (p *pair) compareIndexes(ctx context.Context) {
	var missing, extra []*index
	matched := map[*index]bool{}
	for _, want := range p.want.indexes {
		got := p.counterpart(want)
		if got == nil {
			missing = append(missing, want)
			continue
		}
		matched[got] = true
		p.compareIndex(ctx, want, got)
	}
	for _, got := range p.got.indexes {
		if !matched[got] {
			extra = append(extra, got)
		}
	}
	for _, want := range missing {
		same := slices.IndexFunc(extra, func(got *index) bool { return p.knowsTexts() && want.shape() == got.shape() })
		if same < 0 {
			p.add(Finding{
				Kind: want.kind() + ".missing", Table: p.name, Object: want.Name, Expected: ptr(want.definition()), Severity: indexSeverity(want),
			}, mend{want: want, table: p.got})
			continue
		}
		got := extra[same]
		extra = slices.Delete(extra, same, same+1)
		p.add(Finding{
			Kind: want.kind() + ".renamed", Table: p.name, Object: want.Name, Expected: &want.Name, Found: &got.Name, Severity: Cosmetic,
		}, mend{want: want, got: got, table: p.got})
		p.invalid(want, got)
	}
	for _, got := range extra {
		if p.authority {
			p.add(Finding{
				Kind: got.kind() + ".extra", Table: p.name, Object: got.Name, Found: ptr(got.definition()), Severity: indexSeverity(got),
			}, mend{got: got, table: p.got})
		}
	}
}

// counterpart is the index that stands for an expected one: the primary key for the primary key, else the one of its name.
func (p *pair) counterpart(want *index) *index {
	for _, got := range p.got.indexes {
		if want.Declared == "p" && got.Declared == "p" || want.Declared != "p" && got.Declared != "p" && want.Name == got.Name {
			return got
		}
	}
	return nil
}

func indexSeverity(i *index) Severity {
	if i.Unique || i.Declared == "x" {
		return Breaks
	}
	return Drift
}

func (p *pair) compareIndex(ctx context.Context, want, got *index) {
	differs := false
	report := func(attribute, expected, found string) {
		differs = true
		severity := indexSeverity(want)
		if got.Unique && attribute == "unique" {
			severity = Breaks
		}
		if slices.Contains([]string{"sort", "include", "method", "deferrable"}, attribute) {
			severity = Drift
		}
		p.add(Finding{
			Kind: want.kind() + ".changed", Table: p.name, Object: want.Name, Attribute: attribute, Expected: orNil(expected), Found: orNil(found),
			Severity: severity,
		}, mend{want: want, got: got, table: p.got})
	}
	if p.knowsTexts() {
		p.compareParts(ctx, want, got, report)
	} else {
		compareDeclared(want, got, report)
	}
	if want.Declared == "p" && want.Name != got.Name && !differs {
		p.add(Finding{
			Kind: "primary_key.renamed", Table: p.name, Object: want.Name, Expected: &want.Name, Found: &got.Name, Severity: Cosmetic,
		}, mend{want: want, got: got, table: p.got})
	}
	p.invalid(want, got)
}

func (p *pair) invalid(want, got *index) {
	if want.Valid && !got.Valid {
		p.add(Finding{
			Kind: "index.invalid", Table: p.name, Object: want.Name, Expected: ptr("valid"), Found: ptr("invalid"), Severity: indexSeverity(want),
		}, mend{want: want, got: got, table: p.got})
	}
}

func (p *pair) compareParts(ctx context.Context, want, got *index, report func(attribute, expected, found string)) {
	if want.Method != got.Method {
		report("method", want.Method, got.Method)
		return // the order and the operators follow the method
	}
	if attribute := p.compareKeys(ctx, want, got); attribute != "" {
		report(attribute, strings.Join(want.Keys, ", "), strings.Join(got.Keys, ", "))
	} else {
		for _, part := range []struct {
			attribute string
			of        func(*index, int) string
		}{
			{"collation", (*index).collation},
			{"opclass", func(i *index, n int) string { return i.Operators[n] }},
			{"sort", func(i *index, n int) string { return i.Sort[n] }},
		} {
			for n := range want.Keys {
				if part.of(want, n) != part.of(got, n) {
					report(part.attribute, want.with(part.of), got.with(part.of))
					break
				}
			}
		}
	}
	if want.Unique != got.Unique {
		report("unique", uniqueness(want), uniqueness(got))
	}
	if (want.Declared == "x") != (got.Declared == "x") {
		report("exclusion", want.exclusion(), got.exclusion())
	}
	if !p.samePredicate(ctx, want.Predicate, got.Predicate) {
		report("predicate", bare(text(want.Predicate)), bare(text(got.Predicate)))
	}
	if !slices.Equal(want.Included, got.Included) {
		report("include", strings.Join(want.Included, ", "), strings.Join(got.Included, ", "))
	}
	if want.NullsSame != got.NullsSame {
		report("nulls", nulls(want), nulls(got))
	}
	if want.Deferred != got.Deferred {
		report("deferrable", cmp.Or(want.Deferred, "not deferrable"), cmp.Or(got.Deferred, "not deferrable"))
	}
}

// compareDeclared compares what is known of an index that was not read from a catalog.
func compareDeclared(want, got *index, report func(attribute, expected, found string)) {
	if want.Unique != got.Unique {
		report("unique", uniqueness(want), uniqueness(got))
	}
	if want.Method != got.Method {
		report("method", want.Method, got.Method)
	}
	if (want.Predicate == nil) != (got.Predicate == nil) {
		report("predicate", text(want.Predicate), text(got.Predicate))
	}
	if !slices.Contains(want.Columns, false) && !slices.Equal(want.Keys, got.Keys) {
		report("columns", strings.Join(want.Keys, ", "), strings.Join(got.Keys, ", "))
	}
}

// compareKeys says whether columns or an expression differ, or "".
func (p *pair) compareKeys(ctx context.Context, want, got *index) string {
	if len(want.Keys) != len(got.Keys) {
		return "columns"
	}
	for n, key := range want.Keys {
		if key == got.Keys[n] || !want.Columns[n] && !got.Columns[n] && p.judge.same(ctx, p.got, key, got.Keys[n]) {
			continue
		}
		if want.Columns[n] && got.Columns[n] {
			return "columns"
		}
		return "expression"
	}
	return ""
}

func (p *pair) samePredicate(ctx context.Context, want, got *string) bool {
	if want == nil || got == nil {
		return want == nil && got == nil
	}
	return p.judge.same(ctx, p.got, *want, *got) || p.judge.implies(ctx, p.got, *want, *got) && p.judge.implies(ctx, p.got, *got, *want)
}

// with are the keys with one of their parts.
func (i *index) with(part func(*index, int) string) string {
	keys := slices.Clone(i.Keys)
	for n := range keys {
		if more := part(i, n); more != "" {
			keys[n] += " " + more
		}
	}
	return strings.Join(keys, ", ")
}

// definition is what an index is on.
func (i *index) definition() string {
	words := ""
	if i.Unique && i.Declared == "" {
		words = "unique "
	}
	if i.Method != "btree" {
		words += "using " + i.Method + " "
	}
	words += "(" + strings.Join(i.keys(), ", ") + ")"
	if len(i.Included) > 0 {
		words += " include (" + strings.Join(i.Included, ", ") + ")"
	}
	if i.Predicate != nil {
		words += " where " + bare(*i.Predicate)
	}
	return words
}

func uniqueness(i *index) string {
	if i.Unique {
		return "unique"
	}
	return "not unique"
}

func (i *index) exclusion() string {
	if i.Declared == "x" {
		return "exclusion constraint"
	}
	return "no constraint"
}

func nulls(i *index) string {
	if i.NullsSame {
		return "nulls not distinct"
	}
	return "nulls distinct"
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
