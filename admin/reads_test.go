package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/crud"
)

var (
	rounds = flag.Int("rounds", 40, "rounds of each property test of the permissions")
	first  = flag.Uint64("seed", 1, "seed of the first round of each property test of the permissions")
)

// round is one account with random rights over random rows.
type round struct {
	*stage
	*seeder
	oracle
	seed uint64
	ctx  context.Context
	seen map[string]bool // the marks that may be told
}

// everyRound runs a property for the seeds of this run, each of which can be run alone by -seed N -rounds 1.
func everyRound(t *testing.T, property func(r *round)) {
	t.Helper()
	s := newStage(t)
	for seed := *first; seed < *first+uint64(*rounds); seed++ {
		t.Run(fmt.Sprint("seed_", seed), func(t *testing.T) {
			s.T = t
			r := &round{stage: s, seeder: s.fill(seed), seed: seed}
			r.ctx, _ = s.account()
			r.oracle = r.judge()
			r.seen = r.places()
			property(r)
			if t.Failed() {
				t.Logf("run it alone: go test ./admin -run '%s' -seed %d -rounds 1\n%s", strings.Split(t.Name(), "/")[0], seed, r.oracle)
			}
		})
	}
}

// judge is the oracle of the rows as they are now.
func (r *round) judge() oracle {
	w := r.load()
	return oracle{world: w, me: w.by("users", "id", fmt.Sprint(actor)), roles: w.inForce(fmt.Sprint(actor), time.Now()), tables: r.stage.tables}
}

// told checks that an answer holds no mark of what may not be read.
func (r *round) told(what string, answer any) {
	r.Helper()
	text, err := json.Marshal(answer)
	if err != nil {
		r.Fatal(err)
	}
	for _, mark := range marks.FindAllString(string(text), -1) {
		if !r.seen[mark] {
			r.Errorf("%s tells %s, which is not readable: %s", what, mark, text)
		}
	}
}

// kind returns what an error is, -1 for none. What was typed may stand in it.
func (r *round) kind(err error, typed ...string) crud.ErrorKind {
	r.Helper()
	var own *crud.Error
	if err == nil {
		return -1
	}
	if !errors.As(err, &own) {
		r.Fatalf("an error that no page could explain: %v", err)
	}
	says := fmt.Sprint(own.Fields)
	for _, value := range typed {
		says = strings.ReplaceAll(says, value, "")
	}
	r.told("the error", says)
	return own.Kind
}

func TestRights_T26_T27_T33_every_read_returns_what_the_oracle_allows(t *testing.T) {
	everyRound(t, func(r *round) {
		for name := range r.stage.tables {
			r.counts(name)
		}
		for _, name := range r.focus {
			r.lists(name)
			r.searches(name)
			r.shows(name)
			r.forms(name)
		}
	})
}

// counts checks what the dashboard asks: whether there is a card, and the number on it.
func (r *round) counts(name string) {
	table := r.table(name)
	for _, verb := range []string{"read", "create", "update", "delete", "revoke", "retry", "set_quota"} {
		if got, want := table.Can(r.ctx, crud.Verb(verb)), r.can(name, verb); got != want {
			r.Errorf("Can %s %s = %v, want %v", verb, name, got, want)
		}
	}
	count, err := table.Count(r.ctx, crud.Query{})
	if !r.can(name, "read") {
		if got := r.kind(err); got != crud.KindForbidden {
			r.Errorf("Count of %s: %v", name, got)
		}
		return
	}
	if want := int64(len(r.readable(name))); err != nil || count != (crud.Count{Rows: want}) {
		r.Errorf("Count of %s = %+v, %v, want %d", name, count, err, want)
	}
}

// lists walks over all pages in several orders, forwards from the first and backwards from the last.
func (r *round) lists(name string) {
	table := r.table(name)
	if _, err := table.List(r.ctx, crud.Query{}); !r.can(name, "read") {
		if got := r.kind(err); got != crud.KindForbidden {
			r.Errorf("List of %s: %v", name, got)
		}
		return
	}
	shown := r.shown(name)
	for _, f := range r.stage.tables[name].Fields {
		if _, err := table.List(r.ctx, crud.Query{Sort: f.Name, Size: 1}); !slices.Contains(shown, f.Name) && r.kind(err) != crud.KindBad {
			r.Errorf("T33: %s is sorted by %s: %v", name, f.Name, err)
		}
	}
	page, err := table.List(r.ctx, crud.Query{})
	if err != nil {
		r.Fatal(err)
	}
	sorts := []string{""}
	for _, heading := range page.Headings {
		if heading.Name != "" && !slices.Contains(shown, heading.Name) { // "" is computed
			r.Errorf("T33: %s has the heading %s", name, heading.Name)
		}
		if heading.Sortable {
			sorts = append(sorts, heading.Name, "-"+heading.Name)
		}
	}
	for _, i := range r.Perm(len(sorts))[:min(2, len(sorts))] {
		r.walks(name, sorts[i])
	}
}

