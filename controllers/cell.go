package controllers

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// seenParam carries the mark of what a page showed.
const seenParam = "_seen"

// cellPage is what pages/table/cell.html draws, whole or, for a script, its form alone.
type cellPage struct {
	Table  *crud.Table
	Crumbs crumbs
	Form   *crud.CellForm
	Action string
	Once   string
	Cancel string
	Clash  *crud.Clash // what somebody else made of it meanwhile; nil for nothing
}

// markInline tells the headings of which columns the cells can be edited in their place: the open ones.
func markInline(open []string, list *crud.List, headings []listHeading) {
	for i, column := range list.Headings {
		if slices.Contains(open, column.Name) {
			headings[i].Field = column.Name
		}
	}
}

// cell answers GET /TABLE/KEY/cell/FIELD.
func (t *tablePages) cell(c *gin.Context) error { return t.drawCell(c, nil, nil) }

// setCell answers POST /TABLE/KEY/cell/FIELD. A script is told in a sentence, others see the row.
func (t *tablePages) setCell(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	out, err := t.site.once(c, input, func(ctx context.Context) (done, error) {
		saved, err := t.resource.SetCell(ctx, c.Param("key"), c.Param("field"), input)
		if err != nil {
			return done{}, err
		}
		return done{Said: outcome(saved.Key, saved) + meanwhile(ctx, saved), To: t.path(saved.Key)}, nil
	})
	if known, ok := t.site.mendable(c, err); ok {
		return t.drawCell(c, input, known)
	}
	if err != nil {
		return err
	}
	if byScript(c) {
		c.String(http.StatusOK, "%s", out.Said)
		return nil
	}
	return t.site.lead(c, out)
}

func (t *tablePages) drawCell(c *gin.Context, typed url.Values, problem *crud.Error) error {
	form, err := t.resource.Cell(c.Request.Context(), c.Param("key"), c.Param("field"), typed)
	if err != nil {
		return err
	}
	page := &cellPage{
		Table: t.table, Crumbs: crumbs{Table: t.table, Key: form.Key, Label: form.Label}, Form: form, Cancel: t.path(form.Key),
		Action: t.path(form.Key, "cell", form.Input.Name), Clash: form.Input.Clash,
	}
	form.Input.Clash = nil // its buttons ask
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	code := http.StatusOK
	if problem != nil {
		code = status(problem.Kind)
		if form.Input.Error = problem.Fields[form.Input.Name]; form.Input.Error == "" {
			form.Input.Error = sentence(problem)
		}
	}
	if byScript(c) {
		return t.site.fragment(c, code, "cell", view{name: t.page("cell"), page: page})
	}
	title := form.Input.Label + " of " + isolated(form.Label) + " · " + t.table.Plural
	return t.site.render(c, code, view{name: t.page("cell"), title: title, page: page})
}
