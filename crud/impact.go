package crud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// Limits of what is found out about a row before it is deleted.
const (
	ImpactTyped  = 100             // rows that go or change, from which the row's name has to be typed
	impactLevels = 5               // references upon references that are followed
	impactCounts = 200             // counts in all
	impactTime   = 8 * time.Second // for all of them, and
	impactCount  = "2s"            // for one
)

// Impact is what deleting a row does to others. Of rows that the account may not see it tells no more than that there
// are some, and what becomes of them.
type Impact struct {
	Uses   []Use // what forbids it first, then level by level; those of one Use below it
	Bars   bool  // something forbids it
	Rows   int64 // that go too or are changed and that the account may see; there are others if More
	More   bool
	Deeper bool   // not everything could be followed in the time
	Typed  string // the row's name, which has to be typed before so much is deleted; "" if nothing has to be
	Mark   string // differs where anything above that may be seen does
}

// Use is what becomes of the rows of one table that refer to the row, or to rows that go with it.
type Use struct {
	Rule    Rule
	Level   int      // 1 for rows that refer to the row itself
	Table   *Table   // nil for rows of which the account may see none
	Columns []string // those that refer; nil without Table
	Field   string   // the label of the column that refers; "" for several
	Rows    Count    // that the account may see
	Unknown bool     // they could not be counted in time
	Others  bool     // there are others, which it may not see
	Filter  string   // narrows the table's list to these rows; "" if no filter does
}

// Impact implements Resource.
func (r resource[P]) Impact(ctx context.Context, verb Verb, key string) (*Impact, error) {
	return r.impact(ctx, verb, key, nil)
}

// impact is Impact where other rows, by table, are deleted before.
func (r resource[P]) impact(ctx context.Context, verb Verb, key string, going map[string][]clause.Expression) (*Impact, error) {
	var row P
	err := r.retry(ctx, func() (err error) { row, err = r.find(ctx, r.conn(ctx), verb, key); return err })
	if err != nil {
		return nil, err
	}
	if r.catalog == nil || r.plan.trash != nil && verb == Delete { // what is in the trash is still there
		return &Impact{}, nil
	}
	w := &impactWalk{catalog: r.catalog, until: time.Now().Add(impactTime), going: map[string][]clause.Expression{}, held: map[string]string{}}
	self := r.plan.itself(row)
	for _, f := range shown(r.visible(ctx, Read)) {
		w.held[f.Name], _ = f.text(row)
	}
	maps.Copy(w.going, going)
	w.going[r.plan.table] = append(slices.Clone(w.going[r.plan.table]), self)
	err = w.below(ctx, found{reference: reference{table: r.plan.table}, rows: self})
	if err == nil {
		err = w.forbidden(ctx)
	}
	if err != nil {
		return nil, r.translate(ctx, err)
	}
	return w.impact(r.plan.label(row)), nil
}

// impactWalk follows references from the row downwards.
type impactWalk struct {
	catalog *catalog
	until   time.Time
	counts  int
	held    map[string]string              // what the row holds, by column
	going   map[string][]clause.Expression // by table, the rows that are deleted
	bars    []found                        // those that may forbid, to be looked at when all that goes is known
	uses    []Use
	total   int64 // of rows that go or are changed, those that may not be seen included
	much    bool  // total could not be counted
	out     Impact
}

// found is a reference with the predicate of its rows.
type found struct {
	reference
	rows  clause.Expression
	level int
}

