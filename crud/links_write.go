package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Relink implements Resource.
func (r resource[P]) Relink(ctx context.Context, key, name string, add, remove []string) (*Saved, error) { //nolint:revive // each is a thing of its own
	if len(add)+len(remove) > LinkLimit {
		return nil, fail(KindLarge, fmt.Sprintf("No more than %d can be changed at once.", LinkLimit), nil)
	}
	var saved *Saved
	err := r.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		l, row, held, err := r.linked(ctx, Read, key, name)
		if err != nil {
			return err
		}
		join := r.tables[l.own.table]
		if join == nil { // the relation is a part of the row
			if _, err := r.lock(ctx, tx, Update, key); err != nil {
				return err
			}
		}
		for _, part := range []struct {
			verb Verb
			keys []string
		}{{Delete, remove}, {Create, add}} {
			verb := part.verb
			for _, other := range slices.Compact(slices.Sorted(slices.Values(part.keys))) {
				values, err := r.tables[l.Table].heldBy(ctx, other, l.other.to)
				if err != nil {
					return err
				}
				pair := pairing{slices.Concat(l.own.from, l.other.from), slices.Concat(held, values)}
				if join != nil {
					err = join.pair(ctx, verb, pair)
				} else {
					err = r.pairPlainly(ctx, tx, verb, l, pair)
				}
				if err != nil {
					return err
				}
			}
		}
		saved = r.saved(ctx, row, nil)
		return nil
	})
	return saved, err
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

// pair implements table: it makes or deletes the row that joins two others. One that is there already, or gone, is left so.
func (c *Store[P]) pair(ctx context.Context, verb Verb, p pairing) error {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return err
	}
	known, found, err := c.one(query.Where(c.holding(p.held())), c.plan.key)
	switch {
	case err != nil:
		return err
	case verb == Delete && found:
		_, err = c.Delete(ctx, c.plan.keyOf(known))
	case verb == Create && !found:
		row, given := c.plan.empty(), map[string]bool{}
		for i, name := range p.columns {
			if err := c.plan.column[name].set(row, p.values[i]); err != nil {
				return err
			}
			given[name] = true
		}
		_, err = c.create(ctx, row, given)
	}
	return err
}

// pairPlainly does that in a table that is not registered, as a change of the row itself.
func (r resource[P]) pairPlainly(ctx context.Context, tx *gorm.DB, verb Verb, l link, p pairing) error { //nolint:revive // each is a thing of its own
	values := make([]any, len(p.values))
	conditions := make([]clause.Expression, len(p.values))
	change := Change{l.own.table, strings.Join(p.values, ","), verb, nil, in(ctx, r.db).set}
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
		return done.Error
	}
	return r.record(ctx, tx, change)
}
