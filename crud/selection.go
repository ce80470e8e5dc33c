package crud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/keyset"
)

// Limits of what is done to many rows at once.
const (
	BulkLimit   = 10_000 // rows of one request
	BulkSample  = 10     // rows that a Survey names
	BulkRefused = 100    // rows of which is said what is wrong with them
)

// Selection says which rows something is to be done to: those that are named, or all that a query lets through. The zero
// Selection is no row.
type Selection struct {
	Keys  []string // as in addresses; with All they say nothing
	All   bool     // all rows that Query's search and filter let through
	Query Query
}

// Survey is what a verb would meet in a selection just now.
type Survey struct {
	Rows   int    // that the verb may touch
	Digest string // of their keys: another set of rows has another one
	Sample []Ref  // the first of them
	Barred int    // rows that may be read, but not touched by the verb
	Beyond []Ref  // the first of those
	Gone   int    // keys of rows that are not there, or may not be read
}

// Survey implements Resource. It reads the keys of the rows, and the whole of those that it names.
func (r resource[P]) Survey(ctx context.Context, verb Verb, s Selection) (*Survey, error) {
	if _, err := r.scope(ctx, verb); err != nil {
		return nil, err
	}
	var survey *Survey
	err := r.retry(ctx, func() error {
		query, err := r.selecting(ctx, r.conn(ctx), Read, s)
		if err != nil {
			return err
		}
		rows, err := r.keysOf(query)
		if err != nil {
			return err
		}
		reached, err := r.reach(ctx, verb, rows)
		if err != nil {
			return err
		}
		var open, barred []P
		for i, row := range rows {
			if reached[i] {
				open = append(open, row)
			} else {
				barred = append(barred, row)
			}
		}
		survey = &Survey{Rows: len(open), Digest: r.digest(open), Barred: len(barred)}
		if !s.All {
			keys := slices.Clone(s.Keys)
			slices.Sort(keys)
			survey.Gone = len(slices.Compact(keys)) - len(rows)
		}
		if survey.Sample, err = r.labelled(ctx, open[:min(len(open), BulkSample)]); err != nil {
			return err
		}
		survey.Beyond, err = r.labelled(ctx, barred[:min(len(barred), BulkSample)])
		return err
	})
	return survey, err
}

// selecting starts a query for the rows of a selection that the verb may touch, in the order of their keys.
func (c *Store[P]) selecting(ctx context.Context, db *gorm.DB, verb Verb, s Selection) (*gorm.DB, error) {
	query, err := c.query(ctx, db, verb)
	if err != nil {
		return nil, err
	}
	if s.All {
		node, err := parseFilter(s.Query.Filter)
		if err != nil {
			return nil, err
		}
		query, err = c.narrowed(query, node, clean(s.Query.Search), shown(c.visible(ctx, Read)))
		if err != nil {
			return nil, err
		}
	} else {
		if len(s.Keys) > BulkLimit {
			return nil, tooMany()
		}
		query = query.Where(c.keyedBy(s.Keys))
	}
	var order keyset.Order
	for _, f := range c.plan.key {
		order = append(order, keyset.Column{Name: f.Name})
	}
	return query.Clauses(order.By()).Clauses(limit(BulkLimit + 1)), nil
}

// keyedBy is the predicate of the rows with these keys. What cannot be a key is no row's.
func (c *Store[P]) keyedBy(keys []string) clause.Expression {
	var rows []P
	for _, key := range keys {
		if row, ok := c.plan.parseKey(key); ok {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return clause.Expr{SQL: "FALSE"}
	}
	return c.plan.keyedAny(rows)
}

// keysOf runs a query of selecting for the keys alone.
func (c *Store[P]) keysOf(query *gorm.DB) ([]P, error) {
	rows, err := c.fetch(query, c.plan.key)
	if err == nil && len(rows) > BulkLimit {
		return nil, tooMany()
	}
	return rows, err
}

func tooMany() error {
	return fail(KindLarge, fmt.Sprintf("These are more than %d rows, and no more can be changed at once. Narrow the filter.", BulkLimit), nil)
}

// digest names a set of rows by their keys, in whatever order they come.
func (c *Store[P]) digest(rows []P) string {
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = c.plan.keyOf(row)
	}
	slices.Sort(keys)
	sum := sha256.Sum256([]byte(strings.Join(keys, "\n")))
	return hex.EncodeToString(sum[:])
}

// labelled names rows of which the keys are known, in their order. One that is gone meanwhile is left out.
func (c *Store[P]) labelled(ctx context.Context, rows []P) ([]Ref, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return nil, err
	}
	found, err := c.fetch(query.Where(c.plan.keyedAny(rows)), shown(c.visible(ctx, Read)))
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]Ref, len(found))
	for _, row := range found {
		byKey[c.plan.keyOf(row)] = c.ref(row)
	}
	var out []Ref
	for _, row := range rows {
		if ref, ok := byKey[c.plan.keyOf(row)]; ok {
			out = append(out, ref)
		}
	}
	return out, nil
}
