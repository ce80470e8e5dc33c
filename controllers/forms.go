package controllers

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// then is the parameter of the button that leads to another empty form.
const then = "_then"

// blank answers GET /TABLE/new.
func (t *tablePages) blank(c *gin.Context) error {
	like, err := t.like(c)
	if err != nil {
		return err
	}
	if like == nil {
		return t.form(c, "", nil, nil)
	}
	c.Set(likeParam, like)
	return t.form(c, "", like.Values, nil)
}

// edit answers GET /TABLE/KEY/edit.
func (t *tablePages) edit(c *gin.Context) error { return t.form(c, c.Param("key"), nil, nil) }

// create answers POST /TABLE.
func (t *tablePages) create(c *gin.Context) error { return t.submit(c, "") }

// update answers POST /TABLE/KEY.
func (t *tablePages) update(c *gin.Context) error { return t.submit(c, c.Param("key")) }

func (t *tablePages) submit(c *gin.Context, key string) error {
	from, err := t.formPlace(c)
	if err != nil {
		return err
	}
	input, err := posted(c)
	if err != nil {
		return err
	}
	if input.Has(crud.MoreParam) {
		return t.form(c, key, input, nil)
	}
	next := input.Get(then)
	input.Del(then)
	out, err := t.site.once(c, input, because(input, func(ctx context.Context) (done, error) {
		saved, err := t.resource.Submit(ctx, key, withoutReason(input))
		if err != nil {
			return done{}, err
		}
		out := done{Said: outcome(key, saved) + meanwhile(ctx, saved), To: t.path(saved.Key), Key: saved.Key}
		switch {
		case next == "new":
			out.To = t.path("new") + from.Suffix
		case from.For == nil && from.Suffix != "":
			out.To = from.List
		}
		return out, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		return t.form(c, key, input, known)
	}
	if err != nil {
		return err
	}
	if from.For == nil {
		return t.site.lead(c, out)
	}
	if byScript(c) {
		return from.For.tellMade(c, out)
	}
	out.Said += " It can be chosen in the form that it was made for."
	return t.site.lead(c, out)
}

func outcome(key string, saved *crud.Saved) string {
	switch {
	case key == "":
		return "Created " + isolated(saved.Label) + "."
	case len(saved.Changed) == 0:
		return "Nothing had changed in " + isolated(saved.Label) + "."
	}
	return "Saved " + isolated(saved.Label) + "."
}

// posted reads the form of the body, and nothing from the address.
func posted(c *gin.Context) (url.Values, error) {
	if kind := c.ContentType(); kind != gin.MIMEPOSTForm && kind != "" {
		return nil, &Failure{Status: http.StatusUnsupportedMediaType, Message: "A form has to be sent as " + gin.MIMEPOSTForm + "."}
	}
	if err := c.Request.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, &Failure{Status: http.StatusBadRequest, Message: "The form could not be read.", Err: err}
	}
	return maps.Clone(c.Request.PostForm), nil
}

// form draws the form of a new row (key "") or of an existing one; problem is why what was sent came back.
func (t *tablePages) form(c *gin.Context, key string, input url.Values, problem *crud.Error) error {
	from, err := t.formPlace(c)
	if err != nil {
		return err
	}
	form, err := t.resource.Form(c.Request.Context(), key, from.given(key, input))
	if err != nil {
		return err
	}
	from.fix(key, form)
	page := &formPage{
		Table: t.table, Form: form, Crumbs: crumbs{Table: t.table, Place: from}, Heading: "New " + t.table.Singular, Single: from.For != nil,
		Action: t.path() + from.Suffix, Cancel: from.List,
	}
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	if like, ok := c.Get(likeParam); ok {
		page.Like = like.(*crud.Copied)
	}
	if key != "" {
		page.Heading, page.Action = "Edit "+isolated(form.Label), t.path(form.Key)+from.Suffix
		if from.Suffix == "" {
			page.Cancel = t.path(form.Key)
		}
		page.Crumbs.Key, page.Crumbs.Label, page.Links, page.Reason = form.Key, form.Label, t.linksFor(c), reasonOf(input, problem)
	}
	code := http.StatusOK
	if problem != nil {
		code = status(problem.Kind)
		page.explain(problem)
	}
	for _, group := range form.Groups {
		page.Required = page.Required || slices.ContainsFunc(group.Fields, func(f crud.Input) bool { return f.Required })
	}
	fields, err := t.drawFields(form.Groups)
	if err != nil {
		return err
	}
	lines, err := t.drawLines(form.Lines, input.Get(crud.MoreParam))
	if err != nil {
		return err
	}
	if from.For != nil && byScript(c) {
		drawn, err := t.drawForm("record-form", page, fields, lines)
		if err != nil {
			return err
		}
		return t.site.fragment(c, code, "record-form", view{name: t.page("form"), page: drawn})
	}
	title := page.Heading + " · " + t.table.Plural
	if problem != nil {
		title = "Not saved: " + title
	}
	drawn, err := t.drawForm("content", page, fields, lines)
	if err != nil {
		return err
	}
	return t.site.render(c, code, view{name: t.page("form"), title: title, page: drawn})
}

// ofLine puts what is wrong with a line, but not in one of its fields, at the line, and takes it out of what is left.
func (p *formPage) ofLine(label string, line *crud.Line, left map[string]string, rows map[string]crud.Ref) {
	var texts []string
	at := fieldProblem{Field: line.Prefix + crud.LineKeyParam, Label: label}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if strings.HasPrefix(name, line.Prefix) {
			texts = append(texts, left[name])
			if row, ok := rows[name]; ok {
				at.Taken = &row
			}
			delete(left, name)
		}
	}
	if texts != nil {
		line.Error = strings.Join(texts, " ")
		at.Text = line.Error
		p.Problems = append(p.Problems, at)
	}
}

// explain puts the sentences beside their fields, in the order of the form, and above it. A sentence whose field is
// not in the form stands above it alone.
func (p *formPage) explain(problem *crud.Error) {
	left := maps.Clone(problem.Fields)
	beside := func(fields []crud.Input) {
		for i := range fields {
			field := &fields[i]
			if text, ok := left[field.Name]; ok {
				field.Error = text
				if row, ok := problem.Rows[field.Name]; ok {
					field.Taken = &row
				}
				p.Problems = append(p.Problems, fieldProblem{Field: field.Name, Label: field.Label, Text: text, Taken: field.Taken})
				delete(left, field.Name)
			}
		}
	}
	for _, group := range p.Form.Groups {
		beside(group.Fields)
	}
	for _, lines := range p.Form.Lines {
		for i := range lines.Lines {
			beside(lines.Lines[i].Fields)
			p.ofLine(lines.Label, &lines.Lines[i], left, problem.Rows)
		}
	}
	if text := p.Reason.Error; text != "" && p.Table.History {
		p.Problems = append(p.Problems, fieldProblem{Field: reasonParam, Label: reasonField.Label, Text: text})
		delete(left, reasonParam)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		p.Problems = append(p.Problems, fieldProblem{Text: left[name]})
	}
	if len(p.Problems) == 0 {
		p.Problems = []fieldProblem{{Text: problem.Kind.String()}}
	}
	p.Summary = "Not saved: " + plural(len(p.Problems), "thing") + " to look at"
}
