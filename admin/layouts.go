package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// LayoutBook keeps how each account has its lists laid out. It serves the account in the context alone.
type LayoutBook struct {
	db   *gorm.DB
	pool *pgxpool.Pool // of the same database
}

// NewLayoutBook returns the book that is kept in db, which is pool too.
func NewLayoutBook(db *gorm.DB, pool *pgxpool.Pool) LayoutBook { return LayoutBook{db, pool} }

// Load returns the account's layout of a table's list, and the view that it opens with; the zero Layout if it has none. They came
// with the session, or are asked for here.
func (b LayoutBook) Load(ctx context.Context, table string) (crud.Layout, error) {
	account, _ := auth.From(ctx)
	read := account.Kept
	if read == nil {
		if err := b.pool.QueryRow(ctx, "SELECT "+layoutsOf("$1"), account.ID).Scan(&read); err != nil {
			return crud.Layout{}, fmt.Errorf("read the layout of %s: %w", table, unavailable(err))
		}
	}
	var layout crud.Layout
	if string(read) == "[]" {
		return layout, nil
	}
	var kept []keptLayout
	if err := json.Unmarshal(read, &kept); err != nil {
		return layout, fmt.Errorf("read the layout of %s: %w", table, err)
	}
	for _, k := range kept {
		switch {
		case k.Table != table:
		case k.Home != "":
			layout.Home = k.Home
		default:
			layout.Fields, layout.Size, layout.Compact = strings.Join(k.Columns, ","), k.Size, k.Compact
		}
	}
	return layout, nil
}

// keptLayout is how a list is laid out, or what it opens with.
type keptLayout struct {
	Table   string   `json:"table_name"`
	Columns []string `json:"columns"`
	Size    int      `json:"page_size"`
	Compact bool     `json:"compact"`
	Home    string   `json:"home"` // "" for a layout
}

// layoutsOf selects all that somebody keeps, as JSON: an array of keptLayout.
func layoutsOf(user string) string {
	return `(SELECT coalesce(json_agg(kept), '[]') FROM (
		SELECT table_name, columns, page_size, density = 'compact' AS compact, NULL AS home FROM list_settings WHERE user_id = ` + user + `
		UNION ALL SELECT table_name, NULL, NULL, NULL, query FROM saved_views WHERE user_id = ` + user + ` AND is_default) kept)`
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
