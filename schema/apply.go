package schema

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Progress is how far a bridge is.
type Progress struct {
	Done, Total int    // statements
	Item        string // the sentence of the finding that is mended now
	Statement   string // the first line of what runs now
}

// Outcome is what a bridge did.
type Outcome struct {
	Mended []Finding
	Left   []Left
	Report *Report // compared afterwards
}

// Left is a finding that was not mended, and why.
type Left struct {
	Item
	Why string
}

// Unwritten reports whether something was mended that no migration has.
func (o *Outcome) Unwritten() bool {
	for _, finding := range o.Mended {
		if finding.Source == FromModels {
			return true
		}
	}
	return false
}

// rounds is how often a bridge compares again: a fix may need what another one has made.
const rounds = 4

// Apply mends over conn what the consent takes, one finding after another, and compares again. What fails is told in the
// outcome, and the rest goes on. It can be broken off at any moment, by ctx or by the end of the process, and done again: then the
// rest is mended. note is told of each statement before it runs; it may be nil.
func (b *Bridge) Apply(ctx context.Context, conn *sql.Conn, consent Consent, note func(Progress)) (*Outcome, error) {
	a := &application{Bridge: b, conn: conn, note: note, failed: map[string]string{}}
	if _, err := conn.ExecContext(ctx, "SET check_function_bodies TO off"); err != nil { // they may name what is made later
		return nil, fmt.Errorf("begin: %w", err)
	}
	out := &Outcome{}
	for range rounds {
		plan, err := b.Plan(ctx)
		if err != nil {
			return out, err
		}
		out.Report, out.Left = plan.Report, nil
		var chosen []Item
		for _, item := range plan.Items {
			why := item.Refused
			if why == "" {
				why = consent.Lacks(&item.Finding)
			}
			switch {
			case !consent.takes(&item.Finding) && !a.follows(&item.Finding):
			case why != "":
				out.Left = append(out.Left, Left{item, why})
			case a.failed[item.ID()] != "":
				out.Left = append(out.Left, Left{item, a.failed[item.ID()]})
			default:
				chosen = append(chosen, item)
			}
		}
		if len(chosen) == 0 {
			return out, nil
		}
		mended, err := a.all(ctx, chosen)
		out.Mended = append(out.Mended, mended...)
		if err != nil {
			return out, err
		}
	}
	report, err := b.Compare(ctx)
	if err == nil {
		out.Report = report
	}
	return out, err
}

// application is one run over a connection.
type application struct {
	*Bridge
	conn   *sql.Conn
	note   func(Progress)
	done   int
	total  int
	made   []string          // tables
	failed map[string]string // why, by the finding's ID
}

// follows reports whether a finding comes from what was mended: a key of a new table to another one.
func (a *application) follows(f *Finding) bool {
	for _, table := range a.made {
		if f.Kind == "foreign_key.missing" && f.Table == table {
			return true
		}
	}
	return false
}

// all mends the items in order. An error ends it all; what PostgreSQL refuses does not.
func (a *application) all(ctx context.Context, items []Item) (mended []Finding, err error) {
	for _, item := range items {
		a.total += len(item.Fix)
	}
	for _, item := range items {
		before := a.done
		err := a.mend(ctx, &item.Finding)
		a.done = before + len(item.Fix)
		switch {
		case err == nil:
			mended = append(mended, item.Finding)
			if item.Kind == "table.missing" {
				a.made = append(a.made, item.Table)
			}
		case ctx.Err() != nil:
			return mended, ctx.Err()
		case code(err) == "":
			return mended, fmt.Errorf("%s: %w", item.Name(), err)
		default:
			a.failed[item.ID()] = refusalOf(err)
		}
	}
	return mended, nil
}

// refusalOf is what PostgreSQL said, for those who may change its schema. Its detail is left out, since it holds values of rows.
func refusalOf(err error) string {
	message := err.Error()
	if code(err) == "55P03" {
		return "Others hold the table for too long. Nothing is half done: try again when there is less to do."
	}
	if place := strings.Index(message, " (SQLSTATE"); place > 0 {
		message = message[:place]
	}
	return "PostgreSQL refused it: " + strings.TrimPrefix(message, "ERROR: ") + "."
}

// attempts is how often a statement is tried that does not get its lock, and patience the pause between.
const (
	attempts = 5
	patience = 500 * time.Millisecond
)

// mend applies one fix, and tries again what does not get its lock.
func (a *application) mend(ctx context.Context, f *Finding) error {
	if f.Whole {
		return a.again(ctx, func() error { return a.whole(ctx, f) })
	}
	for _, step := range f.Fix {
		err := a.again(ctx, func() error { return a.step(ctx, f, step) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *application) again(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		done := a.done
		err := do()
		if code(err) != "55P03" && code(err) != "40P01" || attempt == attempts {
			return err
		}
		a.done = done
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt) * patience):
		}
	}
}

// whole applies a fix in one transaction.
func (a *application) whole(ctx context.Context, f *Finding) error {
	tx, err := a.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, step := range f.Fix {
		a.tell(f, step)
		if _, err := tx.ExecContext(ctx, step.SQL); err != nil {
			return err
		}
		a.done++
	}
	return tx.Commit()
}

// step runs one statement by itself. What is left of an index whose making was
// broken off is removed first.
func (a *application) step(ctx context.Context, f *Finding, step Step) error {
	a.tell(f, step)
	if step.builds != "" {
		if err := a.clear(ctx, step.builds, f.mend.table.full()); err != nil {
			return err
		}
	}
	_, err := a.conn.ExecContext(ctx, step.SQL)
	if err == nil {
		a.done++
	}
	return err
}

// clear removes a table's index.
func (a *application) clear(ctx context.Context, index, table string) error {
	var there bool
	err := a.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND indrelid = to_regclass($2))",
		index, table).Scan(&there)
	if err != nil || !there {
		return err
	}
	_, err = a.conn.ExecContext(ctx, "DROP INDEX CONCURRENTLY "+index)
	return err
}

func (a *application) tell(f *Finding, step Step) {
	if a.note != nil {
		a.note(Progress{Done: a.done, Total: a.total, Item: f.Message, Statement: step.Short()})
	}
}
