package schema

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// querier is a transaction or a connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// reader reads the catalog. Names of scratch schemas are read as those of the schemas they stand for.
type reader struct {
	db      querier
	schema  string            // that names without a schema are in
	schemas map[string]string // that are read whole, and the name that each stands for
	quoted  map[string]string // the names that they stand for, as PostgreSQL prints them
	tables  []uint32          // of other schemas
	skip    []uint32
}

// read reads the whole state.
func (r *reader) read(ctx context.Context) (*state, error) {
	s := newState(r.schema)
	steps := []func(context.Context, *state) error{r.readTables, r.readIndexes, r.readRules, r.readOthers, r.readTypes}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func newState(schema string) *state {
	return &state{
		schema: schema, tables: map[string]*table{}, views: map[string]*view{}, functions: map[string]*function{},
		types: map[string]*userType{}, sequences: map[string]*sequence{}, hidden: map[string]string{},
	}
}

func (r *reader) readTables(ctx context.Context, s *state) error {
	tables, err := rows[table](ctx, r, readTables)
	if err != nil {
		return err
	}
	byID := map[uint32]*table{}
	for i := range tables {
		t := &tables[i]
		t.Schema = r.name(t.Schema)
		byID[t.OID] = t
		s.tables[s.key(t.Schema, t.Name)] = t
	}
	columns, err := rows[column](ctx, r, readColumns)
	if err != nil {
		return err
	}
	for i := range columns {
		c := &columns[i]
		if schema, name, ok := strings.Cut(c.Sequence, "."); ok {
			c.Sequence = r.name(schema) + "." + name
		}
		byID[c.Table].columns = append(byID[c.Table].columns, c)
	}
	triggers, err := rows[trigger](ctx, r, readTriggers)
	for i := range triggers {
		byID[triggers[i].Table].triggers = append(byID[triggers[i].Table].triggers, &triggers[i])
	}
	return err
}

func (r *reader) readIndexes(ctx context.Context, s *state) error {
	indexes, err := rows[index](ctx, r, readIndexes)
	byID := s.byID()
	for i := range indexes {
		if t := byID[indexes[i].Table]; t != nil {
			t.indexes = append(t.indexes, &indexes[i])
		}
	}
	return err
}

func (r *reader) readRules(ctx context.Context, s *state) error {
	rules, err := rows[rule](ctx, r, readRules)
	byID := s.byID()
	for i := range rules {
		if t := byID[rules[i].Table]; t != nil {
			t.rules = append(t.rules, &rules[i])
		}
	}
	return err
}

func (r *reader) readOthers(ctx context.Context, s *state) error {
	views, err := rows[view](ctx, r, readViews)
	if err != nil {
		return err
	}
	for i := range views {
		s.views[views[i].Name] = &views[i]
	}
	sequences, err := rows[sequence](ctx, r, readSequences)
	if err != nil {
		return err
	}
	for i := range sequences {
		q := &sequences[i]
		q.Schema = r.name(q.Schema)
		s.sequences[q.Schema+"."+q.Name] = q
	}
	functions, err := rows[function](ctx, r, readFunctions)
	for i := range functions {
		s.functions[functions[i].Name+"("+functions[i].Arguments+")"] = &functions[i]
	}
	return err
}

func (r *reader) readTypes(ctx context.Context, s *state) error {
	types, err := rows[userType](ctx, r, readTypes)
	for i := range types {
		s.types[types[i].Name] = &types[i]
	}
	return err
}

func (s *state) byID() map[uint32]*table {
	found := make(map[uint32]*table, len(s.tables))
	for _, t := range s.tables {
		found[t.OID] = t
	}
	return found
}

// name is what a schema that was read stands for.
func (r *reader) name(schema string) string {
	if real, ok := r.schemas[schema]; ok {
		return real
	}
	return schema
}

// rows reads a query's rows into structs.
func rows[T any](ctx context.Context, r *reader, query string) ([]T, error) {
	schemas := make([]string, 0, len(r.schemas))
	var words []string
	for name, real := range r.schemas {
		schemas = append(schemas, name)
		if name != real {
			quoted, err := json.Marshal(r.quoted[real] + ".")
			if err != nil {
				return nil, fmt.Errorf("read the catalog: %w", err)
			}
			words = append(words, name+".", string(quoted[1:len(quoted)-1]))
		}
	}
	found, err := r.db.QueryContext(ctx, "SELECT to_jsonb(r)::text FROM ("+query+") r", schemas, orNone(r.tables), orNone(r.skip))
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	defer func() { _ = found.Close() }()
	replace := strings.NewReplacer(words...)
	var list []T
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		var item T
		if err := json.Unmarshal([]byte(replace.Replace(line)), &item); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		list = append(list, item)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	return list, nil
}

func orNone(ids []uint32) []uint32 {
	if ids == nil {
		return []uint32{}
	}
	return ids
}

// quote makes any name a PostgreSQL identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