// below follows the references to rows that are deleted.
func (w *impactWalk) below(ctx context.Context, gone found) error {
	referring, err := w.catalog.referring(ctx, gone.table)
	if err != nil {
		return err
	}
	for _, reference := range referring {
		if w.tired() || gone.level == impactLevels {
			return nil
		}
		f := found{reference, reference.rows(gone.rows), gone.level + 1}
		if reference.rule == RuleForbids {
			w.bars = append(w.bars, f)
			continue
		}
		f.rows = besides(w.going, f)
		total, err := w.follow(ctx, f)
		if err != nil {
			return err
		}
		if reference.rule != RuleGoes || total <= 0 {
			continue
		}
		w.going[reference.table] = append(w.going[reference.table], f.rows)
		if err := w.below(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// besides is the predicate of the rows of a reference that are not among those that are known to go, by table.
func besides(going map[string][]clause.Expression, f found) clause.Expression {
	known := going[f.table]
	if len(known) == 0 {
		return f.rows
	}
	return clause.And(f.rows, clause.Expr{SQL: "(?) IS NOT TRUE", Vars: []any{clause.Or(known...)}})
}

// follow looks at the rows of a reference and returns how many there are.
func (w *impactWalk) follow(ctx context.Context, f found) (int64, error) {
	use, total, err := w.use(ctx, f)
	if err != nil || total == 0 {
		return 0, err
	}
	if f.rule == RuleForbids {
		w.out.Uses, w.out.Bars = append(w.out.Uses, use), true
		return total, nil
	}
	w.uses = append(w.uses, use)
	w.much = w.much || total < 0 || total > CountCap
	w.total += min(max(total, 0), CountCap)
	w.out.More = w.out.More || use.Others || use.Unknown || use.Rows.More
	w.out.Rows += use.Rows.Rows
	return total, nil
}

// forbidden looks at what forbids: rows that go anyway do not.
func (w *impactWalk) forbidden(ctx context.Context) error {
	for _, f := range w.bars {
		if w.tired() {
			return nil
		}
		f.rows = besides(w.going, f)
		if _, err := w.follow(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// tired reports whether enough was asked, and keeps in mind that there may be more.
func (w *impactWalk) tired() bool {
	enough := w.counts >= impactCounts || time.Now().After(w.until)
	w.out.Deeper = w.out.Deeper || enough
	return enough
}

// use counts the rows of a reference: all, which is negative if that takes too long, and those that the account may see.
func (w *impactWalk) use(ctx context.Context, f found) (Use, int64, error) {
	use := Use{Rule: f.rule, Level: f.level, Others: true}
	if !f.open {
		return use, -1, nil
	}
	total, err := w.count(ctx, func(tx *gorm.DB) (*gorm.DB, error) {
		return tx.Table("?", clause.Table{Name: f.quoted, Raw: true}).Where(f.rows), nil
	})
	t := w.catalog.byName[f.table]
	if err != nil || total == 0 || t == nil || !t.refers(ctx, f.from) {
		return use, total, err
	}
	visible := total
	if !t.open(ctx, f.from[0]) || slices.Contains(t.Table().Verbs, Purge) { // what is in the trash is not seen
		visible, err = w.count(ctx, func(tx *gorm.DB) (*gorm.DB, error) {
			rows, err := t.readable(ctx, tx)
			return rows.Where(f.rows), err
		})
	}
	if err != nil || visible == 0 {
		return use, total, err
	}
	use.Table, use.Columns, use.Others, use.Unknown = t.Table(), f.from, visible != total, visible < 0
	use.Rows = Count{Rows: min(max(visible, 0), CountCap), More: visible > CountCap}
	use.Field, use.Filter = t.narrowing(f.from, w.holds(f))
	return use, total, nil
}

// holds is what rows that refer to the row itself hold for it; "" for rows further below.
func (w *impactWalk) holds(f found) string {
	if f.level > 1 || len(f.to) != 1 {
		return ""
	}
	return w.held[f.to[0]]
}

// count counts up to one more than CountCap, in a time of its own; -1 is unknown.
func (w *impactWalk) count(ctx context.Context, rows func(tx *gorm.DB) (*gorm.DB, error)) (int64, error) {
	w.counts++
	var total int64
	err := begin(ctx, w.catalog.db, func(_ context.Context, tx *gorm.DB) error {
		var before string
		if err := tx.Raw("SELECT current_setting('statement_timeout')").Scan(&before).Error; err != nil {
			return err
		}
		if err := within(tx, impactCount); err != nil {
			return err
		}
		query, err := rows(tx)
		if err != nil {
			return err
		}
		if err := tx.Table("(?) AS capped", query.Select("1").Clauses(limit(CountCap+1))).Count(&total).Error; err != nil {
			return err
		}
		return within(tx, before) // the transaction may go on
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == stopped && ctx.Err() == nil {
		return -1, nil
	}
	return total, err
}

// within bounds the time of the transaction's statements from now on.
func within(tx *gorm.DB, time string) error {
	return tx.Exec("SELECT set_config('statement_timeout', ?, true)", time).Error
}

// impact puts together what was found.
func (w *impactWalk) impact(label string) *Impact {
	out := &w.out
	for _, use := range w.uses {
		hidden := func(other Use) bool { return other.Table == nil && other.Rule == use.Rule }
		if use.Table != nil || !slices.ContainsFunc(out.Uses, hidden) {
			out.Uses = append(out.Uses, use)
		}
	}
	if w.total > ImpactTyped || w.much || out.Deeper {
		out.Typed = strings.Join(strings.Fields(label), " ")
	}
	var text strings.Builder
	for _, use := range out.Uses {
		table := ""
		if use.Table != nil {
			table = use.Table.Name
		}
		fmt.Fprintln(&text, use.Rule, use.Level, table, use.Field, use.Rows, use.Unknown, use.Others)
	}
	fmt.Fprintln(&text, out.Bars, out.Deeper, out.Typed)
	sum := sha256.Sum256([]byte(text.String()))
	out.Mark = hex.EncodeToString(sum[:8])
	return out
}

// refers reports whether the account may read these columns in some rows.
func (c *Store[P]) refers(ctx context.Context, columns []string) bool {
	_, err := c.scope(ctx, Read)
	visible := c.visible(ctx, Read)
	return err == nil && !c.unfit && !slices.ContainsFunc(columns, func(name string) bool { return named(visible, name) == nil })
}

// readable is the query of the rows that the account may read.
func (c *Store[P]) readable(ctx context.Context, db *gorm.DB) (*gorm.DB, error) {
	return c.query(ctx, db, Read)
}

// narrowing returns the label of the column that refers, and the filter of the rows in which it holds value.
func (c *Store[P]) narrowing(columns []string, value string) (label, filtered string) {
	f := c.plan.column[columns[0]]
	if len(columns) != 1 || f == nil {
		return "", ""
	}
	if value == "" || !slices.Contains(f.ops(), filter.Is) {
		return f.Label, ""
	}
	return f.Label, filter.Node{Field: f.Name, Op: filter.Is, Values: []string{value}}.String()
}
