// Package crud lists, shows and writes the rows of any GORM model by reflection done once, at registration.
//
// A CRUD[T] is a typed store with all the care of the panel: one query method that applies the policy, keyset pages,
// writes of changed columns only, a record of each change in its own transaction, and errors that name the field. A
// Registry gathers tables and offers each as a Resource, with its type erased, for screens. The package knows no HTTP,
// no HTML and no users.
package crud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/keyset"
)

// CRUD is the typed store of one table. It is safe for concurrent use.
type CRUD[T any] struct {
	db       *gorm.DB
	config   Config
	options  Options[T]
	plan     *plan[T]
	area     string
	doc      *Table
	listed   []listed[T]
	searched []*field[T]
	order    keyset.Order
}

// New returns the store of T without a panel: every verb is allowed and nothing is recorded. The error joins all
// mistakes in tags and Options.
func New[T any](db *gorm.DB, options Options[T]) (*CRUD[T], error) {
	return build(db, Config{}.withDefaults(), options, "")
}

func build[T any](db *gorm.DB, config Config, options Options[T], area string) (*CRUD[T], error) {
	p, err := newPlan[T](db)
	if p == nil {
		return nil, err
	}
	if db.Callback().Create().Get(omitName) == nil {
		if err := db.Callback().Create().After("gorm:before_create").Before("gorm:create").Register(omitName, omitUnset); err != nil {
			return nil, fmt.Errorf("crud: %w", err)
		}
	}
	c := &CRUD[T]{db: db, config: config, options: options, plan: p, area: area}
	mistakes := []error{err}
	mistakes = append(mistakes, c.resolve()...)
	c.doc = c.describe()
	return c, errors.Join(mistakes...)
}

// query starts every statement of the table: model, scope and columns. Nothing reads or locks rows but through it.
func (c *CRUD[T]) query(ctx context.Context, db *gorm.DB, verb Verb) (*gorm.DB, error) {
	if err := c.permit(ctx, verb); err != nil {
		return nil, err
	}
	return db.WithContext(ctx).Model(new(T)), nil
}

// permit returns a Forbidden error unless Options and policy allow the verb on some row.
func (c *CRUD[T]) permit(ctx context.Context, verb Verb) error {
	if !c.possible(verb) {
		return fail(KindForbidden, fmt.Sprintf("%s cannot be changed this way.", c.doc.Plural), nil)
	}
	scope, err := c.config.Policy.Scope(ctx, c.plan.table, verb)
	if err != nil {
		return fmt.Errorf("policy of %s: %w", c.plan.table, err)
	}
	if !scope.All {
		return fail(KindForbidden, KindForbidden.String(), nil)
	}
	return nil
}

// possible reports whether Options allow the verb at all.
func (c *CRUD[T]) possible(verb Verb) bool {
	if slices.Contains(c.doc.Verbs, verb) {
		return true
	}
	return slices.ContainsFunc(c.options.Actions, func(a Action[T]) bool { return Verb(a.Name) == verb })
}

// visible returns the fields that the verb may see: not absent from the database and not hidden by the policy.
func (c *CRUD[T]) visible(ctx context.Context, verb Verb) []*field[T] {
	mask, absent := c.config.Policy.Fields(ctx, c.plan.table, verb), c.config.Absent(c.plan.table)
	if len(mask) == 0 && len(absent) == 0 {
		return c.plan.fields
	}
	return slices.DeleteFunc(slices.Clone(c.plan.fields), func(f *field[T]) bool {
		return absent[f.Name] || (mask[f.Name] == Hidden && !f.primary)
	})
}

// present returns the fields that the database has, whoever asks: what a write must load to compare and record.
func (c *CRUD[T]) present() []*field[T] {
	absent := c.config.Absent(c.plan.table)
	if len(absent) == 0 {
		return c.plan.fields
	}
	return slices.DeleteFunc(slices.Clone(c.plan.fields), func(f *field[T]) bool { return absent[f.Name] })
}

// shown leaves the secrets out: reads never fetch them.
func shown[T any](fields []*field[T]) []*field[T] {
	if !slices.ContainsFunc(fields, func(f *field[T]) bool { return f.Secret }) {
		return fields
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f *field[T]) bool { return f.Secret })
}

// Find returns the row with this key, as it stands in addresses. Secrets are left zero.
func (c *CRUD[T]) Find(ctx context.Context, key string) (*T, error) {
	var row *T
	err := c.retry(ctx, func() (err error) {
		row, err = c.find(ctx, c.db, Read, key)
		return err
	})
	return row, err
}

func (c *CRUD[T]) find(ctx context.Context, db *gorm.DB, verb Verb, key string) (*T, error) {
	query, err := c.query(ctx, db, verb)
	if err != nil {
		return nil, err
	}
	wanted, ok := c.plan.parseKey(key)
	if !ok {
		return nil, c.missing()
	}
	return c.one(query.Where(c.plan.keyed(wanted)), shown(c.visible(ctx, verb)))
}

// lock loads the whole row for a write and keeps others from changing it until the transaction ends.
func (c *CRUD[T]) lock(ctx context.Context, tx *gorm.DB, verb Verb, key string) (*T, error) {
	query, err := c.query(ctx, tx, verb)
	if err != nil {
		return nil, err
	}
	wanted, ok := c.plan.parseKey(key)
	if !ok {
		return nil, c.missing()
	}
	return c.one(query.Where(c.plan.keyed(wanted)).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), c.present())
}

// one reads the only row of a query, or returns NotFound.
func (c *CRUD[T]) one(query *gorm.DB, fields []*field[T]) (*T, error) {
	rows, err := c.fetch(query.Limit(1), fields)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, c.missing()
	}
	return rows[0], nil
}

// fetch runs a query for the given fields.
func (c *CRUD[T]) fetch(query *gorm.DB, fields []*field[T]) ([]*T, error) {
	rows, err := query.Select(columns(fields)).Rows()
	if err != nil {
		return nil, err
	}
	return c.plan.scan(rows, fields)
}

func (c *CRUD[T]) missing() error {
	return fail(KindNotFound, fmt.Sprintf("There is no such %s.", c.doc.Singular), nil)
}
