package controllers_test

import (
	"context"
	"slices"
	"testing"

	"unified/controllers"
	"unified/crud"
)

// shelved keeps views in memory; a name can be had once. Who may not share is offered no roles.
func shelved(kept *[]crud.View, home *string) func(*controllers.Config) {
	return func(config *controllers.Config) {
		config.Layouts.Load = func(context.Context, string) (crud.Layout, error) { return crud.Layout{Home: *home}, nil }
		config.Views = controllers.SavedViews{
			Table: "shelves", // the reader may not read it
			List:  func(context.Context, string) ([]crud.View, error) { return *kept, nil },
			Roles: func(context.Context) ([]string, error) { return []string{"librarian"}, nil },
			Save: func(_ context.Context, _ string, view crud.View) error {
				at := slices.IndexFunc(*kept, func(v crud.View) bool { return v.Own && v.Name == view.Name })
				switch {
				case view.Name == "":
					return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"name": "A name is needed."}}
				case view.Role == "nobody's":
					return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"role": "There is no such role."}}
				case at >= 0:
					view.Own = true
					(*kept)[at] = view
				default:
					view.Own, view.Key = true, view.Name
					*kept = append(*kept, view)
				}
				return nil
			},
		}
	}
}

func TestSavedViews_NamesKeepTheirCapitals(t *testing.T) {
	var kept []crud.View
	var home string
	p := newPanelOf(t, crud.Options[shelf]{Plural: "DNS shelves"}, shelved(&kept, &home))
	p.run("of_all", scenario{path: "/shelves/views", htmx: "true", status: 200, holds: map[string]string{`a[aria-current="page"]`: "All DNS shelves"}})
	p.run("on_the_way_back", scenario{path: "/shelves/99", status: 404, holds: map[string]string{`main a[href="/shelves"]`: "DNS shelves"}})
}

