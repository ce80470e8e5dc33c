package crud_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
)

// wide has columns of every kind and one that is computed from two.
func wide() crud.Options[article] {
	return crud.Options[article]{
		List: []string{"Title", "Summed up"},
		Columns: []crud.Column[article]{
			{Label: "Summed up", Reads: []string{"Slug", "Rank"}, Value: func(row *article) string { return fmt.Sprint(row.Slug, " ", row.Rank, row.Body) }},
			{Label: "All", Name: "everything", Value: func(row *article) string { return row.Body }},
		},
	}
}

func headings(list *crud.List) string {
	var out []string
	for _, heading := range list.Headings {
		out = append(out, heading.Label)
	}
	return strings.Join(out, ",")
}

func TestList_Fields(t *testing.T) {
	w := newWorld(t, wide())
	articles := w.table(t, "articles")
	w.exec(t, `INSERT INTO articles (title, slug, author_id, body, note) VALUES ('One', 'one', 1, 'long', 'b'), ('Two', 'two', 2, 'text', 'a')`)
	for fields, want := range map[string]string{
		"":                     "Title,Summed up: One|one 5",
		"note,title":           "Note,Title: b|One",
		"author_id,summed_up":  "Author,Summed up: Ada|one 5",
		"everything":           "All: long",
		"length,created_at,id": "Length,Created at,ID: 3|",
	} {
		list, err := articles.List(t.Context(), crud.Query{Fields: fields, Sort: "-note"})
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, cell := range list.Rows[0].Cells {
			cells = append(cells, cell.Text)
		}
		if got := headings(list) + ": " + strings.Join(cells, "|"); !strings.HasPrefix(got, want) {
			t.Errorf("%q shows %s, want %s", fields, got, want)
		}
		if list.Rows[0].Label != "One" || list.Rows[0].Key != "1" {
			t.Errorf("%q names the row %+v", fields, list.Rows[0])
		}
	}
	for fields, want := range map[string]string{
		"nope": `"nope"`, "title,": `""`, "token": `"token"`, "title,title": `"title" is shown twice`, "Summed up": `"Summed up"`,
	} {
		_, err := articles.List(t.Context(), crud.Query{Fields: fields})
		if kind, said := kindOf(t, err); kind != crud.KindBad || !strings.Contains(said[""], want) {
			t.Errorf("%q: %v", fields, err)
		}
	}
}

func TestList_Fields_T33_WhatIsHiddenIsLikeWhatThereIsNot(t *testing.T) {
	w := newWorld(t, wide())
	articles := w.table(t, "articles")
	w.policy.masks["articles"] = crud.Mask{"note": crud.Hidden, "slug": crud.Hidden}
	for _, fields := range []string{"note", "title,slug", "summed_up"} {
		_, err := articles.List(t.Context(), crud.Query{Fields: fields})
		kind, said := kindOf(t, err)
		_, missing := articles.List(t.Context(), crud.Query{Fields: strings.ReplaceAll(fields, "title,slug", "slugg")})
		if want := fmt.Sprintf("There is no column %q to show.", strings.TrimPrefix(fields, "title,")); kind != crud.KindBad || said[""] != want || missing == nil {
			t.Errorf("%s: %v", fields, err)
		}
	}
	for _, column := range articles.Columns(t.Context()) {
		if slices.Contains([]string{"note", "slug", "summed_up", "token"}, column.Name) {
			t.Errorf("the column %s is offered", column.Name)
		}
	}
}

func TestList_FetchesOnlyWhatItNeeds(t *testing.T) {
	w := newWorld(t, wide())
	w.exec(t, `INSERT INTO articles (title, slug, author_id) VALUES ('One', 'one', 1)`)
	var asked string
	note := func(db *gorm.DB) {
		if sql := db.Statement.SQL.String(); strings.Contains(sql, `FROM "articles"`) {
			asked, _, _ = strings.Cut(strings.ReplaceAll(strings.ReplaceAll(sql, `"articles".`, ""), `"`, ""), " FROM ")
		}
	}
	for _, after := range []interface {
		Register(string, func(*gorm.DB)) error
	}{w.db.Gorm.Callback().Row().After("gorm:row"), w.db.Gorm.Callback().Query().After("gorm:query")} {
		if err := after.Register("test:asked", note); err != nil {
			t.Fatal(err)
		}
	}
	all := "SELECT id,title,slug,status,public,rank,note,body,due,price,data,tags,length,author_id,created_at,updated_at,pinned"
	for fields, want := range map[string]string{
		"summed_up": "SELECT id,title,slug,rank,due", "note": "SELECT id,title,note,due", "everything": all, "author_id": "SELECT page.id, page.title, page.due, page.author_id, author_id~.id, author_id~.name",
	} {
		if _, err := w.table(t, "articles").List(context.Background(), crud.Query{Fields: fields, Sort: "due"}); err != nil {
			t.Fatal(err)
		}
		if asked != want {
			t.Errorf("%s: %s", fields, asked)
		}
	}
	seats := w.table(t, "seats")
	if columns := seats.Columns(t.Context()); len(columns) != 3 || columns[0].Name != "row" || !columns[0].Listed {
		t.Errorf("seats have %+v", columns)
	}
}

// TestNew_NamesOfColumns shows that each mistake is reported.
func TestNew_NamesOfColumns(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	for label, name := range map[string]string{"Title": "", "a,b": "", "": "", "Fine": "slug"} {
		_, err := crud.New(w.db.Gorm, crud.Options[article]{Columns: []crud.Column[article]{{Label: label, Name: name, Value: func(*article) string { return "" }}}})
		if err == nil || !strings.Contains(err.Error(), "needs a name of its own") {
			t.Errorf("%q, %q: %v", label, name, err)
		}
	}
}
