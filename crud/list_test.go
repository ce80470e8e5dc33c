package crud_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"unified/crud"
)

// many fills articles with titles, due dates and ranks that repeat and are partly NULL.
func many(t testing.TB, w *world, n int) {
	t.Helper()
	_, err := w.db.Pool.Exec(t.Context(), `
		INSERT INTO articles (title, slug, author_id, rank, due, note)
		SELECT 'Title ' || i, 'slug-' || i, 1 + i % 2, i % 3, CASE WHEN i % 4 > 0 THEN timestamptz '2026-01-01Z' + (i % 5) * interval '1 day' END,
			CASE WHEN i % 2 = 0 THEN 'note ' || i % 3 END
		FROM generate_series(1, $1::int) i`, n)
	if err != nil {
		t.Fatal(err)
	}
}

func keys(list *crud.List) []string {
	var out []string
	for _, row := range list.Rows {
		out = append(out, row.Key)
	}
	return out
}

func TestList_Pages(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	many(t, w, 23)
	nulls := map[bool]string{false: " ASC NULLS LAST", true: " DESC NULLS FIRST"}
	for _, sort := range []string{"", "title", "-due", "due", "rank,-due", "-rank,note,due", "author_id,-id", "-note,-rank", "id,note", "-id,due"} {
		t.Run("sorted by "+sort, func(t *testing.T) {
			var order []string
			for name := range strings.SplitSeq(sort, ",") {
				if bare := strings.TrimPrefix(name, "-"); bare != "" {
					order = append(order, bare+nulls[bare != name])
				}
			}
			order = append(order, "id"+nulls[sort == "" || sort[0] == '-'])
			want := strings.Split(w.value(t, "SELECT string_agg(id::text, ',' ORDER BY "+strings.Join(order, ",")+") FROM articles"), ",")

			var forwards, backwards []string
			for q := (crud.Query{Sort: sort, Size: 4}); ; {
				list, err := articles.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				forwards = append(forwards, keys(list)...)
				if list.Next == "" {
					break
				}
				q.After = list.Next
			}
			for q := (crud.Query{Sort: sort, Size: 4, Last: true}); ; {
				list, err := articles.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if backwards = append(keys(list), backwards...); list.Prev == "" {
					backwards = backwards[len(backwards)-len(want):] // the first page is filled up
					break
				}
				q.Last, q.Before = false, list.Prev
			}
			if !slices.Equal(forwards, want) {
				t.Errorf("forwards %v, want %v", forwards, want)
			}
			if last := want[len(want)-4:]; !slices.Equal(backwards[len(backwards)-4:], last) {
				t.Errorf("the last page is %v, want %v", backwards[len(backwards)-4:], last)
			}
		})
	}
}

func TestList_StaysStableWhileRowsComeAndGo(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	many(t, w, 10)
	first, err := articles.List(t.Context(), crud.Query{Size: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), "DELETE FROM articles WHERE id = 8"); err != nil {
		t.Fatal(err)
	}
	many2 := "INSERT INTO articles (title, slug, author_id) VALUES ('new', 'new', 1)"
	if _, err := w.db.Pool.Exec(t.Context(), many2); err != nil {
		t.Fatal(err)
	}
	second, err := articles.List(t.Context(), crud.Query{Size: 3, After: first.Next})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(second); !slices.Equal(got, []string{"7", "6", "5"}) {
		t.Errorf("the page after 8, which is gone, holds %v", got)
	}
	back, err := articles.List(t.Context(), crud.Query{Size: 3, Before: second.Prev})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(back); !slices.Equal(got, []string{"11", "10", "9"}) || back.Prev != "" {
		t.Errorf("the page before holds %v, prev %q", got, back.Prev)
	}
	w.exec(t, "DELETE FROM articles WHERE id < 8")
	gone, err := articles.List(t.Context(), crud.Query{Size: 2, After: first.Next})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(gone); !slices.Equal(got, []string{"10", "9"}) || gone.Prev == "" || gone.Next != "" {
		t.Errorf("after rows that are all gone the list holds %v, prev %q, next %q", got, gone.Prev, gone.Next)
	}
}

