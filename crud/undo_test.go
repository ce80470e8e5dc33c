package crud_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"unified/crud"
)

// diary keeps what is recorded, and tells it again.
type diary struct{ entries []crud.Recorded }

func (d *diary) record(_ context.Context, _ *gorm.DB, changes []crud.Change) error {
	for _, change := range changes {
		d.entries = append(d.entries, crud.Recorded{Change: change, ID: strconv.Itoa(len(d.entries) + 1), At: time.Now(), By: "ada"})
	}
	return nil
}

func (d *diary) Changes(_ context.Context, _ *gorm.DB, of crud.HistoryOf) ([]crud.Recorded, error) {
	var out []crud.Recorded
	last, err := strconv.Atoi(of.Before)
	for i, entry := range slices.Backward(d.entries) {
		if entry.Table == of.Table && entry.Key == of.Key && (err != nil || i+1 < last) && len(out) < of.Limit {
			out = append(out, entry)
		}
	}
	return out, nil
}

func (d *diary) Set(_ context.Context, _ *gorm.DB, set string, limit int) ([]crud.Recorded, error) {
	var out []crud.Recorded
	for _, entry := range d.entries {
		if entry.Set == set && len(out) < limit {
			out = append(out, entry)
		}
	}
	return out, nil
}

// kept is a world whose changes are kept and can be undone.
func kept(t *testing.T) (*world, *diary, crud.Resource) {
	t.Helper()
	d := &diary{}
	w := newWorldOf(t, crud.Options[article]{}, func(config *crud.Config) { config.Record, config.History = d.record, d })
	articles := w.table(t, "articles")
	for _, title := range []string{"one", "two"} {
		if _, err := articles.Submit(t.Context(), "", form("title", title, "slug", title, "author_id", "1", "body", "a\r\nb ", "tags", "x\ny")); err != nil {
			t.Fatal(err)
		}
	}
	return w, d, articles
}

func submit(t *testing.T, table crud.Resource, key string, pairs ...string) {
	t.Helper()
	if _, err := table.Submit(t.Context(), key, form(pairs...)); err != nil {
		t.Fatal(err)
	}
}

// put undoes an entry as somebody does who looks and agrees.
func put(t *testing.T, table crud.Resource, key, id string, since bool, names ...string) error {
	t.Helper()
	seen, err := table.Undo(t.Context(), key, id, since)
	if err != nil {
		t.Fatal(err)
	}
	chosen := crud.Chosen{Mark: seen.Mark, Put: map[string]bool{}}
	for _, name := range names {
		chosen.Put[name] = true
	}
	_, err = table.PutBack(t.Context(), key, id, since, chosen)
	return err
}

func TestHistory(t *testing.T) {
	w, _, articles := kept(t)
	submit(t, articles, "1", "title", "uno", "author_id", "2")
	past, err := articles.History(t.Context(), "1", "")
	if err != nil || len(past.Entries) != 2 || past.Label != "uno" || past.Gone {
		t.Fatalf("%+v, %v", past, err)
	}
	if got := fmt.Sprint(past.Entries[0].Values[0].Old.Text, " ", past.Entries[0].Values[0].New.Text, " ", past.Entries[0].Values[1].New.Text); got != "one uno Grace" {
		t.Errorf("got %q", got)
	}
	t.Run("T34_a_hidden_field_is_left_out", func(t *testing.T) {
		w.policy.masks["articles"] = crud.Mask{"title": crud.Hidden}
		defer delete(w.policy.masks, "articles")
		past, err := articles.History(t.Context(), "1", "")
		if err != nil || len(past.Entries[0].Values) != 1 || !past.Entries[0].Hidden {
			t.Errorf("%+v, %v", past, err)
		}
	})
	t.Run("of_a_row_that_never_was_there_is_none", func(t *testing.T) {
		_, err := articles.History(t.Context(), "99", "")
		if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
			t.Error(err)
		}
	})
}

func TestUndo_an_update(t *testing.T) {
	w, d, articles := kept(t)
	submit(t, articles, "1", "title", "uno", "rank", "7", "body", "other", "tags", "")
	last := d.entries[len(d.entries)-1].ID
	submit(t, articles, "1", "rank", "9")
	seen, err := articles.Undo(t.Context(), "1", last, false)
	if err != nil || seen.Conflicts != 1 || seen.Doable != 1 {
		t.Fatalf("%+v, %v", seen, err)
	}
	if err := put(t, articles, "1", last, false); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, `SELECT title || '|' || body || '|' || tags::text || '|' || rank FROM articles WHERE id = 1`); got != "one|a\nb |{x,y}|9" {
		t.Errorf("got %q: what somebody else changed has to stay", got)
	}
	if err := put(t, articles, "1", last, false, "articles/1/rank"); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, `SELECT rank FROM articles WHERE id = 1`); got != "5" {
		t.Errorf("the rank is %s although it was chosen", got)
	}
	if d.entries[len(d.entries)-1].Set == d.entries[len(d.entries)-2].Set || len(d.entries) != 6 {
		t.Errorf("what is undone is not recorded as any other write: %d entries", len(d.entries))
	}
}

