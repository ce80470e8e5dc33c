package admin

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// LayoutBook keeps how each account has its lists laid out. It serves the account in the context alone.
type LayoutBook struct{ db *gorm.DB }

// NewLayoutBook returns the book that is kept in db.
func NewLayoutBook(db *gorm.DB) LayoutBook { return LayoutBook{db} }

// Load returns the account's layout of a table's list, and the view that it opens with; the zero Layout if it has none.
func (b LayoutBook) Load(ctx context.Context, table string) (crud.Layout, error) {
	account, _ := auth.From(ctx)
	var found []crud.Layout
	err := b.db.WithContext(ctx).Raw(`SELECT coalesce(array_to_string(s.columns, ','), '') AS fields, coalesce(s.page_size, 0) AS size,
		coalesce(s.density = 'compact', false) AS compact, coalesce(v.query, '') AS home
		FROM (SELECT query FROM saved_views WHERE user_id = @user AND table_name = @table AND is_default) v
		FULL JOIN (SELECT * FROM list_settings WHERE user_id = @user AND table_name = @table) s ON true`,
		sql.Named("user", account.ID), sql.Named("table", table)).Scan(&found).Error
	if err != nil {
		return crud.Layout{}, fmt.Errorf("read the layout of %s: %w", table, unavailable(err))
	}
	if len(found) == 0 {
		return crud.Layout{}, nil
	}
	return found[0], nil
}

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
