package crud_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"unified/crud"
)

// sheet is a form as a browser holds it: what it showed, and what was typed over it.
type sheet struct {
	form  *crud.Form
	input url.Values
}

// opened draws the form of a row, again with what was typed if input is not nil.
func opened(t testing.TB, table crud.Resource, key string, input url.Values) *sheet {
	t.Helper()
	drawn, err := table.Form(t.Context(), key, input)
	if err != nil {
		t.Fatal(err)
	}
	s := &sheet{drawn, url.Values{crud.BaseParam: {drawn.Base}}}
	for _, group := range drawn.Groups {
		for _, in := range group.Fields {
			s.input[in.Name] = []string{strings.ReplaceAll(in.Text, "\n", "\r\n")} // as browsers send it
			if in.Null {
				s.input.Add(crud.NullParam, in.Name)
			}
		}
	}
	return s
}

func (s *sheet) clash(name string) *crud.Clash {
	for _, group := range s.form.Groups {
		for _, in := range group.Fields {
			if in.Name == name {
				return in.Clash
			}
		}
	}
	return nil
}

// typed is what the sheet sends with other values in some fields.
func (s *sheet) typed(pairs ...string) url.Values {
	input := maps.Clone(s.input)
	for i := 0; i < len(pairs); i += 2 {
		input[pairs[i]] = []string{pairs[i+1]}
	}
	return input
}

