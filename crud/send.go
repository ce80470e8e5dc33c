package crud

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// message is a statement on its way to the database.
type message struct {
	sql   string
	args  []any
	take  func(pgx.Rows) error // reads what is answered; nil: nothing is read
	means func(error) error    // what an error of it stands for; nil: itself
}

// answered reads the answer.
func (m message) answered(rows pgx.Rows) (pgconn.CommandTag, error) {
	defer rows.Close()
	if m.take != nil {
		if err := m.take(rows); err != nil {
			return rows.CommandTag(), err
		}
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

// alone sends the message and waits for its answer.
func (m message) alone(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, m.sql, append([]any{Formats}, m.args...)...)
	if err != nil {
		return err
	}
	_, err = m.answered(rows)
	if stale(err) && lineOf(conn).known[m.sql] != nil {
		_ = conn.Close(ctx) // with the plans that it keeps
	}
	return err
}

// sending is what became of messages.
type sending struct {
	err   error
	at    int  // the message that err is of; those behind it were not done
	begun bool // something was sent; the database may have done all of it if err is not its answer
}

// send sends messages together and reads their answers in turn: one way there and back for all of them.
func send(ctx context.Context, conn *pgx.Conn, messages []message) (out sending) {
	l := lineOf(conn)
	if len(messages) == 1 || !l.pipelined {
		for out.at = range messages {
			if out.err = messages[out.at].alone(ctx, conn); out.err != nil {
				out.begun = out.at > 0 || !pgconn.SafeToRetry(out.err)
				return out
			}
		}
		out.begun = true
		return out
	}
	if out.err = l.makeRoom(ctx, conn, messages); out.err != nil {
		return out
	}
	written := make([]writing, len(messages))
	for out.at = range messages {
		if out.err = written[out.at].prepare(ctx, conn, messages[out.at]); out.err != nil {
			return out
		}
	}
	pipeline := conn.PgConn().StartPipeline(ctx)
	for i := range written {
		pipeline.SendQueryStatement(written[i].about, written[i].ParamValues, written[i].ParamFormats, written[i].formats)
		written[i].traced = l.begin(ctx, conn, messages[i])
	}
	out.err = pipeline.Sync()
	out.begun = !pgconn.SafeToRetry(out.err)
	for i := 0; i < len(messages) && out.err == nil; i++ {
		out.at = i
		var tag pgconn.CommandTag
		tag, out.err = answer(conn, pipeline, messages[i])
		l.end(written[i].traced, conn, pgx.TraceQueryEndData{CommandTag: tag, Err: out.err})
	}
	_ = pipeline.Close() // after the last answer, or with the error of an earlier one
	if stale(out.err) {
		_ = conn.Close(ctx) // with the plans that it keeps
	}
	return out
}

// answer reads the next answer of a pipeline.
func answer(conn *pgx.Conn, pipeline *pgconn.Pipeline, m message) (tag pgconn.CommandTag, err error) {
	results, err := pipeline.GetResults()
	if err != nil {
		return tag, err
	}
	reader, ok := results.(*pgconn.ResultReader)
	if !ok {
		return tag, fmt.Errorf("crud: a statement was answered by %T", results)
	}
	return m.answered(pgx.RowsFromResultReader(conn.TypeMap(), reader))
}

// stale reports whether a kept plan does not fit a table any more.
func stale(err error) bool {
	if err == nil {
		return false
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "0A000"
}

// writing is a message as it is put on the line.
type writing struct {
	pgx.ExtendedQueryBuilder
	about   *pgconn.StatementDescription
	formats []int16
	traced  context.Context // for the tracer
}

// prepare asks the database about the statement, where this connection has not yet, and writes its values down.
func (w *writing) prepare(ctx context.Context, conn *pgx.Conn, m message) (err error) {
	if w.about, err = lineOf(conn).describe(ctx, conn, m.sql); err != nil {
		return err
	}
	w.formats = make([]int16, len(w.about.Fields))
	for i, column := range w.about.Fields {
		w.formats[i] = Formats[column.DataTypeOID]
	}
	return w.Build(conn.TypeMap(), w.about, m.args)
}

// line is what is known of a connection.
type line struct {
	pipelined bool // statements are prepared on it, as they are unless the database's address says otherwise
	tracer    pgx.QueryTracer
	known     map[string]*pgconn.StatementDescription // the statements that were prepared for sending them with others
}

// linesMost is how many statements are kept prepared on a connection for sending them with others.
const linesMost = 200

const lineKey = "crud"

// lineOf returns what is known of a connection.
func lineOf(conn *pgx.Conn) *line {
	own := conn.PgConn().CustomData()
	if l, ok := own[lineKey].(*line); ok {
		return l
	}
	config := conn.Config()
	l := &line{config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement, config.Tracer, map[string]*pgconn.StatementDescription{}}
	own[lineKey] = l
	return l
}

// makeRoom forgets all statements that are prepared where those of messages would be too many: before one of them is looked up, as it would
// go with the others.
func (l *line) makeRoom(ctx context.Context, conn *pgx.Conn, messages []message) error {
	more := 0
	for _, m := range messages {
		if l.known[m.sql] == nil {
			more++
		}
	}
	if len(l.known)+more <= linesMost {
		return nil
	}
	clear(l.known)
	return conn.DeallocateAll(ctx)
}

// describe prepares a statement, once on each connection.
func (l *line) describe(ctx context.Context, conn *pgx.Conn, sql string) (*pgconn.StatementDescription, error) {
	if about := l.known[sql]; about != nil {
		return about, nil
	}
	about, err := conn.Prepare(ctx, sql, sql)
	if err == nil {
		l.known[sql] = about
	}
	return about, err
}

// begin tells the tracer of a statement, as pgx does of those that are sent alone.
func (l *line) begin(ctx context.Context, conn *pgx.Conn, m message) context.Context {
	if l.tracer == nil {
		return ctx
	}
	return l.tracer.TraceQueryStart(ctx, conn, pgx.TraceQueryStartData{SQL: m.sql, Args: m.args})
}

func (l *line) end(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	if l.tracer != nil {
		l.tracer.TraceQueryEnd(ctx, conn, data)
	}
}
