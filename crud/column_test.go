package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
)

func TestColumns_StandForARelationWhereItCanBeSeen(t *testing.T) {
	t.Run("with all that there is to read", func(t *testing.T) { standForARelation(t, nil) })
	t.Run("with what is fetched where it is needed", func(t *testing.T) { standForARelation(t, []string{"Body"}) })
}

func standForARelation(t *testing.T, reads []string) {
	t.Helper()
	w := newWorld(t, crud.Options[article]{
		List:    []string{"Title", "By"},
		Columns: []crud.Column[article]{{Label: "By", Relation: "Author", Reads: reads, Value: func(row *article) string { return strings.TrimSpace(row.Body) }}},
	})
	w.exec(t, `INSERT INTO articles (title, slug, author_id, body) VALUES ('One', 'one', 1, 'a guest')`)
	by := func(t *testing.T) crud.Cell {
		t.Helper()
		articles := w.table(t, "articles")
		list, err := articles.List(t.Context(), crud.Query{})
		if err != nil {
			t.Fatal(err)
		}
		record, err := articles.Show(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		cell, shown := list.Rows[0].Cells[1], record.Groups[0].Fields[0]
		if shown.Label != "By" || shown.Text != cell.Text || (shown.Kind == crud.KindRelation) != (cell.Ref != nil) {
			t.Errorf("the list has %+v, the record %+v", cell, shown)
		}
		return cell
	}
	t.Run("a row that may be read is a link", func(t *testing.T) {
		if cell := by(t); cell.Text != "Ada" || cell.Ref == nil || cell.Ref.Key != "1" {
			t.Errorf("got %+v", cell)
		}
	})
	t.Run("one that may not gives way to the value", func(t *testing.T) {
		w.policy.denied["authors:read"] = true
		defer delete(w.policy.denied, "authors:read")
		if cell := by(t); cell != (crud.Cell{Text: "a guest"}) {
			t.Errorf("got %+v", cell)
		}
	})
	t.Run("a hidden relation gives way too", func(t *testing.T) {
		w.policy.masks["articles"] = crud.Mask{"author_id": crud.Hidden}
		defer delete(w.policy.masks, "articles")
		if cell := by(t); cell != (crud.Cell{Text: "a guest"}) {
			t.Errorf("got %+v", cell)
		}
	})
	t.Run("no value is none", func(t *testing.T) {
		w.exec(t, `UPDATE articles SET body = ''`)
		w.policy.masks["articles"] = crud.Mask{"author_id": crud.Hidden}
		defer delete(w.policy.masks, "articles")
		if cell := by(t); cell != (crud.Cell{Null: true}) {
			t.Errorf("got %+v", cell)
		}
	})
}

func TestColumns_AreGivenNothingThatIsHidden(t *testing.T) {
	w := newWorld(t, crud.Options[article]{
		List:    []string{"Slug", "By"},
		Columns: []crud.Column[article]{{Label: "By", Relation: "Author", Reads: []string{"Body"}, Value: func(row *article) string { return row.Title + "/" + row.Body + "/" + row.Token }}},
	})
	w.exec(t, `INSERT INTO articles (title, slug, author_id, body, token) VALUES ('One', 'one', 1, 'a guest', 'secret')`)
	w.policy.denied["authors:read"] = true
	for want, mask := range map[string]crud.Mask{"One/a guest/": nil, "/a guest/": {"title": crud.Hidden}} {
		w.policy.masks["articles"] = mask
		list, err := w.table(t, "articles").List(t.Context(), crud.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if cell := list.Rows[0].Cells[1]; cell != (crud.Cell{Text: want}) {
			t.Errorf("got %+v, want %q", cell, want)
		}
	}
}
