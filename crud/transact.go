package crud

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// attempts is how often a statement or transaction is begun when PostgreSQL asks for another try.
const attempts = 3

// transact runs work in a transaction, again where PostgreSQL asks for it, and translates its error.
func (c *CRUD[T]) transact(ctx context.Context, work func(tx *gorm.DB) error) error {
	return c.retry(ctx, func() error {
		done := false
		err := c.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			err := work(tx)
			done = err == nil
			return err
		})
		var answer *pgconn.PgError
		if done && err != nil && !errors.As(err, &answer) {
			return fail(KindUnavailable, "The database was lost while it saved: this may be saved or not. Look before you send it again.", err)
		}
		return err
	})
}

// retry runs work until it succeeds or fails for good. work must start anew each time.
func (c *CRUD[T]) retry(ctx context.Context, work func() error) error {
	for attempt := 1; ; attempt++ {
		err := work()
		if err == nil {
			return nil
		}
		if attempt == attempts || !transient(err) || !pause(ctx, attempt) {
			return c.translate(ctx, err)
		}
	}
}

// transient reports whether another try may succeed: a serialization failure, a deadlock, or a plan that a change of
// the schema made stale.
func transient(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "0A000")
}

// pause waits a little longer before each try, and reports false when ctx ends first.
func pause(ctx context.Context, attempt int) bool {
	wait := time.Duration(attempt) * (10*time.Millisecond + rand.N(20*time.Millisecond)) //nolint:gosec // spreads load, hides nothing
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}
