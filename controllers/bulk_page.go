package controllers

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// bulkBar is what partials/bulk.html draws under a list: what can be done to the rows that are ticked.
type bulkBar struct {
	Verbs  template.HTML // the block bulk-verbs, which draws a list of bulkVerb
	Export string        // where the export of the ticked rows is asked for
	All    string        // "all 1,234 that match", where there are more than on the page; "" for none

	Search, Filter, Sort string // of the list that they are ticked in
}

// bulkVerb is one button of it.
type bulkVerb struct {
	Label, Icon, Path string
	Danger            bool
}

// bulkPage is what pages/table/bulk.html draws.
type bulkPage struct {
	Table           *crud.Table
	Crumbs          crumbs
	Heading, Help   string
	Rows            string // how many: "37 users"
	Survey          *crud.Survey
	Terms           []string // what narrows them; none for rows that were ticked
	Action, Choices string   // where the form is sent, and where its pickers ask
	Ticket          string
	Once            string // what its form is known by
	Zone            string // in which its moments are written; "" where there are none
	Base            string // what it shows of the rows, sent back as crud.BaseParam; "" for nothing
	Button          string
	Danger          bool
	Edit            bool // fields are ticked to be set
	Fields          []bulkField
	Reason          reasonInput
	Problem         string
	Refused         *crud.Refusals
	Back            string
}

// bulkField is one control of it.
type bulkField struct {
	crud.Input
	Set bool // ticked
}

// bulkBar offers what the account may do to some row at least.
func (t *tablePages) bulkBar(ctx context.Context, list *crud.List) (*bulkBar, error) {
	bar := &bulkBar{Export: t.path("export"), Search: list.Search, Filter: list.Filter, Sort: list.Sort}
	if list.Next != "" || list.Prev != "" {
		bar.All = "All that match"
	}
	var verbs []bulkVerb
	key := t.table.Name
	add := func(verb crud.Verb, label, icon string) {
		if t.resource.Can(ctx, verb) {
			verbs = append(verbs, bulkVerb{label, icon, t.path("bulk", string(verb)), verb == crud.Delete})
			key += " " + string(verb)
		}
	}
	add(crud.Update, "Edit", "edit")
	for _, action := range t.table.Actions {
		add(crud.Verb(action.Name), action.Label, "")
	}
	add(crud.Delete, "Delete", "trash")
	var err error
	bar.Verbs, err = t.site.views.Kept(t.page("index"), "bulk-verbs", key, func() any { return verbs })
	return bar, err
}

// of says how many all are.
func (b *bulkBar) of(count string) {
	if b.All != "" {
		b.All = "All " + count + " that match"
	}
}

// ask draws the question about many rows.
func (t *tablePages) ask(c *gin.Context, code int, ask bulkAsk) error {
	ctx := c.Request.Context()
	survey, err := t.resource.Survey(ctx, ask.verb, ask.rows)
	if err != nil {
		return err
	}
	page := &bulkPage{
		Table: t.table, Crumbs: crumbs{Table: t.table}, Survey: survey, Rows: t.amount(survey.Rows), Action: t.path("bulk", string(ask.verb)),
		Choices: t.path(), Refused: ask.refused, Back: address(t.path(), ask.rows.Query), Reason: reasonOf(ask.typed, ask.problem),
	}
	if survey.Rows == 0 {
		return t.noRows(ask, survey)
	}
	if page.Ticket, err = t.site.seal(ctx, ticket{
		Table: t.table.Name, Verb: ask.verb, Rows: ask.rows, Count: survey.Rows, Digest: survey.Digest,
	}); err != nil {
		return err
	}
	if page.Once, err = t.site.formName(ctx); err != nil {
		return err
	}
	if err := t.narrowedBy(ctx, page, ask.rows); err != nil {
		return err
	}
	page.word(ask.verb, t.action(ask.verb))
	if err := t.fields(ctx, page, ask); err != nil {
		return err
	}
	page.explain(ask.problem)
	title := page.Heading + " · " + t.table.Plural
	if ask.problem != nil {
		title = "Not done: " + title
	}
	return t.site.render(c, code, view{name: t.page("bulk"), title: title, page: page})
}

// noRows says why there is nothing that this could be done to.
func (t *tablePages) noRows(ask bulkAsk, survey *crud.Survey) error {
	switch {
	case ask.problem != nil:
		return &Failure{Status: status(ask.problem.Kind), Message: sentence(ask.problem)}
	case survey.Barred > 0:
		return &Failure{
			Status: http.StatusForbidden, Message: "You may see these " + t.table.Plural + ", but not do this to them.",
			Needs: needed(t.table.Name + ":" + string(ask.verb)),
		}
	}
	return &Failure{Status: http.StatusNotFound, Message: "None of these rows is there (any more)."}
}

