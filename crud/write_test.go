package crud_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
)

func form(pairs ...string) url.Values {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values
}

func TestSubmit_Create(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	base := []string{"title", "One", "slug", "one", "author_id", "1"}
	stored := func(t *testing.T, column string, pairs ...string) string {
		t.Helper()
		saved, err := articles.Submit(t.Context(), "", form(append(base, pairs...)...))
		if err != nil {
			t.Fatal(err)
		}
		got := w.value(t, "SELECT "+column+" FROM articles WHERE id = $1::bigint", saved.Key)
		if _, err := articles.Delete(t.Context(), saved.Key); err != nil {
			t.Fatal(err)
		}
		return got
	}
	cases := []struct {
		name, column, want string
		pairs              []string
	}{
		{"a submitted false is false", "public", "false", []string{"public", "false"}},
		{"a ticked switch is true", "public", "true", []string{"public", "false", "public", "true"}},
		{"a submitted zero is zero", "rank", "0", []string{"rank", "0"}},
		{"a submitted empty text is empty", "note", "", []string{"note", ""}},
		{"an empty text is NULL where the form says so", "note", "NULL", []string{"note", "", crud.NullParam, "note"}},
		{"what was not submitted gets the default: text", "status", "draft", nil},
		{"what was not submitted gets the default: nullable text", "note", "none", nil},
		{"what was not submitted gets the default: number", "rank", "5", nil},
		{"what was not submitted gets the default: switch", "public", "true", nil},
		{"what was not submitted gets the default: secret", "token", "made by the database", nil},
		{"an empty time is NULL", "due", "NULL", []string{"due", ""}},
		{"a time keeps its microseconds", "due AT TIME ZONE 'UTC'", "2026-05-31 14:30:00.123456", []string{"due", "2026-05-31 14:30:00.123456"}},
		{"a time with a zone is that moment", "due AT TIME ZONE 'UTC'", "2026-05-31 12:30:00", []string{"due", "2026-05-31T14:30+02:00"}},
		{"a number keeps its digits", "price", "12345678901234567890.10", []string{"price", "12345678901234567890.10"}},
		{"a list is one text a line", "tags", "{a,b}", []string{"tags", "a\r\nb"}},
		{"an empty list is NULL", "tags", "NULL", []string{"tags", ""}},
		{"a list may hold nothing", "tags", "{}", []string{"tags", "[]"}},
		{"JSON is stored", "data", `{"a": 1}`, []string{"data", `{"a":1}`}},
		{"line breaks are one character", "body", "a\nb", []string{"body", "a\r\nb"}},
		{"letters outside ASCII count once", "title", "ÄÖÜäöüßéèêçñøåæœ日本語", []string{}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if test.column == "title" {
				base[1] = test.want
			}
			if got := stored(t, test.column, test.pairs...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			base[1] = "One"
		})
	}
}

