package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"unified/crud/filter"
)

// Count is a number of rows: exact, the planner's estimate, or one that is exceeded by an unknown number.
type Count struct {
	Rows     int64
	Estimate bool // Rows is the planner's estimate, for tables beyond CountCap
	More     bool // there are more than Rows, which is CountCap; the planner has no figure that could be true
}

// ExactTime is how long CountExactly may take.
const ExactTime = 4 * time.Second

// Count counts the rows that the account may read and that the query's search and filter let through: exactly up to
// CountCap. Beyond it, the planner's estimate stands for every row or what the filter leaves of them, if it can be true and
// the account may read every row; else it is only known that there are more. Where the figure of the whole table is twice
// as much, no rows are looked at.
func (c *Store[P]) Count(ctx context.Context, q Query) (Count, error) {
	var count Count
	node, err := parseFilter(q.Filter)
	if err != nil {
		return count, err
	}
	err = c.retry(ctx, func() error {
		scope, err := c.scope(ctx, Read)
		if err != nil {
			return err
		}
		whole := node.IsZero() && clean(q.Search) == "" && q.within == nil
		planned := int64(0) // rows of the whole table
		if scope.All {
			if planned, err = c.planned(ctx); err != nil {
				return err
			}
		}
		if whole && !c.trashable() && planned >= clearly {
			count = Count{Rows: planned, Estimate: true}
			return nil
		}
		query, err := c.counted(ctx, c.conn(ctx), node, q)
		if err != nil {
			return err
		}
		count = Count{}
		capped := c.conn(ctx).WithContext(ctx).Table("(?) AS capped", query.Select("1").Clauses(limit(CountCap+1)))
		if err := capped.Count(&count.Rows).Error; err != nil || count.Rows <= CountCap {
			return err
		}
		left := planned
		if scope.All && (!whole || c.trashable()) {
			if left, err = c.left(ctx, query); err != nil {
				return err
			}
		}
		count = Count{Rows: CountCap, More: true}
		if left > CountCap && left <= planned { // else the figure is out of date, or a guess
			count = Count{Rows: left, Estimate: true}
		}
		return nil
	})
	return count, unreadable(err)
}

// CountExactly counts all the rows that Count is about, within ExactTime. Its error is KindSlow if that does not do.
func (c *Store[P]) CountExactly(ctx context.Context, q Query) (Count, error) {
	var count Count
	node, err := parseFilter(q.Filter)
	if err != nil {
		return count, err
	}
	err = c.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := tx.Exec("SELECT set_config('statement_timeout', ?, true)", strconv.FormatInt(ExactTime.Milliseconds(), 10)).Error; err != nil {
			return err
		}
		query, err := c.counted(ctx, tx, node, q)
		if err != nil {
			return err
		}
		return query.Count(&count.Rows).Error
	})
	return count, unreadable(err)
}

// counted is the query of the rows to be counted; each use of it begins anew.
func (c *Store[P]) counted(ctx context.Context, db *gorm.DB, node filter.Node, q Query) (*gorm.DB, error) {
	query, err := c.query(ctx, db, Read)
	if q.Trash && c.trashable() {
		query, err = c.trashed(ctx, db)
	}
	if err != nil {
		return nil, err
	}
	if query, err = c.narrowed(query, node, clean(q.Search), shown(c.visible(ctx, Read))); err != nil {
		return nil, err
	}
	if q.within != nil {
		query = query.Where(q.within.rows)
	}
	return query.Session(&gorm.Session{}), nil
}

// left is how many rows the planner takes a query to return.
func (c *Store[P]) left(ctx context.Context, query *gorm.DB) (int64, error) {
	var text string
	if err := c.conn(ctx).WithContext(ctx).Raw("EXPLAIN (FORMAT JSON) ?", query.Select("1")).Row().Scan(&text); err != nil {
		return 0, err
	}
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 {
		return 0, fmt.Errorf("read the plan of a count of %s: %w", c.plan.table, err)
	}
	return int64(plans[0].Plan.Rows), nil
}
