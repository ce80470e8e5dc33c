package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

const (
	// setParam lists the fields that are ticked to be set.
	setParam = "_set"
	// bulkTime is what work on many rows may take.
	bulkTime = 5 * time.Minute
)

// mountBulk mounts what is done to many rows, and the forms of actions that ask.
func (t *tablePages) mountBulk(router *Router) {
	at := "/" + t.table.Name
	carried := []crud.FieldDoc{{Name: ticketParam}, {Name: setParam}, {Name: "keys"}, {Name: "all"}, {Name: "q"}, {Name: "filter"}, {Name: "sort"}, reasonField}
	mount := func(verb crud.Verb, fields []crud.FieldDoc) {
		router.Form(at+"/bulk/"+string(verb), May(t.resource, verb), slices.Concat(fields, carried),
			func(c *gin.Context) error { return t.bulk(c, verb) })
	}
	mount(crud.Update, t.table.Fields)
	mount(crud.Delete, nil)
	for _, action := range t.table.Actions {
		verb := crud.Verb(action.Name)
		mount(verb, action.Fields)
		router.Form(at+"/:key/actions/"+action.Name, May(t.resource, verb), slices.Concat(action.Fields, []crud.FieldDoc{reasonField}),
			func(c *gin.Context) error { return t.act(c, action) })
		if len(action.Fields) == 0 {
			continue
		}
		router.Get(at+"/:key/actions/"+action.Name, May(t.resource, verb), func(c *gin.Context) error { return t.actForm(c, action, nil, nil) })
		router.Get(at+"/actions/"+action.Name+"/choices/:field", May(t.resource, verb).Programs(), func(c *gin.Context) error { return t.actChoices(c, action) })
	}
}

// bulkAsk is what a page about many rows is drawn from.
type bulkAsk struct {
	verb    crud.Verb
	rows    crud.Selection
	typed   url.Values // into its form; nil at first
	problem *crud.Error
	refused *crud.Refusals
}

// bulk answers POST /TABLE/bulk/VERB: it asks first, and acts when the question comes back.
func (t *tablePages) bulk(c *gin.Context, verb crud.Verb) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	input.Del(formParam) // the ticket says that it counts once
	sealed := input.Get(ticketParam)
	if sealed == "" {
		rows, err := selection(input)
		if err != nil {
			return err
		}
		return t.ask(c, http.StatusOK, bulkAsk{verb: verb, rows: rows})
	}
	question, err := t.site.unseal(c.Request.Context(), sealed)
	if err != nil {
		return err
	}
	if question.Table != t.table.Name || question.Verb != verb {
		return &Failure{Status: http.StatusBadRequest, Message: "You were asked about something else. Start again from the list."}
	}
	input.Del(ticketParam)
	return t.decide(c, question, input)
}

// selection reads which rows were ticked, or that all that match are meant.
func selection(input url.Values) (crud.Selection, error) {
	rows := crud.Selection{
		All: input.Get("all") == "1", Query: crud.Query{Search: input.Get("q"), Filter: input.Get("filter"), Sort: input.Get("sort")},
	}
	if !rows.All {
		rows.Keys = input["keys"]
	}
	if !rows.All && len(rows.Keys) == 0 {
		return rows, &Failure{Status: http.StatusUnprocessableEntity, Message: "Tick the rows first that this is to be done to."}
	}
	return rows, nil
}

// decide does what the person has confirmed, once however often that is sent.
func (t *tablePages) decide(c *gin.Context, question ticket, input url.Values) error {
	ask := bulkAsk{verb: question.Verb, rows: question.Rows, typed: input}
	if time.Now().After(question.Until) {
		ask.problem = &crud.Error{Kind: crud.KindConflict, Fields: map[string]string{"": "You were asked long ago, and nothing was done. Look at it again."}}
		return t.ask(c, http.StatusConflict, ask)
	}
	typed := ticked(input, question.Verb)
	typed.Del(reasonParam)
	out, err := t.site.answered(t.site.Lasting(c, bulkTime), question.ID, because(input, func(ctx context.Context) (done, error) {
		came, err := t.resource.Bulk(ctx, question.Verb, question.Rows, question.Digest, typed)
		if err != nil {
			return done{}, err
		}
		return done{Said: t.outcome(question.Verb, came), To: address(t.path(), question.Rows.Query)}, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		ask.problem = known
		errors.As(err, &ask.refused)
		return t.ask(c, status(known.Kind), ask)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// ticked leaves of a form that sets fields of many rows what is ticked to be set.
func ticked(input url.Values, verb crud.Verb) url.Values {
	if verb != crud.Update {
		return maps.Clone(input)
	}
	left := url.Values{}
	for _, name := range []string{crud.BaseParam, crud.ZoneParam} {
		if values, sent := input[name]; sent {
			left[name] = values
		}
	}
	for _, name := range input[setParam] {
		if values, sent := input[name]; sent {
			left[name] = values
			if kept, sent := input[crud.KeepParam+name]; sent {
				left[crud.KeepParam+name] = kept
			}
			if slices.Contains(input[crud.NullParam], name) {
				left.Add(crud.NullParam, name)
			}
		}
	}
	return left
}

// Lasting gives a request more time than others, until its client leaves.
func (s *Site) Lasting(c *gin.Context, most time.Duration) context.Context {
	connection, _ := c.MustGet(connectionKey).(context.Context)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), most)
	context.AfterFunc(connection, cancel) // the server ends it after the answer, if not before
	c.Request = c.Request.WithContext(ctx)
	line := http.NewResponseController(c.Writer)
	_ = line.SetReadDeadline(time.Time{}) // at which the server would take the client for gone; a test's writer has none
	_ = line.SetWriteDeadline(time.Now().Add(most + exportStall))
	return ctx
}

// amount says a number of the table's rows.
func (t *tablePages) amount(n int) string {
	if n == 1 {
		return "1 " + t.table.Singular
	}
	return grouped(int64(n)) + " " + views.Lower(t.table.Plural)
}

// outcome says what was done.
func (t *tablePages) outcome(verb crud.Verb, done *crud.Done) string {
	var text string
	switch verb {
	case crud.Delete:
		return "Deleted " + t.amount(done.Rows) + "."
	case crud.Update:
		text = "Saved " + t.amount(done.Rows) + "."
	default:
		text = strings.TrimSuffix(t.action(verb).Label, "…") + " done for " + t.amount(done.Rows) + "."
	}
	if same := done.Rows - done.Changed; same > 0 && verb == crud.Update {
		text += fmt.Sprintf(" In %s of them nothing had to change.", grouped(int64(same)))
	}
	return text
}

// action returns the table's action of that name; the zero one for none.
func (t *tablePages) action(verb crud.Verb) crud.ActionDoc {
	if i := slices.IndexFunc(t.table.Actions, func(a crud.ActionDoc) bool { return crud.Verb(a.Name) == verb }); i >= 0 {
		return t.table.Actions[i]
	}
	return crud.ActionDoc{}
}
