package controllers

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// tablePages are the pages of one registered table.
type tablePages struct {
	site     *Site
	resource crud.Resource
	table    *crud.Table
}

// mountTable mounts every page of a table. What its Options do not allow answers 403: crud says so.
func (s *Site) mountTable(router *Router, resource crud.Resource) {
	t := &tablePages{site: s, resource: resource, table: resource.Table()}
	at, fields := "/"+t.table.Name, slices.Concat(t.table.Fields, t.table.Entries, t.lineFields(), []crud.FieldDoc{reasonField})
	read, create, update, remove := May(resource, crud.Read), May(resource, crud.Create), May(resource, crud.Update), May(resource, crud.Delete)
	router.Get(at, read, t.list)
	router.Get(at+"/export", read.Programs(), t.export)
	router.Get(at+"/columns", read, t.chooser)
	router.Post(at+"/columns", read, t.choose)
	router.Get(at+"/choices/:field", May(resource, crud.Read, crud.Create, crud.Update).Programs(), t.choices)
	t.mountViews(router)
	if t.table.Keyless {
		return
	}
	router.Get(at+"/new", create, t.blank)
	router.Form(at, create, fields, t.create)
	router.Get(at+"/:key", read, t.show)
	router.Get(at+"/:key/edit", update, t.edit)
	router.Form(at+"/:key", update, fields, t.update)
	router.Get(at+"/:key/delete", remove, t.confirm)
	router.Form(at+"/:key/delete", remove, deleteFields, t.remove)
	router.Get(at+"/:key/cell/:field", update, t.cell)
	router.Form(at+"/:key/cell/:field", update, fields, t.setCell)
	t.mountTrash(router)
	t.mountChildren(router)
	t.mountLinks(router)
	t.mountBulk(router)
	t.mountImport(router)
	t.mountHistory(router)
	t.mountRecords(router)
}

// path returns the table's address, or that of something below it.
func (t *tablePages) path(below ...string) string {
	path := t.site.Path("/" + t.table.Name)
	for _, part := range below {
		path += "/" + part
	}
	return path
}

func (t *tablePages) page(name string) string { return t.site.views.Of(t.table.Name, name) }

// show answers GET /TABLE/KEY.
func (t *tablePages) show(c *gin.Context) error {
	from, err := t.placeIn(c)
	if err != nil {
		return err
	}
	record, err := t.resource.Show(c.Request.Context(), c.Param("key"))
	if err != nil {
		return err
	}
	page := &showPage{
		Table: t.table, Record: record, Crumbs: crumbs{Table: t.table, Place: from}, Links: t.linksFor(c), Place: from.Suffix,
		Update: t.button(record, crud.Update), Delete: t.button(record, crud.Delete), Children: t.childParts(record.Children),
	}
	if err := t.around(c, page, from); err != nil {
		return err
	}
	for _, action := range t.table.Actions {
		page.Actions = append(page.Actions, actionButton{action, t.button(record, crud.Verb(action.Name))})
	}
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	page.inTrash()
	page.collectGreyed()
	title := isolated(record.Label) + " · " + t.table.Plural
	return t.site.render(c, http.StatusOK, view{name: t.page("show"), title: title, page: page})
}

// act answers POST /TABLE/KEY/actions/NAME.
func (t *tablePages) act(c *gin.Context, action crud.ActionDoc) error {
	key := c.Param("key")
	from, err := t.placeIn(c)
	if err != nil {
		return err
	}
	input, err := posted(c)
	if err != nil {
		return err
	}
	out, err := t.site.once(c, input, because(input, func(ctx context.Context) (done, error) {
		saved, err := t.resource.Act(ctx, key, action.Name, withoutReason(input))
		if err != nil {
			return done{}, err
		}
		return done{Said: bare(action) + " done: " + isolated(saved.Label) + ".", To: t.path(saved.Key) + from.Suffix}, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		if len(action.Fields) > 0 {
			return t.actForm(c, action, input, known)
		}
		t.site.flash(c, sentence(known))
		c.Redirect(http.StatusSeeOther, t.path(key)+from.Suffix)
		return nil
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// choices answers GET /TABLE/choices/FIELD?q= and &within= with what a relation may point at, for the picker.
func (t *tablePages) choices(c *gin.Context) error {
	parent, raw := "", c.Request.URL.RawQuery
	if values := c.Request.URL.Query(); values.Has("within") {
		parent = values.Get("within")
		values.Del("within")
		raw = values.Encode()
	}
	return t.pick(c, raw, func(ctx context.Context, search string) (*crud.Choices, error) {
		return t.resource.Choices(ctx, c.Param("field"), search, parent)
	})
}

// pick answers a picker's query with what find finds.
func (*tablePages) pick(c *gin.Context, raw string, find func(ctx context.Context, search string) (*crud.Choices, error)) error {
	query, err := parseQuery(raw)
	if err != nil {
		return err
	}
	if query != (crud.Query{Search: query.Search}) {
		return BadAddress("A choice knows nothing but %q.", "q")
	}
	found, err := find(c.Request.Context(), query.Search)
	if err != nil {
		return err
	}
	answer := choicesAnswer{Items: make([]choiceAnswer, len(found.Items)), More: found.More}
	for i, item := range found.Items {
		answer.Items[i] = choiceAnswer{item.Value, item.Label, item.Note}
	}
	c.JSON(http.StatusOK, answer)
	return nil
}

type choicesAnswer struct {
	Items []choiceAnswer `json:"items"`
	More  bool           `json:"more"`
}

type choiceAnswer struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Note  string `json:"note,omitempty"`
}
