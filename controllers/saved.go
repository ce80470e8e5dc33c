package controllers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// SavedViews are lists that people keep under a name. The zero SavedViews are none.
type SavedViews struct {
	Table string // whose rows they are; "" for none

	// List returns the account's own views of a table and those that are shared with it.
	List func(ctx context.Context, table string) ([]crud.View, error)
	// Roles returns the roles that the account may share a view with.
	Roles func(ctx context.Context) ([]string, error)
	// Save keeps a view of a table: a new one if its Key is "", else in place of that one. What is wrong with the name stands in
	// its crud.Error's Fields under "name".
	Save func(ctx context.Context, table string, view crud.View) error
}

// The parameters of the form that saves a view, beside those of the list.
const (
	viewName    = "_name"
	viewRole    = "_role"
	viewDefault = "_default"
	viewReplace = "_replace" // its button puts the list in place of the view of that name
)

// viewsPage is what pages/table/views.html draws, and its block views, which stands on the list.
type viewsPage struct {
	Table  *crud.Table
	Crumbs crumbs
	All    viewLink // the list without a view
	Views  []viewLink
	Rows   *crud.Table // the table of views; nil for who may not save any
	Back   string      // the list that would be saved
	Keep   []hiddenField
	Roles  []string
	Once   string

	View    crud.View // as it was typed
	Wrong   string    // a sentence about its name; "" for none
	Problem string    // one about anything else; "" for none
	Taken   bool      // the account has a view of that name

	known []crud.View // what Views link to
}

// viewLink is a view of a table.
type viewLink struct {
	crud.View
	Path    string // the list
	Rest    string // what Path says, in the same way for the same list
	Current bool
}

// mountViews mounts the pages of views, if they are kept.
func (t *tablePages) mountViews(router *Router) {
	if t.site.config.Views.Table == "" {
		return
	}
	at, read := "/"+t.table.Name+"/views", May(t.resource, crud.Read)
	router.Get(at, read, t.views)
	router.Form(at, read, []crud.FieldDoc{
		{Name: viewName, Label: "Name"}, {Name: viewRole, Label: "Share with"}, {Name: viewDefault}, {Name: viewReplace},
		{Name: "q"}, {Name: "filter"}, {Name: "sort"}, {Name: "fields"}, {Name: "size"},
	}, t.saveView)
}

// mayViews tells whether the account may do that to some view.
func (s *Site) mayViews(ctx context.Context, verb crud.Verb) bool {
	rows := s.tables[s.config.Views.Table]
	return rows != nil && rows.Can(ctx, verb)
}

// viewsOf is where the views of a list come from after it, so that it need not wait for them; "" for who may not see any.
func (t *tablePages) viewsOf(ctx context.Context, query crud.Query) string {
	if !t.site.mayViews(ctx, crud.Read) {
		return ""
	}
	return address(t.path("views"), t.viewed(query))
}

// opening is what the address of a list says that is opened without parameters; "" if there is nothing, or nothing that a list knows.
func (t *tablePages) opening(ctx context.Context, layout crud.Layout) string {
	if layout.Home == "" {
		return ""
	}
	query, err := parseQuery(layout.Home)
	if err != nil || !t.site.mayViews(ctx, crud.Read) {
		return ""
	}
	return saidBy(t.viewed(query))
}

// past is the address of a list past what it opens with: it always says something.
func (t *tablePages) past(query crud.Query) string {
	if query == (crud.Query{}) {
		query.Size = t.table.PageSize
	}
	return t.address(query)
}

// viewed is the part of a list that a view keeps. The table's own number of rows is none.
func (t *tablePages) viewed(query crud.Query) crud.Query {
	kept := crud.Query{Search: query.Search, Filter: query.Filter, Sort: query.Sort, Fields: query.Fields, Size: query.Size}
	if kept.Size == t.table.PageSize {
		kept.Size = 0
	}
	return kept
}

// saidBy is what a list's address says behind its question mark.
func saidBy(query crud.Query) string { return strings.TrimPrefix(address("", query), "?") }

