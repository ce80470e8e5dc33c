package crud

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Create inserts the row and reads it back. A field that is zero gets the database's default unless it is among
// columns: those are written as they are.
func (c *Store[P]) Create(ctx context.Context, row P, columns ...string) error {
	given := map[string]bool{}
	for _, name := range columns {
		given[name] = true
	}
	_, err := c.create(ctx, row, given)
	return err
}

func (c *Store[P]) create(ctx context.Context, row P, given map[string]bool) ([]string, error) {
	if _, err := c.scope(ctx, Create); err != nil {
		return nil, err
	}
	c.claim(ctx, row, given)
	start := c.plan.copyRow(row)
	var written []string
	err := c.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		c.plan.assign(row, start)
		if err := c.standLast(tx, row, given); err != nil {
			return err
		}
		if err := c.check(row, c.present(), c.settledIn(row, given)); err != nil {
			return err
		}
		if err := c.refer(ctx, Create, row, c.present()); err != nil {
			return err
		}
		if err := c.veto(ctx, tx, Create, row); err != nil { // it may tell of what the row refers to
			return err
		}
		inserting := tx.Omit(clause.Associations).Set(givenSetting, given).Clauses(c.plan.returningKey())
		if err := wrote(inserting.Create(row)); err != nil {
			return attempt[P]{err, WriteOf[P]{Verb: Create, New: row}, c.present()}
		}
		stored, err := c.reload(tx, row)
		if err != nil {
			return err
		}
		c.plan.assign(row, stored)
		changes := c.whole(row, func(change *FieldChange, text *string) { change.New = text })
		written = c.labels(changes)
		return c.finish(ctx, tx, WriteOf[P]{Verb: Create, New: row}, changes)
	})
	return written, err
}

// claim makes a new row the account's own where the scope leaves no choice.
func (c *Store[P]) claim(ctx context.Context, row P, given map[string]bool) {
	f, value := c.fixed(ctx, Create)
	if f == nil || !f.unset(row) {
		return
	}
	if f.set(row, value) == nil {
		given[f.Name] = true
	}
}

// finish concludes a write of these columns.
func (c *Store[P]) finish(ctx context.Context, tx *gorm.DB, write WriteOf[P], changes []FieldChange) error {
	return c.conclude(ctx, tx, write, Change{Fields: changes})
}

// conclude does what every write ends with: the row must still be in reach, the guard must agree, and the change is recorded.
func (c *Store[P]) conclude(ctx context.Context, tx *gorm.DB, write WriteOf[P], change Change) error {
	row := write.Old
	if write.Verb != Delete && write.Verb != Purge {
		row = write.New
		if err := c.stays(ctx, tx, write.Verb, row); err != nil {
			return err
		}
	}
	if c.options.Guard != nil {
		if err := c.options.Guard(ctx, tx, write); err != nil {
			return err
		}
	}
	if only(ctx) {
		return nil
	}
	change.Table, change.Key, change.Verb, change.Set = c.plan.table, c.plan.keyOf(row), write.Verb, in(ctx, c.db).set
	return c.record(ctx, tx, change)
}

// record hands a change to Config.Record, which may leave the entry to be sent later.
func (c *Store[P]) record(ctx context.Context, tx *gorm.DB, change Change) error {
	change.Reason = reasonIn(ctx)
	lost := func(err error) error { return c.translate(ctx, unrecorded{err}) }
	return meaning(tx, lost, func() error {
		if err := c.config.Record(ctx, tx, []Change{change}); err != nil {
			return unrecorded{err}
		}
		return nil
	})
}

// unrecorded is why a write could not be recorded. What the log's own rules refuse is no mistake of the person who writes.
type unrecorded struct{ error }

func (u unrecorded) Unwrap() error { return u.error }

// The callbacks between GORM's own, and what turns them on: a field that was not given and is still zero after the model's hooks is
// left out, so that the database's default holds; and an update is not waited for, since the row is read behind it.
const (
	omitName     = "crud:omit_unset"
	givenSetting = "crud:given"
	deferName    = "crud:defer_update"
	resumeName   = "crud:resume"
	laterSetting = "crud:later"
)

// hook puts the callbacks between GORM's own, once.
func hook(db *gorm.DB) error {
	create, update := db.Callback().Create(), db.Callback().Update()
	if create.Get(omitName) != nil {
		return nil
	}
	return errors.Join(
		create.After("gorm:before_create").Before("gorm:create").Register(omitName, omitUnset),
		update.After("gorm:before_update").Before("gorm:update").Register(deferName, deferUpdate),
		update.After("gorm:update").Before("gorm:after_update").Register(resumeName, resume))
}

