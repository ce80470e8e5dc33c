package schema

import (
	"strings"
)

// longestList is how many of the rows that stand in the way are named.
const longestList = 10

// against is the query for the rows that a rule refuses: orphans of a foreign key, and those that a check is false for.
func (x *fixer) against(r *rule) string {
	if r.Type == "c" {
		expression, _ := strings.CutSuffix(r.Text, " NO INHERIT")
		return x.rowsWhere("NOT (" + bare(expression) + ")")
	}
	var there, same []string
	for n, column := range r.Columns {
		there = append(there, "x."+quoteIdent(column)+" IS NOT NULL")
		same = append(same, "y."+quoteIdent(r.Targets[n])+" = x."+quoteIdent(column))
	}
	return x.rowsWhere(strings.Join(there, " AND ") + " AND NOT EXISTS (SELECT FROM " + r.Target + " y WHERE " + strings.Join(same, " AND ") + ")")
}

func (x *fixer) rowsWhere(condition string) string {
	return "SELECT " + x.key() + ", count(*) OVER () FROM " + x.table() + " x WHERE " + condition + " ORDER BY 1 LIMIT " + number(longestList)
}

// doubles is the query for the rows that share what an index allows once.
func (x *fixer) doubles(i *index) string {
	var conditions []string
	if i.Predicate != nil {
		conditions = append(conditions, "("+bare(*i.Predicate)+")")
	}
	keys := make([]string, len(i.Keys))
	for n, key := range i.Keys {
		keys[n] = "(" + key + ")"
		if !i.NullsSame {
			conditions = append(conditions, keys[n]+" IS NOT NULL")
		}
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	return "SELECT key, count(*) OVER () FROM (SELECT " + x.key() + " AS key, count(*) OVER (PARTITION BY " + strings.Join(keys, ", ") + ") AS same FROM " +
		x.table() + " x" + where + ") d WHERE same > 1 ORDER BY 1 LIMIT " + number(longestList)
}

// key is an expression for a row's primary key in the panel's words, "" for a table without one.
func (x *fixer) key() string {
	for _, i := range x.mend.table.indexes {
		if i.Declared != "p" {
			continue
		}
		parts := make([]string, len(i.Keys))
		for n, key := range i.Keys {
			parts[n] = "x." + key + "::text"
		}
		return "concat_ws(',', " + strings.Join(parts, ", ") + ")"
	}
	return "''"
}
