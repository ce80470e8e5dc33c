package api_test

import (
	"strings"
	"testing"

	"unified/crud"
)

// holding is a view of how many books stand where: no key tells its rows apart.
type holding struct {
	ShelfID *int64
	Shelf   *shelf
	Books   int64
}

func (holding) TableName() string { return "holdings" }

func TestKeyless(t *testing.T) {
	d := newDeskOf(t, crud.Config{Policy: visitors{}}, func(d *desk, reg *crud.Registry) {
		d.exec(`CREATE VIEW holdings AS SELECT shelf_id, count(*) AS books FROM books GROUP BY shelf_id`)
		crud.Register(reg, crud.Options[holding]{Verbs: []crud.Verb{crud.Read}})
	})
	if got := d.ask("GET", "/holdings?sort=shelf_id&size=2", "").body; !strings.Contains(got, `"rows":[{"shelf_id":2,"books":1},{"shelf_id":1,"books":1}]`) {
		t.Errorf("the list is %s", got)
	}
	for _, call := range []string{"GET /holdings/1", "PATCH /holdings/1", "DELETE /holdings/1", "POST /holdings/import", "POST /holdings/actions/delete", "GET /holdings/1/impact"} {
		method, path, _ := strings.Cut(call, " ")
		if got := d.ask(method, path, "{}"); got.StatusCode != 404 && got.StatusCode != 405 {
			t.Errorf("%s answers %d", call, got.StatusCode)
		}
	}
	var of []string
	for _, call := range calls(d.described("")) {
		if strings.Contains(call, " /holdings") {
			of = append(of, call)
		}
	}
	if got := strings.Join(of, ", "); got != "GET /holdings listHoldings, GET /holdings/export exportHoldings" {
		t.Errorf("the document has %s", got)
	}
}
