package schema

import "context"

const readViewColumns = relations + `
SELECT c.relname AS view, obj_description(c.oid, 'pg_class') AS about, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
	col_description(c.oid, a.attnum) AS comment
FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('v', 'm') ORDER BY c.relname, a.attnum`

// viewColumn is a column of a view.
type viewColumn struct {
	View  string  `json:"view"`
	About *string `json:"about"`
	column
}

// readViewColumns reads the views as if they were tables.
func (r *reader) readViewColumns(ctx context.Context, s *state) ([]*table, error) {
	found, err := rows[viewColumn](ctx, r, readViewColumns)
	var list []*table
	for i := range found {
		c := &found[i]
		if len(list) == 0 || list[len(list)-1].Name != c.View {
			list = append(list, &table{Schema: s.schema, Name: c.View, Kind: "view", Comment: c.About})
		}
		t := list[len(list)-1]
		t.columns = append(t.columns, &c.column)
	}
	return list, err
}
