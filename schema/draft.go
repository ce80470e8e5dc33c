package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Draft is what one more migration has to do for the files to make what the models declare. Up and Down are "" if nothing
// differs, or if there are Doubts.
type Draft struct {
	Up, Down string
	Notes    []string // what is to be read before it is applied, and what it does not do
	Doubts   []Doubt  // what a person has to decide first
}

// Doubt is something new that may be something old under another name. Both are "table" or "table.column".
type Doubt struct{ New, Old string }

// DraftOptions decide doubts. A column's table is named as the models name it.
type DraftOptions struct {
	Renamed map[string]string // by the new name, "table" or "table.column", the old name of the table or the column alone
	Added   []string          // what is new indeed, as in Doubt
}

// Draft compares the models with the migrations, never with the database's own tables, and writes what the files lack. What it
// writes was run in a scratch schema, there and back. Nothing is ever dropped by Up: a table or column that no model has stays.
func (c *Comparer) Draft(ctx context.Context, options DraftOptions) (*Draft, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	base, err := c.expected(ctx, conn, nil)
	switch {
	case err != nil:
		return nil, err
	case base.models == nil || base.migrations == nil:
		return nil, errors.New("models and migrations are needed, both")
	case base.models.partial:
		return nil, errors.New("this role may not make a schema to build the tables in")
	}
	renamed, err := options.changes(base)
	if err != nil {
		return nil, err
	}
	if doubts := options.doubts(base); len(doubts) > 0 {
		return &Draft{Doubts: doubts}, nil
	}
	d := &drafter{Comparer: c, conn: conn, base: base, renamed: renamed}
	return d.draft(ctx)
}

// drafter makes one draft.
type drafter struct {
	*Comparer
	conn    *sql.Conn
	base    *expected
	renamed []change
}

func (d *drafter) draft(ctx context.Context) (*Draft, error) {
	want, err := d.expected(ctx, d.conn, d.renamed)
	if err != nil {
		return nil, err
	}
	forward, err := d.differences(ctx, &comparison{want: want.models, got: want.migrations, renamed: d.renamed})
	if err != nil {
		return nil, err
	}
	text := &draftText{schema: d.Schema, got: want.migrations, declared: d.declaredTexts()}
	text.write(forward)
	draft := &Draft{Up: text.String(), Notes: text.notes}
	if draft.Up == "" {
		return draft, nil
	}
	after, err := d.applied(ctx, nil, draft.Up)
	if err != nil {
		return nil, fmt.Errorf("the statements that were written fail, so the models declare what cannot be made of these tables:\n%s\n%w", draft.Up, err)
	}
	left, err := d.differences(ctx, &comparison{want: d.base.models, got: after})
	if err != nil {
		return nil, err
	}
	for _, f := range left {
		draft.Notes = append(draft.Notes, "Not written: "+f.Message)
	}
	if draft.Down, err = d.down(ctx, after, text); err != nil {
		return nil, err
	}
	before, err := d.applied(ctx, nil, draft.Up, draft.Down)
	if err != nil {
		return nil, fmt.Errorf("the way back that was written fails:\n%s\n%w", draft.Down, err)
	}
	if left, err = d.differences(ctx, &comparison{want: d.base.migrations, got: before, authority: true}); err != nil {
		return nil, err
	}
	for _, f := range left {
		draft.Notes = append(draft.Notes, "Not undone by Down: "+f.Message)
	}
	return draft, nil
}

// down is what leads from the tables after Up to those before it.
func (d *drafter) down(ctx context.Context, after *state, up *draftText) (string, error) {
	back := make([]change, len(d.renamed))
	for i, change := range d.renamed {
		back[i] = change
		if change.column == "" {
			back[i].table, back[i].to = change.to, change.table
			continue
		}
		back[i].column, back[i].to = change.to, change.column
		for _, other := range d.renamed {
			if other.column == "" && other.table == change.table {
				back[i].table = other.to
			}
		}
	}
	want, err := d.applied(ctx, back)
	if err != nil {
		return "", err
	}
	text := &draftText{schema: d.Schema, got: after, made: up.made, circle: up.circle, down: true}
	findings, err := d.differences(ctx, &comparison{want: want, got: after, renamed: back, authority: true})
	if err != nil {
		return "", err
	}
	text.write(findings)
	return text.String(), nil
}

