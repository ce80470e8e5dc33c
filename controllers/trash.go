package controllers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// The last segments of the addresses of what is deleted and can be taken back.
const (
	trashName   = "trash"
	takeOutName = "restore"
	purgeName   = "purge"
)

// trashPage is what pages/table/trash.html draws.
type trashPage struct {
	Table      *crud.Table
	Crumbs     crumbs
	List       *crud.List
	Headings   []listHeading
	Rows       *views.Rows
	Prev, Next pageLink
}

// mountTrash mounts the trash of a table that has one. It is for those who may take something out of it or empty it.
func (t *tablePages) mountTrash(router *Router) {
	if !t.table.Trashable() {
		return
	}
	at := "/" + t.table.Name
	restore, purge := May(t.resource, crud.Restore), May(t.resource, crud.Purge)
	router.Get(at+"/"+trashName, May(t.resource, crud.Restore, crud.Purge), t.trash)
	router.Form(at+"/:key/"+takeOutName, restore, nil, t.takeOut)
	router.Get(at+"/:key/"+purgeName, purge, func(c *gin.Context) error { return t.question(c, crud.Purge, nil, nil) })
	router.Form(at+"/:key/"+purgeName, purge, deleteFields, t.purge)
}

// seesTrash reports whether the account may see what is deleted.
func (t *tablePages) seesTrash(ctx context.Context) bool {
	return t.table.Trashable() && (t.resource.Can(ctx, crud.Restore) || t.resource.Can(ctx, crud.Purge))
}

// trash answers GET /TABLE/trash.
func (t *tablePages) trash(c *gin.Context) error {
	query, err := parseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	query.Trash = true
	ctx := c.Request.Context()
	list, err := t.resource.List(ctx, query)
	if err != nil {
		return err
	}
	page := &trashPage{
		Table: t.table, Crumbs: crumbs{Table: t.table}, List: list, Headings: plainHeadings(list), Rows: t.site.rows(ctx, t.resource, list, rowExtras{dead: true}),
	}
	defer page.Rows.Free()
	page.Prev, page.Next = pagePrevNext(t.path(trashName), query, list)
	return t.site.render(c, http.StatusOK, view{name: t.page(trashName), title: "Trash of " + t.table.Plural, page: page, rows: page.Rows})
}

// takeOut answers POST /TABLE/KEY/restore. What stands in the way is said on the record's page.
func (t *tablePages) takeOut(c *gin.Context) error {
	key := c.Param("key")
	input, err := posted(c)
	if err != nil {
		return err
	}
	out, err := t.site.once(c, input, func(ctx context.Context) (done, error) {
		saved, err := t.resource.Restore(ctx, key)
		if err != nil {
			return done{}, err
		}
		return done{Said: "Restored " + isolated(saved.Label) + ".", To: t.path(saved.Key)}, nil
	})
	if known, ok := t.site.mendable(c, err); ok {
		t.site.flash(c, "Not restored: "+t.sentences(known))
		c.Redirect(http.StatusSeeOther, t.path(key))
		return nil
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// purge answers POST /TABLE/KEY/purge.
func (t *tablePages) purge(c *gin.Context) error {
	return t.confirmed(c, crud.Purge, func(ctx context.Context) (*crud.Saved, error) { return t.resource.Purge(ctx, c.Param("key")) })
}

// sentences says an error in one line, each sentence with the label of its field.
func (t *tablePages) sentences(problem *crud.Error) string {
	text := problem.Fields[""]
	for _, f := range t.table.Fields {
		if said := problem.Fields[f.Name]; said != "" {
			text += " " + f.Label + ": " + said
		}
	}
	if text == "" {
		return sentence(problem)
	}
	return text
}
