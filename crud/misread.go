package crud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// misread finds the field whose value its column cannot hold, where PostgreSQL does not name it: the only one that is no text, or the first
// whose value its type refuses when it is asked for that alone. nil if none is found.
func (c *Store[P]) misread(ctx context.Context, tried attempt[P]) []*field[P] {
	row := tried.write.New
	candidates := slices.DeleteFunc(slices.Clone(tried.changed), func(f *field[P]) bool {
		return f.lettered || f.ReadOnly || f.column.Type == "" || f.unset(row)
	})
	if len(candidates) == 1 {
		return candidates
	}
	for i, f := range candidates {
		err := begin(ctx, c.db, func(_ context.Context, tx *gorm.DB) error {
			return tx.Exec(fmt.Sprintf("SELECT CAST(? AS %s)", f.column.Type), f.value(row)).Error
		})
		var pg *pgconn.PgError
		if errors.As(err, &pg) && (unreadableValue(pg) || pg.Code == "23514") {
			return candidates[i : i+1]
		}
	}
	return nil
}

// unreadableValue reports whether a value is one that PostgreSQL cannot read or hold. The types of text search and of label trees call that a
// mistake of syntax, which a statement has at some place in it and a value has not.
func unreadableValue(pg *pgconn.PgError) bool {
	return pg.Code[:2] == "22" || pg.Code == "42601" && pg.Position == 0
}
