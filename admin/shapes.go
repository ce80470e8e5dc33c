package admin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"unified/crud"
)

// Shapes counts how lists are filtered, sorted and searched, in memory; it is written down now and then, never within a request.
type Shapes struct {
	mu     sync.Mutex
	counts map[shape]int64
}

// shape is a way to ask for rows, without what for.
type shape struct{ table, column, operator string }

const (
	mostShapes = 2000             // that are kept until they are written down; more are not counted
	keepShapes = "90 days"        // what nobody asked for in so long is forgotten
	flushTime  = 10 * time.Second // for writing down
)

// NewShapes returns one that has counted nothing.
func NewShapes() *Shapes { return &Shapes{counts: map[shape]int64{}} }

// Asked counts; it is crud.Config.Asked.
func (s *Shapes) Asked(table string, asked []crud.Shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range asked {
		s.add(shape{table, one.Column, one.Operator}, 1)
	}
}

func (s *Shapes) add(key shape, times int64) {
	if _, known := s.counts[key]; known || len(s.counts) < mostShapes {
		s.counts[key] += times
	}
}

// Flush writes down what was counted since the last time. After an error it is counted on.
func (s *Shapes) Flush(ctx context.Context, db *pgxpool.Pool) error {
	s.mu.Lock()
	counts := s.counts
	s.counts = map[shape]int64{}
	s.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	var tables, columns, operators []string
	var uses []int64
	for key, times := range counts {
		tables, columns, operators, uses = append(tables, key.table), append(columns, key.column), append(operators, key.operator), append(uses, times)
	}
	_, err := db.Exec(ctx, `
		WITH old AS (DELETE FROM query_shapes WHERE last_used_at < CURRENT_TIMESTAMP - interval '`+keepShapes+`'
			AND (table_name, column_name, operator) NOT IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])))
		INSERT INTO query_shapes AS s (table_name, column_name, operator, uses)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n (t, c, o, u) ORDER BY t, c, o
		ON CONFLICT ON CONSTRAINT query_shapes_pkey DO UPDATE SET uses = s.uses + excluded.uses, last_used_at = excluded.last_used_at`,
		tables, columns, operators, uses)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		counts, s.counts = s.counts, counts
		for key, times := range counts {
			s.add(key, times)
		}
		return fmt.Errorf("write down how lists are asked for: %w", err)
	}
	return nil
}

// FlushEvery writes down until ctx ends.
func (s *Shapes) FlushEvery(ctx context.Context, db *pgxpool.Pool, every time.Duration, failed func(error)) {
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			if err := s.Flush(ctx, db); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// ShapeUse is how often a column was looked at in one way.
type ShapeUse struct {
	Table, Column, Operator string
	Uses                    int64
}

// Read returns what was written down, and what was counted since; the most used first.
func (s *Shapes) Read(ctx context.Context, db *pgxpool.Pool) ([]ShapeUse, error) {
	if err := s.Flush(ctx, db); err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, "SELECT table_name, column_name, operator, uses FROM query_shapes ORDER BY uses DESC, table_name, column_name, operator")
	if err != nil {
		return nil, fmt.Errorf("read how lists are asked for: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ShapeUse])
}
