package controllers_test

import (
	"io"
	"testing"

	"unified/crud"
)

// holding is a view of how many books stand where: no key tells its rows apart.
type holding struct {
	ShelfID int64
	Shelf   shelf
	Lent    bool
	Books   int64
}

func (holding) TableName() string { return "holdings" }

func TestKeyless(t *testing.T) {
	p := newPanelWith(t, func(reg *crud.Registry) {
		crud.Register(reg, crud.Options[holding]{Verbs: []crud.Verb{crud.Read}})
	})
	p.exec(sevenBooks)
	p.exec(`CREATE VIEW holdings AS SELECT shelf_id, lent, count(*) AS books FROM books GROUP BY shelf_id, lent`)
	p.run("its_rows_are_listed_without_links_or_ticks", scenario{path: "/holdings", status: 200, holds: map[string]string{
		"h1": "Holdings 2", "thead": "Shelf Lent Books", `tbody a.relation[href="/shelves/3"]`: "Shelf 3", "tbody td.number": "7", "!tbody th": "", "!.check": "", "!tbody .tool": "", "![data-bulk]": "", "!.btn-primary[href]": "",
	}})
	p.run("they_are_filtered_through_relations", scenario{path: "/holdings?filter=shelf_id.name.is:%22Shelf%204%22&sort=-books", status: 200, holds: map[string]string{"tbody": "Shelf 4yes1"}})
	file, err := io.ReadAll(p.ask("GET", "/holdings/export?format=csv&fields=shelf_id,books&sort=books", "").Body)
	if string(file) != "shelf_id,books\r\n4,1\r\n3,7\r\n" || err != nil {
		t.Errorf("the file is %q, %v", file, err)
	}
	p.run("a_relation_is_chosen_to_filter_by", scenario{path: "/holdings?_field=shelf_id", status: 200, holds: map[string]string{
		`[data-table="/holdings"] input[data-picker="choices/shelf_id"]`: "", `.filter-behind a[href="/holdings?_field=shelf_id.name#filter-form"]`: "Shelf: name",
	}})
	p.run("its_rows_are_offered", scenario{path: "/holdings/choices/shelf_id?q=Shelf", status: 200})
	p.run("their_columns_are_chosen", scenario{path: "/holdings/columns", status: 200})
	p.run("below_a_record_they_are_listed_too", scenario{path: "/shelves/3/children/holdings", status: 200, holds: map[string]string{"tbody": "yes7", "!tbody th": ""}})
	for name, s := range map[string]scenario{
		"a_row":           {path: "/holdings/1", status: 404},
		"a_form":          {path: "/holdings/new", status: 404},
		"what_is_sent":    {method: "POST", path: "/holdings", body: "books=1", status: 405},
		"what_is_deleted": {method: "POST", path: "/holdings/bulk/delete", body: "keys=1", status: 404},
		"a_history":       {path: "/holdings/1/history", status: 404},
	} {
		p.run(name+"_is_nowhere", s)
	}
}
