package controllers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// Layouts keep how each account has its lists laid out. The zero Layouts keep nothing: what is chosen stands in the list's address.
type Layouts struct {
	Load func(ctx context.Context, table string) (crud.Layout, error)
	Save func(ctx context.Context, table string, layout crud.Layout) error // the zero Layout is forgotten
}

// The parameters of the form that lays a list out, beside those of the list.
const (
	showParam    = "show"     // a column that is ticked; several
	orderParam   = "place."   // and a column's name: where it stands
	densityParam = "density"  // one of densities
	plainParam   = "_default" // its button goes back to how the table is laid out by itself
)

// densities are how close rows can stand, the default first.
var densities = []crud.Choice{{Value: "comfortable", Label: "Comfortable"}, {Value: "compact", Label: "Compact"}}

// layoutForm is what partials/columns.html draws.
type layoutForm struct {
	Table     *crud.Table
	Columns   []layoutColumn // those that are shown first, in their order
	Densities []crud.Choice
	Density   string
	Sizes     []int
	Size      int
	Keep      []hiddenField // the list to go back to
	Problem   string        // a sentence; "" at first
}

// layoutColumn is a column that can be shown.
type layoutColumn struct {
	Name, Label string
	Place       int // from 1
	Shown       bool
}

// columnsPage is what pages/table/columns.html draws.
type columnsPage struct {
	Table  *crud.Table
	Crumbs crumbs
	Form   *layoutForm
	Back   string
}

// layout returns how the account has this list laid out, without columns that it may not see any more.
func (t *tablePages) layout(ctx context.Context) (crud.Layout, error) {
	if t.site.config.Layouts.Load == nil {
		return crud.Layout{}, nil
	}
	layout, err := t.site.config.Layouts.Load(ctx, t.table.Name)
	if misfit(err) { // the list is as it comes until that is mended
		return crud.Layout{}, nil
	}
	if err != nil || layout.Fields == "" {
		return layout, err
	}
	columns := t.resource.Columns(ctx)
	names := slices.DeleteFunc(strings.Split(layout.Fields, ","), func(name string) bool {
		return !slices.ContainsFunc(columns, func(column crud.ColumnDoc) bool { return column.Name == name })
	})
	layout.Fields = strings.Join(names, ",")
	return layout, nil
}

// laid is a query with what its address does not say filled in from the layout.
func laid(query crud.Query, layout crud.Layout) crud.Query {
	query.Fields, query.Size = cmp.Or(query.Fields, layout.Fields), cmp.Or(query.Size, layout.Size)
	return query
}

// lay puts the layout of a list on its page, and where the forms come from that change it and export it.
func (t *tablePages) lay(page *indexPage, query crud.Query, layout crud.Layout) {
	page.Compact, page.Size = layout.Compact, cmp.Or(layout.Size, t.table.PageSize)
	if layout.Home != "" { // a list without parameters is another
		page.Size = 0
	}
	list := laid(query, layout)
	list.After, list.Before, list.Last = "", "", false
	page.Columns = address(t.path("columns"), list)
	list.Size = 0
	page.Export = address(t.path("export"), list)
}

func (t *tablePages) layoutForm(ctx context.Context, layout crud.Layout) *layoutForm {
	form := &layoutForm{Table: t.table, Densities: densities, Density: densities[0].Value, Size: cmp.Or(layout.Size, t.table.PageSize)}
	form.Sizes = sizes(form.Size)
	if layout.Compact {
		form.Density = densities[1].Value
	}
	chosen := strings.Split(layout.Fields, ",")
	columns := t.resource.Columns(ctx)
	for _, column := range columns {
		shown := layout.Fields == "" && column.Listed || slices.Contains(chosen, column.Name)
		form.Columns = append(form.Columns, layoutColumn{Name: column.Name, Label: column.Label, Shown: shown})
	}
	place := func(column layoutColumn) int {
		switch at := slices.Index(chosen, column.Name); {
		case !column.Shown:
			return len(columns)
		case at < 0:
			return 0
		default:
			return at
		}
	}
	slices.SortStableFunc(form.Columns, func(a, b layoutColumn) int { return place(a) - place(b) })
	for i := range form.Columns {
		form.Columns[i].Place = i + 1
	}
	return form
}

