package crud_test

import (
	"testing"

	"unified/crud"
)

// What the policy keeps back is told by no way around: neither by an order, nor by a name, nor set through an entry.
func TestKept(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `INSERT INTO authors (name) VALUES ('Aaron')`)
	reg := crud.Open(w.db.Gorm, crud.Config{Policy: w.policy})
	crud.Register(reg, crud.Options[author]{Sort: "Name"})
	crud.Register(reg, crud.Options[article]{Entries: []crud.Entry[article]{{
		Name: "phrase", Set: func(a *article, text string) error { a.Token = text; return nil },
	}}})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	authors, _ := reg.Table("authors")
	articles, _ := reg.Table("articles")
	offered := func() (values string) {
		found, err := articles.Choices(t.Context(), "author_id", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range found.Items {
			values += item.Value
		}
		return values
	}
	if got := offered(); got != "312" {
		t.Errorf("by name the choices are %s", got)
	}
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1", "phrase", "sesame"))
	if err != nil {
		t.Fatal(err)
	}

	w.policy.masks["authors"] = crud.Mask{"name": crud.Hidden}
	w.policy.masks["articles"] = crud.Mask{"token": crud.ReadOnly}
	t.Run("T33_choices_are_not_in_the_order_of_a_hidden_column", func(t *testing.T) {
		if got := offered(); got != "123" {
			t.Errorf("the choices are %s", got)
		}
	})
	t.Run("T29_an_entry_does_not_set_what_is_kept_back", func(t *testing.T) {
		_, err := articles.Submit(t.Context(), saved.Key, form("phrase", "open"))
		kind, fields := kindOf(t, err)
		if got := w.value(t, "SELECT token FROM articles"); kind != crud.KindInvalid || fields["phrase"] == "" || got != "sesame" {
			t.Errorf("got %v %v, stored %s", kind, fields, got)
		}
	})
	t.Run("T33_the_answer_to_a_write_does_not_name_a_hidden_column", func(t *testing.T) {
		deleted, err := authors.Delete(t.Context(), "3")
		if err != nil || deleted.Label != "Author 3" {
			t.Errorf("got %+v, %v", deleted, err)
		}
	})
	t.Run("T26_what_may_not_be_read_is_not_changed_either", func(t *testing.T) {
		w.policy.denied["articles:read"] = true
		_, form := articles.Form(t.Context(), saved.Key, nil)
		_, deleted := articles.Delete(t.Context(), saved.Key)
		for _, err := range []error{form, deleted} {
			if kind, _ := kindOf(t, err); kind != crud.KindForbidden {
				t.Errorf("got %v", err)
			}
		}
	})
}
