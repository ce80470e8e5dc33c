package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"unified/database"
	"unified/models"
	"unified/schema"
)

// exitStatus ends the program without a word: what is to say was said.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// What schema diff ends with.
const (
	differs      exitStatus = 1
	inconclusive exitStatus = 2
)

// schemaCommand compares, mends, or looks at other schemas than the program's own.
func schemaCommand(ctx context.Context, p *program, args []string) error {
	ways := map[string]func(context.Context, *program, []string) error{
		"diff": schemaDiff, "bridge": schemaBridge, "inspect": inspectSchema, "analyze": analyzeSchema,
	}
	if len(args) == 0 || ways[args[0]] == nil {
		return errors.New("schema what? schema diff [-json] [-table NAME], schema bridge [-apply] [-table NAME] [-confirm-rename NAME] [-lose NAME], " +
			"schema inspect FOLDER [-schema NAME], or schema analyze FOLDER [-schema NAME] [-svg FILE]")
	}
	return ways[args[0]](ctx, p, args[1:])
}

// schemaDiff compares the models and the migrations with the database, and changes nothing.
func schemaDiff(ctx context.Context, p *program, args []string) error {
	asJSON, table := false, ""
	err := flags("schema diff", p, args, func(set *flag.FlagSet) {
		set.BoolVar(&asJSON, "json", false, "one JSON object a line, a line a difference")
		set.StringVar(&table, "table", "", "only this table")
	})
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(p.Stderr, "unified:", err)
			return inconclusive
		}
		return err
	}
	report, err := p.compareSchema(ctx)
	if err != nil {
		fmt.Fprintln(p.Stderr, "unified: nothing could be compared:", err)
		return inconclusive
	}
	if table != "" && !report.Narrow(table) {
		fmt.Fprintf(p.Stderr, "unified: there is no table %s, neither declared nor found\n", table)
		return inconclusive
	}
	if err := print(p.Stdout, report, asJSON); err != nil {
		return err
	}
	switch {
	case len(report.Skipped) > 0:
		return inconclusive
	case len(report.Findings) > 0:
		return differs
	}
	return nil
}

func print(w io.Writer, report *schema.Report, asJSON bool) error {
	if !asJSON {
		return report.Print(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, finding := range report.Findings {
		if err := encoder.Encode(finding); err != nil {
			return err
		}
	}
	return report.PrintSummary(w)
}

// compareSchema compares once, as the owner.
func (p *program) compareSchema(ctx context.Context) (*schema.Report, error) {
	return asOwner(ctx, p.reach, func(db *sql.DB) (*schema.Report, error) { return schema.New(db, p.schemaOptions()).Compare(ctx) })
}

// asOwner runs work with the owner's connections to the database that find leads to.
func asOwner[T any](ctx context.Context, find func(context.Context) (*place, error), work func(*sql.DB) (T, error)) (out T, err error) {
	at, err := find(ctx)
	if err != nil {
		return out, err
	}
	defer at.leave()
	db, err := at.openOwner()
	if err != nil {
		return out, err
	}
	defer func() { _ = db.Close() }()
	return work(db)
}

// openOwner gives the owner's connections, which follow a private server to where it listens by now.
func (at *place) openOwner() (*sql.DB, error) {
	if at.server == nil {
		return database.OpenOwner(at.target, nil)
	}
	return database.OpenOwner(at.target, at.server.Port)
}

func (p *program) schemaOptions() schema.Options {
	return schema.Options{Schema: p.Schema, Models: models.All(), Migrations: p.Migrations, Ignore: database.Bookkeeping(), Extensions: database.Extensions()}
}
