package crud

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// inTrash reports whether a verb is about rows in the trash alone.
func inTrash(verb Verb) bool { return verb == Restore || verb == Purge }

// trashable reports whether what is deleted can be taken back.
func (c *Store[P]) trashable() bool { return c.plan.trash != nil }

// Trashable reports whether what is deleted is in a trash first, from which it can be taken back or deleted for good.
func (t *Table) Trashable() bool {
	return slices.Contains(t.Verbs, Restore) || slices.Contains(t.Verbs, Purge)
}

// deletedRows narrows a query to the rows in the trash.
func (c *Store[P]) deletedRows(query *gorm.DB) *gorm.DB {
	return query.Unscoped().Where(clause.Neq{Column: clauseColumn(c.plan.trash.Name), Value: nil})
}

// trashed starts a query for the rows in the trash that the account may see there: those that it may restore or purge.
func (c *Store[P]) trashed(ctx context.Context, db *gorm.DB) (*gorm.DB, error) {
	var reach []clause.Expression
	var refusal error
	open := 0
	for _, verb := range []Verb{Restore, Purge} {
		within, err := c.permit(ctx, verb)
		switch {
		case err != nil:
			refusal = err
			continue
		case within == nil:
			within = clause.Expr{SQL: "TRUE"}
		}
		open++
		reach = append(reach, within)
	}
	if open == 0 {
		return nil, refusal
	}
	return c.deletedRows(db.WithContext(ctx).Model(c.plan.empty())).Where(clause.And(clause.Or(reach...))), nil
}

// Restore takes a row out of the trash and returns it. One that is not in the trash is KindNotFound; one that would be in
// the way of another now is refused beside the field that has to differ.
func (c *Store[P]) Restore(ctx context.Context, key string) (P, error) {
	var stored P
	err := c.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		row, err := c.lockTrashed(ctx, tx, Restore, key)
		if err != nil {
			return err
		}
		before, edited := c.plan.copyRow(row), c.plan.copyRow(row)
		c.plan.trash.clear(edited)
		if err := wrote(tx.Unscoped().Model(row).Select(c.plan.trash.Name).Updates(edited)); err != nil {
			return attempt[P]{err, WriteOf[P]{Restore, before, edited}, nil}
		}
		if stored, err = c.reload(tx, edited); err != nil {
			return err
		}
		return c.finish(ctx, tx, WriteOf[P]{Restore, before, stored}, nil)
	})
	return stored, err
}

// Purge deletes a row of the trash for good and returns it as it was.
func (c *Store[P]) Purge(ctx context.Context, key string) (P, error) {
	var row P
	err := c.transact(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		if row, err = c.lockTrashed(ctx, tx, Purge, key); err != nil {
			return err
		}
		return c.erase(ctx, tx, Purge, row)
	})
	return row, err
}

// lockTrashed is lock for a row in the trash, with what it holds there and what Options say to the verb.
func (c *Store[P]) lockTrashed(ctx context.Context, tx *gorm.DB, verb Verb, key string) (row P, err error) {
	if row, err = c.lock(ctx, tx, verb, key); err != nil {
		return row, err
	}
	when, found, err := c.one(c.deletedRows(tx.Model(c.plan.empty())).Where(c.plan.keyed(row)), []*field[P]{c.plan.trash})
	if err != nil || !found {
		return row, errors.Join(err, c.missing())
	}
	c.plan.trash.take(row, when)
	return row, c.veto(ctx, tx, verb, row)
}

// buried finds a row in the trash that the account may see there, and what it may do with it.
func (c *Store[P]) buried(ctx context.Context, key string) (row P, verbs []Verb, err error) {
	wanted, ok := c.plan.parseKey(key)
	if !ok || !c.trashable() {
		return row, nil, c.missing()
	}
	err = c.retry(ctx, func() error {
		query, err := c.trashed(ctx, c.conn(ctx))
		if err != nil {
			return c.missing()
		}
		var found bool
		row, found, err = c.one(query.Where(c.plan.keyed(wanted)), append(shown(c.visible(ctx, Read)), c.plan.trash))
		if !found && err == nil {
			err = c.missing()
		}
		return err
	})
	if err != nil {
		return row, nil, err
	}
	for _, verb := range []Verb{Restore, Purge} {
		if _, err := c.find(ctx, c.conn(ctx), verb, key); err == nil {
			verbs = append(verbs, verb)
		}
	}
	return row, verbs, nil
}

// findOrBuried finds a row, also in the trash; there, it returns what may be done with it.
func (c *Store[P]) findOrBuried(ctx context.Context, key string) (row P, verbs []Verb, err error) {
	row, err = c.Find(ctx, key)
	if c.trashable() && standsInTheWay(err) != nil {
		return c.buried(ctx, key)
	}
	return row, nil, err
}

// Restore implements Resource.
func (r resource[P]) Restore(ctx context.Context, key string) (*Saved, error) {
	row, err := r.Store.Restore(ctx, key)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, nil), nil
}

// Purge implements Resource.
func (r resource[P]) Purge(ctx context.Context, key string) (*Saved, error) {
	row, err := r.Store.Purge(ctx, key)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, nil), nil
}

// planrestore takes a row out of the trash again.
func (r resource[P]) planrestore(ctx context.Context, s *step) error {
	s.Verb = Create
	row, verbs, err := r.buried(ctx, s.change.Key)
	switch {
	case err != nil && standsInTheWay(err) == nil:
		return err
	case err != nil:
		s.Label, s.Problem = sentence(r.doc.Singular)+" "+s.change.Key, "It is not in the trash."
		return nil //nolint:nilerr // the step says so
	}
	if s.Label = r.plan.label(row); len(verbs) == 0 || verbs[0] != Restore {
		s.deny(Restore)
	}
	s.do = func(ctx context.Context, _ map[string]bool) (bool, error) {
		_, err := r.Store.Restore(ctx, s.change.Key)
		return true, r.told(s, err)
	}
	return nil
}
