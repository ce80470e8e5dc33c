package schema

import "strings"

// concurrent is the statement that makes the index beside writes, under another name if one is given.
func (i *index) concurrent(name string) string {
	start := "CREATE INDEX "
	if i.Unique {
		start = "CREATE UNIQUE INDEX "
	}
	_, rest, _ := strings.Cut(i.Full, " ON ")
	return start + "CONCURRENTLY " + quoteIdent(name) + " ON " + rest
}

// makeIndex builds an index beside writes, and makes the constraint of it.
func (x *fixer) makeIndex() {
	want := x.mend.want.(*index)
	if want.Full == "" { // from declarations alone
		return
	}
	if want.Declared == "x" {
		x.slow = true
		x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.Constraint)
		return
	}
	x.build(want, want.Name)
	if want.constraint() {
		x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.using(want.Name))
	}
}

// using is the constraint over an index that is there.
func (i *index) using(name string) string {
	words := "UNIQUE USING INDEX " + quoteIdent(name)
	if i.Declared == "p" {
		words = "PRIMARY KEY USING INDEX " + quoteIdent(name)
	}
	return words + strings.ToUpper(prefixed(i.Deferred))
}

func prefixed(deferred string) string {
	switch deferred {
	case "":
		return ""
	case "deferrable":
		return " deferrable"
	}
	return " deferrable " + deferred
}

// beside begins the name of an index that is built to take another one's place.
const beside = "new_"

// changeIndex builds the right index beside the wrong one, and puts it in its place.
func (x *fixer) changeIndex() {
	want := x.mend.want.(*index)
	if want.Full == "" {
		return
	}
	if want.Declared == "x" {
		x.dropIndex()
		x.makeIndex()
		return
	}
	next := shortest(beside + want.Name)
	x.build(want, next)
	x.dropIndex()
	if want.constraint() {
		x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.using(next))
		return
	}
	x.do(shareUpdate, "ALTER INDEX "+x.within(next)+" RENAME TO "+quoteIdent(want.Name))
}

func (x *fixer) dropIndex() {
	got := x.mend.got.(*index)
	if got.constraint() {
		x.alter(accessExclusive, "DROP CONSTRAINT "+quoteIdent(got.Name))
		return
	}
	x.outside("DROP INDEX CONCURRENTLY " + x.within(got.Name))
}

func (x *fixer) renameIndex() {
	want, got := x.mend.want.(*index), x.mend.got.(*index)
	x.do(shareUpdate, "ALTER INDEX "+x.within(got.Name)+" RENAME TO "+quoteIdent(want.Name))
}

// rebuild makes an index anew whose making was broken off.
func (x *fixer) rebuild() {
	want, got := x.mend.want.(*index), x.mend.got.(*index)
	if got.constraint() || want.Full == "" {
		x.outside("REINDEX INDEX CONCURRENTLY " + x.within(got.Name))
		return
	}
	x.dropIndex()
	x.build(want, got.Name)
}

// definition is a rule as it is added to a table.
func (r *rule) definition() string {
	if r.Type == "c" {
		expression, inherits := strings.CutSuffix(r.Text, " NO INHERIT")
		words := "CHECK (" + bare(expression) + ")"
		if inherits {
			words += " NO INHERIT"
		}
		return words
	}
	if strings.Contains(r.Text, r.Target) && strings.HasPrefix(r.Text, "FOREIGN KEY") && r.OnDelete == "no action" {
		return r.Text
	}
	words := "FOREIGN KEY (" + quotedList(r.Columns) + ") REFERENCES " + r.Target + " (" + quotedList(r.Targets) + ")"
	if r.Match == "full" {
		words += " MATCH FULL"
	}
	return words + " ON UPDATE " + strings.ToUpper(r.OnUpdate) + " ON DELETE " + strings.ToUpper(r.OnDelete) + strings.ToUpper(prefixed(r.Deferred))
}

func lockOf(r *rule) string {
	if r.Type == "f" {
		return shareRowExclusive
	}
	return accessExclusive
}

func (x *fixer) makeRule() {
	want := x.mend.want.(*rule)
	x.alter(lockOf(want), "ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.definition()+" NOT VALID")
	if want.Validated {
		x.slow, x.stands = true, x.against(want)
		x.alter(shareUpdate, "VALIDATE CONSTRAINT "+quoteIdent(want.Name))
	}
}

func (x *fixer) changeRule() {
	want, got := x.mend.want.(*rule), x.mend.got.(*rule)
	x.alter(accessExclusive, "DROP CONSTRAINT "+quoteIdent(got.Name)+", ADD CONSTRAINT "+quoteIdent(want.Name)+" "+want.definition()+" NOT VALID")
	if want.Validated {
		x.slow, x.stands = true, x.against(want)
		x.alter(shareUpdate, "VALIDATE CONSTRAINT "+quoteIdent(want.Name))
	}
}

func (x *fixer) renameRule() {
	want, got := x.mend.want.(*rule), x.mend.got.(*rule)
	x.alter(accessExclusive, "RENAME CONSTRAINT "+quoteIdent(got.Name)+" TO "+quoteIdent(want.Name))
}

func (x *fixer) dropRule() {
	x.alter(accessExclusive, "DROP CONSTRAINT IF EXISTS "+quoteIdent(x.mend.got.(*rule).Name))
}

func (x *fixer) prove() {
	x.slow, x.stands = true, x.against(x.mend.want.(*rule))
	x.alter(shareUpdate, "VALIDATE CONSTRAINT "+quoteIdent(x.mend.got.(*rule).Name))
}
