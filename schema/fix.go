package schema

import (
	"slices"
	"strings"
)

// Locks that statements take on a table, the strongest of each.
const (
	accessExclusive   = "ACCESS EXCLUSIVE"
	shareRowExclusive = "SHARE ROW EXCLUSIVE"
	shareUpdate       = "SHARE UPDATE EXCLUSIVE"
	rowExclusive      = "ROW EXCLUSIVE"
	none              = "none"
)

// fixer makes the statements that mend one finding.
type fixer struct {
	*Finding
	got   *state
	steps []Step
	slow  bool // whether a statement builds or proves something, and may take long
	whole bool // whether all of it is one transaction
}

// makers know the kinds of findings. A kind that is not here needs judgement: a table of another kind, positions.

func makers() map[string]func(*fixer) {
	return map[string]func(*fixer){
		"schema.missing": (*fixer).makeSchema, "table.missing": (*fixer).makeTable, "table.extra": (*fixer).dropTable,
		"table.renamed": (*fixer).renameTable, "table.schema": (*fixer).moveTable, "table.persistence": (*fixer).persist,
		"table.rls": (*fixer).secure, "table.comment": (*fixer).comment,
		"column.missing": (*fixer).makeColumn, "column.extra": (*fixer).dropColumn, "column.renamed": (*fixer).renameColumn,
		"column.type": (*fixer).retype, "column.collation": (*fixer).retype, "column.nullability": (*fixer).require,
		"column.default": (*fixer).setDefault, "column.identity": (*fixer).identify, "column.generated": (*fixer).generate,
		"column.comment":      (*fixer).comment,
		"primary_key.missing": (*fixer).makeIndex, "primary_key.changed": (*fixer).changeIndex, "primary_key.renamed": (*fixer).renameIndex,
		"primary_key.extra": (*fixer).dropIndex,
		"unique.missing":    (*fixer).makeIndex, "unique.changed": (*fixer).changeIndex, "unique.renamed": (*fixer).renameIndex,
		"unique.extra":  (*fixer).dropIndex,
		"index.missing": (*fixer).makeIndex, "index.changed": (*fixer).changeIndex, "index.renamed": (*fixer).renameIndex,
		"index.extra": (*fixer).dropIndex, "index.invalid": (*fixer).rebuild,
		"check.missing": (*fixer).makeRule, "check.changed": (*fixer).changeRule, "check.renamed": (*fixer).renameRule,
		"check.extra": (*fixer).dropRule, "check.not_valid": (*fixer).prove,
		"foreign_key.missing": (*fixer).makeRule, "foreign_key.changed": (*fixer).changeRule, "foreign_key.renamed": (*fixer).renameRule,
		"foreign_key.extra": (*fixer).dropRule, "foreign_key.not_valid": (*fixer).prove, "foreign_key.not_enforced": (*fixer).changeRule,
		"sequence.changed": (*fixer).changeSequence,
		"view.missing":     (*fixer).makeView, "view.changed": (*fixer).changeView, "view.extra": (*fixer).dropView,
		"function.missing": (*fixer).makeFunction, "function.changed": (*fixer).makeFunction, "function.extra": (*fixer).dropFunction,
		"trigger.missing": (*fixer).makeTrigger, "trigger.changed": (*fixer).changeTrigger, "trigger.disabled": (*fixer).switchTrigger,
		"trigger.extra": (*fixer).dropTrigger,
		"enum.missing":  (*fixer).makeType, "enum.changed": (*fixer).changeEnum, "enum.extra": (*fixer).dropType,
		"domain.missing": (*fixer).makeType, "domain.changed": (*fixer).changeDomain, "domain.extra": (*fixer).dropType,
	}
}

// fix is the least that mends a finding, in order; empty where there is nothing that could be said.
func fix(f *Finding, got *state) []Step {
	x := &fixer{Finding: f, got: got}
	if make := makers()[f.Kind]; make != nil && !got.partial {
		make(x)
	}
	if len(x.steps) == 0 {
		return []Step{}
	}
	f.Whole, f.stands = x.whole, x.stands
	limits := "SELECT set_config('lock_timeout', '2s', false), set_config('statement_timeout', '1min', false)"
	if x.slow {
		limits = "SELECT set_config('lock_timeout', '1min', false), set_config('statement_timeout', '6h', false)"
	}
	return append([]Step{{SQL: limits, Lock: none, Transactional: true}}, x.steps...)
}

// do adds a statement that loses nothing.
func (x *fixer) do(lock, sql string) {
	x.steps = append(x.steps, Step{SQL: sql, Lock: lock, Transactional: true})
}

// lose adds a statement that takes data away.
func (x *fixer) lose(lock, sql string) {
	x.steps = append(x.steps, Step{SQL: sql, Lock: lock, Transactional: true, Destructive: true})
}

// build adds the making of an index beside writes, under its own name or another one.
func (x *fixer) build(i *index, name string) {
	x.outside(i.concurrent(name))
	x.steps[len(x.steps)-1].builds = x.within(name)
	if i.Unique {
		x.stands = x.doubles(i)
	}
}

// outside adds what works on an index beside writes: it cannot run in a transaction, and takes its time.
func (x *fixer) outside(sql string) {
	x.slow = true
	x.steps = append(x.steps, Step{SQL: sql, Lock: shareUpdate})
}

// table is the table as it is to be named now.
func (x *fixer) table() string { return x.mend.table.full() }

func (x *fixer) alter(lock, change string) { x.do(lock, "ALTER TABLE "+x.table()+" "+change) }

func (t *table) full() string { return quoteIdent(t.Schema) + "." + quoteIdent(t.Name) }

func (x *fixer) named(name string) string { return quoteIdent(x.got.schema) + "." + quoteIdent(name) }

// within names an index or a sequence of the table.
func (x *fixer) within(name string) string {
	return quoteIdent(x.mend.table.Schema) + "." + quoteIdent(name)
}

// literal quotes text.
func literal(text string) string {
	if strings.Contains(text, `\`) {
		return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quoteIdent(name)
	}
	return strings.Join(quoted, ", ")
}

// stages are the kinds in the order in which they are mended: what others stand on comes first.
var stages = []string{
	"schema", "enum", "domain", "function", "table", "column", "sequence", "primary_key", "unique", "index", "check", "foreign_key", "trigger", "view",
}

// Script is the findings in the order in which their fixes are applied.
func (r *Report) Script() []Finding {
	list := slices.Clone(r.Findings)
	stage := func(f Finding) int {
		noun, change, _ := strings.Cut(f.Kind, ".")
		place := 10 * slices.Index(stages, noun)
		if change == "missing" {
			place--
		}
		if change == "renamed" || change == "schema" { // other statements use the names as they are now
			place = 2000 - place
		}
		if f.Kind == "index.invalid" || f.Kind == "view.extra" || f.Kind == "trigger.extra" {
			place = 0
		}
		if f.Kind == "column.extra" { // rules and indexes on it are mended before they go with it
			place += 900
		}
		if f.Kind == "function.extra" || f.Kind == "enum.extra" || f.Kind == "domain.extra" || f.Kind == "table.extra" {
			place += 1000
		}
		return place
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return stage(a) - stage(b) })
	return list
}
