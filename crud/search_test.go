package crud_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"unified/crud"
	"unified/internal/testdb"
)

func TestList_SearchForPhrasesAndInFields(t *testing.T) {
	w := newWorld(t, crud.Options[article]{Search: []string{"Title", "Note", "Slug"}})
	articles := w.table(t, "articles")
	w.exec(t, `INSERT INTO articles (title, slug, author_id, rank, note, due, tags, status, public) VALUES
		('Blue whale', 'https://sea.example', 1, 7, 'big, old', '2026-02-03 10:00Z', '{red,green}', 'published', true),
		('Whale blue', 'title:none', 2, 8, NULL, NULL, NULL, 'draft', false),
		('Grace', 'nobody:here', 1, 9, 'Ada', NULL, NULL, 'draft', false)`)
	for search, want := range map[string]string{
		"whale blue": "1,2", `"whale blue"`: "2", `"Blue W`: "1", `""`: "1,2,3", `"`: "1,2,3",
		"title:whale": "1,2", `title:"e w"`: "1", "TITLE:grace": "3", "title:ada": "", "note:ada": "3", `title:`: "2", "title: whale": "2",
		"https://sea": "1", "nobody:here": "3", "nothing:at all": "", `nobody:"here"`: "3",
		"rank:7": "1", "rank:x": "", "status:draft": "2,3", "public:yes": "1", "public:no whale": "2", "tags:green": "1", "due:2026-02-03": "1",
		"author_id:ada": "1,3", "author_id:2": "2", "author_id:nobody": "", "author_id:ada whale": "1", "data:x": "", "token:made": "", "title:%": "", "_": "",
	} {
		t.Run(search, func(t *testing.T) {
			list, err := articles.List(t.Context(), crud.Query{Search: search, Sort: "id"})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(keys(list), ","); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
		})
	}
	t.Run("a relation whose rows may not be read is known by its key alone", func(t *testing.T) {
		w.policy.denied["authors:read"] = true
		for search, want := range map[string]string{"author_id:ada": "", "author_id:2": "2"} {
			if list, err := articles.List(t.Context(), crud.Query{Search: search}); err != nil || strings.Join(keys(list), ",") != want {
				t.Errorf("%s: %v, %v", search, keys(list), err)
			}
		}
	})
}

func TestList_SearchesWhatIsIndexed(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	if got := w.table(t, "articles").Table().Search; !slices.Equal(got, []string{"Slug"}) {
		t.Errorf("of articles %v is searched", got)
	}
	if got := w.table(t, "authors").Table().Search; !slices.Equal(got, []string{"Name"}) {
		t.Errorf("of authors, whose index is about another expression, %v is searched", got)
	}
	w.exec(t, "CREATE EXTENSION pg_trgm; CREATE INDEX ON articles USING gin (slug gin_trgm_ops, title gin_trgm_ops)")
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := crud.Open(w.db.Gorm, crud.Config{})
	crud.Register(other, crud.Options[article]{})
	if err := other.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if articles, _ := other.Table("articles"); !slices.Equal(articles.Table().Search, []string{"Title", "Slug"}) {
		t.Errorf("with an index for all parts of two columns %v is searched", articles.Table().Search)
	}
}

func TestList_ThatTakesTooLongSaysSo(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, 2000)
	db := w.db.Gorm.Begin()
	defer db.Rollback()
	if err := db.Exec("SET LOCAL statement_timeout = 1").Error; err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db, crud.Config{})
	crud.Register(reg, crud.Options[article]{Search: []string{"Body"}})
	articles, _ := reg.Table("articles")
	w.exec(t, "UPDATE articles SET body = repeat('ab', 20000)")
	_, err := articles.List(t.Context(), crud.Query{Search: "abc abd abe abf abg"})
	if kind, _ := kindOf(t, err); kind != crud.KindSlow {
		t.Errorf("got %v", err)
	}
}

func TestCount_ExactlyAndOfAFilter(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	w.exec(t, `INSERT INTO articles (title, slug, author_id, rank) SELECT 'x', 's-' || i, 1, i % 2 FROM generate_series(1, 30000) i`)
	w.exec(t, "ANALYZE articles")
	for filter, want := range map[string]int64{"": 30000, "rank.is:1": 15000, "rank.is:7": 0} {
		exact, err := articles.CountExactly(t.Context(), crud.Query{Filter: filter})
		if err != nil || exact != (crud.Count{Rows: want}) {
			t.Errorf("%q exactly: %+v, %v, want %d", filter, exact, err, want)
		}
	}
	if got, err := articles.Count(t.Context(), crud.Query{Filter: "rank.is:1"}); err != nil || !got.Estimate || got.Rows < 14000 || got.Rows > 16000 {
		t.Errorf("of a filter: %+v, %v", got, err)
	}
	if got, err := articles.Count(t.Context(), crud.Query{Filter: "title.contains:x;rank.le:1;public.is:true;id.gt:5"}); err != nil || got.Rows < crud.CountCap {
		t.Errorf("of more than the cap, however badly estimated: %+v, %v", got, err)
	}
}

