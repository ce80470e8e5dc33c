package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"unified/database"
	"unified/internal/testdb"
)

// TestAdvise holds how columns are used against the indexes of a big table, and of a small one.
func TestAdvise(t *testing.T) {
	db := testdb.Empty(t)
	run(t, db, `CREATE SCHEMA unified; SET search_path TO unified;
		CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, town text, born date, active boolean NOT NULL, boss_id bigint REFERENCES people, tags text[]);
		CREATE INDEX people_town ON people (town) WHERE town IS NOT NULL; CREATE INDEX people_town_again ON people (town) WHERE town IS NOT NULL;
		CREATE INDEX people_partial ON people (born) WHERE active;
		CREATE TABLE few (id bigint PRIMARY KEY, name text);
		INSERT INTO people SELECT n, 'name ' || n, 'town', now(), true, NULL FROM generate_series(1, 10000) n; ANALYZE people; RESET search_path`)
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	advice, err := Advise(t.Context(), owner, Options{Schema: "unified"}, []Use{
		{"people", "name", "contains", 3}, {"people", "name", "search", 4}, {"people", "name", "sort", 2}, {"people", "name", "is", 1},
		{"people", "town", "is", 9}, {"people", "id", "ge", 9}, {"people", "active", "is", 9}, {"people", "born", "last", 5}, {"people", "born", "search", 5},
		{"people", "tags", "has", 9}, {"people", "name", "empty", 9}, {"people", "gone", "is", 9}, {"gone", "id", "is", 9}, {"few", "name", "is", 9},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range advice.Missing {
		got = append(got, fmt.Sprintf("%s.%s %s %d of %d: %s", s.Table, s.Column, strings.Join(s.Operators, "+"), s.Uses, s.Rows, s.SQL))
		run(t, db, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
		run(t, db, s.SQL)
	}
	want := []string{
		"people.name contains+search 7 of 10000: CREATE INDEX CONCURRENTLY idx_people_name_search ON unified.people USING gin (name gin_trgm_ops);",
		"people.born last 5 of 10000: CREATE INDEX CONCURRENTLY idx_people_born ON unified.people (born);",
		"people.name sort+is 3 of 10000: CREATE INDEX CONCURRENTLY idx_people_name ON unified.people (name);",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it suggests\n%s", strings.Join(got, "\n"))
	}
	var kinds []string
	for _, p := range advice.Problems {
		kinds = append(kinds, p.Kind+" "+p.Table)
		run(t, db, p.Fix)
	}
	if !slices.Equal(kinds, []string{"duplicate index people", "foreign key without index people"}) {
		t.Errorf("it finds %v", kinds)
	}
	var unused []string
	for _, u := range advice.Unused {
		unused = append(unused, u.Name)
	}
	slices.Sort(unused)
	if !slices.Equal(unused, []string{"people_partial", "people_town", "people_town_again"}) {
		t.Errorf("unused are %v", unused)
	}
	again, err := Advise(t.Context(), owner, Options{Schema: "unified"}, []Use{{"people", "name", "contains", 3}, {"people", "name", "sort", 2}, {"people", "born", "last", 5}})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Missing)+len(again.Problems) > 0 {
		t.Errorf("once all is done it suggests %+v", again)
	}
}