func deferUpdate(db *gorm.DB) {
	own, ok := db.Statement.ConnPool.(*transaction)
	if later, _ := db.Get(laterSetting); ok && later == true {
		db.Statement.ConnPool = deferring{own, mustWrite}
	}
}

func resume(db *gorm.DB) {
	if d, ok := db.Statement.ConnPool.(deferring); ok {
		db.Statement.ConnPool = d.transaction
	}
}

func omitUnset(db *gorm.DB) {
	setting, ok := db.Get(givenSetting)
	if !ok || db.Statement.Schema == nil {
		return
	}
	given := setting.(map[string]bool)
	for _, name := range db.Statement.Schema.DBNames {
		f := db.Statement.Schema.FieldsByDBName[name]
		if _, zero := f.ValueOf(db.Statement.Context, db.Statement.ReflectValue); zero && !given[name] {
			db.Statement.Omits = append(db.Statement.Omits, name)
		}
	}
}

// Update locks the row, lets change edit it and writes the columns that differ then, zero values too. It returns the
// row as it is stored afterwards. An error of change undoes everything and is returned as it is.
func (c *Store[P]) Update(ctx context.Context, key string, change func(P) error) (P, error) {
	row, _, err := c.update(ctx, Update, key, func(_ context.Context, row P) error { return change(row) })
	return row, err
}

// Run does the named action of Options.Actions on the row, as an Update under the action's own name. input is what was
// typed into the form of an action that asks; nil for others.
func (c *Store[P]) Run(ctx context.Context, key, action string, input url.Values) (P, error) {
	row, _, err := c.act(ctx, key, action, input)
	return row, err
}

func (c *Store[P]) act(ctx context.Context, key, name string, input url.Values) (row P, changes []FieldChange, err error) {
	run, err := c.runner(ctx, name, input)
	if err != nil {
		return row, nil, err
	}
	return c.update(ctx, Verb(name), key, run)
}

// update is Update as any verb; it returns what was recorded, too. The context of change carries the transaction.
func (c *Store[P]) update(ctx context.Context, verb Verb, key string, change func(context.Context, P) error) (stored P, changes []FieldChange, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if wanted, ok := c.plan.parseKey(key); ok && c.options.Ahead != nil {
			c.options.Ahead(ctx, tx, wanted)
		}
		old, err := c.lock(ctx, tx, verb, key)
		if err != nil {
			return err
		}
		asking := ctx
		if verb == Update { // an action may write before it is asked again
			asking = recalling(ctx)
		}
		if err := c.veto(asking, tx, verb, old); err != nil {
			return err
		}
		edited := c.plan.copyRow(old)
		if err := change(ctx, edited); err != nil {
			return err
		}
		changed := c.differing(old, edited)
		if len(changed) == 0 {
			stored, changes = old, nil
			return nil
		}
		if err := c.check(edited, changed, always[P]); err != nil {
			return err
		}
		if err := c.refer(ctx, verb, edited, changed); err != nil {
			return err
		}
		if err := c.veto(asking, tx, verb, edited); err != nil {
			return err
		}
		stored, changes, err = c.save(ctx, tx, WriteOf[P]{verb, old, edited})
		return err
	})
	return stored, changes, err
}

// save writes the columns that differ by the one idiom that lets hooks see what changed, and records the difference
// that the database then holds.
func (c *Store[P]) save(ctx context.Context, tx *gorm.DB, write WriteOf[P]) (stored P, changes []FieldChange, err error) {
	before, changed := c.plan.copyRow(write.Old), c.differing(write.Old, write.New)
	refused := func(err error) error { return attempt[P]{err, WriteOf[P]{write.Verb, before, write.New}, changed} }
	moved, later := slices.ContainsFunc(changed, func(f *field[P]) bool { return f.primary }), !c.plan.followed
	err = meaning(tx, refused, func() error {
		updating := tx.Model(write.Old).Select(columns(changed))
		if later = later && !moved; moved {
			updating = updating.Clauses(c.plan.returningKey())
		}
		done := updating.Set(laterSetting, later).Updates(write.New)
		if later {
			return done.Error
		}
		return wrote(done)
	})
	if err != nil {
		return stored, nil, refused(err)
	}
	at := write.New
	if moved {
		at = write.Old // into which the key was read
	}
	if stored, err = c.reload(tx, at); err != nil {
		return stored, nil, err
	}
	for _, f := range c.differing(before, stored) {
		if !f.ReadOnly || slices.Contains(changed, f) { // what the database keeps up by itself is nobody's change
			changes = append(changes, f.change(before, stored))
		}
	}
	err = c.finish(ctx, tx, WriteOf[P]{write.Verb, before, stored}, changes)
	return stored, changes, err
}

