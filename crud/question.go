package crud

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
)

// Question is a query whose rows go into places, one after the other.
type Question struct {
	SQL  string
	Args []any
	Into *Places
}

// Ask reads the one row of the answer, [pgx.ErrNoRows] without one, and has what [Foresight] knows for ctx sent along.
func (ask Question) Ask(ctx context.Context, pool *pgxpool.Pool) error {
	question := message{sql: ask.SQL, args: ask.Args, take: one(ask.Into)}
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if q := inquiryOf(ctx); q != nil && len(q.guesses) > 0 {
			if answered, err := q.send(ctx, conn.Conn(), question); answered {
				return err
			}
		}
		return question.alone(ctx, conn.Conn())
	})
}

// Each reads the rows of the answer where GORM is connected, one after the other, and calls each for every one.
func (ask Question) Each(db *gorm.DB, each func() error) error {
	if !lends(db) {
		return fmt.Errorf("crud: rows are read where GORM is connected by %T", db.Statement.ConnPool)
	}
	return statement{ask.SQL, ask.Args}.ask(db.Statement.Context, db, func(rows pgxRows) error {
		for rows.Next() {
			if err := ask.Into.read(rows); err != nil {
				return err
			}
			if err := each(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// Ahead has the question sent behind the next statement that is asked in a transaction that this package began, for [Question.Each] to ask
// exactly that: one way there and back in place of two. Elsewhere it does nothing.
func (ask Question) Ahead(tx *gorm.DB) {
	t, ok := tx.Statement.ConnPool.(*transaction)
	if !ok {
		return
	}
	g := &guess{statement: statement{ask.SQL, ask.Args}}
	t.ahead = append(t.ahead, g)
	t.behind = append(t.behind, g.message())
}

// one reads the one row of an answer.
func one(into *Places) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		if !rows.Next() {
			rows.Close()
			return cmp.Or(rows.Err(), pgx.ErrNoRows)
		}
		return into.read(rows)
	}
}

// received are rows that came before they were asked for. Close lets others have their room.
type received struct {
	columns []pgconn.FieldDescription
	bytes   []byte
	ends    []int // of each value in bytes; -1 for NULL
	values  [][]byte
	at      int // of the next value in ends
	from    int // likewise in bytes
}

// spareReceived are those that were closed.
var spareReceived = sync.Pool{New: func() any { return new(received) }}

// kept takes all rows; nil if they do not come whole.
func kept(rows pgx.Rows) *received {
	r := spareReceived.Get().(*received)
	r.columns = append(r.columns[:0], rows.FieldDescriptions()...)
	r.bytes, r.ends, r.at, r.from = r.bytes[:0], r.ends[:0], 0, 0
	for rows.Next() {
		for _, value := range rows.RawValues() {
			r.bytes = append(r.bytes, value...)
			at := len(r.bytes)
			if value == nil {
				at = -1
			}
			r.ends = append(r.ends, at)
		}
	}
	if rows.Err() != nil || len(r.columns) == 0 {
		r.Close()
		return nil
	}
	r.values = slices.Grow(r.values[:0], len(r.columns))[:len(r.columns)]
	return r
}

func (r *received) FieldDescriptions() []pgconn.FieldDescription { return r.columns }
func (r *received) RawValues() [][]byte                          { return r.values }
func (*received) Err() error                                     { return nil }

// receivedMost is how many bytes those that were closed may hold on to.
const receivedMost = 1 << 20

// Close implements pgxRows. Nothing may be done with the rows afterwards.
func (r *received) Close() {
	if cap(r.bytes) <= receivedMost {
		spareReceived.Put(r)
	}
}

func (r *received) Next() bool {
	if r.at == len(r.ends) {
		return false
	}
	for i := range r.values {
		if end := r.ends[r.at]; end < 0 {
			r.values[i] = nil
		} else {
			r.values[i], r.from = r.bytes[r.from:end:end], end
		}
		r.at++
	}
	return true
}

// types are not for two at a time.
var types = sync.Pool{New: func() any { return pgtype.NewMap() }}

func (r *received) Scan(into ...any) error {
	known := types.Get().(*pgtype.Map)
	defer types.Put(known)
	return pgx.ScanRow(known, r.columns, r.values, into...)
}
