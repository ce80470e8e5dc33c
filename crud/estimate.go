package crud

import (
	"context"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// estimateFor is how long the planner's figure of a table is taken as it was.
const estimateFor = 10 * time.Second

// clearly is from how many rows on the planner's figure is believed without a look at the rows: it may be somewhat out of date.
const clearly = 2 * CountCap

// estimated is the planner's figure of a table, kept for a while. The zero estimated knows nothing.
type estimated struct{ last atomic.Pointer[figure] }

type figure struct {
	rows  int64
	until time.Time
}

// planned returns the planner's figure of the table: 0 or less for one that was never analyzed.
func (c *Store[P]) planned(ctx context.Context) (int64, error) {
	if last := c.estimated.last.Load(); last != nil && time.Now().Before(last.until) {
		return last.rows, nil
	}
	next := &figure{until: time.Now().Add(estimateFor)}
	const statement = "SELECT coalesce((SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(?)), 0)"
	table := (&gorm.Statement{DB: c.db}).Quote(c.plan.table)
	if err := c.conn(ctx).WithContext(ctx).Raw(statement, table).Scan(&next.rows).Error; err != nil {
		return 0, err
	}
	if next.rows >= clearly { // a smaller one may be about to change
		c.estimated.last.Store(next)
	}
	return next.rows, nil
}