func TestSubmit_Refusals(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	if _, err := articles.Submit(t.Context(), "", form("title", "First", "slug", "first", "author_id", "1", "pinned", "true")); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, field, says string
		pairs             []string
	}{
		{"a required text may not be empty", "title", "must not be empty", []string{"title", ""}},
		{"a required text is more than spaces", "title", "must not be empty", []string{"title", " \t"}},
		{"a required text is more than what is not seen", "title", "must not be empty", []string{"title", "\ufeff\u200b\u3164\u2800\u00ad\u2003\ufe0f\u034f"}},
		{"a value may have to differ from another", "body", "differ from the slug", []string{"body", "second"}},
		{"a rule about some rows says which", "pinned", "Only one article with the same Author may have Pinned set to “yes”", []string{"pinned", "true"}},
		{"a required relation may not be missing", "author_id", "must not be empty", []string{"-author_id", ""}},
		{"a text may not exceed its column", "title", "21 characters", []string{"title", strings.Repeat("é", 21)}},
		{"a unique value may not be taken", "slug", "already taken", []string{"slug", "first"}},
		{"a choice must be one of the check's", "status", "draft, published", []string{"status", "lost"}},
		{"a submitted empty choice is refused", "status", "draft, published", []string{"status", ""}},
		{"a relation must exist", "author_id", "no such record", []string{"author_id", "999"}},
		{"a broken rule is said by its comment", "rank", "bad luck", []string{"rank", "13"}},
		{"a number must be one", "rank", "whole number", []string{"rank", "٣"}},
		{"a number must be in range", "rank", "2147483647", []string{"rank", "2147483648"}},
		{"a decimal is not NaN", "price", "number", []string{"price", "NaN"}},
		{"a day must exist", "due", "date and time", []string{"due", "2026-02-30 10:00"}},
		{"JSON must be valid", "data", "valid JSON", []string{"data", `{"a":`}},
		{"JSON may not hold NUL", "data", "NUL", []string{"data", `{"a":"\u0000"}`}},
		{"text may not hold NUL", "title", "NUL", []string{"title", "a\x00b"}},
		{"text must be UTF-8", "title", "UTF-8", []string{"title", "a\xff"}},
		{"a value may not be sent twice", "title", "more than once", []string{"title", "a", "+title", "b"}},
		{"an unknown field is refused", "", `"colour"`, []string{"colour", "red"}},
		{"a read-only field is refused", "", `"created_at"`, []string{"created_at", "2026-01-01"}},
		{"a secret is refused", "", `"token"`, []string{"token", "x"}},
		{"a generated column is refused", "", `"length"`, []string{"length", "7"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			values := form("title", "Second", "slug", "second", "author_id", "1")
			for i := 0; i < len(test.pairs); i += 2 {
				switch name := test.pairs[i]; {
				case strings.HasPrefix(name, "-"):
					values.Del(name[1:])
				case strings.HasPrefix(name, "+"):
					values.Add(name[1:], test.pairs[i+1])
				default:
					values.Set(name, test.pairs[i+1])
				}
			}
			_, err := articles.Submit(t.Context(), "", values)
			kind, fields := kindOf(t, err)
			if kind != crud.KindInvalid || !strings.Contains(fields[test.field], test.says) {
				t.Errorf("got %v %q, want %q at %q", kind, fields, test.says, test.field)
			}
		})
	}
	if n := w.value(t, "SELECT count(*) FROM articles"); n != "1" {
		t.Errorf("%s articles were stored, want the first alone", n)
	}
}

