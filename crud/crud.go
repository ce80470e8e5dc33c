// Package crud lists, shows and writes the rows of any GORM model by reflection done once, at registration.
//
// A CRUD[T] is a typed store with all the care of the panel: one query method that applies the policy, keyset pages,
// writes of changed columns only, a record of each change in its own transaction, and errors that name the field. A
// Registry gathers tables and offers each as a Resource, with its type erased, for screens. The package knows no HTTP,
// no HTML and no users.
package crud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/keyset"
)

// CRUD is the typed store of one table. It is safe for concurrent use.
type CRUD[T any] = Store[*T]

// Store is a CRUD by the pointer type of its rows. Pointers have one shape for the compiler, so that all models share one
// compiled Store, where a type over the models themselves would be compiled for each of them anew.
type Store[P any] struct {
	db       *gorm.DB
	config   Config
	options  OptionsOf[P]
	plan     *plan[P]
	area     string
	doc      *Table
	asked    map[string]asking[P] // the forms of actions that ask, by the action's name
	columns  []column[P]          // that lists can show
	listed   int                  // how many of them, from the first, are shown unless a query says otherwise
	searched []*field[P]
	order    keyset.Order
	filtered []*field[P] // of Options.Filters
	namedBy  []*field[P] // what a row is called by; see plan.namedBy
	notes    []*field[P] // of Options.Note, else what may stand in a choice's Note
	own      *path       // Options.Own; nil if not given
	group    *path       // Options.Group; nil if not given
	shared   *path       // Options.Shared; nil if not given

	filters    func() []FilterDoc              // of all fields that are shown
	schemas    func() map[string]*SchemaColumn // of all fields, by name
	estimated  estimated
	statements statements // of fetchAs

	tables map[string]table // of the registry, by name; nil without one
	known  *facts           // nil if the database was not asked
	absent map[string]bool  // the columns that the database lacks
	unfit  bool             // it lacks the table, or a column of its key
	loose  bool             // it is a view whose rows cannot be locked

	catalog  *catalog // the tables beside it; nil for a store of its own
	children []child  // what refers to its rows
	links    []link   // its many-to-many relations

	orderings []ordering[P] // of its rows below those of other tables
}

// New returns the store of T without a panel: every verb is allowed and nothing is recorded. The error joins all
// mistakes in tags and Options.
func New[T any](db *gorm.DB, options Options[T]) (*CRUD[T], error) {
	return build(db, Config{}.withDefaults(), options, "", newRow[T])
}

func newRow[T any]() *T { return new(T) }

func build[P any](db *gorm.DB, config Config, options OptionsOf[P], area string, empty func() P) (*Store[P], error) { //nolint:revive // each is a thing of its own
	p, err := newPlan(db, empty)
	if p == nil {
		return nil, err
	}
	if err := hook(db); err != nil {
		return nil, fmt.Errorf("crud: %w", err)
	}
	c := &Store[P]{db: db, config: config, options: options, plan: p, area: area}
	mistakes := []error{err}
	mistakes = append(mistakes, c.resolve()...)
	c.doc = c.describe()
	c.filters, c.schemas = sync.OnceValue(c.filterDocs), sync.OnceValue(c.schemaColumns)
	return c, errors.Join(mistakes...)
}

// query starts every statement of the table: model, scope and columns. Nothing reads or locks rows but through it.
func (c *Store[P]) query(ctx context.Context, db *gorm.DB, verb Verb) (*gorm.DB, error) {
	within, err := c.permit(ctx, verb)
	if err != nil {
		return nil, err
	}
	if c.unfit {
		return nil, fail(KindMisfit, unfit, nil)
	}
	query := db.WithContext(ctx).Model(c.plan.empty())
	if inTrash(verb) {
		query = c.deletedRows(query)
	}
	if within != nil {
		query = query.Where(within)
	}
	return query, nil
}