// walks compares the pages of one order with the rows that PostgreSQL sorts and the oracle opens.
func (r *round) walks(name, sort string) {
	first, next := crud.Query{Sort: sort, Size: 4}, func(q *crud.Query, l *crud.List) bool { q.After = l.Next; return l.Next != "" }
	forwards := slices.Concat(r.pages(name, first, next)...)
	want := r.ordered(name, sort)
	if sort == "" { // the table's own order, less what is hidden: which rows, and each once
		if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(forwards)), want) {
			r.Errorf("%s holds %v, want %v", name, forwards, want)
		}
	} else if !slices.Equal(forwards, want) {
		r.Errorf("%s by %s: %v, want %v", name, sort, forwards, want)
	}
	first.Last = true
	back := r.pages(name, first, func(q *crud.Query, l *crud.List) bool { q.Last, q.Before = false, l.Prev; return l.Prev != "" })
	met := map[string]bool{}
	for _, page := range back {
		at := 0
		for _, key := range page {
			met[key] = true
		}
		if len(page) > 0 {
			at = max(0, slices.Index(forwards, page[0]))
		}
		if end := at + len(page); end > len(forwards) || !slices.Equal(forwards[at:end], page) {
			r.Errorf("%s by %s: the page %v backwards is none of %v", name, sort, page, forwards)
		}
	}
	if len(met) != len(forwards) {
		r.Errorf("%s by %s: backwards %v, forwards %v", name, sort, back, forwards)
	}
}

// pages asks for page after page and returns their keys.
func (r *round) pages(name string, query crud.Query, next func(*crud.Query, *crud.List) bool) (pages [][]string) {
	r.Helper()
	for range 50 {
		page, err := r.table(name).List(r.ctx, query)
		if err != nil {
			r.Fatalf("%s %+v: %v", name, query, err)
		}
		r.told("the list of "+name, page)
		var keys []string
		for _, x := range page.Rows {
			keys = append(keys, x.Key)
			r.listed(name, page.Headings, x)
		}
		pages = append(pages, keys)
		if !next(&query, page) {
			return pages
		}
	}
	r.Fatalf("%s has no end", name)
	return nil
}

// listed checks one row of a list against the stored one.
func (r *round) listed(name string, headings []crud.Heading, x crud.Row) {
	r.Helper()
	stored := r.stored(name, x.Key)
	if want := r.may(r.world, name, "update", stored); x.Update != want {
		r.Errorf("%s %s: Update = %v, want %v", name, x.Key, x.Update, want)
	}
	for i, heading := range headings {
		if heading.Name != "" {
			r.cell(name, stored, heading.Name, x.Cells[i])
		}
	}
}

// cell checks a value, and that a relation names its row if that may be read and only then.
func (r *round) cell(name string, stored row, column string, cell crud.Cell) {
	r.Helper()
	if cell.Null != (stored[column] == nil) {
		r.Errorf("%s.%s of %s: NULL is %v", name, column, keyOf(name, stored), cell.Null)
	}
	to, related := relations()[name][column]
	if !related || cell.Null {
		return
	}
	seen := r.refers(name, column, stored.is(column))
	switch {
	case (seen != nil) != (cell.Ref != nil):
		r.Errorf("%s.%s of %s: the row referred to is %+v, readable is %v", name, column, keyOf(name, stored), cell.Ref, seen != nil)
	case cell.Ref == nil && cell.Text != stored.is(column):
		r.Errorf("%s.%s of %s holds %q, want %q", name, column, keyOf(name, stored), cell.Text, stored.is(column))
	case cell.Ref != nil && cell.Ref.Key != keyOf(to[0], seen):
		r.Errorf("%s.%s of %s leads to %s", name, column, keyOf(name, stored), cell.Ref.Key)
	}
}

// stored returns a row by its key; nil if there is none.
func (r *round) stored(name, key string) row {
	at := slices.IndexFunc(r.world[name], func(x row) bool { return keyOf(name, x) == key })
	if at < 0 {
		return nil
	}
	return r.world[name][at]
}

// ordered returns the keys of the readable rows as PostgreSQL sorts all rows by a column; in any order for "". A relation
// is sorted by the names of the rows that may be read, and then by its key.
func (r *round) ordered(name, sort string) []string {
	r.Helper()
	direction, join, readable := "", "", []string{}
	if strings.HasPrefix(sort, "-") {
		direction = " DESC"
	}
	var key, by []string
	for _, column := range keyColumns(name) {
		key = append(key, "x."+column)
	}
	if column := strings.TrimPrefix(sort, "-"); column != "" {
		to := relations()[name][column]
		for _, called := range r.called(to) {
			by = append(by, "t."+called)
			join = " LEFT JOIN (SELECT * FROM " + to[0] + " WHERE " + to[1] + "::text = ANY($1)) AS t ON t." + to[1] + " = x." + column
		}
		for _, other := range r.readable(to[0]) {
			readable = append(readable, other.is(to[1]))
		}
		by = append(by, "x."+column)
	}
	arguments := []any{readable}[:min(1, len(join))]
	rows, _ := r.db.Pool.Query(r.Context(), "SELECT concat_ws(',', "+strings.Join(key, ", ")+") FROM "+name+" AS x"+join+
		" ORDER BY "+strings.Join(append(by, key...), direction+", ")+direction, arguments...) // its error comes from CollectRows too
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		r.Fatal(err)
	}
	return slices.DeleteFunc(keys, func(key string) bool { return !r.may(r.world, name, "read", r.stored(name, key)) })
}

// called are the columns that name the rows of a relation's table; none where one of them, or the column that the
// relation holds, is hidden from the account.
func (r *round) called(to [2]string) []string {
	columns := map[string][]string{
		"users": {"username"}, "certificates": {"domain", "certificate_type"}, "roles": {"name"}, "dns_zones": {"domain"}, "permissions": {"model", "action", "scope"},
	}[to[0]]
	for _, column := range append([]string{to[1]}, columns...) {
		if to[0] != "" && r.hidden(to[0], "read", column) {
			return nil
		}
	}
	return columns
}
