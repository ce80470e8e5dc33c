package schema

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// AdviceFrom is the number of rows from which a table is big enough for an index to matter.
const AdviceFrom = 10_000

// Use is how often a column was looked at in one way: by an operator of a list's filter, "sort", or "search".
type Use struct {
	Table, Column, Operator string
	Count                   int64
}

// Advice is what indexes would help, and which do not.
type Advice struct {
	Missing  []Suggestion // what is looked for without one, the most used first
	Problems []Problem    // foreign keys without an index, and duplicates
	Unused   []Unused     // the largest first
	Since    time.Time    // from when on the statistics count; zero if that is not known
}

// Suggestion is an index that what is looked for has not.
type Suggestion struct {
	Table, Column string
	Operators     []string // that it would serve
	Uses          int64
	Rows          int64 // of the table, as PostgreSQL estimates them
	SQL           string
}

// Unused is an index that no statement has used. Those of keys and rules are not among them.
type Unused struct {
	Table, Name string
	Bytes       int64
	SQL         string
}

// Advise reads the catalog and the statistics, and holds the indexes against how columns are used.
func Advise(ctx context.Context, db *sql.DB, options Options, uses []Use) (*Advice, error) {
	found, err := ReadCatalog(ctx, db, options)
	if err != nil {
		return nil, err
	}
	a := &Advice{}
	sizes, err := a.statistics(ctx, db, found)
	if err != nil {
		return nil, err
	}
	a.missing(found, sizes, uses)
	for _, problem := range found.Problems() {
		if slices.Contains([]string{"foreign key without index", "duplicate index"}, problem.Kind) {
			a.Problems = append(a.Problems, problem)
		}
	}
	return a, nil
}

// statistics reads how large tables are, and which indexes nothing used.
func (a *Advice) statistics(ctx context.Context, db *sql.DB, found *Catalog) (sizes map[string]int64, err error) {
	var since sql.NullTime
	err = db.QueryRowContext(ctx, "SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()").Scan(&since)
	if err != nil {
		return nil, fmt.Errorf("read the statistics: %w", err)
	}
	a.Since = since.Time
	rows, err := db.QueryContext(ctx, `
		SELECT c.relname, greatest(c.reltuples::bigint, s.n_live_tup, 0), coalesce(i.indexrelname, ''), coalesce(i.idx_scan, 1), coalesce(pg_relation_size(i.indexrelid), 0)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_all_tables s ON s.relid = c.oid
		LEFT JOIN pg_stat_all_indexes i ON i.relid = c.oid
		WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`, found.state.schema)
	if err != nil {
		return nil, fmt.Errorf("read the statistics: %w", err)
	}
	defer func() { _ = rows.Close() }()
	sizes = map[string]int64{}
	for rows.Next() {
		var name, index string
		var size, scans, bytes int64
		if err := rows.Scan(&name, &size, &index, &scans, &bytes); err != nil {
			return nil, fmt.Errorf("read the statistics: %w", err)
		}
		sizes[name] = size
		t := found.state.tables[name]
		if t == nil || scans > 0 {
			continue
		}
		for _, i := range t.indexes {
			if i.Name == index && !i.Unique && !i.constraint() {
				a.Unused = append(a.Unused, Unused{Table: name, Name: index, Bytes: bytes, SQL: "DROP INDEX CONCURRENTLY " + found.named(index) + ";"})
			}
		}
	}
	slices.SortFunc(a.Unused, func(x, y Unused) int { return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(x.Name, y.Name)) })
	return sizes, rows.Err()
}

// served says what kind of index serves an operator; an operator that none does is not there.
var served = map[string]string{
	"is": "btree", "any": "btree", "lt": "btree", "le": "btree", "gt": "btree", "ge": "btree", "on": "btree", "last": "btree", "next": "btree",
	"this": "btree", "sort": "btree", "contains": "gin", "starts": "gin", "search": "gin",
}

// missing are the uses of big tables that no index serves, one suggestion for each column and kind of index.
func (a *Advice) missing(found *Catalog, sizes map[string]int64, uses []Use) {
	for _, use := range uses {
		t := found.state.tables[use.Table]
		kind := served[use.Operator]
		if t == nil || kind == "" || sizes[use.Table] < AdviceFrom {
			continue
		}
		c := t.column(use.Column)
		if c == nil || c.Type == "boolean" || kind == "gin" && !lettered(c.Type) || t.serves(c.Name, kind) {
			continue
		}
		behind := ""
		if kind == "gin" {
			behind = " gin_trgm_ops"
		}
		statement := found.create(t, []string{c.Name}, behind)
		at := slices.IndexFunc(a.Missing, func(s Suggestion) bool { return s.SQL == statement })
		if at < 0 {
			at = len(a.Missing)
			a.Missing = append(a.Missing, Suggestion{Table: use.Table, Column: use.Column, Rows: sizes[use.Table], SQL: statement})
		}
		a.Missing[at].Uses += use.Count
		if !slices.Contains(a.Missing[at].Operators, use.Operator) {
			a.Missing[at].Operators = append(a.Missing[at].Operators, use.Operator)
		}
	}
	slices.SortStableFunc(a.Missing, func(x, y Suggestion) int { return cmp.Compare(y.Uses, x.Uses) })
}

// lettered reports whether parts of a column's text can be looked for.
func lettered(columnType string) bool {
	base, _, _ := typeOf(columnType)
	return slices.Contains([]string{"text", "character varying", "character"}, base)
}

// serves reports whether an index finds rows by a column: one that begins with it, or for parts of texts one of trigrams.
func (t *table) serves(column, kind string) bool {
	return slices.ContainsFunc(t.indexes, func(i *index) bool {
		if kind == "btree" {
			return i.leads([]string{column})
		}
		at := slices.Index(i.Keys, quoteIdent(column))
		return i.Valid && i.Predicate == nil && at >= 0 && strings.HasSuffix(i.Operators[at], "trgm_ops")
	})
}
