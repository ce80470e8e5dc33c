package crud_test

import (
	"testing"
	"time"

	"unified/crud"
)

// BenchmarkList reads a page of 100 rows of 8 columns, beside the least that a Go program does for the same rows (pgx
// alone) and beside GORM's own Find. Compare within one run.
func BenchmarkList(b *testing.B) {
	w := newWorld(b, crud.Options[article]{List: []string{"ID", "Title", "Slug", "Status", "Public", "Rank", "Note", "Due"}})
	many(b, w, 5000)
	ctx := b.Context()
	b.Run("pgx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows, err := w.db.Pool.Query(ctx, `SELECT id, title, slug, status, public, rank, note, due FROM articles ORDER BY id DESC LIMIT 101`)
			if err != nil {
				b.Fatal(err)
			}
			for rows.Next() {
				var a struct {
					id                  int64
					title, slug, status string
					public              bool
					rank                int32
					note                *string
					due                 *time.Time
				}
				if err := rows.Scan(&a.id, &a.title, &a.slug, &a.status, &a.public, &a.rank, &a.note, &a.due); err != nil {
					b.Fatal(err)
				}
			}
			if rows.Err() != nil {
				b.Fatal(rows.Err())
			}
		}
	})
	b.Run("gorm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var rows []article
			if err := w.db.Gorm.WithContext(ctx).Order("id DESC").Limit(101).Find(&rows).Error; err != nil {
				b.Fatal(err)
			}
		}
	})
	articles := w.table(b, "articles")
	b.Run("crud", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := articles.List(ctx, crud.Query{Size: 100}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