func TestList_Search(t *testing.T) {
	w := newWorld(t, crud.Options[article]{Search: []string{"Title", "Note", "Tags"}})
	articles := w.table(t, "articles")
	many(t, w, 12)
	if _, err := w.db.Pool.Exec(t.Context(), `UPDATE articles SET title = '100%_\done', tags = '{red,green}' WHERE id = 3`); err != nil {
		t.Fatal(err)
	}
	for search, want := range map[string]string{
		"title 11": "11", "TITLE 12": "12", "100%": "3", "%": "3", "_": "3", `\`: "3", "done 100": "3", "green": "3",
		"7": "7", "nothing": "", "note 99": "", strings.Repeat("x", 5000): "", "a\x00b\xff": "", "'; DROP TABLE articles--": "",
	} {
		t.Run(fmt.Sprintf("%.20q", search), func(t *testing.T) {
			list, err := articles.List(t.Context(), crud.Query{Search: search})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(keys(list), ","); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
		})
	}
}

func TestList_RefusesWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	many(t, w, 5)
	page, err := articles.List(t.Context(), crud.Query{Size: 2})
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]crud.Query{
		"an unknown column":           {Sort: "colour"},
		"an injected column":          {Sort: "id; DROP TABLE articles"},
		"a column that has no order":  {Sort: "data"},
		"a column twice":              {Sort: "title,-title"},
		"a cursor that is none":       {After: "x"},
		"a cursor of another order":   {After: page.Next, Sort: "title"},
		"a cursor with a wrong value": {After: "eyJvIjoiLWlkIiwidiI6WyJ4Il19"},
		"a cursor without its value":  {After: "eyJvIjoiLWlkIiwidiI6W251bGxdfQ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := articles.List(t.Context(), q)
			if kind, _ := kindOf(t, err); kind != crud.KindBad {
				t.Errorf("got %v", kind)
			}
		})
	}
}

func TestList_RelationsAreNamedInOneQueryEach(t *testing.T) {
	w := newWorld(t, crud.Options[article]{List: []string{"Title", "AuthorID"}})
	many(t, w, 4)
	list, err := w.table(t, "articles").List(t.Context(), crud.Query{})
	if err != nil {
		t.Fatal(err)
	}
	cell := list.Rows[0].Cells[1]
	if cell.Ref == nil || *cell.Ref != (crud.Ref{Table: "authors", Key: "1", Label: "Ada"}) || cell.Text != "Ada" {
		t.Errorf("got %+v", cell)
	}
	t.Run("a table that may not be read shows the bare key", func(t *testing.T) {
		w.policy.denied["authors:read"] = true
		list, err := w.table(t, "articles").List(t.Context(), crud.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if cell := list.Rows[0].Cells[1]; cell.Ref != nil || cell.Text != "1" {
			t.Errorf("got %+v", cell)
		}
	})
}

func TestCount(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, crud.CountCap)
	count := func() crud.Count {
		t.Helper()
		got, err := w.table(t, "articles").Count(t.Context(), crud.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := count(); got != (crud.Count{Rows: crud.CountCap}) {
		t.Errorf("at the cap: %+v", got)
	}
	w.exec(t, `ALTER TABLE articles SET (autovacuum_enabled = false)`)
	w.exec(t, `INSERT INTO articles (title, slug, author_id) SELECT 'x', 'more-' || i, 1 FROM generate_series(1, 5000) i`)
	if got := count(); got != (crud.Count{Rows: crud.CountCap, More: true}) {
		t.Errorf("beyond the cap, with a planner that does not know: %+v", got)
	}
	w.exec(t, "ANALYZE articles")
	if got := count(); got != (crud.Count{Rows: crud.CountCap + 5000, Estimate: true}) {
		t.Errorf("beyond the cap: %+v", got)
	}
	w.exec(t, `INSERT INTO articles (title, slug, author_id) SELECT 'x', 'many-' || i, 1 FROM generate_series(1, 5000) i`)
	w.exec(t, "ANALYZE articles")
	w.exec(t, "DELETE FROM articles WHERE slug LIKE 'more-%'")
	if got := count(); got != (crud.Count{Rows: 2 * crud.CountCap, Estimate: true}) {
		t.Errorf("far beyond the cap, where only the planner is asked: %+v", got)
	}
	w.exec(t, "ANALYZE articles")
	if got := count(); got != (crud.Count{Rows: 2 * crud.CountCap, Estimate: true}) {
		t.Errorf("a moment later, when even the planner is not asked: %+v", got)
	}
}

func TestChoices(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO authors (name) SELECT 'Author ' || i FROM generate_series(1, 30) i`); err != nil {
		t.Fatal(err)
	}
	all, err := articles.Choices(t.Context(), "author_id", "")
	if err != nil || len(all.Items) != crud.ChoiceLimit || !all.More {
		t.Errorf("got %d, more %v, %v", len(all.Items), all.More, err)
	}
	some, err := articles.Choices(t.Context(), "author_id", "grace")
	if err != nil || len(some.Items) != 1 || some.Items[0] != (crud.Choice{Value: "2", Label: "Grace"}) || some.More {
		t.Errorf("got %+v, %v", some, err)
	}
	_, err = articles.Choices(t.Context(), "title", "")
	if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
		t.Errorf("a field that is no relation: %v", kind)
	}
}

