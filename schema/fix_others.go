package schema

import (
	"slices"
	"strings"
)

func (x *fixer) makeView() { x.do(none, x.viewText(x.mend.want.(*view))) }

// changeView makes the view anew: its columns may be others.
func (x *fixer) changeView() {
	want, ok := x.mend.want.(*view)
	got, there := x.mend.got.(*view)
	if !ok || !there {
		return
	}
	x.whole = true
	x.dropViews([]*view{got})
	x.do(none, x.viewText(want))
}

func (x *fixer) dropView() { x.dropViews([]*view{x.mend.got.(*view)}) }

func (x *fixer) makeFunction() { x.do(none, strings.TrimSpace(x.mend.want.(*function).Text)) }

func (x *fixer) dropFunction() {
	got := x.mend.got.(*function)
	word := "FUNCTION "
	if strings.HasPrefix(got.Text, "CREATE OR REPLACE PROCEDURE") {
		word = "PROCEDURE "
	}
	x.do(none, "DROP "+word+x.named(got.Name)+"("+got.Arguments+")")
}

func (x *fixer) makeTrigger() { x.do(shareRowExclusive, x.mend.want.(*trigger).Text) }

func (x *fixer) dropTrigger() {
	x.do(accessExclusive, "DROP TRIGGER "+quoteIdent(x.mend.got.(*trigger).Name)+" ON "+x.table())
}

func (x *fixer) changeTrigger() {
	if x.Attribute == "enabled" {
		x.switchTrigger()
		return
	}
	x.whole = true
	x.dropTrigger()
	x.makeTrigger()
}

func (x *fixer) switchTrigger() {
	word := map[string]string{"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}[x.mend.want.(*trigger).Enabled]
	x.alter(shareRowExclusive, word+" TRIGGER "+quoteIdent(x.Object))
}

func (x *fixer) makeType() {
	want := x.mend.want.(*userType)
	if want.Kind == "enum" {
		labels := make([]string, len(want.Labels))
		for i, label := range want.Labels {
			labels[i] = literal(label)
		}
		x.do(none, "CREATE TYPE "+x.named(want.Name)+" AS ENUM ("+strings.Join(labels, ", ")+")")
		return
	}
	words := "CREATE DOMAIN " + x.named(want.Name) + " AS " + want.Text
	if want.Default != nil {
		words += " DEFAULT " + *want.Default
	}
	for _, check := range want.Checks {
		words += " CHECK (" + bare(check) + ")"
	}
	x.do(none, words)
}

// changeEnum adds missing labels in their place. A label too many can only be lost with the type.
func (x *fixer) changeEnum() {
	want, got := x.mend.want.(*userType), x.mend.got.(*userType)
	for i, label := range want.Labels {
		if slices.Contains(got.Labels, label) {
			continue
		}
		place := ""
		if i > 0 {
			place = " AFTER " + literal(want.Labels[i-1])
		} else if len(got.Labels) > 0 {
			place = " BEFORE " + literal(got.Labels[0])
		}
		x.do(none, "ALTER TYPE "+x.named(want.Name)+" ADD VALUE "+literal(label)+place)
	}
}

func (x *fixer) changeDomain() {
	if x.Attribute != "default" {
		return // checks and types of a domain are a matter of judgement: other columns use it
	}
	change := "DROP DEFAULT"
	if x.Expected != nil {
		change = "SET DEFAULT " + *x.Expected
	}
	x.do(none, "ALTER DOMAIN "+x.named(x.Object)+" "+change)
}

func (x *fixer) dropType() {
	word := "TYPE "
	if x.mend.got.(*userType).Kind == "domain" {
		word = "DOMAIN "
	}
	x.do(none, "DROP "+word+x.named(x.Object))
}
