package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// LayoutBook keeps how each account has its lists laid out. It serves the account in the context alone.
type LayoutBook struct {
	db   *gorm.DB
	pool *pgxpool.Pool // of the same database: every list asks for its layout
}

// NewLayoutBook returns the book that is kept in db, which is pool too.
func NewLayoutBook(db *gorm.DB, pool *pgxpool.Pool) LayoutBook { return LayoutBook{db, pool} }

// Load returns the account's layout of a table's list, and the view that it opens with; the zero Layout if it has none.
func (b LayoutBook) Load(ctx context.Context, table string) (crud.Layout, error) {
	account, _ := auth.From(ctx)
	var found crud.Layout
	err := b.pool.QueryRow(ctx, loadLayout, account.ID, table).Scan(&found.Fields, &found.Size, &found.Compact, &found.Home)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return crud.Layout{}, fmt.Errorf("read the layout of %s: %w", table, unavailable(err))
	}
	return found, nil
}

const loadLayout = `SELECT coalesce(array_to_string(s.columns, ','), ''), coalesce(s.page_size, 0), coalesce(s.density = 'compact', false),
	coalesce(v.query, '')
	FROM (SELECT query FROM saved_views WHERE user_id = $1 AND table_name = $2 AND is_default) v
	FULL JOIN (SELECT * FROM list_settings WHERE user_id = $1 AND table_name = $2) s ON true`

// Save keeps the account's layout of a table's list; the zero Layout forgets it.
func (b LayoutBook) Save(ctx context.Context, table string, layout crud.Layout) error {
	account, ok := auth.From(ctx)
	if !ok {
		return nil
	}
	db := b.db.WithContext(ctx)
	if layout.Home = ""; layout == (crud.Layout{}) { // a view is saved by itself
		db = db.Exec(`DELETE FROM list_settings WHERE user_id = ? AND table_name = ?`, account.ID, table)
	} else {
		density := "comfortable"
		if layout.Compact {
			density = "compact"
		}
		db = db.Exec(`INSERT INTO list_settings (user_id, table_name, columns, density, page_size)
			VALUES (?, ?, string_to_array(?, ','), ?, nullif(?, 0)) ON CONFLICT (user_id, table_name)
			DO UPDATE SET columns = excluded.columns, density = excluded.density, page_size = excluded.page_size`,
			account.ID, table, layout.Fields, density, layout.Size)
	}
	if db.Error != nil {
		return fmt.Errorf("save the layout of %s: %w", table, unavailable(db.Error))
	}
	return nil
}
