package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DefaultConnectTimeout bounds one attempt to connect where nothing else is said.
const DefaultConnectTimeout = 5 * time.Second

// ensureTimeout bounds Ensure, should the network take everything and bring nothing back.
const ensureTimeout = 30 * time.Second

// Target names a database and the roles that use it.
type Target struct {
	OwnerURL string // the role that migrates
	AppURL   string // the role that serves; "" if the owner does that too
	Schema   string // any name that PostgreSQL takes, unquoted
}

// Ensure creates the database if the server lacks it, and proves that both roles get in. Any number of processes may do
// so at once. A failure is one sentence that names the server, the user or the database at fault.
func Ensure(ctx context.Context, target Target) error {
	ctx, cancel := context.WithTimeout(ctx, ensureTimeout)
	defer cancel()
	config, err := parse(target.OwnerURL)
	if err != nil {
		return err
	}
	ours, err := enter(ctx, config)
	if hasCode(err, noSuchDatabase) {
		if err = create(ctx, config); err == nil {
			ours, err = enter(ctx, config)
		}
	}
	if err != nil {
		return explain(err, "the database cannot be opened", &config.Config)
	}
	if target.AppURL == "" {
		return nil
	}
	if config, err = parse(target.AppURL); err != nil {
		return err
	}
	served, err := enter(ctx, config)
	if err == nil && served != ours {
		return fmt.Errorf("the serving role is sent to the database %q, not to the one that the owner migrates", config.Database)
	}
	return explain(err, "the serving role cannot open the database", &config.Config)
}

// parse reads a connection address; what is wrong with one is not repeated, since it may hold a password.
func parse(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database address is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = DefaultConnectTimeout
	}
	return config, nil
}

// enter proves that the role gets in, and returns the number that the server knows the database by.
func enter(ctx context.Context, config *pgx.ConnConfig) (oid uint32, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, "SELECT oid FROM pg_database WHERE datname = current_database()").Scan(&oid)
	return oid, err
}

// create makes the database that config names, on a connection to one that every server has.
func create(ctx context.Context, config *pgx.ConnConfig) error {
	maintenance := config.Copy()
	maintenance.Database = "postgres"
	conn, err := pgx.ConnectConfig(ctx, maintenance)
	if err != nil {
		return fmt.Errorf("connecting to create it: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+quote(config.Database))
	if hasCode(err, duplicateDatabase, uniqueViolation) { // another process was quicker
		return nil
	}
	return err
}

// quote makes any name a PostgreSQL identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
