package crud

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// fetch runs a query for the given fields. GORM writes the statement, and the plan reads the rows: outside transactions from pgx
// itself, which costs half of what database/sql does.
func (c *Store[P]) fetch(query *gorm.DB, fields []*field[P]) ([]P, error) {
	query = query.Select(columns(fields))
	pool, ok := query.Statement.ConnPool.(*sql.DB)
	if !ok { // the connection belongs to a transaction, which database/sql does not lend
		rows, err := query.Rows()
		if err != nil {
			return nil, err
		}
		return c.plan.scan(rows, fields)
	}
	written := query.Session(&gorm.Session{DryRun: true}).Find(new([]P))
	if written.Error != nil {
		return nil, written.Error
	}
	var out []P
	ctx, statement := query.Statement.Context, statementOf(written)
	err := again(func() error {
		return connected(ctx, pool, func(conn *pgx.Conn) error {
			rows, err := conn.Query(ctx, statement.sql, append([]any{Formats}, statement.vars...)...)
			if err != nil {
				return err
			}
			defer rows.Close()
			out, err = c.plan.read(rows, fields)
			return err
		})
	})
	return out, err
}

// Formats are the types that come as bytes of their own; all others come as text, which every type of a model reads.
var Formats = pgx.QueryResultFormatsByOID{
	pgtype.BoolOID: pgx.BinaryFormatCode, pgtype.ByteaOID: pgx.BinaryFormatCode, pgtype.DateOID: pgx.BinaryFormatCode,
	pgtype.Float4OID: pgx.BinaryFormatCode, pgtype.Float8OID: pgx.BinaryFormatCode, pgtype.Int2OID: pgx.BinaryFormatCode,
	pgtype.Int4OID: pgx.BinaryFormatCode, pgtype.Int8OID: pgx.BinaryFormatCode, pgtype.TimestampOID: pgx.BinaryFormatCode,
	pgtype.TimestamptzOID: pgx.BinaryFormatCode,
}

// connected runs work on a connection that nobody else has meanwhile. Waiting for one ends with ctx.
func connected(ctx context.Context, pool *sql.DB, work func(*pgx.Conn) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(connection any) error {
		own, ok := connection.(*stdlib.Conn)
		if !ok {
			return errors.New("crud: rows are read by pgx alone")
		}
		err := work(own.Conn())
		if own.Conn().IsClosed() {
			return errors.Join(err, driver.ErrBadConn)
		}
		return err
	})
}

// again runs work another time where its connection turned out to be dead before anything was sent, as database/sql does.
func again(work func() error) error {
	for attempt := 1; ; attempt++ {
		if err := work(); attempt == attempts || !pgconn.SafeToRetry(err) {
			return err
		}
	}
}