func TestUndo_nothing_is_done_when_it_differs_from_what_was_seen(t *testing.T) {
	w, d, articles := kept(t)
	submit(t, articles, "1", "title", "uno")
	id := d.entries[len(d.entries)-1].ID
	seen, err := articles.Undo(t.Context(), "1", id, false)
	if err != nil {
		t.Fatal(err)
	}
	submit(t, articles, "1", "title", "another")
	_, err = articles.PutBack(t.Context(), "1", id, false, crud.Chosen{Mark: seen.Mark})
	if kind, _ := kindOf(t, err); kind != crud.KindConflict {
		t.Error(err)
	}
	if got := w.value(t, `SELECT title FROM articles WHERE id = 1`); got != "another" {
		t.Errorf("the title is %q", got)
	}
}

func TestUndo_a_version_a_deletion_and_a_creation(t *testing.T) {
	w, d, articles := kept(t)
	row := func() string {
		return w.value(t, `SELECT string_agg(a::text, '' ORDER BY id) FROM (SELECT id, title, slug, body, tags, rank, note, author_id, created_at FROM articles WHERE id = 1) a`)
	}
	first := row()
	submit(t, articles, "1", "title", "uno")
	submit(t, articles, "1", "title", "eins", "rank", "8")
	if err := put(t, articles, "1", "1", true); err != nil || row() != first {
		t.Errorf("a version: %v\n%s\n%s", err, row(), first)
	}
	if _, err := articles.Delete(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	deletion := d.entries[len(d.entries)-1].ID
	past, err := articles.History(t.Context(), "1", "")
	if err != nil || !past.Gone || past.Label != "one" {
		t.Fatalf("the history of what is gone: %+v, %v", past, err)
	}
	if err := put(t, articles, "1", deletion, false); err != nil || row() != first {
		t.Errorf("a deletion: %v\n%s\n%s", err, row(), first)
	}
	if err := put(t, articles, "2", "2", false); err != nil || w.value(t, `SELECT count(*) FROM articles`) != "1" {
		t.Errorf("a creation: %v", err)
	}
}

func TestUndo_many_rows_in_one_transaction(t *testing.T) {
	w, d, articles := kept(t)
	all := crud.Selection{All: true}
	found := survey(t, articles, crud.Update, all)
	if _, err := articles.Bulk(t.Context(), crud.Update, all, found.Digest, form("rank", "3")); err != nil {
		t.Fatal(err)
	}
	id := d.entries[len(d.entries)-1].ID
	key := d.entries[len(d.entries)-1].Key
	if err := put(t, articles, key, id, false); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, `SELECT string_agg(rank::text, ' ') FROM articles`); got != "5 5" {
		t.Errorf("the ranks are %s", got)
	}
	submit(t, articles, "1", "slug", "free")
	id = d.entries[len(d.entries)-1].ID
	w.exec(t, `UPDATE articles SET slug = 'one' WHERE id = 2`)
	err := put(t, articles, "1", id, false)
	if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields[""], "one: Slug: This value is already taken.") {
		t.Errorf("a rule of the database: %v", err)
	}
}

func TestUndo_T26_needs_the_rights_for_each_row(t *testing.T) {
	w, d, articles := kept(t)
	submit(t, articles, "1", "title", "uno")
	id := d.entries[len(d.entries)-1].ID
	w.policy.denied["articles:update"] = true
	seen, err := articles.Undo(t.Context(), "1", id, false)
	if err != nil || seen.Doable != 0 || seen.Steps[0].Denied != "articles:update" {
		t.Fatalf("%+v, %v", seen, err)
	}
	if err := put(t, articles, "1", id, false); err != nil || w.value(t, `SELECT title FROM articles WHERE id = 1`) != "uno" {
		t.Errorf("it was done: %v", err)
	}
	delete(w.policy.denied, "articles:update")
	w.policy.masks["articles"] = crud.Mask{"title": crud.ReadOnly}
	if err := put(t, articles, "1", id, false); err != nil || w.value(t, `SELECT title FROM articles WHERE id = 1`) != "uno" {
		t.Errorf("a field that may not be set was set: %v", err)
	}
	w.policy.denied["articles:read"] = true
	_, err = articles.Undo(t.Context(), "1", id, false)
	if kind, _ := kindOf(t, err); kind != crud.KindForbidden {
		t.Error(err)
	}
}

// TestUndo_WhatRefersToNothing undoes a change of a relation to a row that was deleted since: that stays, and the rest is put back.
func TestUndo_WhatRefersToNothing(t *testing.T) {
	w, d, articles := kept(t)
	submit(t, articles, "1", "title", "uno", "author_id", "2")
	both := d.entries[len(d.entries)-1].ID
	submit(t, articles, "2", "author_id", "2")
	alone := d.entries[len(d.entries)-1].ID
	w.exec(t, "DELETE FROM authors WHERE id = 1")
	if err := put(t, articles, "1", both, false); err != nil {
		t.Error(err)
	}
	if got := w.value(t, `SELECT title || ' ' || author_id FROM articles WHERE id = 1`); got != "one 2" {
		t.Errorf("it is %s", got)
	}
	seen, err := articles.Undo(t.Context(), "2", alone, false)
	if err != nil || seen.Doable != 0 || !seen.Steps[0].Fields[0].Lost || seen.Steps[0].Problem != "There is nothing to put back." {
		t.Errorf("%+v, %v", seen, err)
	}
}