// Delete deletes the row and returns it as it was.
func (c *Store[P]) Delete(ctx context.Context, key string) (P, error) {
	return c.remove(ctx, key, func(P) error { return nil })
}

// remove is Delete of a row that agree lets go.
func (c *Store[P]) remove(ctx context.Context, key string, agree func(P) error) (P, error) {
	var row P
	err := c.transact(ctx, func(ctx context.Context, tx *gorm.DB) (err error) {
		if row, err = c.lock(ctx, tx, Delete, key); err != nil {
			return err
		}
		if err := agree(row); err != nil {
			return err
		}
		if err := c.veto(ctx, tx, Delete, row); err != nil {
			return err
		}
		return c.erase(ctx, tx, Delete, row)
	})
	return row, err
}

// erase deletes a row, into the trash if there is one and the verb is not Purge.
func (c *Store[P]) erase(ctx context.Context, tx *gorm.DB, verb Verb, row P) (err error) {
	change := Change{Fields: c.whole(row, func(change *FieldChange, text *string) { change.Old = text })}
	from := func() *gorm.DB { return tx }
	if verb == Purge || c.plan.trash == nil {
		from = tx.Unscoped
		if change.Beyond, err = c.along(ctx, tx, row); err != nil {
			return err
		}
	}
	if err := c.gone(from, from().Delete(row), row); err != nil {
		return attempt[P]{err, WriteOf[P]{Verb: verb, Old: row}, nil}
	}
	return c.conclude(ctx, tx, WriteOf[P]{Verb: verb, Old: row}, change)
}

// reload reads the row as the database holds it now, inside the write's transaction and whatever the scope.
func (c *Store[P]) reload(tx *gorm.DB, row P) (stored P, err error) {
	rows, err := c.fetchAs(tx.Statement.Context, tx, "reload", c.plan.keyValues(row), c.present(), func(query *gorm.DB) *gorm.DB {
		return query.Where(c.plan.keyed(row)).Clauses(limit(1))
	})
	if err != nil {
		return stored, err
	}
	if len(rows) == 0 {
		return stored, c.missing()
	}
	return rows[0], nil
}

// differing returns the fields in which two rows differ.
func (c *Store[P]) differing(a, b P) []*field[P] {
	var out []*field[P]
	for _, f := range c.present() {
		if !f.same(a, b) {
			out = append(out, f)
		}
	}
	return out
}

// whole describes all columns of a row that comes or goes.
func (c *Store[P]) whole(row P, put func(change *FieldChange, text *string)) []FieldChange {
	var changes []FieldChange
	for _, f := range c.present() {
		change := FieldChange{Column: f.Name, Secret: f.Secret}
		if !f.Secret {
			put(&change, f.raw(row))
		}
		changes = append(changes, change)
	}
	return changes
}

// change describes one column's change.
func (f *field[P]) change(old, new P) FieldChange {
	if f.Secret {
		return FieldChange{Column: f.Name, Secret: true}
	}
	return FieldChange{Column: f.Name, Old: f.raw(old), New: f.raw(new)}
}

// labels names the changed columns for people.
func (c *Store[P]) labels(changes []FieldChange) []string {
	var out []string
	for _, change := range changes {
		out = append(out, c.plan.column[change.Column].Label)
	}
	return out
}

// veto asks Options.Allow.
func (c *Store[P]) veto(ctx context.Context, tx *gorm.DB, verb Verb, row P) error {
	if c.options.Allow == nil {
		return nil
	}
	return spoken(ctx, KindForbidden, c.options.Allow(ctx, tx, verb, row))
}

// spoken makes an Error of what Options say in plain words. What the database says, or a hook, is left for translate.
func spoken(ctx context.Context, kind ErrorKind, err error) error {
	if err == nil {
		return nil
	}
	var own *Error
	var pg *pgconn.PgError
	var hook interface{ FieldErrors() map[string]string }
	if errors.As(err, &own) || errors.As(err, &pg) || errors.As(err, &hook) || away(ctx, err) {
		return err
	}
	return fail(kind, err.Error(), err)
}
