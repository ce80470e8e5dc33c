package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// runsTable tells of those who mend the schema, also to other processes. It belongs to the runner, like those of the migrations.
const runsTable = "schema_runs"

// runsKept is how many runs are remembered.
const runsKept = 50

// Run is one mending of the schema.
type Run struct {
	ID        int64
	By        string // who began it
	StartedAt time.Time
	EndedAt   time.Time // zero while it runs, and for ever if its process was killed
	Running   bool      // its process has the schema to itself still
	Canceled  bool      // somebody asked it to end
	Done      int       // statements
	Total     int
	Item      string // what is mended now, as a sentence
	Statement string // what runs now
	Percent   int    // of the index that is built now; 0 for none
	Result    string // what came of it, a sentence a line; "" while it runs
}

// ErrMending says that somebody else migrates or mends the schema just now.
var ErrMending = errors.New("another process is migrating or mending this schema just now")

// ErrCanceled is why a run's context ends when somebody asked for it.
var ErrCanceled = errors.New("the mending was broken off")

// Mending is the owner at work on the schema, alone. Conn is for its statements.
type Mending struct {
	Conn *sql.Conn
	ID   int64

	session *session
}

// Claim is who wants the schema to themselves.
type Claim struct {
	By   string
	Wait time.Duration // for others; 0: as long as there is time
}

// Mend runs do while nobody else migrates or mends the schema: it waits for them as the claim says, and then returns [ErrMending]. What
// do makes is granted to the serving role afterwards. do's context ends with [ErrCanceled] as its cause when [CancelRun] is called.
func Mend(ctx context.Context, target Target, claim Claim, do func(context.Context, *Mending) (result string, err error)) error {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return err
	}
	s := &session{target: target, config: config, wait: claim.Wait}
	if err := s.begin(ctx); err != nil {
		return errors.Join(explain(err, "mending the schema", &config.Config), s.end(ctx))
	}
	return errors.Join(s.mend(ctx, claim.By, do), s.end(ctx))
}

const makeRuns = `CREATE TABLE IF NOT EXISTS ` + runsTable + ` (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, begun_by text NOT NULL,
	started_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, pid integer NOT NULL, backend_start timestamptz NOT NULL,
	cancel boolean NOT NULL DEFAULT false, done integer NOT NULL DEFAULT 0, total integer NOT NULL DEFAULT 0, item text NOT NULL DEFAULT '',
	statement text NOT NULL DEFAULT '', percent integer NOT NULL DEFAULT 0, result text NOT NULL DEFAULT '')`

func (s *session) mend(ctx context.Context, by string, do func(context.Context, *Mending) (string, error)) error {
	run, err := s.startRun(ctx, by)
	if err != nil {
		return explain(err, "mending the schema", &s.config.Config)
	}
	working, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		cancel(run.watch(working))
	}()
	result, err := do(working, run)
	cause := context.Cause(working)
	cancel(nil)
	<-watched
	_ = run.Conn.Close() // granting takes its place
	if err != nil && errors.Is(cause, ErrCanceled) {
		err = ErrCanceled
	}
	if err != nil && result == "" {
		result = explain(err, "mending the schema", &s.config.Config).Error()
	}
	ended, stop := whole(ctx)
	defer stop()
	_, noted := s.lock.ExecContext(ended, "UPDATE "+runsTable+" SET ended_at = clock_timestamp(), result = $2, statement = '' WHERE id = $1", run.ID, result)
	return errors.Join(err, explain(noted, "noting what was mended", &s.config.Config), s.grant(ended))
}

// wholeTime is what a statement on the connection that holds the lock may take.
const wholeTime = time.Minute

// whole is the context of such a statement. It outlasts ctx: one that is broken off takes the connection with it, and the lock.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), wholeTime)
}

