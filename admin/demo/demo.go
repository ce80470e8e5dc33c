// Package demo fills an empty panel with a believable hosting company: people, mail, DNS, certificates and a history.
//
// The same options give the same company, except for secrets. All names and addresses are reserved for documentation:
// nothing here reaches anybody.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const day = 24 * time.Hour

// Options say how large the company is. The zero Options are a good one.
type Options struct {
	Users    int          // 200 if 0; everything else grows with it
	Now      time.Time    // when the history ends; today at midnight UTC if zero
	Bundle   string       // file of real certificates in PEM; /etc/ssl/certs/ca-certificates.crt if ""
	Progress func(string) // told what is done next; may be nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Users < 0 {
		return Options{}, errors.New("the number of users is negative")
	}
	o.Users = cmp.Or(o.Users, 200)
	o.Bundle = cmp.Or(o.Bundle, "/etc/ssl/certs/ca-certificates.crt")
	if o.Now.IsZero() {
		o.Now = time.Now().UTC().Truncate(day)
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond)
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o, nil
}

// Fill adds the company in one transaction: all of it or nothing. It needs the rights of the serving role alone. Where a
// company was filled before, it changes nothing and says so in the Summary; of several at once, one fills. It fails where
// people of the same names are there already.
func Fill(ctx context.Context, pool *pgxpool.Pool, options Options) (Summary, error) {
	return fill(ctx, pool, options, newHashes)
}

// fill is Fill with a choice of how passwords are made: good hashes take long.
func fill(ctx context.Context, pool *pgxpool.Pool, options Options, secrets func() (hashes, error)) (Summary, error) {
	options, err := options.withDefaults()
	if err != nil {
		return Summary{}, fmt.Errorf("fill the demo: %w", err)
	}
	c := &company{Options: options, secrets: secrets, sheets: map[string]*sheet{}}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		there, err := alone(ctx, tx)
		if err != nil || there {
			c.summary.AlreadyThere = there
			return err
		}
		return c.fill(ctx, tx)
	})
	if err != nil {
		return Summary{}, fmt.Errorf("fill the demo: %w", err)
	}
	if c.summary.AlreadyThere {
		return c.summary, nil
	}
	options.Progress("statistics")
	for _, count := range c.summary.Rows {
		if _, err := pool.Exec(ctx, "ANALYZE "+pgx.Identifier{count.Table}.Sanitize()); err != nil {
			return c.summary, fmt.Errorf("analyze %s: %w", count.Table, err)
		}
	}
	return c.summary, nil
}

// The last row of a filled history. Nobody can take it away, so that a company is filled once.
const markService, markAction, markResource = "admin", "fill", "demo"

// alone waits until nobody else fills and reports whether somebody has filled. The limits of a statement are those of
// pages and too short here.
func alone(ctx context.Context, tx pgx.Tx) (there bool, err error) {
	for _, sql := range []string{
		`SET LOCAL statement_timeout = 0`, `SET LOCAL lock_timeout = 0`, `SET LOCAL idle_in_transaction_session_timeout = 0`,
		`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' demo', 0))`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return false, fmt.Errorf("wait for others: %w", err)
		}
	}
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit_log WHERE service = $1 AND action = $2 AND resource = $3)`,
		markService, markAction, markResource).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look for a company: %w", err)
	}
	return there, nil
}
