package controllers

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// childrenName is the segment of a record's path below which its children are listed.
const childrenName = "children"

// childPart is one table of children on a record's page, before its rows are there.
type childPart struct {
	crud.Children
	Path string // their rows, as a page of their own or for a script as a part
	New  string // the form of a new one; "" if the account may not make any
}

// childrenPage is what pages/table/children.html draws, whole or, for a script, its rows alone.
type childrenPage struct {
	childPart
	Table     *crud.Table // of the children
	Crumbs    crumbs
	List      *crud.List
	Headings  template.HTML
	Rows      *views.Rows
	CanUpdate bool
	Pager     template.HTML // "" if these are all
	All       string        // their own list, narrowed to them; "" if it cannot be
	Count     string        // how many there are, where they are more than are shown; "" if that is not known
}

// mountChildren mounts the rows that refer to a record. They are for who may read them; the record is looked up by itself.
func (t *tablePages) mountChildren(router *Router) {
	for _, child := range t.table.Children {
		if of := t.site.tables[child.Table]; of != nil {
			router.Get("/"+t.table.Name+"/:key/"+childrenName+"/"+child.Name, May(of, crud.Read), func(c *gin.Context) error { return t.children(c, child.Name) })
		}
	}
}

// childParts are the tables of children of a record.
func (t *tablePages) childParts(children []crud.Children) []childPart {
	parts := make([]childPart, len(children))
	for i, child := range children {
		parts[i] = t.childPart(child)
	}
	return parts
}

func (t *tablePages) childPart(child crud.Children) childPart {
	part := childPart{Children: child, Path: t.path(child.Parent.Key, childrenName, child.Name)}
	if child.Create {
		part.New = t.site.Path("/"+child.Table+"/new") + t.below(child).Suffix
	}
	return part
}

// below is the place of children of a record.
func (t *tablePages) below(child crud.Children) place {
	return place{
		List: t.path(child.Parent.Key), Suffix: "?" + ofParam + "=" + url.QueryEscape(t.table.Name+"/"+child.Parent.Key+"/"+child.Name), Of: &child,
		Title: t.table.Plural, Held: child.Held,
	}
}

// children answers GET /TABLE/KEY/children/NAME.
func (t *tablePages) children(c *gin.Context, name string) error {
	query, err := parseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if query != (crud.Query{After: query.After, Before: query.Before}) {
		return BadAddress("Records below another one know nothing but %q and %q.", "after", "before")
	}
	ctx := c.Request.Context()
	children, list, err := t.resource.ChildList(ctx, c.Param("key"), name, query)
	if err != nil {
		return err
	}
	page, err := t.childrenPage(ctx, *children, list)
	if err != nil {
		return err
	}
	defer page.Rows.Free()
	drawn := view{name: t.page(childrenName), title: children.Label + " of " + isolated(children.Parent.Label) + " · " + t.table.Plural, page: page, rows: page.Rows}
	if byScript(c) {
		return t.site.fragment(c, http.StatusOK, "child-rows", drawn)
	}
	return t.site.render(c, http.StatusOK, drawn)
}

func (t *tablePages) childrenPage(ctx context.Context, child crud.Children, list *crud.List) (*childrenPage, error) {
	resource := t.site.tables[child.Table]
	of := &tablePages{site: t.site, resource: resource, table: resource.Table()}
	headings, err := t.site.views.Drawn(t.page(childrenName), "headings", plainHeadings(list))
	if err != nil {
		return nil, err
	}
	page := &childrenPage{
		childPart: t.childPart(child), Table: of.table, List: list, Headings: headings, CanUpdate: resource.Can(ctx, crud.Update),
		Crumbs: crumbs{Table: t.table, Key: child.Parent.Key, Label: child.Parent.Label},
		Rows:   t.site.rows(ctx, resource, list, rowExtras{place: t.below(child).Suffix}),
	}
	single := list.Prev == "" && list.Next == ""
	if !single {
		page.Pager = t.site.pager(pagePrevNext(page.Path, crud.Query{}, list))
	}
	if child.Filter == "" {
		return page, nil
	}
	page.All = address(of.path(), crud.Query{Filter: child.Filter})
	if single {
		return page, nil
	}
	count, err := resource.Count(ctx, crud.Query{Filter: child.Filter})
	if slow(err) {
		return page, nil
	}
	page.Count = counted(count)
	return page, err
}
