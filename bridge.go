package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"unified/auth"
	"unified/database"
	"unified/schema"
)

// bridge mends the schema that a comparer compares.
type bridge struct {
	*program
	at       *place
	owner    *sql.DB
	comparer *schema.Comparer
}

// bridge is what mends a database, and what closes its connections.
func (p *program) bridge(at *place) (*bridge, error) {
	owner, err := at.openOwner()
	if err != nil {
		return nil, err
	}
	return &bridge{program: p, at: at, owner: owner, comparer: schema.New(owner, p.schemaOptions())}, nil
}

func (b *bridge) close() { _ = b.owner.Close() }

// mender is the bridge with the files that this database lacks.
func (b *bridge) mender() *schema.Bridge {
	return &schema.Bridge{Comparer: b.comparer, Pending: func(ctx context.Context) (names []string, err error) {
		files, err := database.Status(ctx, b.at.target, b.Migrations)
		for _, file := range files {
			if !file.Applied {
				names = append(names, file.Name)
			}
		}
		return names, err
	}}
}

// order is one mending that is to be done.
type order struct {
	consent schema.Consent
	by      auth.Account // zero: the host
	wait    time.Duration
	begun   func()                // told once nobody else can; may be nil
	note    func(schema.Progress) // may be nil
}

// apply mends what the order takes, alone, and records it. The outcome is what was done, also when an error ended it.
func (b *bridge) apply(ctx context.Context, order order) (out *schema.Outcome, err error) {
	who := cmp.Or(order.by.Name, "the host")
	err = database.Mend(ctx, b.at.target, database.Claim{By: who, Wait: order.wait}, func(ctx context.Context, m *database.Mending) (string, error) {
		if order.begun != nil {
			order.begun()
		}
		if err := b.record(ctx, m, order, map[string]any{"run": m.ID, "state": "begun"}); err != nil {
			return "", err
		}
		var err error
		out, err = b.mender().Apply(ctx, m.Conn, order.consent, func(progress schema.Progress) {
			if err := m.Note(ctx, database.Run{Done: progress.Done, Total: progress.Total, Item: progress.Item, Statement: progress.Statement}); err != nil && ctx.Err() == nil {
				b.log.Warn("note how far the mending is", "error", err)
			}
			if order.note != nil {
				order.note(progress)
			}
		})
		if out == nil {
			return "", err
		}
		data := map[string]any{"run": m.ID, "state": "ended", "mended": names(out.Mended), "left": len(out.Left)}
		return strings.Join(inWords(out), "\n"), errors.Join(err, b.record(context.WithoutCancel(ctx), m, order, data))
	})
	return out, err
}

// record writes into the audit log what is done. A log that is not there as it should be keeps nothing from being mended: the run's
// own row tells of it.
func (b *bridge) record(ctx context.Context, m *database.Mending, order order, data map[string]any) error {
	entry := auth.Entry{By: order.by, Action: "bridge", Resource: "schema", More: data}
	if order.by.ID == 0 {
		entry.Service = "admin"
	}
	statement, args, err := entry.Insert(ctx)
	if err != nil {
		return err
	}
	_, err = m.Exec(ctx, statement, args...)
	if database.Undefined(err) {
		b.log.Warn("the mending of the schema is not in the audit log, which is not as it should be", "by", order.by.Name, "data", data)
		return nil
	}
	return err
}

func names(findings []schema.Finding) []string {
	list := make([]string, len(findings))
	for i := range findings {
		list[i] = findings[i].Kind + " " + findings[i].Name()
	}
	return list
}

// writeDown is what is said where something was mended that no migration has.
const writeDown = "No migration has all of this: bin/unified migrate new NAME --from-diff writes it down."

// inWords tells an outcome, a sentence a line.
func inWords(out *schema.Outcome) []string {
	var lines []string
	for _, finding := range out.Mended {
		lines = append(lines, "Mended: "+finding.Message)
	}
	for _, left := range out.Left {
		lines = append(lines, "Left: "+left.Message+" "+left.Why)
	}
	if len(lines) == 0 {
		lines = append(lines, "There was nothing to mend.")
	}
	if out.Unwritten() {
		lines = append(lines, writeDown)
	}
	return lines
}

// begin applies an order beside the request that asked for it, and returns once nobody else can mend, or why it did not begin.
func (b *bridge) begin(ctx context.Context, order order, ended func()) error {
	begun := make(chan error, 2)
	order.begun = func() { begun <- nil }
	go survived(b.log, func() {
		err := errors.New("the schema is not mended: this is a bug, and the log tells where")
		defer func() {
			begun <- err
			ended()
		}()
		if _, err = b.apply(ctx, order); err != nil && !errors.Is(err, database.ErrMending) {
			b.log.Warn("mend the schema", "error", err)
		}
	})()
	return <-begun
}

