package crud

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// attempts is how often a statement or transaction is begun when PostgreSQL asks for another try.
const attempts = 3

// running is how a context carries the transaction that Together or a write began.
type running struct {
	db, tx *gorm.DB
	own    *transaction // that tx is; nil outside of one
	set    string       // Change.Set of all that is written in it
}

type runningKey struct{}

// in returns the transaction on db that ctx carries; its set is "" if it carries none.
func in(ctx context.Context, db *gorm.DB) running {
	if r, ok := ctx.Value(runningKey{}).(*running); ok && r.db == db {
		return *r
	}
	return running{db: db, tx: db}
}

// conn is the connection for a statement: the transaction that ctx carries, or the pool.
func (c *Store[P]) conn(ctx context.Context) *gorm.DB { return in(ctx, c.db).tx }

// begin runs work in a transaction, within that of ctx as a savepoint. Its context carries the transaction.
func begin(ctx context.Context, db *gorm.DB, work func(ctx context.Context, tx *gorm.DB) error) error {
	if outer := in(ctx, db); outer.own != nil {
		return outer.own.within(ctx, func() error { return work(ctx, outer.tx.WithContext(ctx)) })
	}
	return db.WithContext(ctx).Connection(func(one *gorm.DB) error {
		pool, err := db.DB()
		if err != nil {
			return err
		}
		conn, ok := one.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return fmt.Errorf("crud: GORM is connected by %T", one.Statement.ConnPool)
		}
		own := &transaction{pool: pool, conn: conn}
		one.Statement.ConnPool = own
		r := &running{db: db, own: own, set: crand.Text()}
		ctx := context.WithValue(ctx, runningKey{}, r)
		r.tx = one.WithContext(ctx)
		return own.run(ctx, func() error { return work(ctx, r.tx) })
	})
}

// askedKey is how a context carries what Recall was told.
type askedKey struct{}

// recalling returns a context in which Recall asks once.
func recalling(ctx context.Context) context.Context {
	return context.WithValue(ctx, askedKey{}, map[any]any{})
}

// Recall returns what ask answers. Options.Allow is asked about a row as it is and as it is to be, with nothing written in between:
// what it asks for by the same key both times is asked once. Elsewhere, and after an error, Recall asks each time.
func Recall[T any](ctx context.Context, key any, ask func() (T, error)) (T, error) {
	asked, _ := ctx.Value(askedKey{}).(map[any]any)
	if known, ok := asked[key].(T); ok {
		return known, nil
	}
	answer, err := ask()
	if asked != nil && err == nil {
		asked[key] = answer
	}
	return answer, err
}

// Together runs work in one transaction, which tx is too: everything that is read or written with its context is in it,
// and is undone if work returns an error. Work is run again where PostgreSQL asks for another try, so it must start
// anew each time.
func (r *Registry) Together(ctx context.Context, work func(ctx context.Context, tx *gorm.DB) error) error {
	return retry(ctx, func() error { return begin(ctx, r.db, work) }, func(err error) error {
		if away(ctx, err) {
			return fail(KindUnavailable, KindUnavailable.String(), err)
		}
		return r.refused(ctx, err)
	})
}

// refused says why a commit was refused, in the words of the table whose rule it was.
func (r *Registry) refused(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	if found := (uncommitted{}); !errors.As(err, &found) || !errors.As(err, &pg) {
		return err
	}
	if table := r.byName[pg.TableName]; table != nil {
		return table.translate(ctx, err)
	}
	if pg.Code == raised {
		return &Error{Kind: KindInvalid, Fields: map[string]string{"": sentence(pg.Message)}, Err: err}
	}
	return err
}

// transact runs work in a transaction, again where PostgreSQL asks for it, and translates its error. Within Together it
// is a savepoint. Everything with work's context is in the transaction.
func (c *Store[P]) transact(ctx context.Context, work func(ctx context.Context, tx *gorm.DB) error) error {
	return c.retry(ctx, func() error { return begin(ctx, c.db, work) })
}

// retry runs work until it succeeds or fails for good. work must start anew each time. Within a transaction, which a
// failure ends, there is no other try.
func (c *Store[P]) retry(ctx context.Context, work func() error) error {
	translate := func(err error) error { return c.translate(ctx, err) }
	if c.conn(ctx) != c.db {
		if err := work(); err != nil {
			return translate(err)
		}
		return nil
	}
	return retry(ctx, work, translate)
}

func retry(ctx context.Context, work func() error, translate func(error) error) error {
	for attempt := 1; ; attempt++ {
		err := work()
		if err == nil {
			return nil
		}
		if attempt == attempts || !transient(err) || !pause(ctx, attempt) {
			return translate(err)
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
