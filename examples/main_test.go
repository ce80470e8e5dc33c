package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"unified/controllers"
	"unified/internal/testdb"
)

// site is the panel over an empty database.
func site(t *testing.T) *controllers.Site {
	t.Helper()
	t.Chdir("..") // where the server of the tests is
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";`+schema); err != nil {
		t.Fatal(err)
	}
	s, err := panel(t.Context(), db.Gorm)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a form, or with none asks for a page, and returns what came back.
func ask(t *testing.T, s *controllers.Site, path string, want int, form ...string) string {
	t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if len(form) > 0 {
		request = httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != want {
		t.Fatalf("%s is %d, want %d:\n%s", path, answer.Code, want, answer.Body)
	}
	return answer.Body.String()
}

func TestPanel(t *testing.T) {
	s := site(t)
	ask(t, s, "/authors", 303, "name", "Ada")
	ask(t, s, "/authors", 303, "name", "Grace", "mentor_id", "1")
	ask(t, s, "/shelves", 303, "room", "A", "number", "1")
	ask(t, s, "/shelves/A,1", 303, "note", "by the window")
	ask(t, s, "/tags", 303, "name", "logic")
	ask(t, s, "/books", 303, "isbn", "1/2", "title", "Engines", "price", "12.50", "author_id", "2", "volumes.0.shelf_room", "A", "volumes.0.shelf_number", "1")
	const book = "/books/1~%2F2"
	if page := ask(t, s, book, 200); !strings.Contains(page, "12.50") || !strings.Contains(page, "/authors/2") {
		t.Errorf("the book's page is\n%s", page)
	}
	if page := ask(t, s, "/shelves/A,1/children/volumes", 200); !strings.Contains(page, "Engines") {
		t.Errorf("the shelf does not have it:\n%s", page)
	}
	if page := ask(t, s, book, 422, "title", "Untitled"); !strings.Contains(page, `id="title-error"`) || !strings.Contains(page, "A book needs a title of its own.") {
		t.Errorf("what the model says does not stand beside the input:\n%s", page)
	}
	ask(t, s, book, 422, "price", "-1")
	ask(t, s, book+"/links/tags", 303, "add", "logic")
	if page := ask(t, s, book+"/links/tags", 200); !strings.Contains(page, `name="remove" value="logic"`) {
		t.Errorf("the tag is not chosen:\n%s", page)
	}
	ask(t, s, book+"/delete", 303, "sure", "1")
	if page := ask(t, s, "/books", 200); strings.Contains(page, "Engines") {
		t.Error("what is in the trash is listed")
	}
	if page := ask(t, s, "/books/trash", 200); !strings.Contains(page, "Engines") {
		t.Error("the trash does not have it")
	}
	ask(t, s, book+"/restore", 303, "sure", "1")
	ask(t, s, book+"/edit", 200)
	if page := ask(t, s, "/authors/1/delete", 200); !strings.Contains(page, "the reference is emptied") {
		t.Errorf("deleting a mentor says\n%s", page)
	}
}
