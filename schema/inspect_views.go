package schema

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const readViewColumns = `
SELECT to_jsonb(r)::text FROM (
	SELECT c.relname AS view, obj_description(c.oid, 'pg_class') AS about, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
		col_description(c.oid, a.attnum) AS comment
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE n.nspname = $1 AND c.relkind IN ('v', 'm') AND NOT EXISTS (
		SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
	ORDER BY c.relname, a.attnum
) r`

// readViewColumns reads the views as if they were tables.
func (r *reader) readViewColumns(ctx context.Context, s *state) ([]*table, error) {
	found, err := r.db.QueryContext(ctx, readViewColumns, r.schema)
	if err != nil {
		return nil, fmt.Errorf("read the views: %w", err)
	}
	defer func() { _ = found.Close() }()
	var list []*table
	for found.Next() {
		var line string
		var c struct {
			View  string  `json:"view"`
			About *string `json:"about"`
			column
		}
		if err := found.Scan(&line); err != nil {
			return nil, fmt.Errorf("read the views: %w", err)
		}
		if err := json.NewDecoder(strings.NewReader(line)).Decode(&c); err != nil {
			return nil, fmt.Errorf("read the views: %w", err)
		}
		if len(list) == 0 || list[len(list)-1].Name != c.View {
			list = append(list, &table{Schema: s.schema, Name: c.View, Kind: "view", Comment: c.About})
		}
		t := list[len(list)-1]
		t.columns = append(t.columns, &c.column)
	}
	return slices.Clip(list), found.Err()
}
