package crud_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"unified/crud"
)

// tally is a view that counts articles: nothing tells its rows apart but all that they hold.
type tally struct {
	AuthorID int64
	Author   author
	Status   *string
	Articles int64
	Latest   *time.Time
	Notes    string `gorm:"type:text"`
}

func (tally) TableName() string { return "tallies" }

// newTallies is a world with a view of tallies, of which each author has twenty.
func newTallies(t *testing.T) (*world, crud.Resource) {
	t.Helper()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `CREATE VIEW tallies AS SELECT a.id AS author_id, CASE WHEN n % 4 > 0 THEN 's' || n % 4 END AS status, (n / 3)::bigint AS articles,
		CASE WHEN n % 2 = 0 THEN timestamptz '2024-01-01' + n * interval '1 day' END AS latest, 'long' AS notes FROM authors a, generate_series(1, 20) n`)
	crud.Register(w.Registry, crud.Options[tally]{Plural: "Tallies", Verbs: []crud.Verb{crud.Read}})
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, w.table(t, "tallies")
}

func TestKeyless_lists(t *testing.T) {
	t.Parallel()
	_, tallies := newTallies(t)
	if doc := tallies.Table(); !doc.Keyless || doc.History {
		t.Errorf("it is described as %+v", doc)
	}
	for _, sort := range []string{"", "status", "-latest", "articles,-status", "author_id", "-author_id,latest"} {
		seen, rows, q := map[string]bool{}, 0, crud.Query{Sort: sort, Size: 7}
		for {
			list, err := tallies.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range list.Rows {
				if row.Key != "" || row.Update {
					t.Fatalf("a row has the key %q", row.Key)
				}
				rows++
				seen[fmt.Sprint(row.Cells)] = true
			}
			if q.After = list.Next; q.After == "" {
				break
			}
		}
		if rows != 40 || len(seen) != 40 {
			t.Errorf("by %q there are %d rows, %d of them different", sort, rows, len(seen))
		}
	}
	list, err := tallies.List(t.Context(), crud.Query{Filter: "author_id.name.is:Ada;status.empty", Size: 3, Last: true})
	if err != nil || len(list.Rows) != 3 || list.Prev == "" {
		t.Errorf("%+v, %v", list, err)
	}
	if count, err := tallies.Count(t.Context(), crud.Query{Filter: "status.is:s1"}); err != nil || count.Rows != 10 || count.Estimate {
		t.Errorf("%+v, %v", count, err)
	}
}

func TestKeyless_is_nowhere_else(t *testing.T) {
	t.Parallel()
	w, tallies := newTallies(t)
	for _, key := range []string{"", "~", "1"} {
		if _, err := tallies.Show(t.Context(), key); err == nil {
			t.Errorf("%q has a page", key)
		}
		if _, err := tallies.ShowJSON(t.Context(), key, "", ""); err == nil {
			t.Errorf("%q has a page for programs", key)
		}
	}
	if _, err := tallies.Submit(t.Context(), "", map[string][]string{"articles": {"1"}}); err == nil {
		t.Error("a row was made")
	}
	page, err := tallies.ListJSON(t.Context(), crud.Query{Size: 1, Fields: "articles,author_id"}, "author_id")
	if err != nil || !strings.HasPrefix(string(page.Rows), `[{"articles":0,"author_id":1,"_expand":{"author_id":{"_key":"1"`) {
		t.Errorf("%s %v", page.Rows, err)
	}
	export, err := tallies.Export(t.Context(), crud.Query{Filter: "status.is:s1", Sort: "latest"}, crud.ExportOptions{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := export.Write(t.Context(), &file); err != nil || strings.Count(file.String(), "\n") != 11 {
		t.Errorf("the file is\n%s%v", file.String(), err)
	}
	children, rows, err := w.table(t, "authors").ChildList(t.Context(), "1", "tallies", crud.Query{})
	if err != nil || len(rows.Rows) != crud.ChildPage || rows.Next == "" || children.Create {
		t.Errorf("below an author are %+v, %v", rows, err)
	}
}

func TestKeyless_mistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	crud.Register(w.Registry, crud.Options[tally]{})
	if err := w.Check(); err == nil || !strings.Contains(err.Error(), "tally has no primary key: give it one, or Options.Verbs") {
		t.Errorf("without saying so: %v", err)
	}
	reg := crud.Open(w.db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[tally]{Verbs: []crud.Verb{crud.Read}})
	crud.Register(reg, crud.Options[author]{Children: []crud.Child{{Table: "tallies", Inline: true}}})
	if err := reg.Check(); err == nil || !strings.Contains(err.Error(), "rows of tallies have no key, and cannot be edited") {
		t.Errorf("its rows are edited below others: %v", err)
	}
}

// shape is a view with columns whose values PostgreSQL cannot compare.
type shape struct {
	Spot  *string `gorm:"type:point"`
	Spots *string `gorm:"type:point[]"`
	Page  *string `gorm:"type:xml"`
	Held  *string `gorm:"type:spot"`
	Name  *string `gorm:"size:20"`
}

func (shape) TableName() string { return "shapes" }

// Points and XML are in no order: lists are not sorted or filtered by them, and are there all the same, also where nothing else is.
func TestKeyless_of_what_cannot_be_compared(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"'a'::varchar", "NULL::json"} {
		w := newWorld(t, crud.Options[article]{})
		w.exec(t, `CREATE DOMAIN spot AS point; CREATE VIEW shapes AS SELECT point(n, 1) AS spot, ARRAY[point(1, n)] AS spots, '<a/>'::xml AS page,
			point(n, n)::spot AS held, `+name+` AS name FROM generate_series(1, 5) n`)
		crud.Register(w.Registry, crud.Options[shape]{Verbs: []crud.Verb{crud.Read}, List: []string{"Spot", "Spots", "Page", "Held", "Name"}})
		if err := w.Describe(t.Context()); err != nil {
			t.Fatal(err)
		}
		shapes := w.table(t, "shapes")
		list, err := shapes.List(t.Context(), crud.Query{Filter: "spot.filled;page.filled"})
		if err != nil || len(list.Rows) != 5 {
			t.Fatal(list, err)
		}
		for i, heading := range list.Headings {
			if comparable := i == 4 && name != "NULL::json"; heading.Sortable != comparable {
				t.Errorf("by %s it can be sorted: %v", heading.Name, heading.Sortable)
			}
		}
		for _, q := range []crud.Query{{Sort: "spot"}, {Sort: "page"}, {Filter: `page.is:"<a/>"`}, {Filter: `held.not:"(1,1)"`}} {
			if _, err := shapes.List(t.Context(), q); err == nil {
				t.Errorf("%+v is answered", q)
			} else if kind, _ := kindOf(t, err); kind != crud.KindBad {
				t.Errorf("%+v: %v", q, err)
			}
		}
		if _, err := shapes.List(t.Context(), crud.Query{Size: 2}); err != nil {
			t.Error(err)
		}
	}
}
