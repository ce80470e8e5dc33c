package schema

import (
	"cmp"
	"context"
	"regexp"
	"slices"
)

// compareRules compares checks and foreign keys.
func (p *pair) compareRules(ctx context.Context) {
	var missing, extra []*rule
	matched := map[*rule]bool{}
	for _, want := range p.want.rules {
		place := slices.IndexFunc(p.got.rules, func(got *rule) bool { return got.Name == want.Name && got.Type == want.Type })
		if place < 0 {
			missing = append(missing, want)
			continue
		}
		matched[p.got.rules[place]] = true
		p.compareRule(ctx, want, p.got.rules[place])
	}
	for _, got := range p.got.rules {
		if !matched[got] {
			extra = append(extra, got)
		}
	}
	for _, want := range missing {
		same := slices.IndexFunc(extra, func(got *rule) bool { return p.sameRule(ctx, want, got) })
		if same < 0 {
			severity := Drift
			if want.Type == "f" {
				severity = Breaks
			}
			p.add(Finding{
				Kind: want.kind() + ".missing", Table: p.name, Object: want.Name, Expected: ptr(bare(want.Text)), Severity: severity,
			}, mend{want: want, table: p.got})
			continue
		}
		got := extra[same]
		extra = slices.Delete(extra, same, same+1)
		p.add(Finding{
			Kind: want.kind() + ".renamed", Table: p.name, Object: want.Name, Expected: &want.Name, Found: &got.Name, Severity: Cosmetic,
		}, mend{want: want, got: got, table: p.got})
		p.inForce(want, got)
	}
	for _, got := range extra {
		if p.authority {
			p.add(Finding{ // it refuses rows that the program writes
				Kind: got.kind() + ".extra", Table: p.name, Object: got.Name, Found: ptr(bare(got.Text)), Severity: Breaks,
			}, mend{got: got, table: p.got})
		}
	}
}

func (p *pair) sameRule(ctx context.Context, want, got *rule) bool {
	if want.Type != got.Type || !p.knowsTexts() {
		return false
	}
	if want.Type == "f" {
		return want.shape() == got.shape()
	}
	return p.judge.same(ctx, p.got, want.Text, got.Text)
}

func (p *pair) compareRule(ctx context.Context, want, got *rule) {
	mend := mend{want: want, got: got, table: p.got}
	report := func(attribute, expected, found string, severity Severity) {
		p.add(Finding{
			Kind: want.kind() + ".changed", Table: p.name, Object: want.Name, Attribute: attribute, Expected: &expected, Found: &found,
			Severity: severity,
		}, mend)
	}
	if want.Type == "f" {
		compareKey(want, got, report)
	} else if p.knowsTexts() && !p.sameCheck(ctx, want, got) {
		severity := Drift
		if p.judge.implies(ctx, p.got, got.Text, want.Text) { // it refuses what should be allowed
			severity = Breaks
		}
		report("expression", bare(want.Text), bare(got.Text), severity)
	}
	p.inForce(want, got)
}

// inForce compares whether a rule holds for the rows that are there, and for those that come.
func (p *pair) inForce(want, got *rule) {
	state := mend{want: want, got: got, table: p.got}
	if want.Enforced && !got.Enforced && want.Type == "f" {
		p.add(Finding{
			Kind: "foreign_key.not_enforced", Table: p.name, Object: want.Name, Expected: ptr("enforced"), Found: ptr("not enforced"), Severity: Breaks,
		}, state)
	}
	if want.Validated && !got.Validated {
		p.add(Finding{
			Kind: want.kind() + ".not_valid", Table: p.name, Object: want.Name, Expected: ptr("validated"), Found: ptr("not validated"), Severity: Drift,
		}, state)
	}
}

