package crud

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// errUnwritten is a statement that should have written a row and wrote none, without an error: a trigger that returns NULL, a rule, or a
// policy of row security passed over it.
var errUnwritten = errors.New("the statement wrote no row")

// unwritten is what that is called for people.
const unwritten = "The database passed over this without saying why: a trigger, a rule or row security of its own kept it from being written. Nothing was changed."

// wrote is the error of a statement that was waited for.
func wrote(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return errUnwritten
	}
	return done.Error
}

// mustWrite reads the answer of a statement that is not waited for.
func mustWrite(rows pgx.Rows) error {
	if rows.Close(); rows.Err() == nil && rows.CommandTag().RowsAffected() == 0 {
		return errUnwritten
	}
	return nil
}

// returningKey has the key read as it is stored where a statement gives it: a trigger may have made another one of it.
func (p *plan[P]) returningKey() clause.Returning {
	columns := make([]clause.Column, len(p.key))
	for i, f := range p.key {
		columns[i] = clause.Column{Name: f.Name}
	}
	return clause.Returning{Columns: columns}
}

// gone is the error of a deletion. One that deleted no row is none if the row is out of sight all the same, as where a trigger marks it and
// a policy hides what is marked.
func (c *Store[P]) gone(db func() *gorm.DB, deleted *gorm.DB, row P) error {
	err := wrote(deleted)
	if !errors.Is(err, errUnwritten) {
		return err
	}
	_, there, failed := c.one(db().Model(c.plan.empty()).Where(c.plan.keyed(row)), c.plan.key)
	if failed != nil || !there {
		return failed
	}
	return err
}
