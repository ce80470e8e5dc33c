package crud

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Foresight remembers by which statement a request read its rows, and has it sent along with the question who asks when the same
// request comes again: one way to PostgreSQL and back in place of two. It decides nothing. What came is read only by who then asks for
// exactly that, with the rights that were found meanwhile; else it is thrown away. No row outlasts its request. The zero Foresight remembers
// nothing yet; it must not be copied.
type Foresight struct {
	mu    sync.Mutex
	known map[[32]byte]*foreseen
}

// foreseen is what a request led to.
type foreseen struct {
	statement

	wasted int // how often in a row it was sent along for nothing
}

const (
	foreseenMost  = 1000                  // requests; then all are forgotten
	foreseenTime  = 50 * time.Millisecond // what a statement may take that somebody waits for before it is known who asks
	foreseenTries = 20                    // what was sent along for nothing so often is not sent again; as many requests can be under way at a time
)

// Of returns the context of a request that reads. Equal requests of equal people have the same key, and no others have it. A nil
// Foresight returns ctx.
func (f *Foresight) Of(ctx context.Context, key [32]byte) context.Context {
	if f == nil {
		return ctx
	}
	q := &inquiry{foresight: f, key: key}
	f.mu.Lock()
	if known := f.known[key]; known != nil && known.wasted < foreseenTries {
		known.wasted++
		guess := known.statement
		q.guess = &guess
	}
	f.mu.Unlock()
	return context.WithValue(ctx, inquiryKey{}, q)
}

// keep remembers that a request led to a statement.
func (f *Foresight) keep(key [32]byte, s statement) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.known[key]
	if known == nil {
		if f.known == nil || len(f.known) >= foreseenMost {
			f.known = map[[32]byte]*foreseen{}
		}
		known = new(foreseen)
		f.known[key] = known
	}
	known.statement = s
}

// right notes that what was sent along was asked for.
func (f *Foresight) right(key [32]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.known[key]; known != nil {
		known.wasted = 0
	}
}

// inquiry is a request that reads.
type inquiry struct {
	foresight *Foresight
	key       [32]byte

	mu    sync.Mutex
	guess *statement // what the same request led to; nil if that is not known, or not any more
	came  *received  // its rows
	done  bool       // the first statement was run
}

type inquiryKey struct{}

func inquiryOf(ctx context.Context) *inquiry {
	q, _ := ctx.Value(inquiryKey{}).(*inquiry)
	return q
}

// take returns the rows of a statement if they came already, once.
func (q *inquiry) take(s statement) *received {
	if q == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	came := q.came
	if came == nil || q.guess.sql != s.sql || !slices.EqualFunc(q.guess.vars, s.vars, same) {
		return nil
	}
	q.came, q.done = nil, true
	q.foresight.right(q.key)
	return came
}

// same reports whether two values of statements are known to be the same.
func same(a, b any) bool {
	switch a := a.(type) {
	case nil, bool, string, int, int32, int64, float64, time.Time:
		return a == b
	case []string:
		b, ok := b.([]string)
		return ok && slices.Equal(a, b)
	}
	return false
}

// note keeps the first statement that a request led to, and how long it took.
func (q *inquiry) note(s statement, took time.Duration) {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.done && took < foreseenTime {
		q.foresight.keep(q.key, s)
	}
	q.done = true
}

// Question is a statement that is answered by one row.
type Question struct {
	SQL  string
	Args []any
	Into []any // where the columns go
}

// Ask reads the row, [pgx.ErrNoRows] without one, and has what [Foresight] knows for ctx sent along.
func (ask Question) Ask(ctx context.Context, pool *pgxpool.Pool) error {
	question := message{sql: ask.SQL, args: ask.Args, take: one(ask.Into)}
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if q := inquiryOf(ctx); q != nil && q.guess != nil {
			if answered, err := q.send(ctx, conn.Conn(), question); answered {
				return err
			}
		}
		return question.alone(ctx, conn.Conn())
	})
}

// send sends a question with the guess behind it. It reports whether there is an answer to the question; else it has to be asked anew.
func (q *inquiry) send(ctx context.Context, conn *pgx.Conn, question message) (answered bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !lineOf(conn).pipelined {
		return false, nil
	}
	out := send(ctx, conn, []message{question, {sql: q.guess.sql, args: q.guess.vars, take: func(rows pgx.Rows) error {
		q.came = kept(rows)
		return nil
	}}})
	switch {
	case out.err == nil || out.begun && out.at > 0: // the guess may fail, as what it names may have gone
		return true, nil
	case errors.Is(out.err, pgx.ErrNoRows):
		return true, out.err
	}
	return false, out.err
}

// one reads the one row of an answer.
func one(into []any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		if !rows.Next() {
			rows.Close()
			return cmp.Or(rows.Err(), pgx.ErrNoRows)
		}
		return rows.Scan(into...)
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