func TestOptions_ReplaceDefaults(t *testing.T) {
	w := newWorld(t, crud.Options[article]{
		List: []string{"Title", "Rank", "Author"}, Filters: []string{"Rank"}, Labels: map[string]string{"Rank": "Place"}, PageSize: 7,
		Formats: map[string]func(*article) string{"Rank": func(a *article) string { return strings.Repeat("*", int(a.Rank)) }}, Label: []string{"Slug"},
	})
	articles := w.table(t, "articles")
	many(t, w, 9)
	list, err := articles.List(t.Context(), crud.Query{Filter: "rank.is:2", Sort: "id"})
	if err != nil {
		t.Fatal(err)
	}
	if row := list.Rows[0]; list.Size != 7 || row.Label != "slug-2" || row.Cells[1].Text != "**" || list.Headings[1].Label != "Place" || list.Headings[1].Kind != crud.KindText {
		t.Errorf("got %d rows a page, headings %+v, %+v", list.Size, list.Headings, row)
	}
	if docs := articles.Filters(t.Context()); len(docs) != 1 || docs[0].Name != "rank" {
		t.Errorf("filters are %+v", docs)
	}
	_, err = articles.List(t.Context(), crud.Query{Filter: "titel.is:x"})
	if kind, texts := kindOf(t, err); kind != crud.KindBad || !strings.Contains(texts[""], `"titel"`) {
		t.Errorf("got %v", err)
	}
	_, err = articles.List(t.Context(), crud.Query{Filter: "rnk.is:1"})
	if kind, texts := kindOf(t, err); kind != crud.KindBad || !strings.Contains(texts[""], `did you mean "rank"?`) {
		t.Errorf("got %v", err)
	}
	record, err := articles.Show(t.Context(), "2")
	if err != nil || record.Label != "slug-2" {
		t.Errorf("got %+v, %v", record, err)
	}
}

func TestList_HeadingsSayWhatAClickDoes(t *testing.T) {
	w := newWorld(t, crud.Options[article]{List: []string{"Title", "Rank"}})
	articles := w.table(t, "articles")
	for sort, want := range map[string][4]string{
		"":                {"title", "title", "rank", "rank"},
		"title":           {"-title", "-title", "rank", "title,rank"},
		"-title":          {"", "", "rank", "-title,rank"},
		"title,-rank":     {"-title", "-title,-rank", "", "title"},
		"-rank,due,title": {"-title", "-rank,due,-title", "", "due,title"},
	} {
		list, err := articles.List(t.Context(), crud.Query{Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		title, rank := list.Headings[0], list.Headings[1]
		if got := [4]string{title.Next, title.Then, rank.Next, rank.Then}; got != want {
			t.Errorf("sorted by %q: %q, want %q", sort, got, want)
		}
	}
}

func FuzzList(f *testing.F) {
	db := testdb.Empty(f)
	if _, err := db.Pool.Exec(f.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";`+blog+`;`+things); err != nil {
		f.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[author]{})
	crud.Register(reg, crud.Options[article]{Search: []string{"Title", "Tags", "Price"}})
	crud.Register(reg, crud.Options[kind]{})
	crud.Register(reg, crud.Options[thing]{})
	if err := reg.Check(); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"q=a&filter=title.is:b&sort=-due,author_id", "filter=(rank.gt:1|note.empty);data.at:a.b,c&after=eyJvIjoiLWlkIiwidiI6WyJ4Il19", "q=uid:x&filter=uid.is:x",
		"filter=price.gt:1e999&sort=price", "filter=at.on:0000-00-00", "q=due:99999-01-01 price:1e400 tags:%22", "filter=rank.any:1,,2&q=\x00\xff", "filter=at.last:99999999999y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
		if err != nil {
			return
		}
		q := crud.Query{
			Search: values.Get("q"), Filter: values.Get("filter"), Sort: values.Get("sort"), After: values.Get("after"), Before: values.Get("before"), Size: 3,
		}
		for _, table := range reg.Tables() {
			_, listed := table.List(t.Context(), q)
			_, counted := table.Count(t.Context(), q)
			for _, err := range []error{listed, counted} {
				if err == nil {
					continue
				}
				if kind, _ := kindOf(t, err); kind != crud.KindBad {
					t.Errorf("%s %q: %v", table.Table().Name, raw, err)
				}
			}
		}
	})
}