func TestSubmit_Update(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1", "rank", "7", "note", "x", "due", "2026-05-31 14:30:00.123456"))
	if err != nil {
		t.Fatal(err)
	}
	w.changes = nil

	t.Run("the form sent back as it was shown changes nothing", func(t *testing.T) {
		shown, err := articles.Form(t.Context(), saved.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		values := url.Values{}
		for _, group := range shown.Groups {
			for _, in := range group.Fields {
				values.Set(in.Name, in.Text)
				if in.Null {
					values.Add(crud.NullParam, in.Name)
				}
			}
		}
		again, err := articles.Submit(t.Context(), saved.Key, values)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Changed) > 0 || len(w.changes) > 0 {
			t.Errorf("changed %v, recorded %v", again.Changed, w.changes)
		}
	})
	t.Run("only what differs is written and recorded", func(t *testing.T) {
		again, err := articles.Submit(t.Context(), saved.Key, form("title", "One", "rank", "0", "public", "false", "note", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(again.Changed, ","); got != "Public,Rank,Note" {
			t.Errorf("changed %s", got)
		}
		if got := w.value(t, "SELECT concat_ws('|', rank, public, note) FROM articles"); got != "0|f|" {
			t.Errorf("stored %s", got)
		}
		if len(w.changes) != 1 || w.changes[0].Verb != crud.Update || len(w.changes[0].Fields) != 3 {
			t.Fatalf("recorded %+v", w.changes)
		}
		if f := w.changes[0].Fields[1]; f.Column != "rank" || *f.Old != "7" || *f.New != "0" {
			t.Errorf("recorded %+v", f)
		}
	})
	t.Run("a hook's refusal stands beside its field", func(t *testing.T) {
		if _, err := articles.Submit(t.Context(), saved.Key, form("title", "frozen")); err != nil {
			t.Fatal(err)
		}
		_, err := articles.Submit(t.Context(), saved.Key, form("title", "thawed"))
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields["title"] != "A frozen title stays." {
			t.Errorf("got %v %v", kind, fields)
		}
	})
	t.Run("what a hook may not write stands beside the field it came from", func(t *testing.T) {
		_, err := articles.Submit(t.Context(), saved.Key, form("slug", "unspeakable"))
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields["slug"] != "A slug can be said aloud." {
			t.Errorf("got %v %v", kind, fields)
		}
	})
	for _, key := range []string{"99", "x", "", "1,2", "%zz", "9223372036854775808"} {
		t.Run("no row has the key "+key, func(t *testing.T) {
			if key == "" {
				key = "~"
			}
			_, err := articles.Submit(t.Context(), key, form("title", "Two"))
			if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
				t.Errorf("got %v", kind)
			}
		})
	}
}

func TestWrites_AreRecordedInTheirTransaction(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	refused := errors.New("the record is full")
	reg := crud.Open(w.db.Gorm, crud.Config{Record: func(context.Context, *gorm.DB, []crud.Change) error { return refused }})
	crud.Register(reg, crud.Options[author]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	authors, _ := reg.Table("authors")
	_, created := authors.Submit(t.Context(), "", form("name", "Linus"))
	_, updated := authors.Submit(t.Context(), "1", form("name", "Linus"))
	_, deleted := authors.Delete(t.Context(), "1")
	for _, err := range []error{created, updated, deleted} {
		if !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
	}
	if got := w.value(t, "SELECT string_agg(name, ',' ORDER BY id) FROM authors"); got != "Ada,Grace" {
		t.Errorf("the table holds %s", got)
	}
}

func TestWrites_WhatTheRecordBreaksIsNobodysMistake(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	statement := ""
	reg := crud.Open(w.db.Gorm, crud.Config{Record: func(_ context.Context, tx *gorm.DB, _ []crud.Change) error {
		return fmt.Errorf("record: %w", tx.Exec(statement).Error)
	}})
	crud.Register(reg, crud.Options[author]{})
	authors, _ := reg.Table("authors")
	for name, test := range map[string]struct {
		statement string
		known     bool
	}{
		"a rule of the log is broken":   {"INSERT INTO authors (name) VALUES (NULL)", false},
		"a right on the log is missing": {"DO $$ BEGIN RAISE insufficient_privilege; END $$", false},
		"the log is too slow":           {"DO $$ BEGIN RAISE query_canceled; END $$", true},
		"the server is going down":      {"DO $$ BEGIN RAISE admin_shutdown; END $$", true},
	} {
		t.Run(name, func(t *testing.T) {
			statement = test.statement
			_, err := authors.Submit(t.Context(), "1", form("name", "Linus"))
			var own *crud.Error
			if known := errors.As(err, &own); err == nil || known != test.known || known && own.Kind != crud.KindUnavailable {
				t.Errorf("got %v", err)
			}
		})
	}
	if got := w.value(t, "SELECT string_agg(name, ',' ORDER BY id) FROM authors"); got != "Ada,Grace" {
		t.Errorf("the table holds %s", got)
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	if _, err := w.table(t, "articles").Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1")); err != nil {
		t.Fatal(err)
	}
	authors := w.table(t, "authors")
	_, err := authors.Delete(t.Context(), "1")
	if kind, fields := kindOf(t, err); kind != crud.KindConflict || fields[""] != "This author is still used by one article." {
		t.Errorf("a row in use: got %v %v", kind, fields)
	}
	saved, err := authors.Delete(t.Context(), "2")
	if err != nil || saved.Label != "Grace" {
		t.Errorf("got %v, %v", saved, err)
	}
	last := w.changes[len(w.changes)-1]
	if last.Verb != crud.Delete || len(last.Fields) != 2 || *last.Fields[1].Old != "Grace" || last.Fields[1].New != nil {
		t.Errorf("recorded %+v", last)
	}
}

func TestSecrets_AreNeverReadNorRecorded(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range w.changes[0].Fields {
		if field.Column == "token" && (!field.Secret || field.New != nil) {
			t.Errorf("recorded %+v", field)
		}
	}
	record, err := articles.Show(t.Context(), saved.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range record.Groups {
		for _, value := range group.Fields {
			if value.Name == "token" {
				t.Error("the show page holds the secret")
			}
		}
	}
	_, err = articles.List(t.Context(), crud.Query{Sort: "token"})
	if kind, _ := kindOf(t, err); kind != crud.KindBad {
		t.Errorf("sorting by a secret: got %v", kind)
	}
}

func TestActionsAndVerbs(t *testing.T) {
	w := newWorld(t, crud.Options[article]{
		Verbs:   []crud.Verb{crud.Read, crud.Create},
		Actions: []crud.Action[article]{{Name: "publish", Run: func(_ context.Context, a *article) error { a.Status = "published"; return nil }}},
		Allow: func(_ context.Context, _ *gorm.DB, verb crud.Verb, a *article) error {
			if verb == "publish" && !a.Public {
				return errors.New("Private articles are not published.")
			}
			return nil
		},
	})
	articles := w.table(t, "articles")
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := articles.Act(t.Context(), saved.Key, "publish", nil); err != nil {
		t.Fatal(err)
	}
	if last := w.changes[len(w.changes)-1]; last.Verb != "publish" || *last.Fields[0].New != "published" {
		t.Errorf("recorded %+v", last)
	}
	private, err := articles.Submit(t.Context(), "", form("title", "Two", "slug", "two", "author_id", "1", "public", "false"))
	if err != nil {
		t.Fatal(err)
	}
	_, vetoed := articles.Act(t.Context(), private.Key, "publish", nil)
	_, unknown := articles.Act(t.Context(), saved.Key, "burn", nil)
	_, updated := articles.Submit(t.Context(), saved.Key, form("title", "x"))
	_, deleted := articles.Delete(t.Context(), saved.Key)
	for err, want := range map[error]crud.ErrorKind{vetoed: crud.KindForbidden, unknown: crud.KindNotFound, updated: crud.KindForbidden, deleted: crud.KindForbidden} {
		if kind, _ := kindOf(t, err); kind != want {
			t.Errorf("got %v for %v, want %v", kind, err, want)
		}
	}
}

func TestForm_NumbersThatNobodyChose(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `INSERT INTO seats ("row", number, taken) VALUES ('', 0, false)`)
	seats := w.table(t, "seats")
	for key, want := range map[string]string{"": "", ",0": "0"} {
		form, err := seats.Form(t.Context(), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range form.Groups[0].Fields {
			if in.Name == "number" && in.Text != want {
				t.Errorf("the form of %q shows the number %q, want %q", key, in.Text, want)
			}
		}
	}
}

func TestCompositeAndTextKeys(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	seats := w.table(t, "seats")
	for _, row := range []string{"A", "new", "a/b", "x,y", "~", "..", "ü ?#%", "actions"} {
		t.Run(row, func(t *testing.T) {
			saved, err := seats.Submit(t.Context(), "", form("row", row, "number", "7", "taken", "false"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := seats.Submit(t.Context(), saved.Key, form("taken", "true")); err != nil {
				t.Fatal(err)
			}
			if got := w.value(t, `SELECT taken FROM seats WHERE "row" = $1`, row); got != "true" {
				t.Errorf("taken is %s", got)
			}
			moved, err := seats.Submit(t.Context(), saved.Key, form("number", "8"))
			if err != nil || moved.Key == saved.Key {
				t.Fatalf("a key that is typed can be changed: %v, %v", moved, err)
			}
			if _, err := seats.Delete(t.Context(), moved.Key); err != nil {
				t.Error(err)
			}
		})
	}
}

// What Allow asks about a row as it is and as it is to be is asked once a write, by its key, and again by the next write.
func TestRecall(t *testing.T) {
	asked := map[string]int{}
	var refuse error
	ask := func(key string) func() (string, error) {
		return func() (string, error) { asked[key]++; return key, refuse }
	}
	w := newWorld(t, crud.Options[article]{Allow: func(ctx context.Context, _ *gorm.DB, _ crud.Verb, a *article) error {
		if got, err := crud.Recall(ctx, "same", ask("same")); err != nil || got != "same" {
			return err
		}
		_, err := crud.Recall(ctx, a.Title, ask(a.Title))
		return err
	}})
	articles := w.table(t, "articles")
	write := func(key, title string) (string, error) {
		saved, err := articles.Submit(t.Context(), key, form("title", title, "slug", "s", "author_id", "1"))
		if err != nil {
			return "", err
		}
		return saved.Key, nil
	}
	key, err := write("", "one")
	if err != nil {
		t.Fatal(err)
	}
	clear(asked)
	for _, title := range []string{"two", "three"} {
		if _, err := write(key, title); err != nil {
			t.Fatal(err)
		}
	}
	if want := map[string]int{"same": 2, "one": 1, "two": 2, "three": 1}; !maps.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
	refuse = errors.New("no answer")
	clear(asked)
	if _, err := write(key, "four"); err == nil || asked["same"] != 1 {
		t.Errorf("%v, asked %v", err, asked)
	}
	refuse = nil
	if _, err := write(key, "four"); err != nil || asked["same"] != 2 {
		t.Errorf("an error is kept: %v, asked %v", err, asked)
	}
	if got, err := crud.Recall(t.Context(), "same", ask("same")); err != nil || got != "same" || asked["same"] != 3 {
		t.Errorf("outside of a write: %q, %v, asked %v", got, err, asked)
	}
}
