package crud

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// fetch runs a query for the given fields. GORM writes the statement, and the plan reads the rows.
func (c *Store[P]) fetch(query *gorm.DB, fields []*field[P]) ([]P, error) {
	written := query.Select(columns(fields)).Session(&gorm.Session{DryRun: true}).Find(new([]P))
	if written.Error != nil {
		return nil, written.Error
	}
	return c.run(query.Statement.Context, query, statementOf(written), &PageOf[P]{fetched: fields}, nil)
}

// fetchAs is fetch for queries that many requests make alike: GORM writes the statement the first time. The shape tells apart all
// that lead to different statements, but for the fields; vars are the values of this one, in the order in which write takes them.
func (c *Store[P]) fetchAs(ctx context.Context, db *gorm.DB, shape string, vars []any, fields []*field[P], write func(*gorm.DB) *gorm.DB) ([]P, error) { //nolint:revive // each is a thing of its own
	return c.fetchBeside(ctx, db, shape, vars, &PageOf[P]{fetched: fields}, func(db *gorm.DB) *gorm.DB {
		return write(db.Model(c.plan.empty())).Select(columns(fields))
	})
}

// fetchBeside is fetchAs for the fields of a page, with what stands beside them. All of it is for write to select.
func (c *Store[P]) fetchBeside(ctx context.Context, db *gorm.DB, shape string, vars []any, page *PageOf[P], write func(*gorm.DB) *gorm.DB) ([]P, error) { //nolint:revive // each is a thing of its own
	key := append(make([]byte, 0, 500), shape...)
	for _, f := range page.fetched {
		key = append(append(key, 0), f.Name...)
	}
	for _, b := range page.besides {
		key = append(append(key, 1), b.field.Name...)
		for _, name := range b.target.columns {
			key = append(append(key, 0), name...)
		}
	}
	known := c.statements.of(key)
	if known == nil {
		made := write(db.WithContext(ctx)).Session(&gorm.Session{DryRun: true}).Find(new([]P))
		if made.Error != nil {
			return nil, made.Error
		}
		known = c.statements.keep(key, statementOf(made).sql)
	}
	return c.run(ctx, db, statement{known.sql, vars}, page, &known.readings)
}

// run reads the rows of a statement where db is connected. What reads them is taken from spare and left there, if that is not nil.
func (c *Store[P]) run(ctx context.Context, db *gorm.DB, s statement, page *PageOf[P], spare *sync.Pool) (out []P, err error) { //nolint:revive // each is a thing of its own
	if lends(db) {
		err = s.ask(ctx, db, func(rows pgxRows) (err error) {
			out, err = c.plan.read(rows, page.fetched, page.besides, spare)
			return err
		})
		return out, err
	}
	rows, err := db.Statement.ConnPool.QueryContext(ctx, s.sql, s.vars...)
	if err != nil {
		return nil, err
	}
	return c.plan.scan(rows, page.fetched)
}

// ask has the rows of a statement read where db lends a connection.
func (s statement) ask(ctx context.Context, db *gorm.DB, take func(pgxRows) error) error {
	m := message{sql: s.sql, args: s.vars, take: func(rows pgx.Rows) error { return take(rows) }}
	if t, ok := db.Statement.ConnPool.(*transaction); ok {
		if came := t.ahead.take(s); came != nil {
			defer came.Close()
			return take(came)
		}
		return t.deliver(ctx, m)
	}
	request := inquiryOf(ctx)
	if came := request.take(s); came != nil {
		defer came.Close()
		return take(came)
	}
	began := time.Now()
	err := again(func() error {
		return connected(ctx, db.Statement.ConnPool.(*sql.DB), func(conn *pgx.Conn) error { return m.alone(ctx, conn) })
	})
	if err == nil {
		request.note(s, time.Since(began))
	}
	return err
}

// lends reports whether db gives pgx's own connection, on which rows cost half of what they do through database/sql. A transaction that
// was not begun here does not.
func lends(db *gorm.DB) bool {
	switch db.Statement.ConnPool.(type) {
	case *transaction, *sql.DB:
		return true
	}
	return false
}

// statements are those that GORM wrote, by their shape. The zero statements are empty and ready.
type statements struct {
	lock sync.RWMutex
	all  map[string]*written
}

// written is a statement, with what read its rows and can read others.
type written struct {
	sql      string
	readings sync.Pool
}

// statementsMost is how many are kept; then all are forgotten, and written again as they are asked for.
const statementsMost = 500

func (s *statements) of(shape []byte) *written {
	s.lock.RLock()
	defer s.lock.RUnlock()
	return s.all[string(shape)]
}

func (s *statements) keep(shape []byte, sql string) *written {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.all == nil || len(s.all) >= statementsMost {
		s.all = map[string]*written{}
	}
	kept := &written{sql: sql}
	s.all[string(shape)] = kept
	return kept
}

// limit ends a statement after so many rows. The number stands in the statement itself: one with a limit that PostgreSQL does not know
// is planned anew each time, which takes longer than the rows of a page.
type limit int

// Name implements clause.Interface.
func (limit) Name() string { return "LIMIT" }

// Build implements clause.Expression.
func (l limit) Build(builder clause.Builder) {
	_, _ = builder.WriteString("LIMIT " + strconv.Itoa(int(l))) // it keeps the text in memory
}

// MergeClause implements clause.Interface.
func (l limit) MergeClause(whole *clause.Clause) { whole.Name, whole.Expression = "", l }

// Formats are the types that come as bytes of their own; all others come as text, which every type of a model reads.
var Formats = pgx.QueryResultFormatsByOID{
	pgtype.BoolOID: pgx.BinaryFormatCode, pgtype.ByteaOID: pgx.BinaryFormatCode, pgtype.DateOID: pgx.BinaryFormatCode,
	pgtype.Float4OID: pgx.BinaryFormatCode, pgtype.Float8OID: pgx.BinaryFormatCode, pgtype.Int2OID: pgx.BinaryFormatCode,
	pgtype.InetOID: pgx.BinaryFormatCode, pgtype.Int4OID: pgx.BinaryFormatCode, pgtype.Int8OID: pgx.BinaryFormatCode,
	pgtype.TimestampOID: pgx.BinaryFormatCode, pgtype.TimestamptzOID: pgx.BinaryFormatCode,
}

// connected runs work on a connection that nobody else has meanwhile. Waiting for one ends with ctx.
func connected(ctx context.Context, pool *sql.DB, work func(*pgx.Conn) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return raw(conn, func(conn *pgx.Conn) error {
		err := work(conn)
		if conn.IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

// raw runs work on a connection as pgx has it.
func raw(conn *sql.Conn, work func(*pgx.Conn) error) error {
	return conn.Raw(func(connection any) error {
		own, err := pgxConn(connection)
		if err != nil {
			return err
		}
		return work(own)
	})
}

// pgxConn is a driver's connection as pgx has it.
func pgxConn(connection any) (*pgx.Conn, error) {
	own, ok := connection.(*stdlib.Conn)
	if !ok {
		return nil, errors.New("crud: rows are read by pgx alone")
	}
	return own.Conn(), nil
}

// again runs work another time where its connection turned out to be dead before anything was sent, as database/sql does.
func again(work func() error) error {
	for attempt := 1; ; attempt++ {
		if err := work(); attempt == attempts || !pgconn.SafeToRetry(err) {
			return err
		}
	}
}