// compareKey compares foreign keys.
func compareKey(want, got *rule, report func(attribute, expected, found string, severity Severity)) {
	switch {
	case !slices.Equal(want.Columns, got.Columns):
		report("columns", list(want.Columns), list(got.Columns), Breaks)
		return
	case want.target() != got.target():
		report("target", want.target(), got.target(), Breaks)
		return
	}
	if want.OnDelete != got.OnDelete {
		report("on_delete", want.OnDelete, got.OnDelete, Breaks)
	}
	if want.OnUpdate != got.OnUpdate {
		report("on_update", want.OnUpdate, got.OnUpdate, Breaks)
	}
	if want.Match != got.Match {
		report("match", want.Match, got.Match, Breaks)
	}
	if want.Deferred != got.Deferred {
		report("deferrable", cmp.Or(want.Deferred, "not deferrable"), cmp.Or(got.Deferred, "not deferrable"), Drift)
	}
}

// sameCheck compares two checks by meaning. What implies each other refuses the same rows, unless a column may be NULL.
func (p *pair) sameCheck(ctx context.Context, want, got *rule) bool {
	if p.judge.same(ctx, p.got, want.Text, got.Text) {
		return true
	}
	for _, name := range slices.Concat(want.Columns, got.Columns) {
		if c := p.got.column(name); c == nil || !c.NotNull {
			return false
		}
	}
	return p.judge.implies(ctx, p.got, want.Text, got.Text) && p.judge.implies(ctx, p.got, got.Text, want.Text)
}

var triggerParts = regexp.MustCompile(
	`(?s)^CREATE (?:CONSTRAINT )?TRIGGER .+? (BEFORE|AFTER|INSTEAD OF) (.+?) ON .+? (FOR EACH (?:ROW|STATEMENT))(?: WHEN \((.*)\))? EXECUTE FUNCTION (.*)$`)

var triggerAttributes = []string{"", "timing", "events", "level", "when", "function"}

func (p *pair) compareTriggers() {
	for _, want := range p.want.triggers {
		place := slices.IndexFunc(p.got.triggers, func(got *trigger) bool { return got.Name == want.Name })
		if place < 0 {
			p.add(Finding{Kind: "trigger.missing", Table: p.name, Object: want.Name, Expected: &want.Text, Severity: Breaks},
				mend{want: want, table: p.got})
			continue
		}
		got := p.got.triggers[place]
		mend := mend{want: want, got: got, table: p.got}
		if simplified(want.Text) != simplified(got.Text) {
			attribute, expected, found := triggerDifference(want.Text, got.Text)
			p.add(Finding{
				Kind: "trigger.changed", Table: p.name, Object: want.Name, Attribute: attribute, Expected: orNil(expected), Found: orNil(found),
				Severity: Breaks,
			}, mend)
		}
		if want.Enabled != got.Enabled {
			kind := "trigger.changed"
			if got.Enabled == "D" || got.Enabled == "R" {
				kind = "trigger.disabled"
			}
			p.add(Finding{
				Kind: kind, Table: p.name, Object: want.Name, Attribute: "enabled", Expected: ptr(firing[want.Enabled]), Found: ptr(firing[got.Enabled]),
				Severity: Breaks,
			}, mend)
		}
	}
	for _, got := range p.got.triggers {
		if !slices.ContainsFunc(p.want.triggers, func(want *trigger) bool { return want.Name == got.Name }) {
			p.add(Finding{Kind: "trigger.extra", Table: p.name, Object: got.Name, Found: &got.Text, Severity: Breaks},
				mend{got: got, table: p.got})
		}
	}
}

var firing = map[string]string{"O": "enabled", "D": "disabled", "R": "enabled on replicas alone", "A": "enabled always"}

// triggerDifference says which part of a trigger differs.
func triggerDifference(want, got string) (attribute, expected, found string) {
	wants, gots := triggerParts.FindStringSubmatch(want), triggerParts.FindStringSubmatch(got)
	if wants != nil && gots != nil {
		for i := 1; i < len(wants); i++ {
			if simplified(wants[i]) != simplified(gots[i]) {
				return triggerAttributes[i], wants[i], gots[i]
			}
		}
	}
	return "definition", want, got
}
