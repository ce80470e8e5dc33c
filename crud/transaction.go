package crud

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// transaction is a connection from BEGIN to COMMIT, as GORM and run use it. What nobody waits for is sent with what is asked next, or
// with the end: a way there and back takes longer than most statements.
type transaction struct {
	pool    *sql.DB
	conn    *sql.Conn
	waiting []message
	sent    int       // how often something was sent
	depth   int       // of savepoints
	failed  error     // of what nobody waited for: nothing is done after it
	hidden  error     // of what waited, where database/sql cannot be told
	behind  []message // sent behind what is asked next, for who asks for them then
	ahead   guesses   // what they are
}

// run does work between BEGIN and COMMIT, or undoes it. A commit whose answer is lost is an error that says so.
func (t *transaction) run(ctx context.Context, work func() error) (err error) {
	ended := false
	defer func() {
		if !ended {
			t.rollback(ctx)
		}
	}()
	t.waiting = append(t.waiting, message{sql: "BEGIN"})
	if err := work(); err != nil {
		return cmp.Or(t.hidden, err)
	}
	err = t.commit(ctx)
	ended = err == nil
	return err
}

// commit sends what waits and ends the transaction.
func (t *transaction) commit(ctx context.Context) error {
	if t.sent == 0 && len(t.waiting) == 1 {
		return nil // not even begun
	}
	sent := t.sent
	err := t.deliver(ctx, message{sql: "COMMIT", take: func(rows pgx.Rows) error {
		if rows.Close(); rows.Err() == nil && rows.CommandTag().String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	}})
	var answer *pgconn.PgError
	answered := errors.As(err, &answer) || errors.Is(err, pgx.ErrTxCommitRollback)
	switch {
	case answer != nil && t.failed == nil:
		return uncommitted{err}
	case err == nil, answered, t.sent == sent:
		return err
	}
	return fail(KindUnavailable, "The database was lost while it saved: this may be saved or not. Look before you send it again.", err)
}

// uncommitted is why PostgreSQL refused a commit: by a rule that it looks at no earlier.
type uncommitted struct{ error }

func (l uncommitted) Unwrap() error { return l.error }

// rollbackTime is how long an answer to ROLLBACK is waited for; then the connection is given up, which undoes everything too.
const rollbackTime = 5 * time.Second

func (t *transaction) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	_ = t.conn.Raw(func(own any) error { // what is wrong with it is told already
		conn, err := pgxConn(own)
		if err != nil || conn.PgConn().TxStatus() == idle && !conn.IsClosed() {
			return err
		}
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			_ = conn.Close(ctx)
			return driver.ErrBadConn
		}
		return nil
	})
}

// idle is how PostgreSQL says that no transaction is under way.
const idle = 'I'

// deliver sends what waits and what is asked.
func (t *transaction) deliver(ctx context.Context, asked ...message) (err error) {
	waited := len(t.waiting)
	messages := append(t.waiting, asked...)
	if len(asked) > 0 {
		messages, t.behind = append(messages, t.behind...), nil
	}
	if t.failed != nil || len(messages) == 0 {
		return t.failed
	}
	var out sending
	err = raw(t.conn, func(conn *pgx.Conn) error {
		out = send(ctx, conn, messages)
		return nil // the connection is ended by rollback
	})
	if err != nil {
		return err
	}
	if out.begun {
		t.sent++
		t.waiting = t.waiting[:0]
	}
	if err = out.err; err == nil {
		return nil
	}
	if m := messages[out.at]; m.means != nil {
		err = m.means(err)
	}
	if out.at < waited || out.at >= waited+len(asked) {
		t.failed = err
	}
	return err
}

// within does work behind a savepoint, and undoes it alone if it fails.
func (t *transaction) within(ctx context.Context, work func() error) error {
	t.depth++
	defer func() { t.depth-- }()
	name, from, sent := "s"+strconv.Itoa(t.depth), len(t.waiting), t.sent
	t.waiting = append(t.waiting, message{sql: "SAVEPOINT " + name})
	err := work()
	switch {
	case err == nil:
	case t.sent == sent: // the database knows nothing of it
		t.waiting = t.waiting[:from]
	default:
		t.waiting, t.failed = t.waiting[:0], t.back(ctx, name)
	}
	return err
}

// back undoes what was done since a savepoint. Where that is not there, something before it failed.
func (t *transaction) back(ctx context.Context, savepoint string) (err error) {
	closed := raw(t.conn, func(conn *pgx.Conn) error {
		_, err = conn.Exec(ctx, "ROLLBACK TO SAVEPOINT "+savepoint)
		return nil
	})
	if err = cmp.Or(err, closed); err != nil {
		return cmp.Or(t.failed, err)
	}
	return nil
}

// ExecContext implements gorm.ConnPool.
func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	if len(args) == 0 { // it may be several statements
		if err := t.deliver(ctx); err != nil {
			return nil, err
		}
		return t.conn.ExecContext(ctx, query)
	}
	err = t.deliver(ctx, message{sql: query, args: args, take: func(rows pgx.Rows) error {
		rows.Close()
		result = driver.RowsAffected(rows.CommandTag().RowsAffected())
		return nil
	}})
	return result, err
}

// QueryContext implements gorm.ConnPool.
func (t *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.deliver(ctx); err != nil {
		return nil, err
	}
	return t.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (t *transaction) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := t.deliver(ctx); err != nil {
		t.hidden = cmp.Or(t.hidden, err)
		ended, end := context.WithCancel(ctx)
		end() // nothing may be done after it
		ctx = ended
	}
	return t.conn.QueryRowContext(ctx, query, args...)
}

// PrepareContext implements gorm.ConnPool.
func (t *transaction) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := t.deliver(ctx); err != nil {
		return nil, err
	}
	return t.conn.PrepareContext(ctx, query)
}

// GetDBConn implements gorm.GetDBConnector.
func (t *transaction) GetDBConn() (*sql.DB, error) { return t.pool, nil }

// Commit and Rollback let GORM know a transaction, in which its own are savepoints. It is ended by run alone.
func (*transaction) Commit() error { return gorm.ErrInvalidTransaction }

// Rollback is as Commit.
func (*transaction) Rollback() error { return gorm.ErrInvalidTransaction }

// deferring is a transaction in which no statement that changes something is waited for.
type deferring struct {
	*transaction
	take func(pgx.Rows) error // reads the answers; nil: nothing is read
}

// ExecContext implements gorm.ConnPool. How many rows are affected is not known.
func (d deferring) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if len(args) == 0 {
		return d.transaction.ExecContext(ctx, query)
	}
	d.waiting = append(d.waiting, message{sql: query, args: args, take: d.take})
	return driver.RowsAffected(0), d.failed
}

// Later executes a statement whose result does not matter: within a transaction that this package began, with the next one that asks
// something there, or with its end; else at once. An error comes out there, and ends the transaction.
func Later(ctx context.Context, tx *gorm.DB, query string, args ...any) error {
	pool := tx.Statement.ConnPool
	if t, ok := pool.(*transaction); ok {
		pool = deferring{t, nil}
	}
	_, err := pool.ExecContext(ctx, query, args...)
	return err
}

// meaning does work in tx; an error of what it leaves to be sent later stands for what means makes of it.
func meaning(tx *gorm.DB, means func(error) error, work func() error) error {
	t, ok := tx.Statement.ConnPool.(*transaction)
	if !ok {
		return work()
	}
	sent, from := t.sent, len(t.waiting)
	err := work()
	if t.sent != sent {
		from = 0
	}
	for i := from; i < len(t.waiting); i++ {
		t.waiting[i].means = means
	}
	return err
}