// addMissing adds what is missing and what nothing can go wrong with. Whatever comes of it, the program serves.
func (p *program) addMissing(ctx context.Context, at *place) {
	b, err := p.bridge(at)
	if err != nil {
		p.log.Warn("nothing could be added to the schema", "error", err)
		return
	}
	defer b.close()
	plan, err := b.mender().Plan(ctx)
	if err == nil && slices.ContainsFunc(plan.Items, func(item schema.Item) bool { return item.Refused == "" && item.Safe() }) {
		var out *schema.Outcome
		if out, err = b.apply(ctx, order{consent: schema.Consent{Takes: (*schema.Finding).Safe}}); out != nil {
			for _, line := range inWords(out) {
				p.log.Info("schema", "bridge", line)
			}
		}
	}
	if err != nil {
		p.log.Warn("what is missing in the schema could not be added", "error", err)
	}
}

// schemaBridge shows what mends the differences, and does it with -apply.
func schemaBridge(ctx context.Context, p *program, args []string) error {
	var order order
	apply, table := false, ""
	several := func(list *[]string) func(string) error {
		return func(text string) error {
			*list = append(*list, strings.Split(text, ",")...)
			return nil
		}
	}
	err := flags("schema bridge", p, args, func(set *flag.FlagSet) {
		set.BoolVar(&apply, "apply", false, "mend what can be mended")
		set.StringVar(&table, "table", "", "only this table")
		set.Func("confirm-rename", "a `name` such as users.last_name that may be given back to what bears another one now; again for more", several(&order.consent.Confirmed))
		set.Func("lose", "a `name` such as users.nickname whose data may be lost; again for more", several(&order.consent.Lost))
	})
	if err != nil {
		return err
	}
	at, err := p.reach(ctx)
	if err != nil {
		return err
	}
	defer at.leave()
	b, err := p.bridge(at)
	if err != nil {
		return err
	}
	defer b.close()
	if table != "" {
		order.consent.Takes = func(f *schema.Finding) bool { return f.Table == table }
	}
	if !apply {
		return b.showPlan(ctx, order.consent)
	}
	order.wait = time.Second
	order.note = func(progress schema.Progress) {
		fmt.Fprintf(p.Stdout, "[%d/%d] %s\n", progress.Done+1, progress.Total, progress.Statement)
	}
	out, err := b.apply(ctx, order)
	if out != nil {
		for _, line := range inWords(out) {
			fmt.Fprintln(p.Stdout, line)
		}
	}
	if err != nil {
		return err
	}
	if len(out.Left) > 0 {
		return differs
	}
	return nil
}

func (b *bridge) showPlan(ctx context.Context, consent schema.Consent) error {
	plan, err := b.mender().Plan(ctx)
	if err != nil {
		return err
	}
	plan.Items = slices.DeleteFunc(plan.Items, func(item schema.Item) bool { return consent.Takes != nil && !consent.Takes(&item.Finding) })
	if err := printPlan(b.Stdout, plan, consent); err != nil {
		return err
	}
	if len(plan.Items) > 0 {
		return differs
	}
	return nil
}

func printPlan(w io.Writer, plan *schema.Plan, consent schema.Consent) error {
	var text strings.Builder
	unwritten, mendable := false, false
	for _, item := range plan.Items {
		mendable = mendable || item.Refused == ""
		fmt.Fprintf(&text, "%-8s %-26s %s\n", item.Severity, item.Kind, item.Message)
		if why := cmp.Or(item.Refused, consent.Lacks(&item.Finding)); why != "" {
			fmt.Fprintf(&text, "    not applied: %s\n", why)
		}
		for _, step := range item.Fix {
			fmt.Fprintf(&text, "    %s\n    -- %s\n", strings.ReplaceAll(step.SQL, "\n", "\n    "), step.Cost())
		}
		unwritten = unwritten || item.Unwritten()
	}
	switch {
	case len(plan.Items) == 0:
		text.WriteString("There is nothing to mend.\n")
	case !mendable:
		text.WriteString("There is nothing that can be mended from here.\n")
	default:
		text.WriteString("Nothing was changed: schema bridge -apply does it.\n")
	}
	if unwritten {
		fmt.Fprintln(&text, writeDown)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
