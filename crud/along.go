package crud

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// AlongLimit is how many rows are recorded of those that go with a row that is deleted, or lose it. Where there are more, none is.
const AlongLimit = 1000

// alongWalk follows references from a row that is about to be deleted, to record what the database does by itself then.
type alongWalk struct {
	catalog *catalog
	tx      *gorm.DB
	going   map[string][]clause.Expression // by table, the rows that are deleted
	losing  []found                        // references that are emptied, to be looked at when all that goes is known
	gone    []affected                     // rows that go, each behind those that refer to it
	emptied []affected
	left    int // of AlongLimit
}

// affected are changes of a table's rows.
type affected struct {
	table   table
	changes []Change
}

// along records what the database does to others when the row is deleted: rows that go too, and columns that become empty. So it stands
// in their histories, and is undone with the deletion. It reports whether there is more of it than is recorded.
func (c *Store[P]) along(ctx context.Context, tx *gorm.DB, row P) (beyond bool, err error) {
	if c.catalog == nil || !c.doc.History || only(ctx) {
		return false, nil
	}
	w := &alongWalk{catalog: c.catalog, tx: tx, going: map[string][]clause.Expression{}, left: AlongLimit}
	self := c.plan.itself(row)
	w.going[c.plan.table] = []clause.Expression{self}
	err = w.below(ctx, found{reference: reference{table: c.plan.table}, rows: self})
	for _, f := range w.losing {
		if err != nil || w.left < 0 {
			break
		}
		f.rows = besides(w.going, f)
		var changes []Change
		changes, err = w.take(ctx, f)
		w.emptied = append(w.emptied, affected{w.catalog.byName[f.table], changes})
	}
	if err != nil || w.left < 0 {
		return w.left < 0, err
	}
	for _, t := range append(w.emptied, w.gone...) { // undone the other way round
		for _, change := range t.changes {
			if err := t.table.record(ctx, tx, change); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// below follows the references to rows that are deleted.
func (w *alongWalk) below(ctx context.Context, gone found) error {
	some, err := w.some(ctx, gone)
	if err != nil {
		return err
	}
	for _, f := range some {
		if f.rule == RuleEmptied {
			w.losing = append(w.losing, f)
			continue
		}
		f.rows = besides(w.going, f)
		changes, err := w.take(ctx, f)
		if err != nil || w.left < 0 {
			return err
		}
		w.going[f.table] = append(w.going[f.table], f.rows)
		if err := w.below(ctx, f); err != nil || w.left < 0 {
			return err
		}
		w.gone = append(w.gone, affected{w.catalog.byName[f.table], changes})
	}
	return nil
}

// some returns the references to rows that are deleted of which there are any, by one question.
func (w *alongWalk) some(ctx context.Context, gone found) ([]found, error) {
	referring, err := w.catalog.referring(ctx, gone.table)
	if err != nil || gone.level == impactLevels {
		return nil, err
	}
	var all []found
	var marks []string
	var vars, places []any
	for _, r := range referring {
		if t := w.catalog.byName[r.table]; t == nil || !r.open || !t.regains(r.rule) {
			continue
		}
		f := found{r, r.rows(gone.rows), gone.level + 1}
		all, marks, places = append(all, f), append(marks, "EXISTS (SELECT FROM ? WHERE ?)"), append(places, new(bool))
		vars = append(vars, clause.Table{Name: f.quoted, Raw: true}, f.rows)
	}
	if len(all) == 0 {
		return nil, nil
	}
	if err := w.tx.Raw("SELECT "+strings.Join(marks, ", "), vars...).Row().Scan(places...); err != nil {
		return nil, err
	}
	there := make([]found, 0, len(all))
	for i, f := range all {
		if *places[i].(*bool) {
			there = append(there, f)
		}
	}
	return there, nil
}

// take returns what becomes of the rows of a reference.
func (w *alongWalk) take(ctx context.Context, f found) ([]Change, error) {
	changes, err := w.catalog.byName[f.table].affected(ctx, w.tx, f, w.left+1)
	w.left -= len(changes)
	return changes, err
}

// regains reports whether rows that go or are emptied by a rule can be as they were again: only that is recorded.
func (c *Store[P]) regains(rule Rule) bool {
	verb := map[Rule]Verb{RuleGoes: Create, RuleEmptied: Update}[rule]
	return c.doc.History && !c.unfit && slices.Contains(c.doc.Verbs, verb)
}

// affected returns what becomes of up to so many rows of a reference, those in the trash included.
func (c *Store[P]) affected(ctx context.Context, tx *gorm.DB, f found, most int) ([]Change, error) {
	rows, err := c.fetch(tx.Model(c.plan.empty()).Unscoped().Where(f.rows).Clauses(limit(most)), c.present())
	c.leavesFirst(rows)
	changes := make([]Change, len(rows))
	for i, row := range rows {
		change := Change{Table: c.plan.table, Key: c.plan.keyOf(row), Verb: Delete, Set: in(ctx, c.db).set}
		switch {
		case f.rule == RuleEmptied:
			emptied := c.plan.copyRow(row)
			change.Verb = Update
			for _, name := range f.from {
				column := c.plan.column[name]
				column.clear(emptied)
				change.Fields = append(change.Fields, column.change(row, emptied))
			}
		case c.plan.trash != nil:
			change.Verb = Purge
			fallthrough
		default:
			change.Fields = c.whole(row, func(change *FieldChange, text *string) { change.Old = text })
		}
		changes[i] = change
	}
	return changes, err
}

// leavesFirst sorts rows so that each stands before those of them that it refers to.
func (c *Store[P]) leavesFirst(rows []P) {
	for _, f := range c.plan.fields {
		if f.relation == nil || f.relation.table != c.plan.table {
			continue
		}
		column, above := c.plan.column[f.relation.column], map[string]string{}
		held := func(row P) string { text, _ := column.text(row); return text }
		for _, row := range rows {
			above[held(row)], _ = f.text(row)
		}
		depths := map[string]int{}
		for _, row := range rows {
			at := held(row)
			for next, ok := above[at]; ok && depths[at] < len(rows); next, ok = above[next] { // it may be a circle
				depths[at]++
			}
		}
		slices.SortStableFunc(rows, func(a, b P) int { return depths[held(b)] - depths[held(a)] })
	}
}
