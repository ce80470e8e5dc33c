package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"time"

	"unified/admin/demo"
	"unified/auth"
	"unified/config"
	"unified/database"
)

// initialise migrates and fills without serving.
func initialise(ctx context.Context, p *program, args []string) error {
	var options demo.Options
	withDemo := false
	err := flags("init", p, args, func(set *flag.FlagSet) {
		set.BoolVar(&withDemo, "demo", false, "add a believable company")
		set.IntVar(&options.Users, "n", 0, "users of the company; 200 if 0")
	})
	if err != nil {
		return err
	}
	p.StatementTimeout, p.IdleTxTimeout = time.Hour, time.Hour // much is written at once, and nobody waits
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer db.close()
	p.introduce(db.logins)
	if !withDemo {
		return nil
	}
	summary, err := demo.Fill(ctx, db.Pool, options)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, summary)
	return database.Analyze(ctx, db.target)
}

// migrate brings the schema up or down, lists the files, or begins a new one.
func migrate(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 {
		return errors.New("migrate what? up, down [N], status, or new NAME")
	}
	if args[0] == "new" {
		return migrateNew(ctx, p, args[1:])
	}
	if most := map[string]int{"up": 1, "down": 2, "status": 1}[args[0]]; most > 0 && len(args) > most {
		return fmt.Errorf("migrate %s: %q is one argument too many", args[0], args[most])
	}
	at, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer at.leave()
	switch args[0] {
	case "up":
		applied, err := database.Migrate(ctx, at.target, p.Migrations)
		fmt.Fprintf(p.Stdout, "%d migrations applied\n", applied)
		return err
	case "down":
		steps := 1
		if len(args) > 1 {
			if steps, err = strconv.Atoi(args[1]); err != nil || steps < 1 {
				return fmt.Errorf("migrate down takes a number of files, not %q", args[1])
			}
		}
		undone, err := database.Down(ctx, at.target, p.Migrations, steps)
		fmt.Fprintf(p.Stdout, "%d migrations undone\n", undone)
		return err
	case "status":
		return status(ctx, p, at.target)
	}
	return fmt.Errorf("there is no command \"migrate %s\": it is up, down [N], status, or new NAME", args[0])
}

func status(ctx context.Context, p *program, target database.Target) error {
	files, err := database.Status(ctx, target, p.Migrations)
	for _, file := range files {
		state := "pending"
		switch {
		case file.Changed:
			state = "changed since it was applied"
		case file.Applied:
			state = fmt.Sprintf("applied %s in %s", file.AppliedAt.Format(time.DateTime), file.Duration)
		}
		fmt.Fprintf(p.Stdout, "%-50s %s\n", file.Name, state)
	}
	return err
}

// audit looks after the audit log.
func audit(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 || args[0] != "prune" {
		return errors.New("audit what? audit prune [-older-than 400d] [-dry-run]")
	}
	age, dry := p.AuditRetention, false
	err := flags("audit prune", p, args[1:], func(set *flag.FlagSet) {
		set.Func("older-than", "the age of what is deleted, in days such as 400d; AUDIT_RETENTION if not given", func(text string) (err error) {
			if age, err = config.ParseDays(text); err != nil {
				return fmt.Errorf("expected %w", err)
			}
			return nil
		})
		set.BoolVar(&dry, "dry-run", false, "only say how many rows would be deleted")
	})
	if err != nil {
		return err
	}
	at, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer at.leave()
	before := time.Now().UTC().Add(-age).Truncate(time.Second)
	if dry {
		rows, err := database.Prunable(ctx, at.target, before)
		if err == nil {
			fmt.Fprintf(p.Stdout, "entries from before %s UTC: %d, none deleted\n", before.Format(time.DateTime), rows)
		}
		return err
	}
	rows, err := database.Prune(ctx, at.target, database.Pruning{Before: before, Note: func(rows int64) (string, []any, error) {
		return auth.Entry{
			Service: "admin", Action: "prune", Resource: "audit_log", More: map[string]any{"rows": rows, "before": before},
		}.Insert(ctx)
	}})
	fmt.Fprintf(p.Stdout, "entries from before %s UTC: %d deleted\n", before.Format(time.DateTime), rows)
	return err
}

// postgres keeps the private server running until ctx ends.
func postgres(ctx context.Context, p *program, args []string) error {
	if err := flags("postgres", p, args, nil); err != nil {
		return err
	}
	server, err := p.cluster().Start(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, "PostgreSQL is ready")
	return errors.Join(server.Keep(ctx, p.log), server.Stop(context.WithoutCancel(ctx)))
}

// settings prints what is in force.
func settings(_ context.Context, p *program, args []string) error {
	asJSON := false
	err := flags("settings", p, args, func(set *flag.FlagSet) { set.BoolVar(&asJSON, "json", false, "as one JSON object") })
	if err != nil {
		return err
	}
	values := p.Values()
	if asJSON {
		return json.NewEncoder(p.Stdout).Encode(values)
	}
	for _, setting := range config.Settings() {
		fmt.Fprintf(p.Stdout, "%s=%s\n", setting.Name, values[setting.Name])
	}
	return nil
}

// flags parses a command's flags and refuses what is left over.
func flags(name string, p *program, args []string, define func(*flag.FlagSet)) error {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(p.Stderr)
	if define != nil {
		define(set)
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%s: %q is one argument too many", name, set.Arg(0))
	}
	return nil
}