func TestSubmit_WhatOthersChangedMeanwhileStays(t *testing.T) {
	for name, test := range map[string]struct{ others, mine, value, column, want string }{
		"another_field":               {"rank = 7", "title", "mine", "title || rank", "mine7"},
		"nothing_was_typed":           {"title = 'theirs'", "slug", "one", "title", "theirs"},
		"emptied_by_others":           {"note = NULL", "title", "mine", "note", "NULL"},
		"filled_by_others":            {"due = '2026-05-31 14:30Z'", "title", "mine", "due = '2026-05-31 14:30Z'", "true"},
		"a_switch":                    {"public = NOT public", "title", "mine", "public", "false"},
		"json":                        {`data = '{"b": 2, "a": [1]}'`, "title", "mine", "data", `{"a": [1], "b": 2}`},
		"the_same_by_both":            {"title = 'same'", "title", "same", "title", "same"},
		"a_long_text_by_others":       {"body = repeat('y', 9000)", "title", "mine", "left(body, 2) || title", "yymine"},
		"what_a_form_cannot_show_all": {"body = body || ' '", "title", "mine", `body = E'a\nb  '`, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, articles := kept(t)
			s := opened(t, articles, "1", nil)
			w.exec(t, "UPDATE articles SET "+test.others+" WHERE id = 1")
			if _, err := articles.Submit(t.Context(), "1", s.typed(test.mine, test.value)); err != nil {
				t.Fatal(err)
			}
			if got := w.value(t, "SELECT "+test.column+" FROM articles WHERE id = 1"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSubmit_SaysWhatOthersChangedMeanwhile(t *testing.T) {
	_, _, articles := kept(t)
	s := opened(t, articles, "1", nil)
	submit(t, articles, "1", "rank", "7", "note", "theirs")
	saved, err := articles.Submit(t.Context(), "1", s.typed("title", "mine"))
	if err != nil || !slices.Equal(saved.Changed, []string{"Title"}) || fmt.Sprint(saved.Meanwhile) != "[{ada [Rank Note]}]" {
		t.Errorf("%+v, %v", saved, err)
	}
	saved, err = articles.Submit(t.Context(), "1", opened(t, articles, "1", nil).typed("title", "again"))
	if err != nil || saved.Meanwhile != nil {
		t.Errorf("nobody was there: %+v, %v", saved, err)
	}
}

func TestSubmit_ConflictsAreChosenFieldByField(t *testing.T) {
	w, _, articles := kept(t)
	long := strings.Repeat("z", 9000)
	w.exec(t, "UPDATE articles SET body = '"+long+"' WHERE id = 1")
	first := opened(t, articles, "1", nil)
	submit(t, articles, "1", "title", "theirs", "note", "theirs", "body", "theirs", "rank", "8")
	mine := first.typed("title", "mine", "note", "mine", "body", "mine", "price", "12.50")
	_, err := articles.Submit(t.Context(), "1", mine)
	kind, said := kindOf(t, err)
	if kind != crud.KindConflict || len(said) != 3 || !strings.Contains(said["title"], "“theirs”") {
		t.Fatalf("got %v", err)
	}
	second := opened(t, articles, "1", mine)
	if c := second.clash("title"); c == nil || c.Base.Text != "one" || c.Theirs.Text != "theirs" || c.By != "ada" || c.Keep != "" {
		t.Fatalf("the title's sides: %+v", c)
	}
	if c := second.clash("body"); c == nil || !c.Long || c.Theirs.Text != "theirs" {
		t.Errorf("the body's sides: %+v", c)
	}
	if got := second.input.Get("title") + second.input.Get("price") + second.input.Get("rank"); got != "mine12.508" || second.clash("rank") != nil || second.clash("price") != nil {
		t.Errorf("what was typed and what is there: %q", got)
	}
	t.Run("without_a_choice_nothing_is_written", func(t *testing.T) {
		_, err := articles.Submit(t.Context(), "1", second.input)
		if kind, said := kindOf(t, err); kind != crud.KindConflict || said["title"] != "Choose which one is kept." {
			t.Errorf("got %v", err)
		}
		third := opened(t, articles, "1", second.typed("_keep.note", "mine"))
		if c := third.clash("title"); c == nil || c.Base.Text != "one" || third.clash("note") != nil {
			t.Errorf("the question does not come back: %+v", c)
		}
	})
	chosen := second.typed("_keep.title", "mine", "_keep.note", "theirs", "_keep.body", "mine")
	t.Run("a_second_conflict_is_caught", func(t *testing.T) {
		submit(t, articles, "1", "title", "theirs again")
		_, err := articles.Submit(t.Context(), "1", chosen)
		if kind, said := kindOf(t, err); kind != crud.KindConflict || len(said) != 1 || !strings.Contains(said["title"], "theirs again") {
			t.Fatalf("got %v", err)
		}
		chosen = opened(t, articles, "1", chosen).typed("_keep.title", "mine", "title", "both")
	})
	if _, err := articles.Submit(t.Context(), "1", chosen); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, "SELECT concat_ws(' ', title, note, body, price, rank) FROM articles WHERE id = 1"); got != "both theirs mine 12.50 8" {
		t.Errorf("got %q", got)
	}
}

func TestSubmit_ABaseDecidesNothingButWhatIsCompared(t *testing.T) {
	w, _, articles := kept(t)
	for name, base := range map[string]string{
		"no_json": "{", "another_type": `[1]`, "twice": "{}", "null": "null", "other_fields": `{"seen":{"token":"x","id":"9"}}`,
		"values_that_cannot_be": `{"seen":{"due":"\u0000","author_id":"x","data":"{"},"long":{"title":"?"},"was":{"rank":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			input := form("_base", base, "due", "2026-01-01", "author_id", "2", "data", "{}", "title", "t", "rank", "3")
			if name == "twice" {
				input.Add("_base", base)
			}
			if _, err := articles.Submit(t.Context(), "1", input); err != nil {
				if kind, _ := kindOf(t, err); kind != crud.KindInvalid && kind != crud.KindConflict {
					t.Errorf("got %v", err)
				}
			}
			if _, err := articles.Form(t.Context(), "1", input); err != nil {
				t.Errorf("the form does not come back: %v", err)
			}
		})
	}
	if got := w.value(t, "SELECT token FROM articles WHERE id = 1"); got != "made by the database" {
		t.Errorf("T29: a secret was written: %s", got)
	}
	if drawn := opened(t, articles, "1", nil).form.Base; strings.Contains(drawn, "token") || strings.Contains(drawn, "made by") {
		t.Errorf("T34: a secret is in the form: %s", drawn)
	}
	w.policy.masks["articles"] = crud.Mask{"note": crud.Hidden, "rank": crud.ReadOnly}
	if drawn := opened(t, articles, "1", nil).form.Base; strings.Contains(drawn, "note") || strings.Contains(drawn, "rank") {
		t.Errorf("T33: a hidden field is in the form: %s", drawn)
	}
}

func TestBulk_WhatOthersChangedIsChosen(t *testing.T) {
	w, articles := newsroom(t, 3, crud.Options[article]{})
	all := crud.Selection{All: true}
	ask := func(input url.Values) *sheet {
		t.Helper()
		drawn, err := articles.BulkForm(t.Context(), all, input)
		if err != nil {
			t.Fatal(err)
		}
		return &sheet{drawn, url.Values{crud.BaseParam: {drawn.Base}}}
	}
	digest := survey(t, articles, crud.Update, all).Digest
	s := ask(nil)
	w.exec(t, "UPDATE articles SET note = 'theirs' WHERE id = 2")
	if _, err := articles.Bulk(t.Context(), crud.Update, all, digest, s.typed("rank", "6")); err != nil {
		t.Errorf("another field is no conflict: %v", err)
	}
	input := s.typed("note", "mine")
	_, err := articles.Bulk(t.Context(), crud.Update, all, digest, input)
	if kind, said := kindOf(t, err); kind != crud.KindConflict || said["note"] == "" {
		t.Fatalf("got %v", err)
	}
	again := ask(input)
	if c := again.clash("note"); c == nil || c.Base.Text != "none" || !c.Mixes {
		t.Fatalf("both sides: %+v", c)
	}
	if _, err := articles.Bulk(t.Context(), crud.Update, all, digest, again.typed("note", "mine")); err == nil {
		t.Error("nothing was chosen, and it is written")
	}
	if _, err := articles.Bulk(t.Context(), crud.Update, all, digest, again.typed("note", "mine", "rank", "8", "_keep.note", "theirs")); err != nil {
		t.Error(err)
	}
	if got := w.value(t, "SELECT string_agg(note || rank, ' ' ORDER BY id) FROM articles"); got != "none8 theirs8 none8" {
		t.Errorf("theirs are kept: %s", got)
	}
	mine := again.typed("note", "mine", "_keep.note", "mine")
	w.exec(t, "UPDATE articles SET note = 'third' WHERE id = 3")
	_, err = articles.Bulk(t.Context(), crud.Update, all, digest, mine)
	if kind, _ := kindOf(t, err); kind != crud.KindConflict {
		t.Errorf("a second conflict: %v", err)
	}
	if _, err := articles.Bulk(t.Context(), crud.Update, all, digest, ask(mine).typed("note", "mine", "_keep.note", "mine")); err != nil {
		t.Error(err)
	}
	if got := w.value(t, "SELECT string_agg(DISTINCT note, ' ') FROM articles"); got != "mine" {
		t.Errorf("mine are kept: %s", got)
	}
}

// contest is a row that several people edit, and an oracle that knows what each of their saves must do.
type contest struct {
	t      *testing.T
	table  crud.Resource
	truth  map[string]string
	people []*contestant
}

// contestant is one of them, with the form that is open before them.
type contestant struct {
	sheet *sheet
	seen  map[string]string // what the form showed
	mine  map[string]string // what is typed into it
	ask   map[string]bool   // fields of which has to be chosen what is kept
}

func newContest(t *testing.T, table crud.Resource, people int) *contest {
	c := &contest{t: t, table: table, truth: map[string]string{"title": "t", "note": "n", "rank": "1"}, people: make([]*contestant, people)}
	for i := range c.people {
		c.people[i] = &contestant{}
	}
	submit(t, table, "1", "title", "t", "note", "n", "rank", "1")
	return c
}

// open draws a new form for somebody, who types changes into it.
func (c *contest) open(who int, changes map[string]string) {
	p := c.people[who]
	p.sheet, p.seen, p.mine, p.ask = opened(c.t, c.table, "1", nil), maps.Clone(c.truth), maps.Clone(c.truth), map[string]bool{}
	maps.Copy(p.mine, changes)
}

// save sends somebody's form with a choice about what is in conflict, and checks the outcome against the oracle.
func (c *contest) save(who int, keep string) {
	p := c.people[who]
	if p.sheet == nil {
		return
	}
	input, next, clashing := p.sheet.typed(), maps.Clone(c.truth), map[string]bool{}
	for field, mine := range p.mine {
		input.Set(field, mine)
		chosen := ""
		if p.ask[field] {
			chosen = keep
			input.Set(crud.KeepParam+field, keep)
		}
		switch now := c.truth[field]; {
		case mine == p.seen[field], chosen == crud.KeepTheirs, mine == now:
		case now == p.seen[field]:
			next[field] = mine
		default:
			clashing[field] = true
		}
	}
	_, err := c.table.Submit(c.t.Context(), "1", input)
	if (err != nil) != (len(clashing) > 0) {
		c.t.Fatalf("%d saves %v over %v, seen %v: %v", who, p.mine, c.truth, p.seen, err)
	}
	if err == nil {
		c.truth, p.sheet = next, nil
		return
	}
	kind, said := kindOf(c.t, err)
	if kind != crud.KindConflict || !slices.Equal(slices.Sorted(maps.Keys(said)), slices.Sorted(maps.Keys(clashing))) {
		c.t.Fatalf("%d saves %v over %v, seen %v: %v, want a conflict in %v", who, p.mine, c.truth, p.seen, err, clashing)
	}
	p.sheet, p.seen, p.ask = opened(c.t, c.table, "1", input), maps.Clone(c.truth), clashing
	for field := range p.mine {
		p.mine[field] = p.sheet.input.Get(field)
	}
}

// check compares the row with the oracle.
func (c *contest) check(w *world) {
	c.t.Helper()
	want := c.truth["title"] + " " + c.truth["note"] + " " + c.truth["rank"]
	if got := w.value(c.t, "SELECT concat_ws(' ', title, note, rank) FROM articles WHERE id = 1"); got != want {
		c.t.Fatalf("the row is %q, the oracle says %q", got, want)
	}
}

// TestSubmit_TwoPeopleInAllOrders opens, saves and chooses in every order, with changes that meet and such that do not.
func TestSubmit_TwoPeopleInAllOrders(t *testing.T) {
	w, _, articles := kept(t)
	changes := []map[string]string{{}, {"title": "x"}, {"title": "y"}, {"rank": "2"}, {"title": "x", "note": "m"}}
	orders := []string{"Aa Bb", "AB ab", "AB ba", "AB abab", "AB baba", "A B a b a", "AB aabb", "A B b A a b a"}
	for _, first := range changes {
		for _, second := range changes[1:] {
			for _, keep := range []string{crud.KeepMine, crud.KeepTheirs} {
				for _, order := range orders {
					c := newContest(t, articles, 2)
					for _, step := range order {
						switch step {
						case 'A':
							c.open(0, first)
						case 'B':
							c.open(1, second)
						case 'a':
							c.save(0, keep)
						case 'b':
							c.save(1, keep)
						}
					}
					c.check(w)
				}
			}
		}
	}
}

// TestSubmit_PeopleAtRandom is the same with more of them, in an order that nobody chose.
func TestSubmit_PeopleAtRandom(t *testing.T) {
	w, _, articles := kept(t)
	const seed = 20
	dice := rand.New(rand.NewPCG(seed, seed))
	c := newContest(t, articles, 4)
	for step := range 400 {
		who := dice.IntN(len(c.people))
		if c.people[who].sheet == nil || dice.IntN(6) == 0 {
			changes := map[string]string{}
			for _, field := range []string{"title", "note", "rank"} {
				if dice.IntN(2) == 0 {
					changes[field] = fmt.Sprint(dice.IntN(3))
				}
			}
			c.open(who, changes)
			continue
		}
		c.save(who, []string{crud.KeepMine, crud.KeepTheirs}[dice.IntN(2)])
		if step%20 == 0 {
			c.check(w)
		}
	}
	c.check(w)
}

// TestSubmit_PeopleAtOnce has people add words to one text at the same time. Each word that was acknowledged is there once,
// and no other is.
func TestSubmit_PeopleAtOnce(t *testing.T) {
	w := newWorldOf(t, crud.Options[article]{}, func(config *crud.Config) { config.Record = nil })
	articles := w.table(t, "articles")
	submit(t, articles, "", "title", "One", "slug", "one", "author_id", "1", "body", "start")
	const people, words = 4, 10
	var group sync.WaitGroup
	for who := range people {
		group.Go(func() {
			for word := range words {
				said := fmt.Sprintf(" %d-%d", who, word)
				s := opened(t, articles, "1", nil)
				input := s.typed("body", s.input.Get("body")+said)
				for {
					_, err := articles.Submit(t.Context(), "1", input)
					if err == nil {
						break
					}
					if kind, _ := kindOf(t, err); kind != crud.KindConflict {
						t.Errorf("%v", err)
						return
					}
					s = opened(t, articles, "1", input)
					theirs := s.input.Get("body")
					if c := s.clash("body"); c != nil {
						theirs = c.Theirs.Text
					}
					input = s.typed("body", theirs+said, "_keep.body", "mine")
				}
			}
		})
	}
	group.Wait()
	got := strings.Fields(w.value(t, "SELECT body FROM articles"))
	slices.Sort(got)
	if len(got) != people*words+1 || len(slices.Compact(got)) != people*words+1 {
		t.Errorf("%d words of %d: %v", len(got), people*words+1, got)
	}
}

// FuzzMerge shows that no base is a bug, whatever it holds.
func FuzzMerge(f *testing.F) {
	w := newWorld(f, crud.Options[article]{})
	articles := w.table(f, "articles")
	if _, err := articles.Submit(f.Context(), "", form("title", "One", "slug", "one", "author_id", "1")); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{}`, `{"seen":{"title":null,"due":"x"}}`, `{"was":{"title":"a"},"long":{"body":""}}`, `{"seen":{"tags":"{","author_id":"-1","data":"\u0000"}}`, `{"sums":{"rank":"NaN"}}`} {
		f.Add(seed, "mine")
		f.Add(seed, "theirs")
	}
	f.Fuzz(func(t *testing.T, base, keep string) {
		input := form("_base", base, "title", "t", "due", "", "tags", "a", "author_id", "1", "data", "{}", "rank", "3", "_keep.title", keep)
		if _, err := articles.Submit(t.Context(), "1", input); err != nil {
			if kind, _ := kindOf(t, err); kind != crud.KindInvalid && kind != crud.KindConflict {
				t.Errorf("%q: %v", base, err)
			}
		}
		drawn, err := articles.Form(t.Context(), "1", input)
		if err != nil || !json.Valid([]byte(drawn.Base)) {
			t.Errorf("%q: the form does not come back: %v", base, err)
		}
	})
}