// startRun makes the row of the run, and forgets the oldest.
func (s *session) startRun(ctx context.Context, by string) (*Mending, error) {
	if _, err := s.lock.ExecContext(ctx, "SET client_min_messages TO warning; "+makeRuns+"; DELETE FROM "+runsTable+
		fmt.Sprintf(" WHERE id NOT IN (SELECT id FROM %s ORDER BY id DESC LIMIT %d)", runsTable, runsKept-1)); err != nil {
		return nil, err
	}
	run := &Mending{session: s}
	err := s.lock.QueryRowContext(ctx, "INSERT INTO "+runsTable+` (begun_by, pid, backend_start)
		SELECT $1, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid() RETURNING id`, by).Scan(&run.ID)
	if err != nil {
		return nil, err
	}
	run.Conn, err = s.db.Conn(ctx)
	return run, err
}

// Note tells how far the run is: its Done, Total, Item and Statement.
func (m *Mending) Note(ctx context.Context, run Run) error {
	ctx, cancel := whole(ctx)
	defer cancel()
	_, err := m.session.lock.ExecContext(ctx, "UPDATE "+runsTable+" SET done = $2, total = $3, item = $4, statement = $5, percent = 0 WHERE id = $1",
		m.ID, run.Done, run.Total, run.Item, run.Statement)
	return err
}

// Exec runs a short statement beside those of Conn, which may be within a transaction or ended.
func (m *Mending) Exec(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	return m.session.lock.ExecContext(ctx, statement, args...)
}

// watch says why the run has to end: somebody asked for it, or the lock is lost with its connection. It looks how far indexes are, too.
func (m *Mending) watch(ctx context.Context) error {
	for {
		if err := pause(ctx, time.Second/4); err != nil {
			return err
		}
		canceled, err := m.look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("the schema was lost to others: %w", err)
		case canceled:
			return ErrCanceled
		}
	}
}

// look notes how far indexes are, and reports whether somebody asked the run to end.
func (m *Mending) look(ctx context.Context) (canceled bool, err error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	err = m.session.lock.QueryRowContext(ctx, "UPDATE "+runsTable+` SET percent = coalesce((SELECT max(least(100, 100 * blocks_done / nullif(blocks_total, 0)))
		FROM pg_stat_progress_create_index WHERE datname = current_database()), 0) WHERE id = $1 RETURNING cancel`, m.ID).Scan(&canceled)
	return canceled, err
}

// LastRun returns the last mending of the schema, whichever process did it; the zero Run if there was none.
func LastRun(ctx context.Context, db *sql.DB, schema string) (run Run, err error) {
	there, err := hasRuns(ctx, db, schema)
	if err != nil || !there {
		return run, err
	}
	var ended sql.NullTime
	err = db.QueryRowContext(ctx, `SELECT id, begun_by, started_at, ended_at, cancel, done, total, item, statement, percent, result, ended_at IS NULL AND EXISTS (
		SELECT FROM pg_stat_activity a WHERE a.pid = r.pid AND a.backend_start = r.backend_start) FROM `+qualified(schema, runsTable)+` r ORDER BY id DESC LIMIT 1`).
		Scan(&run.ID, &run.By, &run.StartedAt, &ended, &run.Canceled, &run.Done, &run.Total, &run.Item, &run.Statement, &run.Percent, &run.Result, &run.Running)
	run.EndedAt = ended.Time
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, nil
	}
	return run, err
}

// CancelRun asks a run to end, whichever process does it. One that has ended, or that there is not, is left alone.
func CancelRun(ctx context.Context, db *sql.DB, schema string, id int64) error {
	there, err := hasRuns(ctx, db, schema)
	if err != nil || !there {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE "+qualified(schema, runsTable)+" SET cancel = true WHERE id = $1 AND ended_at IS NULL", id) //nolint:gosec // the name is quoted
	return err
}

func hasRuns(ctx context.Context, db *sql.DB, schema string) (there bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", qualified(schema, runsTable)).Scan(&there)
	return there, err
}

func qualified(schema, table string) string { return quote(schema) + "." + quote(table) }

// Undefined reports whether PostgreSQL says that there is no such table or column.
func Undefined(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && (refusal.Code == "42P01" || refusal.Code == "42703")
}
