package crud

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Foresight remembers by which statements a request read its rows, and has them sent along with the question who asks when such a request
// comes again: one way to PostgreSQL and back in place of several. It decides nothing. What came is read only by who then asks for
// exactly that, with the rights that were found meanwhile; else it is thrown away. No row outlasts its request. The zero Foresight remembers
// nothing yet; it must not be copied.
type Foresight struct {
	mu    sync.Mutex
	known map[[32]byte]*foreseen
}

// foreseen is what a request led to.
type foreseen struct {
	statements []remembered
	wasted     int // how often in a row they were sent along for nothing
}

// remembered is a statement of a request.
type remembered struct {
	statement        // a value that is the row's key is an ofKey
	row       string // the key of the row that the request was about
	any       bool   // it is the same for another row, or for the other's key
	wasted    int    // how often in a row it was sent along for nothing
}

const (
	foreseenMost  = 1000                  // requests; then all are forgotten
	foreseenEach  = 8                     // statements of a request
	foreseenTime  = 50 * time.Millisecond // what a statement may take that somebody waits for before it is known who asks
	foreseenTries = 20                    // what was sent along for nothing so often is not sent again; as many requests can be under way at a time
)

// Of returns the context of a request that reads. Requests of equal people that are equal but for the row have the same key, and no others
// have it; row is the key of the row that it is about, "" for none. A nil Foresight returns ctx.
func (f *Foresight) Of(ctx context.Context, key [32]byte, row string) context.Context {
	if f == nil {
		return ctx
	}
	q := &inquiry{foresight: f, key: key, row: row}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.known[key]; known != nil && known.wasted < foreseenTries {
		for i := range known.statements {
			if s := &known.statements[i]; s.wasted < foreseenTries && q.guess(*s) {
				s.wasted++
			}
		}
		if len(q.guesses) > 0 {
			known.wasted++
		}
	}
	return context.WithValue(ctx, inquiryKey{}, q)
}

// keep remembers that a request led to a statement.
func (f *Foresight) keep(key [32]byte, s remembered) {
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
	if at := known.at(s.sql); at >= 0 {
		before := &known.statements[at]
		s.any = s.any || before.row != s.row && slices.EqualFunc(before.vars, s.vars, same)
		*before = s
		return
	}
	if len(known.statements) == foreseenEach {
		known.statements = slices.Delete(known.statements, 0, 1)
	}
	known.statements = append(known.statements, s)
}

func (f *foreseen) at(sql string) int {
	return slices.IndexFunc(f.statements, func(s remembered) bool { return s.sql == sql })
}

// right notes that what was sent along was asked for.
func (f *Foresight) right(key [32]byte, sql string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.known[key]
	if known == nil {
		return
	}
	known.wasted = 0
	if at := known.at(sql); at >= 0 {
		known.statements[at].wasted = 0
	}
}

// ofKey stands for a value that is the key of the row: a text, or a whole number of a type.
type ofKey func(row string) (any, error)

// ofKeys returns the ofKey of a value that is the key, nil of any other.
func ofKeys(value any, row string) ofKey {
	switch value := value.(type) {
	case string:
		if value == row {
			return func(row string) (any, error) { return row, nil }
		}
	case int64:
		if strconv.FormatInt(value, 10) == row {
			return func(row string) (any, error) { return strconv.ParseInt(row, 10, 64) }
		}
	}
	return nil
}

// inquiry is a request that reads.
type inquiry struct {
	foresight *Foresight
	key       [32]byte
	row       string

	mu      sync.Mutex
	guesses guesses // what such a request led to
}

// guess is a statement that may be asked for.
type guess struct {
	statement

	came *received // its rows; nil before they came, and once they were taken
}

// message asks the guess, and keeps what comes for who takes it.
func (g *guess) message() message {
	return message{sql: g.sql, args: g.vars, take: func(rows pgx.Rows) error {
		g.came = kept(rows)
		return nil
	}}
}

type guesses []*guess

// take returns the rows of a statement if they came already, once.
func (all guesses) take(s statement) *received {
	for _, g := range all {
		if g.came != nil && g.sql == s.sql && slices.EqualFunc(g.vars, s.vars, same) {
			came := g.came
			g.came = nil
			return came
		}
	}
	return nil
}

// guess adds a statement, with the key of this request's row; false for one that is of another row.
func (q *inquiry) guess(s remembered) bool {
	if !s.any && s.row != q.row {
		return false
	}
	vars := slices.Clone(s.vars)
	for i, value := range vars {
		if of, ok := value.(ofKey); ok {
			var err error
			if vars[i], err = of(q.row); err != nil {
				return false
			}
		}
	}
	q.guesses = append(q.guesses, &guess{statement: statement{s.sql, vars}})
	return true
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
	came := q.guesses.take(s)
	if came != nil {
		q.foresight.right(q.key, s.sql)
	}
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

// note keeps a statement that a request led to, and how long it took.
func (q *inquiry) note(s statement, took time.Duration) {
	if q == nil || took >= foreseenTime {
		return
	}
	kept := remembered{statement: statement{s.sql, slices.Clone(s.vars)}, row: q.row}
	for i, value := range s.vars {
		if of := ofKeys(value, q.row); of != nil {
			kept.vars[i], kept.any = of, true
		}
	}
	q.foresight.keep(q.key, kept)
}

// send sends a question with the guesses behind it. It reports whether there is an answer to the question; else it has to be asked anew.
func (q *inquiry) send(ctx context.Context, conn *pgx.Conn, question message) (answered bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !lineOf(conn).pipelined {
		return false, nil
	}
	messages := append(make([]message, 0, 1+foreseenEach), question)
	for _, g := range q.guesses {
		messages = append(messages, g.message())
	}
	out := send(ctx, conn, messages)
	switch {
	case out.err == nil || out.begun && out.at > 0: // a guess may fail, as what it names may have gone
		return true, nil
	case errors.Is(out.err, pgx.ErrNoRows):
		return true, out.err
	}
	return false, out.err
}
