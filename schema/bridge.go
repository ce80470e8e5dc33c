package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Bridge mends what a comparison found. It is for one process at a time, which its caller sees to.
type Bridge struct {
	*Comparer
	Pending func(context.Context) ([]string, error) // the migration files that were not applied; nil: all were
}

// Plan is what a bridge would do, in order.
type Plan struct {
	Items  []Item
	Report *Report
}

// Item is one finding of a plan.
type Item struct {
	Finding
	Refused string   // why it is not mended whoever agrees, as a sentence; "" for nothing
	Rows    []string // the first keys of the rows that stand in the way
}

// Unwritten reports whether no migration says what the finding's fix does.
func (i *Item) Unwritten() bool { return i.Source == FromModels }

// standing is how long it may take to find the rows that stand in the way of one fix.
const standing = 5 * time.Second

// Plan compares now, and says what mending takes and what stands in its way.
func (b *Bridge) Plan(ctx context.Context) (*Plan, error) {
	report, err := b.Compare(ctx)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Report: report}
	pending, err := b.pending(ctx, report)
	if err != nil {
		return nil, err
	}
	for _, finding := range report.Script() {
		item := Item{Finding: finding}
		switch {
		case pending[place{finding.Table, finding.Object}], pending[place{finding.Table, finding.Table}]:
			item.Refused = "A migration that was not applied yet does this: run bin/unified migrate up."
		case len(finding.Fix) == 0:
			item.Refused = "What mends this is a matter of judgement."
		case finding.stands != "":
			item.obstruct(b.standing(ctx, finding.stands))
		}
		plan.Items = append(plan.Items, item)
	}
	return plan, nil
}

// place is what a finding is about.
type place struct{ table, object string }

// pending is what migrations change that were not applied yet: what is not found when only those applied are compared.
func (b *Bridge) pending(ctx context.Context, report *Report) (map[place]bool, error) {
	found := map[place]bool{}
	if b.Pending == nil || len(report.Findings) == 0 {
		return found, nil
	}
	files, err := b.Pending(ctx)
	if err != nil || len(files) == 0 {
		return found, err
	}
	options := b.Options
	options.Models, options.Migrations = nil, without{b.Migrations, files}
	applied, err := New(b.db, options).Compare(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range report.Findings {
		same := func(other Finding) bool {
			return f.Kind == other.Kind && f.Table == other.Table && f.Object == other.Object
		}
		if f.Source != FromModels && !slices.ContainsFunc(applied.Findings, same) {
			found[place{f.Table, f.Object}] = true
		}
	}
	return found, nil
}

// without is a folder that lacks some of its files.
type without struct {
	fs.FS
	names []string
}

// Glob returns what is left of the files.
func (w without) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(w.FS, pattern)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(w.names, name) }), err
}

// standing finds the rows that stand in the way of a fix. What cannot be asked yet, or takes too long, is left to the fix.
func (b *Bridge) standing(ctx context.Context, query string) (keys []string, all int64) {
	ctx, cancel := context.WithTimeout(ctx, standing)
	defer cancel()
	conn, err := b.db.Conn(ctx)
	if err != nil {
		return nil, 0
	}
	defer func() { _ = conn.Close() }()
	tx, err := b.begin(ctx, conn, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0
	}
	defer func() { _ = tx.Rollback() }()
	found, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, 0
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var key string
		if found.Scan(&key, &all) != nil {
			return nil, 0
		}
		keys = append(keys, key)
	}
	if found.Err() != nil {
		return nil, 0
	}
	return keys, all
}

// obstacles say what stands in the way, for one row and for several.
var obstacles = map[string][2]string{
	"foreign_key": {
		"One row refers to what is not there, and has to be changed or deleted first", "%d rows refer to what is not there, and have to be changed or deleted first",
	},
	"check": {"One row is what this check refuses, and has to be changed first", "%d rows are what this check refuses, and have to be changed first"},
	"index": {"One row has the values of another, which has to be changed first", "%d rows share their values with others, which has to be changed first"},
}

// obstruct says which rows stand in the way.
func (i *Item) obstruct(keys []string, all int64) {
	if all == 0 {
		return
	}
	i.Rows = keys
	noun, _, _ := strings.Cut(i.Kind, ".")
	says, ok := obstacles[noun]
	if !ok {
		says = obstacles["index"]
	}
	i.Refused = fmt.Sprintf(says[1], all)
	if all == 1 {
		i.Refused = says[0]
	}
	if named := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == "" }); len(named) > 0 {
		more := ""
		if all > int64(len(keys)) {
			more = " and more"
		}
		i.Refused += ", in " + i.Table + ": " + strings.Join(named, ", ") + more
	}
	i.Refused += "."
}

// code is the SQLSTATE of what PostgreSQL refused, "" for other errors.
func code(err error) string {
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}
