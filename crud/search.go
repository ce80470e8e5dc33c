package crud

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// needle is one part of a search: a word, a phrase in quotation marks, or either behind a field's name and a colon.
type needle struct {
	field string // as it was typed; "" for none
	text  string
}

// whole is the word as a text like any other.
func (w needle) whole() string {
	if w.field == "" {
		return w.text
	}
	return w.field + ":" + w.text
}

var fieldBefore = regexp.MustCompile(`^(\w+):(\S)`)

// searchWords cuts a search into its words. A quotation mark that is not closed goes on to the end.
func searchWords(search string) []needle {
	var out []needle
	for search = strings.TrimSpace(search); search != ""; search = strings.TrimSpace(search) {
		var w needle
		if match := fieldBefore.FindStringSubmatch(search); match != nil {
			w.field, search = match[1], search[len(match[1])+1:]
		}
		if quoted, ok := strings.CutPrefix(search, `"`); ok {
			w.text, search, _ = strings.Cut(quoted, `"`)
		} else {
			end := strings.IndexFunc(search, unicode.IsSpace)
			if end < 0 {
				end = len(search)
			}
			w.text, search = search[:end], search[end:]
		}
		if strings.TrimSpace(w.text) != "" {
			out = append(out, w)
		}
	}
	return out
}

// matching is the predicate of a search: each word must be found in one of the searched fields, or in the field that it
// names; nil for no search. A name that is no field's, or a value that its field cannot hold, makes it a text like any
// other: addresses such as https://example.org can be searched for.
func (c *Store[P]) matching(ctx context.Context, search string, fields []*field[P]) (clause.Expression, error) {
	var all []clause.Expression
	for _, w := range searchWords(search) {
		var found clause.Expression
		if f := named(fields, strings.ToLower(w.field)); f != nil {
			var err error
			if found, err = c.inField(ctx, f, w.text); err != nil {
				return nil, err
			}
		}
		if found == nil {
			found = c.anywhere(w.whole(), fields)
		}
		all = append(all, found)
	}
	if len(all) == 0 {
		return nil, nil // no condition
	}
	return clause.And(all...), nil
}

// anywhere is the predicate of a text in any searched field, or of a number that is the key.
func (c *Store[P]) anywhere(text string, fields []*field[P]) clause.Expression {
	var either []clause.Expression
	pattern := "%" + filter.Literal(text) + "%"
	for _, f := range c.searched {
		if named(fields, f.Name) != nil {
			either = append(either, f.like(pattern))
		}
	}
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && len(c.plan.key) == 1 && c.plan.key[0].Kind == KindInteger {
		either = append(either, clause.Eq{Column: clauseColumn(c.plan.key[0].Name), Value: number})
	}
	if len(either) == 0 {
		either = append(either, clause.Expr{SQL: "FALSE"})
	}
	return clause.And(clause.Or(either...))
}

// searchOps are what a value behind a field's name is compared by.
var searchOps = map[filter.Type]filter.Op{
	filter.Text: filter.Contains, filter.Exact: filter.Is, filter.Number: filter.Is, filter.Time: filter.On, filter.Bool: filter.Is,
	filter.Address: filter.Within, filter.List: filter.Has,
}

var truths = strings.NewReplacer("yes", "true", "no", "false")

// inField is the predicate of a text in one field; nil if the field cannot hold it. A relation holds what its rows are
// found by.
func (c *Store[P]) inField(ctx context.Context, f *field[P], text string) (clause.Expression, error) {
	if f.relation != nil && f.relation.target != nil {
		rows, err := f.relation.target.matched(ctx, f.relation.column, text)
		if rows != nil || err != nil {
			return clause.Expr{SQL: "? IN (?)", Vars: []any{clauseColumn(f.Name), rows}}, err
		}
	}
	now := time.Now().In(ZoneIn(ctx))
	column := f.filterable(c.plan.empty, now.Location())
	if column.Type == filter.Exact && !f.lettered && f.relation == nil {
		return f.like("%" + filter.Literal(text) + "%"), nil
	}
	if column.Type == filter.Bool {
		text = truths.Replace(strings.ToLower(text))
	}
	node := filter.Node{Field: f.Name, Op: searchOps[column.Type], Values: []string{text}}
	condition, err := node.Clause(func(string) filter.Column { return column }, now)
	if err != nil {
		return nil, nil //nolint:nilerr // it is a text then
	}
	return condition, nil
}

// matched implements target.
func (c *Store[P]) matched(ctx context.Context, column, search string) (*gorm.DB, error) {
	rows, fields, err := c.readableBy(ctx, column)
	if rows == nil || err != nil {
		return nil, err
	}
	return rows.Where(c.anywhere(search, fields)).Select(column), nil
}

// like is the predicate of a pattern; what is no text is compared as PostgreSQL writes it.
func (f *field[P]) like(pattern string) clause.Expression {
	sql := "CAST(? AS text) ILIKE ?"
	if f.lettered {
		sql = "? ILIKE ?"
	}
	return clause.Expr{SQL: sql, Vars: []any{clauseColumn(f.Name), pattern}}
}

// clean cuts a search to what is read of it and drops what PostgreSQL cannot compare.
func clean(search string) string {
	search = strings.ToValidUTF8(strings.ReplaceAll(search, "\x00", ""), "")
	if runes := []rune(search); len(runes) > SearchLimit {
		search = string(runes[:SearchLimit])
	}
	return strings.TrimSpace(search)
}

// indexesQuery reads which columns an index begins with, or holds in any place where its method lets any column serve.
const indexesQuery = `
SELECT DISTINCT c.relname AS "table", a.attname AS "column"
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND (a.attnum = i.indkey[0] OR m.amname = 'gin' AND a.attnum = ANY (i.indkey))`

// readIndexes reads indexesQuery, by table and column.
func readIndexes(ctx context.Context, db *gorm.DB) (map[string]map[string]bool, error) {
	var rows []struct{ Table, Column string }
	if err := db.WithContext(ctx).Raw(indexesQuery).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	known := map[string]map[string]bool{}
	for _, row := range rows {
		if known[row.Table] == nil {
			known[row.Table] = map[string]bool{}
		}
		known[row.Table][row.Column] = true
	}
	return known, nil
}

// indexed searches, where Options do not say in which, the short texts that an index is about: searching others reads the
// whole table. A table with no such index is searched in all its short texts.
func (c *Store[P]) indexed(known map[string]map[string]bool) {
	if c.options.Search != nil {
		return
	}
	var fields []*field[P]
	for _, f := range c.searched {
		if known[c.plan.table][f.Name] {
			fields = append(fields, f)
		}
	}
	if len(fields) > 0 {
		c.searched = fields
	}
}
