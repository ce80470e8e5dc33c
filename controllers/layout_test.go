package controllers_test

import (
	"context"
	"testing"

	"unified/controllers"
	"unified/crud"
)

// layouts keeps layouts of visitors in memory.
func layouts(kept map[any]crud.Layout) func(*controllers.Config) {
	return func(config *controllers.Config) {
		config.Layouts = controllers.Layouts{
			Load: func(ctx context.Context, _ string) (crud.Layout, error) { return kept[ctx.Value(visitorKey{})], nil },
			Save: func(ctx context.Context, _ string, layout crud.Layout) error {
				kept[ctx.Value(visitorKey{})] = layout
				return nil
			},
		}
	}
}

func TestLayout(t *testing.T) {
	kept := map[any]crud.Layout{}
	p := newPanel(t, layouts(kept))
	p.exec(twoBooks)
	body := values("show", "title", "show", "pages", "show", "condition", "place.title", "2", "place.pages", "3", "place.condition", "1",
		"density", "compact", "size", "25", "q", "a", "sort", "-title")
	p.run("is_saved_and_leads_back", scenario{method: "POST", path: "/books/columns", body: body, status: 303, location: "/books?q=a&sort=-title"})
	if want := (crud.Layout{Fields: "condition,title,pages", Size: 25, Compact: true}); kept[""] != want {
		t.Fatalf("kept %+v", kept)
	}
	p.run("lays_out_a_bare_list", scenario{path: "/books", status: 200, holds: map[string]string{
		"table.compact thead th:nth-child(2)": "Condition", "thead th:nth-child(4)": "Pages", "!thead th:nth-child(5):not(.tools)": "",
		`#size[data-usual="25"] option[selected]`: "25", `thead a[href="/books?sort=title"]`: "Title",
		`#columns .fetched[hx-get="/books/columns?fields=condition%2Ctitle%2Cpages&size=25"] a`: "Choose columns",
		`input[form="columns-form"][name="sort"]`:                                               "", `#export .fetched[hx-get="/books/export?fields=condition%2Ctitle%2Cpages"] a`: "",
	}})
	p.run("stands_in_the_form_that_the_list_fetches", scenario{path: "/books/columns?fields=condition,title,pages&size=25", htmx: "true", status: 200, holds: map[string]string{
		`#columns-form li:first-child input[name="show"][value="condition"][checked]`: "", `#columns-form li:nth-child(3) input[value="pages"][checked]`: "",
		`!#columns-form li:nth-child(4) input[checked]`: "", `#columns-form input[value="compact"][checked]`: "",
		`!#columns-form input[type="hidden"]`: "", "!h1": "",
	}})
	p.run("gives_way_to_the_address", scenario{path: "/books?fields=title&size=100", status: 200, holds: map[string]string{
		"thead th:nth-child(2)": "Title", "!thead th:nth-child(3):not(.tools)": "", "#size option[selected]": "100",
	}})
	p.run("is_somebody_s_own", scenario{path: "/books", visitor: "reader", status: 200, holds: map[string]string{
		"table:not(.compact) thead th:nth-child(2)": "Title", "#size option[selected]": "50",
	}})
	p.run("can_be_asked_on_a_page", scenario{path: "/books/columns?filter=lent.is:true&fields=title", status: 200, holds: map[string]string{
		`form input[name="filter"][value="lent.is:true"]`: "", `li:first-child input[value="title"][checked]`: "", `!li:nth-child(2) input[checked]`: "",
		`a[href="/books?filter=lent.is%3Atrue"]`: "Back to the list",
	}})
	kept["reader"] = crud.Layout{Fields: "gone,title"}
	p.run("forgets_what_is_gone", scenario{path: "/books", visitor: "reader", status: 200, holds: map[string]string{
		"thead th:nth-child(2)": "Title", "!thead th:nth-child(3):not(.tools)": "",
	}})
	p.run("goes_back_to_default", scenario{method: "POST", path: "/books/columns", body: values("_default", "1", "show", "nope"), status: 303, location: "/books"})
	if kept[""] != (crud.Layout{}) {
		t.Errorf("kept %+v", kept)
	}
	own := values("show", "title", "show", "shelf_id", "show", "lent", "show", "pages", "show", "subtitle", "show", "bought", "size", "50")
	p.run("is_nothing_if_it_is_the_default", scenario{method: "POST", path: "/books/columns", body: own, status: 303, location: "/books"})
	if kept[""] != (crud.Layout{}) {
		t.Errorf("kept %+v", kept)
	}
	p.run("a_stranger_has_none", scenario{method: "POST", path: "/books/columns", visitor: "stranger", body: body, status: 403})
}

func TestLayout_RefusesWhatCannotBe(t *testing.T) {
	p := newPanel(t)
	for name, body := range map[string]string{
		"no_such_column": values("show", "nope"), "a_secret": values("show", "code"), "twice": values("show", "title", "show", "title"),
		"a_word_for_a_place": values("show", "title", "place.title", "first"), "no_such_density": values("density", "huge"),
		"no_rows": values("size", "0"), "many_rows": values("size", "501"), "a_word_for_rows": values("size", "all"),
	} {
		p.run(name, scenario{method: "POST", path: "/books/columns", body: body, status: 422})
	}
	p.run("without_a_store_the_address_says_it", scenario{method: "POST", path: "/books/columns", body: values("show", "pages", "size", "25"),
		status: 303, location: "/books?fields=pages&size=25"})
}