func TestPolicy(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	many(t, w, 2)
	t.Run("a hidden field is nowhere", func(t *testing.T) {
		w.policy.masks["articles"] = crud.Mask{"title": crud.Hidden, "rank": crud.ReadOnly}
		defer delete(w.policy.masks, "articles")
		list, err := articles.List(t.Context(), crud.Query{Search: "Title"})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Rows) > 0 || slices.ContainsFunc(list.Headings, func(h crud.Heading) bool { return h.Name == "title" }) {
			t.Errorf("%d rows found by a hidden field; headings %v", len(list.Rows), list.Headings)
		}
		_, sorted := articles.List(t.Context(), crud.Query{Sort: "title"})
		_, wrote := articles.Submit(t.Context(), "1", form("title", "x"))
		_, readOnly := articles.Submit(t.Context(), "1", form("rank", "1"))
		for err, want := range map[error]crud.ErrorKind{sorted: crud.KindBad, wrote: crud.KindInvalid, readOnly: crud.KindInvalid} {
			if kind, _ := kindOf(t, err); kind != want {
				t.Errorf("got %v, want %v", kind, want)
			}
		}
	})
	for _, verb := range []crud.Verb{crud.Read, crud.Create, crud.Update, crud.Delete} {
		t.Run("denied "+string(verb), func(t *testing.T) {
			w.policy.denied["articles:"+string(verb)] = true
			defer delete(w.policy.denied, "articles:"+string(verb))
			var err error
			switch verb {
			case crud.Read:
				_, err = articles.List(t.Context(), crud.Query{})
			case crud.Create:
				_, err = articles.Submit(t.Context(), "", form("title", "x", "slug", "x", "author_id", "1"))
			case crud.Update:
				_, err = articles.Submit(t.Context(), "1", form("title", "x"))
			case crud.Delete:
				_, err = articles.Delete(t.Context(), "1")
			}
			if kind, _ := kindOf(t, err); kind != crud.KindForbidden || articles.Can(t.Context(), verb) {
				t.Errorf("got %v", kind)
			}
		})
	}
}

func TestAbsentColumnsAreLeftOut(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	if _, err := w.db.Pool.Exec(t.Context(), "ALTER TABLE articles DROP COLUMN note"); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(w.db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[article]{})
	if err := errors.Join(reg.Check(), reg.Describe(t.Context())); err != nil {
		t.Fatal(err)
	}
	articles, _ := reg.Table("articles")
	if absent := articles.Absent(t.Context()); !slices.Equal(absent, []string{"Note"}) || !reg.Lacking() {
		t.Errorf("it lacks %q", absent)
	}
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := articles.Submit(t.Context(), saved.Key, form("title", "Two")); err != nil {
		t.Error(err)
	}
	if list, err := articles.List(t.Context(), crud.Query{}); err != nil || len(list.Rows) != 1 {
		t.Errorf("got %v, %v", list, err)
	}
	if _, err := articles.Delete(t.Context(), saved.Key); err != nil {
		t.Error(err)
	}
	if stale, err := reg.Stale(t.Context()); err != nil || stale {
		t.Errorf("nothing was changed since: %v, %v", stale, err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), "ALTER TABLE articles RENAME TO essays"); err != nil {
		t.Fatal(err)
	}
	if stale, err := reg.Stale(t.Context()); err != nil || !stale {
		t.Errorf("it was changed: %v, %v", stale, err)
	}
	if err := reg.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := articles.List(t.Context(), crud.Query{}); err == nil || !strings.Contains(err.Error(), "lacks this table") {
		t.Errorf("a table that is not there: %v", err)
	}
}

func TestAMissingTableIsPointedAtByNothing(t *testing.T) {
	w := newWorld(t, crud.Options[article]{List: []string{"Title", "AuthorID"}})
	if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO articles (title, slug, author_id) VALUES ('One', 'one', 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), "ALTER TABLE authors RENAME TO writers"); err != nil {
		t.Fatal(err)
	}
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	articles := w.table(t, "articles")
	for _, query := range []crud.Query{{}, {Sort: "author_id"}, {Search: "one"}, {Filter: "author_id.is:1"}} {
		if list, err := articles.List(t.Context(), query); err != nil || len(list.Rows) != 1 || list.Rows[0].Cells[1].Text != "1" {
			t.Errorf("%+v: %+v, %v", query, list, err)
		}
	}
	if list, err := articles.List(t.Context(), crud.Query{Search: "author_id:ada"}); err != nil || len(list.Rows) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := articles.Form(t.Context(), "1", nil); err != nil {
		t.Error(err)
	}
	if _, err := articles.Show(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	if _, err := articles.Submit(t.Context(), "1", form("title", "Two")); err != nil {
		t.Error(err)
	}
	if _, err := articles.Impact(t.Context(), crud.Delete, "1"); err != nil {
		t.Error(err)
	}
	if _, err := articles.Delete(t.Context(), "1"); err != nil {
		t.Error(err)
	}
}