// chooser answers GET /TABLE/columns with the form on a page of its own, for htmx as it stands on the list.
func (t *tablePages) chooser(c *gin.Context) error {
	query, err := parseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	layout, err := t.layout(c.Request.Context())
	if err != nil {
		return err
	}
	shown := laid(query, layout)
	layout.Fields, layout.Size = shown.Fields, shown.Size
	form := t.layoutForm(c.Request.Context(), layout)
	if byScript(c) { // the list has what the form sends along
		return t.site.fragment(c, http.StatusOK, "columns", view{name: t.page("columns"), page: form})
	}
	return t.drawChooser(c, http.StatusOK, form, query)
}

func (t *tablePages) drawChooser(c *gin.Context, status int, form *layoutForm, query crud.Query) error {
	query = crud.Query{Search: query.Search, Filter: query.Filter, Sort: query.Sort}
	back := address(t.path(), query)
	form.Keep = kept(back)
	page := &columnsPage{Table: t.table, Crumbs: crumbs{Table: t.table}, Form: form, Back: back}
	return t.site.render(c, status, view{name: t.page("columns"), title: "Columns · " + t.table.Plural, page: page})
}

// choose answers POST /TABLE/columns: the layout is kept and the list shown with it.
func (t *tablePages) choose(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	query := crud.Query{Search: input.Get("q"), Filter: input.Get("filter"), Sort: input.Get("sort")}
	ctx := c.Request.Context()
	var layout crud.Layout
	if !input.Has(plainParam) {
		if layout, err = t.readLayout(ctx, input); err != nil {
			return err
		}
	}
	if save := t.site.config.Layouts.Save; save == nil {
		query = laid(query, layout)
	} else if err := save(ctx, t.table.Name, layout); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, address(t.path(), query))
	return nil
}

// readLayout reads the form. Columns stand by the numbers of their places, those that have the same in the order in which they were sent;
// what is as the table has it by itself is left zero.
func (t *tablePages) readLayout(ctx context.Context, input url.Values) (layout crud.Layout, err error) {
	switch input.Get(densityParam) {
	case densities[0].Value, "":
	case densities[1].Value:
		layout.Compact = true
	default:
		return layout, unfit("Rows stand comfortable or compact, not %q.", input.Get(densityParam))
	}
	if text := input.Get("size"); text != "" {
		layout.Size, err = strconv.Atoi(text)
		if err != nil || layout.Size < 1 || layout.Size > crud.PageSizeMax {
			return layout, unfit("A page has 1 to %d rows, not %q.", crud.PageSizeMax, text)
		}
	}
	if layout.Size == t.table.PageSize {
		layout.Size = 0
	}
	layout.Fields, err = t.readColumns(ctx, input)
	return layout, err
}

// readColumns returns the columns that are ticked, in their order; "" for those that are listed by themselves.
func (t *tablePages) readColumns(ctx context.Context, input url.Values) (string, error) {
	var own []string
	known := map[string]bool{}
	for _, column := range t.resource.Columns(ctx) {
		known[column.Name] = true
		if column.Listed {
			own = append(own, column.Name)
		}
	}
	names, places := slices.Clone(input[showParam]), map[string]int{}
	for i, name := range names {
		switch {
		case !known[name]:
			return "", unfit("There is no column %q to show.", name)
		case slices.Contains(names[:i], name):
			return "", unfit("The column %q is ticked twice.", name)
		}
		if text := input.Get(orderParam + name); text != "" {
			place, err := strconv.Atoi(text)
			if err != nil {
				return "", unfit("The place of a column is a whole number, not %q.", text)
			}
			places[name] = place
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(places[a], places[b]) })
	if slices.Equal(names, own) {
		return "", nil
	}
	return strings.Join(names, ","), nil
}

// unfit is what a form without fields of a table is answered that cannot be meant so.
func unfit(format string, args ...any) error {
	return &Failure{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf(format, args...)}
}
