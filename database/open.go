package database

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Options bound what a pool takes and waits for. Zero fields mean the defaults.
type Options struct {
	PoolSize         int           // connections at most; 10
	ConnectTimeout   time.Duration // DefaultConnectTimeout
	StatementTimeout time.Duration // of one statement; 30 s
	LockTimeout      time.Duration // of waiting for one lock; 5 s
	IdleTxTimeout    time.Duration // of doing nothing within a transaction; 60 s
	Port             func() int    // asked before each connection where the server listens by now; nil: as the address says
	Log              *slog.Logger  // of statements; slog.Default()
}

func (o Options) withDefaults() Options {
	return Options{
		PoolSize:         either(o.PoolSize, 10),
		ConnectTimeout:   either(o.ConnectTimeout, DefaultConnectTimeout),
		StatementTimeout: either(o.StatementTimeout, 30*time.Second),
		LockTimeout:      either(o.LockTimeout, 5*time.Second),
		IdleTxTimeout:    either(o.IdleTxTimeout, time.Minute),
		Log:              either(o.Log, slog.Default()),
		Port:             o.Port,
	}
}

func either[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// DB is one bounded pool under two names: pgx's, and GORM's on top of it.
type DB struct {
	Pool *pgxpool.Pool
	Gorm *gorm.DB

	std *sql.DB
}

// Open connects to the schema at address, which must be there. GORM opens no transaction by itself, keeps no prepared
// statements of its own and translates no errors; its times are UTC and cut to microseconds, as PostgreSQL keeps them.
func Open(ctx context.Context, address, schema string, options Options) (*DB, error) {
	options = options.withDefaults()
	if _, err := parse(address); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database address has pool options that cannot be read")
	}
	config.MaxConns = int32(options.PoolSize)
	config.ConnConfig.ConnectTimeout = options.ConnectTimeout
	config.ConnConfig.Tracer = queryLog{options.Log}
	if options.Port != nil {
		config.BeforeConnect = func(_ context.Context, next *pgx.ConnConfig) error {
			next.Port = uint16(options.Port())
			return nil
		}
	}
	first := stdlib.OpenDB(*config.ConnConfig)
	path, err := searchPath(ctx, first, schema)
	_ = first.Close()
	if err != nil {
		return nil, explain(err, "opening the database", &config.ConnConfig.Config)
	}
	params := config.ConnConfig.RuntimeParams
	params["search_path"] = path
	params["timezone"] = "UTC"
	params["application_name"] = "unified"
	params["statement_timeout"] = milliseconds(options.StatementTimeout)
	params["lock_timeout"] = milliseconds(options.LockTimeout)
	params["idle_in_transaction_session_timeout"] = milliseconds(options.IdleTxTimeout)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, explain(err, "opening the database", &config.ConnConfig.Config)
	}
	return wrap(pool)
}

// Offline returns a GORM without a database, for what needs none: reading models.
func Offline() (*gorm.DB, error) {
	db := stdlib.OpenDB(pgx.ConnConfig{}) // connects when it is used, which it is not
	return gorm.Open(postgres.New(postgres.Config{Conn: db}), &gorm.Config{DisableAutomaticPing: true})
}

// wrap puts GORM on the pool.
func wrap(pool *pgxpool.Pool) (*DB, error) {
	db := &DB{Pool: pool, std: stdlib.OpenDBFromPool(pool)}
	var err error
	db.Gorm, err = gorm.Open(postgres.New(postgres.Config{Conn: db.std}), &gorm.Config{
		Logger:                 logger.Discard, // queryLog stands beneath
		SkipDefaultTransaction: true,
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		db.Close()
		return nil, explain(err, "opening the database", &pool.Config().ConnConfig.Config)
	}
	return db, nil
}

// Ready proves with one short query that the database answers.
func (db *DB) Ready(ctx context.Context) error {
	return explain(db.Pool.Ping(ctx), "the database is not ready", &db.Pool.Config().ConnConfig.Config)
}

// Close waits for borrowed connections to come back and closes all.
func (db *DB) Close() {
	_ = db.std.Close()
	db.Pool.Close()
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