// narrowedBy says what the rows are narrowed by, if they were not ticked one by one.
func (t *tablePages) narrowedBy(ctx context.Context, page *bulkPage, rows crud.Selection) error {
	if !rows.All {
		return nil
	}
	terms, err := t.resource.Terms(ctx, rows.Query.Filter)
	if err != nil {
		return err
	}
	for _, term := range terms {
		page.Terms = append(page.Terms, term.Text)
	}
	if rows.Query.Search != "" {
		page.Terms = append(page.Terms, "found by “"+rows.Query.Search+"”")
	}
	if len(page.Terms) == 0 {
		page.Terms = []string{"all of the table"}
	}
	return nil
}

// word says what the page is about.
func (p *bulkPage) word(verb crud.Verb, action crud.ActionDoc) {
	switch verb {
	case crud.Delete:
		p.Heading, p.Button, p.Danger = "Delete "+p.Rows+"?", "Delete "+p.Rows, true
		p.Help = "This deletes them for good, each with everything that belongs to it alone."
	case crud.Update:
		p.Heading, p.Button, p.Edit = "Edit "+p.Rows, "Save "+p.Rows, true
		p.Help = "Tick what is to be set in all of them. What is not ticked stays as it is."
	default:
		p.Heading, p.Button, p.Help = bare(action)+" — "+p.Rows, bare(action), action.Help
	}
}

// bare is an action's label where it is about to be done: the dots say that something is asked first.
func bare(action crud.ActionDoc) string { return strings.TrimSuffix(action.Label, "…") }

// fields draws the form of the page, if it has one.
func (t *tablePages) fields(ctx context.Context, page *bulkPage, ask bulkAsk) error {
	var form *crud.Form
	var err error
	switch action := t.action(ask.verb); {
	case ask.verb == crud.Update:
		form, err = t.resource.BulkForm(ctx, ask.rows, ask.typed)
	case len(action.Fields) > 0:
		page.Choices = t.path("actions", action.Name)
		form, err = t.resource.ActForm(ctx, "", action.Name, ask.typed)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	page.Base, page.Zone = form.Base, form.Zone
	for _, group := range form.Groups {
		for _, in := range group.Fields {
			if page.Edit {
				in.Required = false // what is not ticked may be empty
			}
			page.Fields = append(page.Fields, bulkField{in, slices.Contains(ask.typed[setParam], in.Name)})
		}
	}
	return nil
}

// explain puts the sentences of a problem beside their fields, and the others above.
func (p *bulkPage) explain(problem *crud.Error) {
	if problem == nil {
		return
	}
	p.Problem = problem.Fields[""]
	var wrong []string
	for i := range p.Fields {
		field := &p.Fields[i]
		if text := problem.Fields[field.Name]; text != "" {
			field.Error = text
			wrong = append(wrong, field.Label)
		}
	}
	if p.Reason.Error != "" {
		wrong = append(wrong, reasonField.Label)
	}
	switch {
	case p.Problem != "":
	case len(wrong) == 0:
		p.Problem = "Nothing was done: " + sentence(problem)
	case len(wrong) == 1:
		p.Problem = fmt.Sprintf("Nothing was done: %s needs another look.", wrong[0])
	default:
		p.Problem = fmt.Sprintf("Nothing was done: %s need another look.", strings.Join(wrong, ", "))
	}
}

// actForm answers GET /TABLE/KEY/actions/NAME: what an action asks for, and again what was typed with what is wrong with it.
func (t *tablePages) actForm(c *gin.Context, action crud.ActionDoc, typed url.Values, problem *crud.Error) error {
	form, err := t.resource.ActForm(c.Request.Context(), c.Param("key"), action.Name, typed)
	if err != nil {
		return err
	}
	page := &bulkPage{
		Table: t.table, Crumbs: crumbs{Table: t.table, Key: form.Key, Label: form.Label}, Heading: bare(action) + " — " + isolated(form.Label),
		Help: action.Help, Action: t.path(form.Key, "actions", action.Name), Choices: t.path("actions", action.Name), Button: bare(action),
		Zone: form.Zone, Back: t.path(form.Key), Reason: reasonOf(typed, problem),
	}
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	for _, in := range form.Groups[0].Fields {
		page.Fields = append(page.Fields, bulkField{Input: in})
	}
	page.explain(problem)
	code := http.StatusOK
	if problem != nil {
		code = status(problem.Kind)
	}
	return t.site.render(c, code, view{name: t.page("bulk"), title: page.Heading + " · " + t.table.Plural, page: page})
}

// actChoices answers GET /TABLE/actions/NAME/choices/FIELD?q= for the pickers of the form.
func (t *tablePages) actChoices(c *gin.Context, action crud.ActionDoc) error {
	return t.pick(c, c.Request.URL.RawQuery, func(ctx context.Context, search string) (*crud.Choices, error) {
		return t.resource.ActChoices(ctx, action.Name, c.Param("field"), search)
	})
}