// views answers GET /TABLE/views with the views of a list and the form that saves one, for htmx as they stand on the list.
func (t *tablePages) views(c *gin.Context) error {
	query, err := parseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	page, err := t.viewsPage(c.Request.Context(), t.viewed(query))
	if err != nil {
		return err
	}
	if byScript(c) {
		page.Keep = nil // the list has it
		return t.site.fragment(c, http.StatusOK, "views", view{name: t.page("views"), page: page})
	}
	return t.drawViews(c, http.StatusOK, page)
}

func (t *tablePages) drawViews(c *gin.Context, status int, page *viewsPage) error {
	return t.site.render(c, status, view{name: t.page("views"), title: "Views · " + t.table.Plural, page: page})
}

func (t *tablePages) viewsPage(ctx context.Context, query crud.Query) (*viewsPage, error) {
	known, err := t.site.config.Views.List(ctx, t.table.Name)
	if err != nil {
		return nil, err
	}
	now := saidBy(query)
	page := &viewsPage{Table: t.table, Crumbs: crumbs{Table: t.table}, Back: t.past(query), Keep: kept(t.address(query)), known: known}
	page.All = viewLink{Path: t.past(crud.Query{}), Current: now == "", View: crud.View{Name: "All " + views.Lower(t.table.Plural)}}
	for _, v := range known {
		link := viewLink{View: v, Path: t.path() + "?" + v.Query, Rest: v.Query}
		if query, err := parseQuery(v.Query); err == nil { // the same in other words
			link.Rest = saidBy(t.viewed(query))
		}
		link.Current = link.Rest == now && now != ""
		page.Views = append(page.Views, link)
	}
	if !t.site.mayViews(ctx, crud.Create) {
		return page, nil
	}
	page.Rows = t.site.tables[t.site.config.Views.Table].Table()
	if page.Once, err = t.site.formName(ctx); err != nil {
		return nil, err
	}
	page.Roles, err = t.site.config.Views.Roles(ctx)
	return page, err
}

// saveView answers POST /TABLE/views: the list is kept under a name and shown.
func (t *tablePages) saveView(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	typed, query, err := t.readView(input)
	if err != nil {
		return err
	}
	out, err := t.site.once(c, input, func(ctx context.Context) (done, error) {
		known, err := t.site.config.Views.List(ctx, t.table.Name)
		if err != nil {
			return done{}, err
		}
		typed.Key = ownView(known, typed.Name)
		if typed.Key != "" && input.Get(viewReplace) == "" {
			return done{}, &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"name": "You have a view of this name already."}}
		}
		return done{Said: "Saved the view " + isolated(typed.Name) + ".", To: t.past(query)}, t.site.config.Views.Save(ctx, t.table.Name, typed)
	})
	if known, ok := t.site.mendable(c, err); ok {
		page, err := t.viewsPage(c.Request.Context(), query)
		if err != nil {
			return err
		}
		page.View, page.Wrong, page.Taken = typed, known.Fields["name"], ownView(page.known, typed.Name) != ""
		if page.Wrong == "" {
			page.Problem = sentence(known)
		}
		return t.drawViews(c, status(known.Kind), page)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// ownView is the key of the account's own view of a name; "" if there is none.
func ownView(known []crud.View, name string) string {
	for _, v := range known {
		if v.Own && v.Name == name {
			return v.Key
		}
	}
	return ""
}

// readView reads the form: the view that was typed, and the list that is to be kept.
func (t *tablePages) readView(input url.Values) (crud.View, crud.Query, error) {
	view := crud.View{Name: strings.TrimSpace(input.Get(viewName)), Role: input.Get(viewRole), Default: input.Get(viewDefault) != ""}
	list := nonEmpty(maps.Clone(input))
	for _, name := range []string{formParam, viewName, viewRole, viewDefault, viewReplace} {
		list.Del(name)
	}
	query, err := ReadQuery(list)
	view.Query = saidBy(t.viewed(query))
	return view, t.viewed(query), err
}

// nonEmpty leaves out what a form sends of fields that say nothing.
func nonEmpty(input url.Values) url.Values {
	for name, values := range input {
		if len(values) == 1 && values[0] == "" {
			delete(input, name)
		}
	}
	return input
}
