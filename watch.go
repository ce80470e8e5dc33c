package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"unified/config"
	"unified/controllers"
	"unified/database"
	"unified/schema"
)

// settled is how long the first comparison leaves the machine to the first requests.
const settled = 2 * time.Second

// told is how many differences the log tells, the worst first.
const told = 20

// stale is the age from which the last comparison is made again for the notices.
const stale = time.Minute

// watch keeps the last comparison of models, migrations and database.
type watch struct {
	comparer *schema.Comparer
	log      *slog.Logger
	ctx      context.Context // of the program

	mu   sync.Mutex
	last *schema.Report
	old  bool // last is out of date, however young
	busy bool
}

// compare compares now.
func (w *watch) compare(ctx context.Context) (*schema.Report, error) {
	report, err := w.comparer.Compare(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.old = report, false
	return report, nil
}

// latest is the last report, nil before the first. One that is old is made anew meanwhile.
func (w *watch) latest() *schema.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.busy && w.last != nil && (w.old || time.Since(w.last.At) > stale) {
		w.busy = true
		go survived(w.log, w.renew)()
	}
	return w.last
}

// doubt says that the last report is out of date.
func (w *watch) doubt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.old = true
}

// survived makes a panic of do a line of the log: the program goes on without what it does.
func survived(log *slog.Logger, do func()) func() {
	return func() {
		defer func() {
			if cause := recover(); cause != nil {
				log.Error("panic", "cause", cause, "stack", string(debug.Stack()))
			}
		}()
		do()
	}
}

func (w *watch) renew() {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy = false
	}()
	if _, err := w.compare(w.ctx); err != nil && !errors.Is(err, context.Canceled) {
		w.log.Warn("compare the schema", "error", err)
	}
}

// begin compares for the first time, once the first requests are answered, and tells the log what came of it.
func (w *watch) begin() {
	select {
	case <-w.ctx.Done():
		return
	case <-time.After(settled):
	}
	report, err := w.compare(w.ctx)
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		w.log.Warn("the schema could not be compared", "error", err)
	case report.Count(schema.Breaks) > 0:
		for _, finding := range report.Findings[:min(len(report.Findings), told)] {
			w.log.Warn("the schema differs", "severity", finding.Severity, "what", finding.Message)
		}
		w.log.Warn("the schema is not what the program needs", "summary", report.Summary(), "see", "unified schema diff")
	default:
		w.log.Info("schema compared", "summary", report.Summary())
	}
}

// debugPages are the pages about the program itself. In production there are none unless they were asked for; what differs is
// told to the log everywhere. mended is called after each mending from them.
func (p *program) debugPages(ctx context.Context, db *opened, mended func()) (controllers.DebugPages, error) {
	b, err := p.bridge(db.place)
	if err != nil {
		return controllers.DebugPages{}, err
	}
	context.AfterFunc(ctx, b.close)
	w := &watch{comparer: b.comparer, log: p.log, ctx: ctx}
	if p.Bridge != "off" {
		go survived(w.log, w.begin)()
	}
	if p.Env == config.Production && !p.DebugPages {
		return controllers.DebugPages{}, nil
	}
	return controllers.DebugPages{
		Compare: w.compare, Last: w.latest, Doubt: w.doubt, Mending: b.pages(ctx, func() {
			w.doubt()
			mended()
		}),
		Catalogs: p.catalogs(b.owner, db),
		Migrations: func(ctx context.Context) ([]controllers.MigrationFile, error) {
			files, err := database.Status(ctx, db.target, p.Migrations)
			list := make([]controllers.MigrationFile, len(files))
			for i, f := range files {
				list[i] = controllers.MigrationFile{Name: f.Name, Applied: f.Applied, Changed: f.Changed, AppliedAt: f.AppliedAt, Took: f.Duration}
			}
			return list, err
		},
	}, nil
}

// catalogs read the tables as they are, and how lists are asked for.
func (p *program) catalogs(owner *sql.DB, db *opened) controllers.Catalogs {
	return controllers.Catalogs{
		Read: func(ctx context.Context) (*schema.Catalog, error) {
			return schema.ReadCatalog(ctx, owner, p.schemaOptions())
		},
		Advise: func(ctx context.Context) (*schema.Advice, error) {
			asked, err := p.shapes.Read(ctx, db.Pool)
			if err != nil {
				return nil, err
			}
			uses := make([]schema.Use, len(asked))
			for i, one := range asked {
				uses[i] = schema.Use{Table: one.Table, Column: one.Column, Operator: one.Operator, Count: one.Uses}
			}
			return schema.Advise(ctx, owner, p.schemaOptions(), uses)
		},
	}
}