// applied is what the migrations make, and statements behind them, with the changes made to it.
func (d *drafter) applied(ctx context.Context, changes []change, more ...string) (*state, error) {
	s, err := d.scratch(ctx, d.conn)
	if err != nil {
		return nil, err
	}
	defer s.end()
	return s.build(ctx, func(ctx context.Context, s *scratch) error {
		if err := d.applyMigrations(ctx, s); err != nil {
			return err
		}
		for _, statements := range more {
			if err := s.exec(ctx, statements); err != nil {
				return err
			}
		}
		return nil
	}, changes)
}

// differences are what leads from got to want. Without authority, what want does not declare stays.
func (d *drafter) differences(ctx context.Context, run *comparison) ([]Finding, error) {
	judge := &judge{comparer: d.Comparer, conn: d.conn} // it has a transaction of its own
	defer judge.end()
	run.source, run.judge, run.ignore, run.descriptive = FromModels, judge, d.Ignore, run.authority
	if !run.authority {
		adopt(run.want, run.got)
	}
	run.all(ctx)
	if judge.err != nil {
		return nil, judge.err
	}
	findings := slices.DeleteFunc(run.findings, func(f Finding) bool {
		return !run.authority && f.Kind == "column.extra" && f.Severity != Breaks
	})
	for i := range findings {
		findings[i].explain()
		findings[i].Fix = fix(&findings[i], run.got)
	}
	slices.SortStableFunc(findings, byPlace)
	return (&Report{Findings: findings}).Script(), nil
}

// changes are the renamings that were decided, columns first.
func (o DraftOptions) changes(base *expected) ([]change, error) {
	var columns, tables []change
	for name, old := range o.Renamed {
		key, column, isColumn := strings.Cut(name, ".")
		t, before := base.models.tables[key], base.migrations.tables[key]
		if !isColumn {
			if t == nil || before != nil || base.migrations.tables[old] == nil {
				return nil, fmt.Errorf("%s cannot be the new name of %s: the models must have the first alone, and the migrations the second", name, old)
			}
			tables = append(tables, change{table: key, to: old})
			continue
		}
		if renamed := o.Renamed[key]; renamed != "" {
			before = base.migrations.tables[renamed]
		}
		if t == nil || before == nil || t.column(column) == nil || before.column(column) != nil || before.column(old) == nil {
			return nil, fmt.Errorf("%s cannot be the new name of %s: the models must have the first alone, and the migrations the second", name, old)
		}
		columns = append(columns, change{table: key, column: column, to: old})
	}
	slices.SortFunc(columns, func(a, b change) int { return strings.Compare(a.table+"."+a.column, b.table+"."+b.column) })
	slices.SortFunc(tables, func(a, b change) int { return strings.Compare(a.table, b.table) })
	return append(columns, tables...), nil
}

// doubts are the new tables and columns that look like old ones that no model has any more.
func (o DraftOptions) doubts(base *expected) []Doubt {
	var list []Doubt
	ask := func(name, old string) {
		if o.Renamed[name] == "" && !slices.Contains(o.Added, name) {
			list = append(list, Doubt{New: name, Old: old})
		}
	}
	for _, key := range sorted(base.models.tables) {
		t, before := base.models.tables[key], base.migrations.tables[key]
		if old := o.Renamed[key]; old != "" {
			before = base.migrations.tables[old]
		}
		if before == nil {
			for _, old := range sorted(base.migrations.tables) {
				if base.models.tables[old] == nil && sameColumns(t, base.migrations.tables[old]) {
					ask(key, old)
				}
			}
			continue
		}
		for _, c := range t.columns {
			for _, old := range before.columns {
				if before.column(c.Name) == nil && t.column(old.Name) == nil && old.Type == c.Type && !slices.Contains(o.taken(key), old.Name) {
					ask(key+"."+c.Name, key+"."+old.Name)
				}
			}
		}
	}
	return list
}

// taken are the columns of a table whose new names are known.
func (o DraftOptions) taken(table string) []string {
	var list []string
	for name, old := range o.Renamed {
		if key, _, isColumn := strings.Cut(name, "."); isColumn && key == table {
			list = append(list, old)
		}
	}
	return list
}

// sameColumns reports whether two tables have half of their columns in common, so that one may be the other.
func sameColumns(a, b *table) bool {
	same := 0
	for _, c := range a.columns {
		if other := b.column(c.Name); other != nil && other.Type == c.Type {
			same++
		}
	}
	return 2*same >= len(a.columns)+len(b.columns)-same
}
