package crud

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ordering is how people put the rows below one of another table in order: by the numbers in a column.
type ordering[P any] struct {
	tie
	by *field[P]
}

// positioned implements table.
func (c *Store[P]) positioned(t tie, column string) error {
	f := c.plan.column[column]
	if f == nil || f.stored != KindInteger || f.primary || f.ReadOnly || slices.Contains(t.from, column) {
		return fmt.Errorf("%s has no column %q of whole numbers to put its rows in order by", c.plan.table, column)
	}
	f.position, f.Required, f.initial = true, false, nil
	c.orderings = append(c.orderings, ordering[P]{t, f})
	return nil
}

// inOrder is the sort by the column that rows are put in order by; "" is the table's own, for who may not see the column.
func (c *Store[P]) inOrder(ctx context.Context, position string) string {
	if named(shown(c.visible(ctx, Read)), position) == nil {
		return ""
	}
	return position
}

// standLast puts a new row behind the others below the same row, where nobody chose its place. The row above is locked, so that no two
// come to the same one.
func (c *Store[P]) standLast(tx *gorm.DB, row P, given map[string]bool) error {
	for _, o := range c.orderings {
		_, refers := c.held(row, o.from, c.present())
		if given[o.by.Name] || !o.by.unset(row) || !refers || c.absent[o.by.Name] {
			continue
		}
		above, beside := map[string]any{}, map[string]any{}
		for i, name := range o.from {
			value := c.plan.column[name].value(row)
			above[o.to[i]], beside[name] = value, value
		}
		var found, next []string
		if err := tx.Table(o.target).Where(above).Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Pluck("1::text", &found).Error; err != nil {
			return err
		}
		behind := clause.Expr{SQL: "(coalesce(max(?), 0)::numeric + 1)::text", Vars: []any{clauseColumn(o.by.Name)}}
		if err := tx.Model(c.plan.empty()).Unscoped().Where(beside).Select("?", behind).Find(&next).Error; err != nil {
			return err
		}
		if err := o.by.set(row, next[0]); err != nil {
			return invalid(map[string]string{o.by.Name: err.Error()})
		}
	}
	return nil
}

// exchanging implements table.
func (c *Store[P]) exchanging(ctx context.Context, position string) (look func() error, err error) {
	var rules []string
	for _, r := range c.plan.rules {
		if r.fact.Deferrable && slices.Contains(r.fact.Columns, position) {
			rules = append(rules, pgx.Identifier{r.name}.Sanitize())
		}
	}
	set := func(when string) error {
		if len(rules) == 0 {
			return nil
		}
		return c.transact(ctx, func(_ context.Context, tx *gorm.DB) error {
			if err := tx.Exec("SET CONSTRAINTS " + strings.Join(rules, ", ") + when).Error; err != nil {
				return attempt[P]{err, WriteOf[P]{}, []*field[P]{c.plan.column[position]}}
			}
			return nil
		})
	}
	return func() error { return set(" IMMEDIATE") }, set(" DEFERRED")
}

// nowhere is the place of a line without a number: behind the others.
const nowhere = math.MaxInt64

// placeOf reads a line's number.
func placeOf(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return nowhere
	}
	return n
}
