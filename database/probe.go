package database

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// ProbeStep is one step of [DB.Probe].
type ProbeStep struct {
	Name    string
	Outcome string // without the address's password
	OK      bool
	Took    time.Duration // zero where nothing was asked
}

// Probe goes the whole way to the database anew, one step after the other, and ends at the first that fails.
func (db *DB) Probe(ctx context.Context, schema string) []ProbeStep {
	p := prober{ctx: ctx, db: db}
	config := db.Pool.Config().ConnConfig.Copy()
	if db.Pool.Config().BeforeConnect != nil {
		p.step("Find the port", func() (string, error) {
			err := db.Pool.Config().BeforeConnect(ctx, config)
			return strconv.Itoa(int(config.Port)), err
		})
	}
	p.step("Resolve the host", func() (string, error) { return p.resolve(config) })
	p.step("Connect", func() (string, error) { return p.dial(config) })
	var conn *pgx.Conn
	p.step("Authenticate", func() (_ string, err error) {
		conn, err = pgx.ConnectConfig(ctx, config)
		return "as " + config.User, err
	})
	if conn == nil {
		return append(p.steps, db.pooled())
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	p.ask(conn, "Database", `SELECT format('%s, in %s', current_database(), pg_encoding_to_char(encoding)) FROM pg_database WHERE datname = current_database()`)
	p.ask(conn, "Schema", `SELECT format('%s, with %s tables', nspname, (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p')))
		FROM pg_namespace n WHERE nspname = $1`, schema)
	p.ask(conn, "Rights", `SELECT CASE WHEN count(*) = 0 THEN 'all tables can be read' ELSE (count(*) || ' tables cannot be read: ' || string_agg(relname, ', ')) END
		FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND NOT has_table_privilege(oid, 'SELECT')`, schema)
	p.ask(conn, "Version", `SELECT 'PostgreSQL ' || current_setting('server_version')`)
	p.step("Latency", func() (string, error) { return p.latency(conn) })
	p.step("Clock", func() (string, error) { return p.clock(conn) })
	return append(p.steps, db.pooled())
}

type prober struct {
	ctx    context.Context
	db     *DB
	steps  []ProbeStep
	failed bool
}

// step does what comes next, unless something failed before.
func (p *prober) step(name string, do func() (string, error)) {
	if p.failed {
		return
	}
	began := time.Now()
	outcome, err := do()
	if err != nil {
		p.failed = true
		outcome = explain(err, "it failed", &p.db.Pool.Config().ConnConfig.Config).Error()
	}
	p.steps = append(p.steps, ProbeStep{Name: name, Outcome: outcome, OK: err == nil, Took: time.Since(began).Round(10 * time.Microsecond)})
}

func (p *prober) ask(conn *pgx.Conn, name, sql string, args ...any) {
	p.step(name, func() (text string, err error) {
		err = conn.QueryRow(p.ctx, sql, args...).Scan(&text)
		return text, err
	})
}

func (p *prober) resolve(config *pgx.ConnConfig) (string, error) {
	if config.Host == "" || config.Host[0] == '/' {
		return "a socket of this machine", nil
	}
	found, err := net.DefaultResolver.LookupHost(p.ctx, config.Host)
	return fmt.Sprint(found), err
}

func (p *prober) dial(config *pgx.ConnConfig) (string, error) {
	network, address := pgxNetwork(config)
	conn, err := (&net.Dialer{Timeout: config.ConnectTimeout}).DialContext(p.ctx, network, address)
	if err != nil {
		return "", err
	}
	_ = conn.Close()
	return "port " + strconv.Itoa(int(config.Port)) + " answers", nil
}

func pgxNetwork(config *pgx.ConnConfig) (network, address string) {
	if config.Host != "" && config.Host[0] == '/' {
		return "unix", fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port)
	}
	return "tcp", net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// latency is the median of five round trips.
func (p *prober) latency(conn *pgx.Conn) (string, error) {
	var times []time.Duration
	for range 5 {
		began := time.Now()
		if err := conn.Ping(p.ctx); err != nil {
			return "", err
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return times[2].Round(10*time.Microsecond).String() + " a round trip", nil
}

// clock compares the server's clock with ours at the middle of the round trip.
func (p *prober) clock(conn *pgx.Conn) (string, error) {
	began := time.Now()
	var theirs time.Time
	if err := conn.QueryRow(p.ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
		return "", err
	}
	ours := began.Add(time.Since(began) / 2)
	difference := theirs.Sub(ours).Round(time.Millisecond)
	if difference.Abs() > 5*time.Second {
		return fmt.Sprintf("the server's differs by %s: set both by NTP", difference), nil
	}
	return fmt.Sprintf("differs by %s", difference), nil
}

// pooled says how the pool stands.
func (db *DB) pooled() ProbeStep {
	s := db.Pool.Stat()
	return ProbeStep{Name: "Pool", OK: s.AcquiredConns() < s.MaxConns(), Outcome: fmt.Sprintf(
		"%d of at most %d connections open, %d in use; %d times one was waited for, %d times in vain",
		s.TotalConns(), s.MaxConns(), s.AcquiredConns(), s.EmptyAcquireCount(), s.CanceledAcquireCount())}
}