func TestSavedViews(t *testing.T) {
	var kept []crud.View
	var home string
	p := newPanel(t, shelved(&kept, &home))
	p.exec(twoBooks)
	p.run("a_list_says_where_its_views_are", scenario{path: "/books?q=a&size=25", status: 200, holds: map[string]string{
		`#views[hx-get="/books/views?q=a&size=25"] a`: "Views", `input[form="view-form"][name="q"][value="a"]`: "", `input[form="view-form"][name="size"][value="25"]`: "",
	}})
	p.run("who_may_not_see_any_is_told_of_none", scenario{path: "/books", visitor: "reader", status: 200, holds: map[string]string{"!#views": "", `![form="view-form"]`: ""}})
	p.run("a_list_is_saved", scenario{method: "POST", path: "/books/views", status: 303, location: "/books?filter=lent.is%3Atrue&sort=-title",
		body: values("_name", " Lent ", "_role", "librarian", "_default", "1", "filter", "lent.is:true", "sort", "-title", "q", "", "size", "")})
	want := crud.View{Key: "Lent", Name: "Lent", Query: "filter=lent.is%3Atrue&sort=-title", Role: "librarian", Own: true, Default: true}
	if len(kept) != 1 || kept[0] != want {
		t.Fatalf("kept %+v", kept)
	}
	kept = append(kept, crud.View{Key: "2", Name: "Worn", Query: "filter=condition.is:worn"})
	p.run("views_are_links", scenario{path: "/books/views?sort=-title&filter=lent.is:true", status: 200, holds: map[string]string{
		`.views-list a[href="/books?filter=lent.is%3Atrue&sort=-title"]`: "Lent", `.views-list a[href="/shelves/Lent/edit"]`: "", `.views-list a[href="/shelves/Lent/delete"]`: "",
		`!a[href="/shelves/2/edit"]`: "", ".views-list li:nth-child(2) .badge:nth-of-type(2)": "shared with librarian",
		`#view-form input[name="filter"][value="lent.is:true"]`: "", `a[href="/books?filter=lent.is%3Atrue&sort=-title"]`: "Lent",
	}})
	p.run("for_a_script_they_stand_on_the_list", scenario{path: "/books/views?filter=condition.is:worn", htmx: "true", status: 200, holds: map[string]string{
		`nav#views > a[aria-current="page"]`: "Worn", `nav > a[href="/books?size=50"]:not([aria-current])`: "All books", `#view[popover] #view-form`: "", `!#view-form input[name="filter"]`: "", "!html h1": "",
	}})
	p.run("the_plain_list_is_a_view_too", scenario{path: "/books/views", htmx: "true", status: 200, holds: map[string]string{`nav > a[aria-current="page"]`: "All books"}})
	p.run("a_name_that_is_taken_can_be_replaced", scenario{method: "POST", path: "/books/views", body: values("_name", "Lent", "q", "moby"), status: 422, holds: map[string]string{
		"#view-name-error": "You have a view of this name already.", `#view-name[aria-invalid="true"][value="Lent"]`: "", `button[name="_replace"]`: "Replace “Lent”", `#view-form input[name="q"][value="moby"]`: "",
	}})
	p.run("and_then_it_is", scenario{method: "POST", path: "/books/views", body: values("_name", "Lent", "q", "moby", "_replace", "1"), status: 303, location: "/books?q=moby"})
	if kept[0].Query != "q=moby" || kept[0].Default {
		t.Errorf("kept %+v", kept[0])
	}
	p.run("somebody_else_s_cannot", scenario{method: "POST", path: "/books/views", body: values("_name", "Worn", "_replace", "1"), status: 303, location: "/books?size=50"})
	if kept[1].Query != "filter=condition.is:worn" || len(kept) != 3 {
		t.Errorf("kept %+v", kept)
	}
	p.run("without_a_name", scenario{method: "POST", path: "/books/views", body: values("q", "a"), status: 422, holds: map[string]string{"#view-name-error": "A name is needed."}})
	p.run("another_problem_stands_above", scenario{method: "POST", path: "/books/views", body: values("_name", "x", "_role", "nobody's"), status: 422, holds: map[string]string{`[role="alert"]`: "There is no such role.", "!#view-name-error": ""}})
	p.run("what_is_no_list_is_refused", scenario{method: "POST", path: "/books/views", body: values("_name", "x", "page", "2"), status: 400})
	p.run("a_stranger_has_none", scenario{path: "/books/views", visitor: "stranger", status: 403})
	p.run("nor_can_save", scenario{method: "POST", path: "/books/views", visitor: "stranger", body: values("_name", "x"), status: 403})
}

func TestSavedViews_OpenTheList(t *testing.T) {
	var kept []crud.View
	home := "filter=lent.is:true&sort=-title"
	p := newPanel(t, shelved(&kept, &home))
	p.exec(twoBooks)
	p.run("without_parameters_it_is_the_default", scenario{path: "/books", status: 303, location: "/books?filter=lent.is%3Atrue&sort=-title"})
	p.run("what_the_address_says_goes_before", scenario{path: "/books?size=50", status: 200, holds: map[string]string{"tbody tr:nth-child(2) th": ""}})
	p.run("no_link_there_is_without_parameters", scenario{path: "/books?q=zzzz", status: 200, holds: map[string]string{`.empty a[href="/books?size=50"]`: "Clear the search", `#size[data-usual="0"]`: ""}})
	p.run("for_who_may_not_see_views_it_is_not", scenario{path: "/books", visitor: "reader", status: 200})
	for name, bad := range map[string]string{"no_list": "page=2", "empty": "", "damaged": "%zz", "without_what_counts": "after=x"} {
		home = bad
		p.run("not_if_it_is_"+name, scenario{path: "/books", status: 200})
	}
	home = "filter=gone.is:1"
	p.run("one_that_names_what_is_gone_says_so", scenario{path: "/books?filter=gone.is:1", status: 400, holds: map[string]string{"h1 + p": `There is no column "gone" to filter by.`, `a[href="/books?size=50"]`: "To the books"}})
}
