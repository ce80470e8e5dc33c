package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// unfit is what a table says that the database lacks, or without which none of its rows can be told from others.
const unfit = "The database lacks this table, or the columns that tell its rows apart. Everything else works, and so does this again as soon as that is mended."

// missed notes which of the model's columns the database lacks. They are left out of every statement until the registry is
// made anew. A table outside the schema is taken to be there.
func (c *Store[P]) missed(columns map[string]columnFact) {
	c.absent, c.unfit = nil, columns == nil && !strings.Contains(c.plan.table, ".")
	if columns == nil {
		return
	}
	for _, f := range c.plan.fields {
		if _, there := columns[f.Name]; there {
			continue
		}
		if c.absent == nil {
			c.absent = map[string]bool{}
		}
		c.absent[f.Name] = true
		c.unfit = c.unfit || f.primary
	}
}

// Absent implements Resource.
func (r resource[P]) Absent(ctx context.Context) []string {
	if len(r.absent) == 0 {
		return nil
	}
	mask := r.config.Policy.Fields(ctx, r.plan.table, Read)
	var labels []string
	for _, f := range r.plan.fields {
		if r.absent[f.Name] && !f.Secret && mask[f.Name] != Hidden {
			labels = append(labels, f.Label)
		}
	}
	return labels
}

// lacking reports whether the database lacks something of the table.
func (c *Store[P]) lacking() bool { return c.unfit || len(c.absent) > 0 }

// Lacking reports whether the database lacked a registered table or one of its columns when it was described.
func (r *Registry) Lacking() bool {
	return slices.ContainsFunc(r.tables, func(t table) bool { return t.lacking() })
}

// shapeQuery reads a digest of the columns of all tables.
const shapeQuery = `
SELECT coalesce(md5(string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.atttypmod, a.attnotnull), ',' ORDER BY c.relname, a.attname)), '')
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`

func readShape(ctx context.Context, db *gorm.DB) (digest string, err error) {
	if err := db.WithContext(ctx).Raw(shapeQuery).Scan(&digest).Error; err != nil {
		return "", fmt.Errorf("read the catalog: %w", err)
	}
	return digest, nil
}

// Stale reports whether the database has other columns now than when it was described. Another registry, described now, is then
// what serves.
func (r *Registry) Stale(ctx context.Context) (bool, error) {
	digest, err := readShape(ctx, r.db)
	return err == nil && digest != r.shape, err
}
