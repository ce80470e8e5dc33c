package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// similar is how much of two tables must be the same for one to be the other under a new name.
const similar = 0.7

// change is a renaming or a move that the database shows. It is made to what is expected too, so that PostgreSQL prints the
// views, rules and indexes on it in its new name and nothing but the change itself differs.
type change struct {
	table    string // its key among what is expected
	column   string // "" if the table is renamed or moved
	to       string // the new name, or the schema
	relocate bool
}

// apply makes the change within a scratch schema, if that source has the table.
func (c change) apply(ctx context.Context, s *scratch, built *state) error {
	t := built.tables[c.table]
	if t == nil || c.column != "" && t.column(c.column) == nil {
		return nil
	}
	target := quote(s.names[t.Schema]) + "." + quote(t.Name)
	switch {
	case c.relocate:
		if err := s.stand(ctx, c.to); err != nil {
			return err
		}
		return s.exec(ctx, "ALTER TABLE "+target+" SET SCHEMA "+s.names[c.to])
	case c.column != "":
		return s.exec(ctx, "ALTER TABLE "+target+" RENAME COLUMN "+quote(c.column)+" TO "+quote(c.to))
	}
	return s.exec(ctx, "ALTER TABLE "+target+" RENAME TO "+quote(c.to))
}

// changes finds what was renamed or moved. Columns come first, since a table's key changes with its name.
func changes(want *expected, got *state) []change {
	var columns, tables []change
	taken := map[string]bool{}
	for _, key := range keysOf(want) {
		expected := want.table(key)
		here := got.tables[key]
		if here == nil && got.views[key] == nil && got.hidden[key] == "" && !got.missing {
			if moved := awayTable(got, expected, want); moved != nil {
				tables = append(tables, change{table: key, to: moved.Schema, relocate: true})
				here = moved
			} else if renamed := renamedTable(got, expected, want, taken); renamed != nil {
				taken[renamed.Name] = true
				tables = append(tables, change{table: key, to: renamed.Name})
				here = renamed
			}
		}
		if here == nil {
			continue
		}
		for old, name := range renamedColumns(expected, here) {
			columns = append(columns, change{table: key, column: old, to: name})
		}
	}
	slices.SortFunc(columns, func(a, b change) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return append(columns, tables...)
}

func keysOf(want *expected) []string {
	var keys []string
	for _, source := range want.sources() {
		for key := range source.tables {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

func awayTable(got *state, expected *table, want *expected) *table {
	for _, key := range sorted(got.tables) {
		t := got.tables[key]
		if t.Name == expected.Name && t.Schema != got.schema && want.table(key) == nil {
			return t
		}
	}
	return nil
}

func renamedTable(got *state, expected *table, want *expected, taken map[string]bool) *table {
	var best *table
	most := similar
	for _, key := range sorted(got.tables) {
		t := got.tables[key]
		if want.table(key) != nil || taken[t.Name] || t.Schema != expected.Schema {
			continue
		}
		if likeness := alike(expected, t); likeness >= most {
			best, most = t, likeness
		}
	}
	return best
}

// alike is the share of columns that two tables have in common, 0 unless they share the names of indexes and rules too,
// which stay when a table is renamed and which a copy does not have.
func alike(a, b *table) float64 {
	names := map[string]bool{}
	for _, i := range a.indexes {
		names[i.Name] = true
	}
	for _, r := range a.rules {
		names[r.Name] = true
	}
	shared := 0
	for _, i := range b.indexes {
		if names[i.Name] {
			shared++
		}
	}
	for _, r := range b.rules {
		if names[r.Name] {
			shared++
		}
	}
	if shared*2 < len(names) {
		return 0
	}
	same := 0
	for _, c := range a.columns {
		if other := b.column(c.Name); other != nil && other.Type == c.Type {
			same++
		}
	}
	all := len(a.columns) + len(b.columns) - same
	if all == 0 {
		return 1
	}
	return float64(same) / float64(all)
}

// renamedColumns pairs missing columns with unexpected ones of the same kind that stand in their place.
func renamedColumns(expected, found *table) map[string]string {
	gone, came := gaps(expected, found), gaps(found, expected)
	pairs := map[string]string{}
	for place, missing := range gone {
		unexpected := came[place]
		if len(missing) != len(unexpected) {
			continue
		}
		for i, old := range missing {
			now := unexpected[i]
			if old.Type == now.Type && old.NotNull == now.NotNull && old.Filled == now.Filled &&
				(old.Generated == nil) == (now.Generated == nil) && remains(expected, old) == remains(found, now) {
				pairs[old.Name] = now.Name
			}
		}
	}
	return pairs
}

// gaps are the columns that the other table has not, by the columns of both that stand before and behind them.
func gaps(t, other *table) map[[2]string][]*column {
	found := map[[2]string][]*column{}
	before := ""
	var open []*column
	for _, c := range t.columns {
		if other.column(c.Name) == nil {
			open = append(open, c)
			continue
		}
		if len(open) > 0 {
			found[[2]string{before, c.Name}] = open
			open = nil
		}
		before = c.Name
	}
	if len(open) > 0 {
		found[[2]string{before, ""}] = open
	}
	return found
}

// remains is the number of dropped columns between a column and the one before it. A renamed column leaves none.
func remains(t *table, c *column) int {
	before := 0
	for _, other := range t.columns {
		if other == c {
			break
		}
		before = other.Dropped
	}
	return c.Dropped - before
}
