package controllers

import (
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// listSent is what the forms around a list send of it.
type listSent struct {
	Search, Filter, Sort, Fields string
	Size                         int  // rows a page that the address says; 0 if it does not
	Views                        bool // one of the forms keeps it under a name
}

// listTop is the head of a list's page.
type listTop struct {
	Table     *crud.Table
	Count     string
	Exactly   string
	CountNote string
	New       button
	Import    bool // the account may import rows
	Trash     bool // the account may see what is deleted
}

// findForm is the search of a list.
type findForm struct {
	Table  *crud.Table
	Search string
	Hint   string
	Size   int // rows of this page
	Usual  int // rows of a page where the address does not say
}

// listOpening is what stands before the rows of a list.
type listOpening struct {
	Table     *crud.Table
	Narrowed  string // by what, for the caption; "" for nothing
	Headings  template.HTML
	Compact   bool
	CanUpdate bool
}

// listDialogs are the forms that a list fetches when they are opened.
type listDialogs struct {
	Table           *crud.Table
	Export, Columns string // where they come from
}

// Sizes offers page sizes.
func (f findForm) Sizes() []int { return sizes(f.Size) }

// narrowKey tells apart the filter bars of lists without filter and search.
type narrowKey struct {
	Table         *crud.Table
	Clear, Cancel string
	Columns       template.HTML
	Fragment      bool
}

// drawer returns what draws a part of a list's page from data that is all that it sees. It is kept where it looks the same to many;
// what belongs to a search or a filter, of which there is no end, is drawn each time.
func (t *tablePages) drawer(list *crud.List) func(name, block string, data any) (template.HTML, error) {
	if list.Search == "" && list.Filter == "" {
		return t.site.views.Same
	}
	return t.site.views.Drawn
}

// drawList answers with a list, and with its rows alone where htmx asks for them.
func (t *tablePages) drawList(c *gin.Context, page *indexPage, query crud.Query, exact bool) (err error) {
	drawn := view{name: t.page("index"), title: t.table.Plural, page: page, rows: page.Rows}
	if byScript(c) {
		if page.Tick, err = t.drawer(page.List)(drawn.name, "bulk", *page.Bulk); err != nil {
			return err
		}
		return t.rowsAlone(c, page, drawn)
	}
	if err := t.count(c.Request.Context(), page, query, exact); err != nil {
		return err
	}
	page.Bulk.of(page.Count)
	if err := t.surround(page); err != nil {
		return err
	}
	code := http.StatusOK
	if form := page.Filter.Adding; form != nil && form.Error != "" {
		code = http.StatusUnprocessableEntity
	}
	return t.site.render(c, code, drawn)
}

// rowsAlone answers with what htmx puts in the place of the rows and of the filter.
func (t *tablePages) rowsAlone(c *gin.Context, page *indexPage, drawn view) error {
	page.Fragment = true
	if err := t.drawAround(page); err != nil {
		return err
	}
	return t.site.fragment(c, http.StatusOK, "list-fragment", drawn)
}

// surround draws what stands around the rows of a page.
func (t *tablePages) surround(page *indexPage) (err error) {
	list, name := page.List, t.page("index")
	draw := t.drawer(list)
	if page.Head, err = draw(name, "top", listTop{t.table, page.Count, page.Exactly, page.CountNote, page.New, page.Import, page.Trash}); err != nil {
		return err
	}
	if page.Find, err = draw(name, "find", findForm{t.table, list.Search, page.Hint, list.Size, page.Size}); err != nil {
		return err
	}
	if page.Tick, err = draw(name, "bulk", *page.Bulk); err != nil {
		return err
	}
	if page.Dialogs, err = draw(name, "dialogs", listDialogs{t.table, page.Export, page.Columns}); err != nil {
		return err
	}
	return t.drawAround(page)
}

// drawAround draws the filter of a list, and what stands before its rows.
func (t *tablePages) drawAround(page *indexPage) (err error) {
	list, name := page.List, t.page("index")
	opening := listOpening{Table: t.table, Headings: page.Headings, Compact: page.Compact, CanUpdate: page.CanUpdate}
	if list.Search != "" {
		opening.Narrowed = " matching “" + list.Search + "”"
	}
	for _, pill := range page.Filter.Pills {
		opening.Narrowed += ", " + pill.Text
	}
	if page.Opening, err = t.drawer(list)(name, "opening", opening); err != nil {
		return err
	}
	if list.Search != "" || list.Filter != "" || page.Filter.Adding != nil {
		page.Narrow, err = t.site.views.Drawn(name, "filter", page)
		return err
	}
	key := narrowKey{t.table, page.Clear, page.Filter.Cancel, page.Filter.Columns, page.Fragment}
	page.Narrow, err = t.site.views.Kept(name, "filter", key, func() any { return page })
	return err
}

// sprite is the file of the icons.
func (s *Site) sprite() string { return s.Path("/static/" + s.config.Asset("icons.svg")) }

// pager draws buttons, which no two pages have alike.
func (s *Site) pager(links ...pageLink) template.HTML {
	drawn := views.NewRows()
	defer drawn.Free()
	for _, link := range links {
		drawn.Page(link.Path, link.Label, s.sprite(), link.Icon)
	}
	return drawn.HTML()
}
