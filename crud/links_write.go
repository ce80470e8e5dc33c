package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Relinked is the outcome of a Relink.
type Relinked struct {
	Saved
	Added, Removed int // rows that were not linked before, or were
}

// Relink implements Resource.
func (r resource[P]) Relink(ctx context.Context, key, name string, add, remove []string) (*Relinked, error) { //nolint:revive // each is a thing of its own
	if len(add)+len(remove) > LinkLimit {
		return nil, fail(KindLarge, fmt.Sprintf("No more than %d can be changed at once.", LinkLimit), nil)
	}
	var out *Relinked
	err := r.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		l, row, held, err := r.linked(ctx, Read, key, name)
		if err != nil {
			return err
		}
		if l.Join == "" { // the relation is a part of the row
			if _, err := r.lock(ctx, tx, Update, key); err != nil {
				return err
			}
		}
		out = &Relinked{Saved: *r.saved(ctx, row, nil)}
		if out.Removed, err = r.pairs(ctx, tx, Delete, l, held, remove); err != nil {
			return err
		}
		out.Added, err = r.pairs(ctx, tx, Create, l, held, add)
		return err
	})
	return out, err
}

// pairs links or unlinks the rows of the other table with these keys, and returns how many were not as that leaves them.
func (r resource[P]) pairs(ctx context.Context, tx *gorm.DB, verb Verb, l link, held, keys []string) (done int, err error) { //nolint:revive // each is a thing of its own
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		values, err := r.tables[l.Table].heldBy(ctx, key, l.other.to)
		if err != nil {
			return 0, err
		}
		pair := pairing{slices.Concat(l.own.from, l.other.from), slices.Concat(held, values)}
		var changed bool
		if join := r.tables[l.Join]; join != nil {
			changed, err = join.pair(ctx, verb, pair)
		} else {
			changed, err = r.pairPlainly(ctx, tx, verb, l, pair)
		}
		if err != nil {
			return 0, err
		}
		if changed {
			done++
		}
	}
	return done, nil
}

// pairing is what a row that joins two others holds, by column.
type pairing struct{ columns, values []string }

func (p pairing) held() map[string]string {
	out := map[string]string{}
	for i, name := range p.columns {
		out[name] = p.values[i]
	}
	return out
}

// heldBy implements table: what the row with this key holds in columns, as far as it may be read.
func (c *Store[P]) heldBy(ctx context.Context, key string, columns []string) ([]string, error) {
	row, err := c.find(ctx, c.conn(ctx), Read, key)
	if err != nil {
		return nil, err
	}
	values, ok := c.held(row, columns, c.visible(ctx, Read))
	if !ok {
		return nil, c.missing()
	}
	return values, nil
}

// pair implements table: it makes or deletes the row that joins two others. One that is there already, or gone, is left so, which is false.
func (c *Store[P]) pair(ctx context.Context, verb Verb, p pairing) (bool, error) {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return false, err
	}
	known, found, err := c.one(query.Where(c.holding(p.held())), c.plan.key)
	switch {
	case err != nil:
		return false, err
	case verb == Delete && found:
		_, err = c.Delete(ctx, c.plan.keyOf(known))
	case verb == Create && !found:
		row, given := c.plan.empty(), map[string]bool{}
		for i, name := range p.columns {
			if err := c.plan.column[name].set(row, p.values[i]); err != nil {
				return false, err
			}
			given[name] = true
		}
		_, err = c.create(ctx, row, given)
	}
	return found == (verb == Delete), err
}

// pairPlainly does that in a table that is not registered, as a change of the row itself.
func (r resource[P]) pairPlainly(ctx context.Context, tx *gorm.DB, verb Verb, l link, p pairing) (bool, error) { //nolint:revive // each is a thing of its own
	values := make([]any, len(p.values))
	conditions := make([]clause.Expression, len(p.values))
	change := Change{Table: l.own.table, Key: strings.Join(p.values, ","), Verb: verb, Set: in(ctx, r.db).set}
	for i, name := range p.columns {
		values[i] = p.values[i]
		conditions[i] = clause.Eq{Column: clause.Column{Name: name}, Value: p.values[i]}
		field := FieldChange{Column: name, New: &p.values[i]}
		if verb == Delete {
			field.Old, field.New = field.New, nil
		}
		change.Fields = append(change.Fields, field)
	}
	statement := clause.Expr{SQL: "INSERT INTO ? ? VALUES (" + commas(len(values)) + ") ON CONFLICT DO NOTHING",
		Vars: append([]any{clause.Table{Name: l.own.table}, bare(p.columns)}, values...)}
	if verb == Delete {
		statement = clause.Expr{SQL: "DELETE FROM ? WHERE ?", Vars: []any{clause.Table{Name: l.own.table}, clause.And(conditions...)}}
	}
	done := tx.WithContext(ctx).Exec(statement.SQL, statement.Vars...)
	if done.Error != nil || done.RowsAffected == 0 {
		return false, done.Error
	}
	return true, r.record(ctx, tx, change)
}
