package crud_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"unified/crud"
)

// editor is the policy of somebody who reads all articles and deletes those of author 1 alone.
type editor struct{}

func (editor) Scope(_ context.Context, table string, verb crud.Verb) (crud.Scope, error) {
	if table == "articles" && verb == crud.Delete {
		return crud.Scope{Own: int64(1)}, nil
	}
	return crud.Scope{All: true}, nil
}

func (editor) Fields(context.Context, string, crud.Verb) crud.Mask { return nil }

// newsroom is a world with n articles, titles "a1" to "aN", and everything in one table's Options that bulk work meets.
func newsroom(t testing.TB, n int, options crud.Options[article]) (*world, crud.Resource) {
	t.Helper()
	w := newWorld(t, options)
	_, err := w.db.Pool.Exec(t.Context(), `INSERT INTO articles (title, slug, author_id, rank)
		SELECT 'a' || i, 'slug-' || i, 1 + i % 2, i % 3 FROM generate_series(1, $1::int) i`, n)
	if err != nil {
		t.Fatal(err)
	}
	return w, w.table(t, "articles")
}

func survey(t *testing.T, table crud.Resource, verb crud.Verb, s crud.Selection) *crud.Survey {
	t.Helper()
	found, err := table.Survey(t.Context(), verb, s)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var all = crud.Selection{All: true}

func TestSurvey(t *testing.T) {
	w, articles := newsroom(t, 12, crud.Options[article]{})
	keys := crud.Selection{Keys: []string{"1", "2", "2", "99", "x"}}
	t.Run("counts_and_names", func(t *testing.T) {
		got := survey(t, articles, crud.Delete, all)
		if got.Rows != 12 || len(got.Sample) != crud.BulkSample || got.Sample[0].Label != "a1" || got.Barred != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("keys_that_are_gone_are_counted", func(t *testing.T) {
		if got := survey(t, articles, crud.Delete, keys); got.Rows != 2 || got.Gone != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the_zero_selection_is_no_row", func(t *testing.T) {
		if got := survey(t, articles, crud.Delete, crud.Selection{}); got.Rows != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("keys_that_are_none_are_no_row", func(t *testing.T) {
		if got := survey(t, w.table(t, "seats"), crud.Delete, crud.Selection{Keys: []string{"nonsense"}}); got.Rows != 0 || got.Gone != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the_digest_is_that_of_the_set", func(t *testing.T) {
		named := survey(t, articles, crud.Delete, crud.Selection{Keys: []string{"2", "1"}}).Digest
		found := survey(t, articles, crud.Delete, crud.Selection{All: true, Query: crud.Query{Filter: "id.le:2"}}).Digest
		other := survey(t, articles, crud.Delete, crud.Selection{Keys: []string{"2", "3"}}).Digest
		if named != found || named == other {
			t.Errorf("got %s, %s, %s", named, found, other)
		}
	})
	t.Run("a_bad_filter_is_bad", func(t *testing.T) {
		_, err := articles.Survey(t.Context(), crud.Delete, crud.Selection{All: true, Query: crud.Query{Filter: "nope.is:1"}})
		if kind, _ := kindOf(t, err); kind != crud.KindBad {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a_denied_verb_is_denied", func(t *testing.T) {
		w.policy.denied["articles:delete"] = true
		defer delete(w.policy.denied, "articles:delete")
		_, err := articles.Survey(t.Context(), crud.Delete, all)
		if kind, _ := kindOf(t, err); kind != crud.KindForbidden {
			t.Errorf("got %v", err)
		}
	})
}

func TestBulk_Limit(t *testing.T) {
	_, articles := newsroom(t, crud.BulkLimit, crud.Options[article]{})
	start := time.Now()
	if got := survey(t, articles, crud.Delete, all); got.Rows != crud.BulkLimit {
		t.Errorf("%d rows", got.Rows)
	}
	t.Logf("%d rows surveyed in %v", crud.BulkLimit, time.Since(start))
	if _, err := articles.Submit(t.Context(), "", form("title", "more", "slug", "more", "author_id", "1")); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]crud.Selection{"all": all, "keys": {Keys: make([]string, crud.BulkLimit+1)}} {
		_, err := articles.Survey(t.Context(), crud.Delete, s)
		if kind, _ := kindOf(t, err); kind != crud.KindLarge {
			t.Errorf("%s: %v", name, err)
		}
		_, err = articles.Bulk(t.Context(), crud.Delete, s, "", nil)
		if kind, _ := kindOf(t, err); kind != crud.KindLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBulk_Delete(t *testing.T) {
	w, articles := newsroom(t, 6, crud.Options[article]{})
	odd := crud.Selection{All: true, Query: crud.Query{Filter: "author_id.is:2"}}
	seen := survey(t, articles, crud.Delete, odd)
	done, err := articles.Bulk(t.Context(), crud.Delete, odd, seen.Digest, nil)
	if err != nil || done.Rows != 3 || done.Changed != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	if left := w.value(t, "SELECT string_agg(title, ' ' ORDER BY id) FROM articles"); left != "a2 a4 a6" {
		t.Errorf("left are %s", left)
	}
	if len(w.changes) != 3 || w.changes[0].Set == "" || w.changes[0].Set != w.changes[2].Set || w.changes[0].Verb != crud.Delete {
		t.Errorf("recorded %+v", w.changes)
	}
}

func TestBulk_AnotherSetChangesNothing(t *testing.T) {
	w, articles := newsroom(t, 3, crud.Options[article]{})
	seen := survey(t, articles, crud.Delete, all)
	w.exec(t, `INSERT INTO articles (title, slug, author_id) VALUES ('late', 'late', 1)`)
	_, err := articles.Bulk(t.Context(), crud.Delete, all, seen.Digest, nil)
	if kind, _ := kindOf(t, err); kind != crud.KindConflict {
		t.Errorf("got %v", err)
	}
	if left := w.value(t, "SELECT count(*) FROM articles"); left != "4" || len(w.changes) > 0 {
		t.Errorf("%s articles are left, %d changes recorded", left, len(w.changes))
	}
}

func TestBulk_Update(t *testing.T) {
	w, articles := newsroom(t, 4, crud.Options[article]{})
	seen := survey(t, articles, crud.Update, all)
	run := func(pairs ...string) (*crud.Done, error) {
		return articles.Bulk(t.Context(), crud.Update, all, seen.Digest, form(pairs...))
	}
	t.Run("sets_what_is_given_and_no_more", func(t *testing.T) {
		done, err := run("rank", "2", "note", "", crud.NullParam, "note")
		if err != nil || done.Rows != 4 || done.Changed != 4 {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := w.value(t, "SELECT string_agg(title || rank || coalesce(note, 'NULL'), ' ' ORDER BY id) FROM articles"); got != "a12NULL a22NULL a32NULL a42NULL" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("what_is_so_already_is_not_written", func(t *testing.T) {
		before := len(w.changes)
		done, err := run("rank", "2")
		if err != nil || done.Rows != 4 || done.Changed != 0 || len(w.changes) != before {
			t.Errorf("%+v, %v", done, err)
		}
	})
	for name, test := range map[string]struct{ pairs, field, says string }{
		"a_value_that_is_none":           {"rank=many", "rank", "whole number"},
		"a_rule_of_the_database":         {"rank=13", "rank", "bad luck"},
		"a_value_that_only_one_can_have": {"slug=same", "slug", "already taken"},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.value(t, "SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM articles a")
			field, value, _ := strings.Cut(test.pairs, "=")
			_, err := run(field, value)
			var refused *crud.Refusals
			if !errors.As(err, &refused) || !strings.Contains(refused.Rows[0].Text, test.says) || refused.Rows[0].Label == "" {
				t.Fatalf("got %v", err)
			}
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields[test.field], test.says) {
				t.Errorf("got %v", fields)
			}
			if after := w.value(t, "SELECT md5(string_agg(a::text, '' ORDER BY id)) FROM articles a"); after != before {
				t.Error("something was written")
			}
		})
	}
	for name, pairs := range map[string][]string{
		"T29_the_key": {"id", "7"}, "T29_a_secret": {"token", "x"}, "T29_a_read_only_field": {"created_at", "2026-01-01"}, "nothing": nil, "an_unknown_field": {"colour", "red"},
	} {
		t.Run("refused_"+name, func(t *testing.T) {
			_, err := run(pairs...)
			if kind, _ := kindOf(t, err); kind != crud.KindInvalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBulk_RowsThatStandInTheWay(t *testing.T) {
	options := crud.Options[article]{Allow: func(_ context.Context, _ *gorm.DB, _ crud.Verb, row *article) error {
		if row.Title == "a2" {
			return errors.New("This one stays.")
		}
		return nil
	}}
	w, articles := newsroom(t, 3, options)
	seen := survey(t, articles, crud.Delete, all)
	_, err := articles.Bulk(t.Context(), crud.Delete, all, seen.Digest, nil)
	var refused *crud.Refusals
	if !errors.As(err, &refused) || len(refused.Rows) != 1 || refused.Rows[0].Label != "a2" || refused.Rows[0].Text != "This one stays." {
		t.Fatalf("got %v", err)
	}
	if left := w.value(t, "SELECT count(*) FROM articles"); left != "3" {
		t.Errorf("%s are left", left)
	}
}

func TestBulk_T26_RowsOutOfReachAreSaidAndLeftAlone(t *testing.T) {
	w, _ := newsroom(t, 4, crud.Options[article]{})
	reg := crud.Open(w.db.Gorm, crud.Config{Policy: editor{}})
	crud.Register(reg, crud.Options[author]{})
	crud.Register(reg, crud.Options[article]{Own: "AuthorID"})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	articles, _ := reg.Table("articles")
	seen := survey(t, articles, crud.Delete, all)
	if seen.Rows != 2 || seen.Barred != 2 || len(seen.Beyond) != 2 || seen.Beyond[0].Label != "a1" {
		t.Fatalf("got %+v", seen)
	}
	done, err := articles.Bulk(t.Context(), crud.Delete, all, seen.Digest, nil)
	if err != nil || done.Rows != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	if left := w.value(t, "SELECT string_agg(title, ' ' ORDER BY id) FROM articles"); left != "a1 a3" {
		t.Errorf("left are %s", left)
	}
}

// retitle is the form of an action.
type retitle struct {
	Title    string `gorm:"size:20;not null" validate:"required" crud:"help:For all of them"`
	Rank     int32  `gorm:"not null;default:4"`
	AuthorID *int64
	Author   *author
}

func titling() crud.Options[article] {
	return crud.Options[article]{Actions: []crud.Action[article]{
		{Name: "publish", Run: func(_ context.Context, a *article) error { a.Status = "published"; return nil }},
		crud.Ask(crud.Action[article]{Name: "retitle"}, func(_ context.Context, a *article, f *retitle) error {
			if a.Rank == f.Rank {
				return errors.New("It has this rank already.")
			}
			a.Title, a.Rank = f.Title, f.Rank
			return nil
		}),
	}}
}

func TestAsk(t *testing.T) {
	w, articles := newsroom(t, 3, titling())
	t.Run("is_described", func(t *testing.T) {
		actions := articles.Table().Actions
		if len(actions[0].Fields) != 0 || len(actions[1].Fields) != 3 || actions[1].Fields[2].Refers != "authors" {
			t.Errorf("got %+v", actions)
		}
	})
	t.Run("asks_with_its_defaults", func(t *testing.T) {
		got, err := articles.ActForm(t.Context(), "1", "retitle", nil)
		if err != nil {
			t.Fatal(err)
		}
		in := got.Groups[0].Fields
		if got.Label != "a1" || in[0].Text != "" || !in[0].Required || in[1].Text != "4" || len(in[2].Choices) != 2 || in[2].Widget != "relation" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("offers_choices", func(t *testing.T) {
		got, err := articles.ActChoices(t.Context(), "retitle", "author_id", "grace")
		if err != nil || len(got.Items) != 1 || got.Items[0].Label != "Grace" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	for name, test := range map[string]struct {
		form  url.Values
		field string
	}{
		"what_is_missing":      {form("rank", "7"), "title"},
		"what_is_too_long":     {form("title", strings.Repeat("x", 21)), "title"},
		"what_is_no_number":    {form("title", "x", "rank", "y"), "rank"},
		"what_refers_nowhere":  {form("title", "x", "rank", "7", "author_id", "99"), "author_id"},
		"what_it_does_not_ask": {form("title", "x", "rank", "7", "slug", "z"), ""},
	} {
		t.Run("refuses_"+name, func(t *testing.T) {
			_, err := articles.Act(t.Context(), "1", "retitle", test.form)
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields[test.field] == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("does_one_row", func(t *testing.T) {
		if _, err := articles.Act(t.Context(), "1", "retitle", form("title", "new", "rank", "7")); err != nil {
			t.Fatal(err)
		}
		if got := w.value(t, "SELECT title || rank FROM articles WHERE id = 1"); got != "new7" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("does_many_or_none", func(t *testing.T) {
		seen := survey(t, articles, "retitle", all)
		_, err := articles.Bulk(t.Context(), "retitle", all, seen.Digest, form("title", "every", "rank", "7"))
		var refused *crud.Refusals
		if !errors.As(err, &refused) || len(refused.Rows) != 1 || refused.Rows[0].Key != "1" {
			t.Fatalf("got %v", err)
		}
		if _, err := articles.Bulk(t.Context(), "retitle", all, seen.Digest, form("title", "every", "rank", "8")); err != nil {
			t.Fatal(err)
		}
		if got := w.value(t, "SELECT string_agg(title || rank, ' ') FROM articles"); got != "every8 every8 every8" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("actions_without_a_form_are_done_to_many_too", func(t *testing.T) {
		seen := survey(t, articles, "publish", all)
		done, err := articles.Bulk(t.Context(), "publish", all, seen.Digest, nil)
		if err != nil || done.Changed != 3 {
			t.Fatalf("%+v, %v", done, err)
		}
	})
	t.Run("an_unknown_action_is_not_there", func(t *testing.T) {
		for _, err := range []error{
			func() error { _, err := articles.ActForm(t.Context(), "1", "publish", nil); return err }(),
			func() error { _, err := articles.ActChoices(t.Context(), "publish", "author_id", ""); return err }(),
			func() error { _, err := articles.Bulk(t.Context(), crud.Create, all, "", nil); return err }(),
		} {
			if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
				t.Errorf("got %v", err)
			}
		}
	})
}

type nothingAsked struct {
	Hidden string `crud:"-"`
}

func TestAsk_MistakesAreReported(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	_, err := crud.New(w.db.Gorm, crud.Options[article]{Actions: []crud.Action[article]{
		crud.Ask(crud.Action[article]{Name: "wave"}, func(context.Context, *article, *nothingAsked) error { return nil }),
	}})
	if err == nil || !strings.Contains(err.Error(), "asks for nothing") {
		t.Errorf("got %v", err)
	}
}

func TestBulkForm(t *testing.T) {
	w, articles := newsroom(t, 3, crud.Options[article]{})
	w.exec(t, `UPDATE articles SET note = NULL WHERE id = 2; UPDATE articles SET price = 7, due = '2026-05-31 14:30Z'`)
	got, err := articles.BulkForm(t.Context(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	var shared, mixed []string
	for _, in := range got.Groups[0].Fields {
		if in.Mixed {
			mixed = append(mixed, in.Name+in.Text)
		} else {
			shared = append(shared, in.Name+"="+in.Text)
		}
	}
	if want := "title slug rank note author_id"; strings.Join(mixed, " ") != want {
		t.Errorf("mixed are %v, want %s", mixed, want)
	}
	for _, want := range []string{"status=draft", "public=true", "price=7", "due=2026-05-31T14:30:00"} {
		if !slices.Contains(shared, want) {
			t.Errorf("%s is missing in %v", want, shared)
		}
	}
	again, err := articles.BulkForm(t.Context(), all, form("rank", "typed"))
	if err != nil {
		t.Fatal(err)
	}
	if at := slices.IndexFunc(again.Groups[0].Fields, func(in crud.Input) bool { return in.Name == "rank" }); again.Groups[0].Fields[at].Text != "typed" {
		t.Error("what was typed is lost")
	}
}

func TestCell(t *testing.T) {
	w, articles := newsroom(t, 1, crud.Options[article]{})
	if names := articles.Inline(t.Context()); !slices.Equal(names, []string{"title", "slug", "status", "public", "rank", "note", "due", "price", "pinned"}) {
		t.Errorf("in their place are edited %v", names)
	}
	look := func(field string) *crud.CellForm {
		t.Helper()
		got, err := articles.Cell(t.Context(), "1", field, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("is_written_and_recorded_as_an_update", func(t *testing.T) {
		cell := look("title")
		if cell.Label != "a1" || cell.Input.Text != "a1" {
			t.Errorf("got %+v", cell)
		}
		saved, err := articles.SetCell(t.Context(), "1", "title", form("_base", cell.Base, "title", "new"))
		if err != nil || saved.Label != "new" || len(w.changes) != 1 || w.changes[0].Verb != crud.Update {
			t.Errorf("%+v, %v, %+v", saved, err, w.changes)
		}
	})
	t.Run("is_validated", func(t *testing.T) {
		_, err := articles.SetCell(t.Context(), "1", "title", form("_base", look("title").Base, "title", " "))
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields["title"] != "This must not be empty." {
			t.Errorf("got %v", err)
		}
	})
	for field, test := range map[string]struct{ others, mine, says string }{
		"title": {"'theirs'", "mine", "“theirs”"},
		"note":  {"NULL", "mine", "empty"},
		"due":   {"'2026-05-31 14:30Z'", "2026-06-01 10:00", "“2026-05-31 14:30:00”"},
	} {
		t.Run("a_conflict_is_said_"+field, func(t *testing.T) {
			seen := look(field).Base
			w.exec(t, fmt.Sprintf("UPDATE articles SET %s = %s", field, test.others))
			_, err := articles.SetCell(t.Context(), "1", field, form("_base", seen, field, test.mine))
			if kind, fields := kindOf(t, err); kind != crud.KindConflict || !strings.Contains(fields[field], test.says) {
				t.Errorf("got %v", err)
			}
			cell, err := articles.Cell(t.Context(), "1", field, form("_base", seen, field, test.mine))
			if err != nil || cell.Input.Clash == nil || !strings.Contains(test.says, cell.Input.Clash.Theirs.Text) || cell.Input.Clash.Theirs.Null != (test.says == "empty") {
				t.Fatalf("both are not shown: %+v, %v", cell, err)
			}
			if _, err := articles.SetCell(t.Context(), "1", field, form("_base", cell.Base, field, test.mine)); err == nil {
				t.Error("without a choice it is written")
			}
			if _, err := articles.SetCell(t.Context(), "1", field, form("_base", cell.Base, field, test.mine, "_keep."+field, "mine")); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("the_same_change_twice_is_no_conflict", func(t *testing.T) {
		seen := look("rank").Base
		w.exec(t, "UPDATE articles SET rank = 9")
		if _, err := articles.SetCell(t.Context(), "1", "rank", form("_base", seen, "rank", "9")); err != nil {
			t.Error(err)
		}
	})
	for name, field := range map[string]string{"a_secret": "token", "a_read_only_field": "created_at", "the_key": "id", "a_long_text": "body", "a_relation": "author_id", "nothing": "colour"} {
		t.Run("T29_not_in_its_place_"+name, func(t *testing.T) {
			_, read := articles.Cell(t.Context(), "1", field, nil)
			_, write := articles.SetCell(t.Context(), "1", field, form(field, "x"))
			for _, err := range []error{read, write} {
				if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	t.Run("T29_another_field_is_refused", func(t *testing.T) {
		_, err := articles.SetCell(t.Context(), "1", "title", form("_base", look("title").Base, "title", "x", "slug", "y"))
		if kind, _ := kindOf(t, err); kind != crud.KindInvalid {
			t.Errorf("got %v", err)
		}
	})
}