// visible returns the fields that the verb may see: not absent from the database and not hidden by the policy.
func (c *Store[P]) visible(ctx context.Context, verb Verb) []*field[P] {
	mask, absent := c.config.Policy.Fields(ctx, c.plan.table, verb), c.absent
	if len(mask) == 0 && len(absent) == 0 {
		return c.plan.fields
	}
	return slices.DeleteFunc(slices.Clone(c.plan.fields), func(f *field[P]) bool {
		return absent[f.Name] || (mask[f.Name] == Hidden && !f.primary)
	})
}

// present returns the fields that the database has, whoever asks: what a write must load to compare and record.
func (c *Store[P]) present() []*field[P] {
	if len(c.absent) == 0 {
		return c.plan.fields
	}
	return slices.DeleteFunc(slices.Clone(c.plan.fields), func(f *field[P]) bool { return c.absent[f.Name] })
}

// shown leaves the secrets out: reads never fetch them.
func shown[P any](fields []*field[P]) []*field[P] {
	if !slices.ContainsFunc(fields, func(f *field[P]) bool { return f.Secret }) {
		return fields
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f *field[P]) bool { return f.Secret })
}

// Find returns the row with this key, as it stands in addresses. Secrets are left zero.
func (c *Store[P]) Find(ctx context.Context, key string) (P, error) {
	var row P
	err := c.retry(ctx, func() (err error) {
		row, err = c.find(ctx, c.conn(ctx), Read, key)
		return err
	})
	return row, err
}

func (c *Store[P]) find(ctx context.Context, db *gorm.DB, verb Verb, key string) (row P, err error) {
	row, err = c.locate(ctx, db, verb, key, "", shown(c.visible(ctx, verb)))
	if unread(err) {
		return row, c.missing()
	}
	return row, err
}

// lock loads the whole row for a write and keeps others from changing it until the transaction ends. Rows that refer to it
// may still come, unless it goes: the record of what somebody does need not wait for who edits that person.
func (c *Store[P]) lock(ctx context.Context, tx *gorm.DB, verb Verb, key string) (row P, err error) {
	strength := "NO KEY UPDATE"
	switch {
	case c.loose:
		strength = ""
	case verb == Delete || verb == Purge:
		strength = "UPDATE"
	}
	return c.locate(ctx, tx, verb, key, strength, c.present())
}

// locate reads the row with a key if the verb may touch it, under a lock unless that is "".
func (c *Store[P]) locate(ctx context.Context, db *gorm.DB, verb Verb, key, lock string, fields []*field[P]) (row P, err error) { //nolint:revive // each is a thing of its own
	wanted, ok := c.plan.parseKey(key)
	if !ok {
		_, err := c.permit(ctx, verb)
		return row, cmp.Or(err, c.missing())
	}
	rows, err := c.pick(ctx, db, verb, "at "+lock, c.plan.keyValues(wanted), fields, func(query *gorm.DB) *gorm.DB {
		if lock != "" {
			query = query.Clauses(clause.Locking{Strength: lock})
		}
		return query.Where(c.plan.keyed(wanted)).Clauses(limit(1))
	})
	if err != nil {
		return row, err
	}
	if len(rows) == 0 {
		return row, c.unreached(ctx, verb, key)
	}
	return rows[0], nil
}

// pick reads the rows that a verb may touch and that write picks out by its values; see fetchAs. What a scope leaves is no shape that
// many share.
func (c *Store[P]) pick(ctx context.Context, db *gorm.DB, verb Verb, shape string, vars []any, fields []*field[P], write func(*gorm.DB) *gorm.DB) ([]P, error) { //nolint:revive // each is a thing of its own
	if within, err := c.permit(ctx, verb); within == nil && err == nil && !inTrash(verb) && !c.unfit {
		return c.fetchAs(ctx, db, shape, vars, fields, write)
	}
	query, err := c.query(ctx, db, verb)
	if err != nil {
		return nil, err
	}
	return c.fetch(write(query), fields)
}

// one reads the only row of a query, and reports whether there is one.
func (c *Store[P]) one(query *gorm.DB, fields []*field[P]) (row P, found bool, err error) {
	rows, err := c.fetch(query.Clauses(limit(1)), fields)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

func (c *Store[P]) missing() error {
	return fail(KindNotFound, fmt.Sprintf("There is no such %s.", c.doc.Singular), nil)
}
