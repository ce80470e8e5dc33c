package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// sheet holds the rows of one table until they are copied. The first column is id; it is empty until number fills it.
type sheet struct {
	table   string
	columns []string
	rows    [][]any
}

func newSheet(table string, columns ...string) *sheet {
	return &sheet{table: table, columns: append([]string{"id"}, columns...)}
}

// add appends a row: a cell for each column but id.
func (s *sheet) add(cells ...any) {
	s.rows = append(s.rows, append([]any{nil}, cells...))
}

// id returns the key of a row.
func (s *sheet) id(row int) int64 {
	id, _ := s.rows[row][0].(int64)
	return id
}

// cell returns the place of a value, nil if the table has no such column here.
func (s *sheet) cell(row int, column string) *any {
	i := slices.Index(s.columns, column)
	if i < 0 {
		return nil
	}
	return &s.rows[row][i]
}

// number gives each row the next key of the table's own sequence.
func (s *sheet) number(ctx context.Context, tx pgx.Tx) error {
	ids, err := reserve(ctx, tx, s.table, len(s.rows))
	if err != nil {
		return err
	}
	for i, id := range ids {
		s.rows[i][0] = id
	}
	return nil
}

// copy sends all rows to the table.
func (s *sheet) copy(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{s.table}, s.columns, pgx.CopyFromRows(s.rows)); err != nil {
		return fmt.Errorf("copy %s: %w", s.table, err)
	}
	return nil
}

// reserve takes count keys from the sequence of a table.
func reserve(ctx context.Context, tx pgx.Tx, table string, count int) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)`, table, count)
	if err != nil {
		return nil, fmt.Errorf("reserve keys of %s: %w", table, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("reserve keys of %s: %w", table, err)
	}
	return ids, nil
}
