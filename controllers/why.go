package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// WhyPages explain permissions: what somebody may do with a record and why, and all that somebody may do. Without a table of
// people there are none.
type WhyPages struct {
	People   string                                                       // the table of people, whose keys are the accounts' numbers
	Standing func(ctx context.Context, key string) (auth.Standing, error) // of a person who may be read; nobody is [auth.ErrNone]
}

const (
	whyName     = "why"    // the last segment of the path of a record's explanation
	rightsName  = "rights" // and of the page of all that a person may do
	personParam = "person" // whom it is about: a key of the table of people
	whyPeople   = "/why/choices/" + personParam
)

// explain is what the pages ask for.
var explain = Holds("admin", "explain")

// there reports whether there are such pages.
func (w WhyPages) there(s *Site) bool { return s.tables[w.People] != nil && w.Standing != nil }

func (w WhyPages) records(s *Site) []RecordPage {
	if !w.there(s) {
		return nil
	}
	return []RecordPage{
		{Name: whyName, Label: "Why?", Icon: "shield", Access: explain, Show: w.show},
		{Table: w.People, Name: rightsName, Label: "What they may do", Icon: "user-shield", Access: explain, Show: w.rights},
	}
}

func (w WhyPages) mount(s *Site, router *Router) {
	if !w.there(s) {
		return
	}
	router.Get(whyPeople, explain, func(c *gin.Context) error {
		return (&tablePages{}).pick(c, c.Request.URL.RawQuery, func(ctx context.Context, search string) (*crud.Choices, error) {
			return w.people(ctx, s, search)
		})
	})
}

// people are those whom the account may read, for the picker.
func (w WhyPages) people(ctx context.Context, s *Site, search string) (*crud.Choices, error) {
	list, err := s.tables[w.People].List(ctx, crud.Query{Search: search, Size: crud.ChoiceLimit})
	if err != nil {
		return nil, err
	}
	found := &crud.Choices{More: list.Next != ""}
	for _, row := range list.Rows {
		found.Items = append(found.Items, crud.Choice{Value: row.Key, Label: row.Label})
	}
	return found, nil
}

// subject is whom a page is about.
type subject struct {
	auth.Standing
	Ref   crud.Ref
	Roles []string
}

// Shut says in a sentence why all is closed to them; "" if it is not.
func (p subject) Shut() string {
	if p.Standing.Closed == "" {
		return ""
	}
	return sentenceOf(p.Standing.Closed) + ": whatever their roles give, nothing is open to them."
}

// Hint says why they cannot sign in though they would be let in; "" if they can.
func (p subject) Hint() string {
	if p.Kept == "" {
		return ""
	}
	return "They cannot sign in just now: " + p.Kept + ". What is said here holds for the sessions that they have."
}

// as makes a context the subject's.
func (p subject) as(ctx context.Context) context.Context { return auth.With(ctx, p.Account) }

// subject finds the person with this key, whom the account has to be able to read.
func (w WhyPages) subject(ctx context.Context, s *Site, key string) (*subject, error) {
	record, err := s.tables[w.People].Show(ctx, key)
	if err != nil {
		return nil, err
	}
	standing, err := w.Standing(ctx, key)
	if errors.Is(err, auth.ErrNone) {
		return nil, crudError(crud.KindNotFound, "There is no such person.")
	}
	if err != nil {
		return nil, outage(err)
	}
	return &subject{Standing: standing, Ref: crud.Ref{Table: w.People, Key: record.Key, Label: record.Label}, Roles: standing.Rights.RoleNames()}, nil
}

// whyPage is what pages/why/record.html draws.
type whyPage struct {
	Table   *crud.Table
	Crumbs  crumbs
	Label   string
	Action  string
	Source  string     // where the picker finds people, less choices/person
	Picker  crud.Input // of the person
	Subject *subject   // nil if nobody was found
	Lines   []whyLine
	Limits  []string // sentences
	Rights  string   // the page of all that the person may do
}

// whyLine is a verb of a page of explanations.
type whyLine struct {
	Name    string // the verb; of pages that are about no table what they ask for, "admin:explain"
	Label   string
	Answer  string // "yes", "no" or "not known"
	Class   string // of its badge
	Reasons []reason
}

// show answers GET /TABLE/KEY/why.
func (w WhyPages) show(s *Site, c *gin.Context) error {
	ctx, key := c.Request.Context(), c.Param("key")
	resource := s.tables[s.currentTable(c)]
	t := &tablePages{site: s, resource: resource, table: resource.Table()}
	record, err := resource.Show(ctx, key)
	if err != nil {
		return err
	}
	wanted, err := w.wanted(c, t)
	if err != nil {
		return err
	}
	page := &whyPage{
		Table: t.table, Crumbs: crumbs{Table: t.table, Key: record.Key, Label: record.Label}, Label: record.Label, Action: t.path(record.Key, whyName),
		Source: s.Path("/" + whyName), Picker: crud.Input{FieldDoc: crud.FieldDoc{Name: personParam, Label: "Person", Required: true}, Widget: "relation", Text: wanted, More: true},
	}
	choices, err := w.people(ctx, s, "")
	if err != nil {
		return err
	}
	page.Picker.Choices = choices.Items
	code := http.StatusOK
	page.Subject, err = w.subject(ctx, s, wanted)
	var known *crud.Error
	switch {
	case errors.As(err, &known) && known.Kind == crud.KindNotFound:
		code, page.Picker.Error = http.StatusUnprocessableEntity, "There is no such person."
	case err != nil:
		return err
	default:
		page.Picker.Ref = &page.Subject.Ref
		var limits []crud.Limit
		if page.Lines, limits, err = page.Subject.lines(ctx, resource, key); err != nil {
			return err
		}
		page.Limits = page.Subject.limits(t.table, limits)
		page.Rights = s.Path("/"+w.People+"/"+page.Subject.Ref.Key+"/"+rightsName) + "?table=" + t.table.Name
	}
	return s.render(c, code, view{name: "why/record", title: "Why? " + isolated(record.Label) + " · " + t.table.Plural, page: page})
}

// wanted is the key of the person whom the address names; else of the record's owner, else of who asks.
func (w WhyPages) wanted(c *gin.Context, t *tablePages) (string, error) {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return "", err
	}
	named := values.Get(personParam)
	if len(values[personParam]) > 1 {
		return "", BadAddress("The address says %q twice.", personParam)
	}
	if values.Del(personParam); len(values) > 0 {
		return "", BadAddress("This page knows nothing but %q.", personParam)
	}
	if named != "" {
		return url.PathEscape(named), nil
	}
	return w.likely(c.Request.Context(), t.site, t.resource, c.Param("key"))
}

// likely is the key of a row's owner, if that may be read; else of who asks.
func (w WhyPages) likely(ctx context.Context, s *Site, resource crud.Resource, key string) (string, error) {
	owner, err := resource.Whose(ctx, key)
	if err != nil {
		return "", err
	}
	if owner != "" {
		if _, err := s.tables[w.People].Show(ctx, url.PathEscape(owner)); err == nil {
			return url.PathEscape(owner), nil
		}
	}
	account, _ := auth.From(ctx)
	return fmt.Sprint(account.ID), nil
}

// lines say what the subject may do with a row, or for key "" with some row, and why; limits are the columns that are kept back.
func (p subject) lines(ctx context.Context, resource crud.Resource, key string) (lines []whyLine, limits []crud.Limit, err error) {
	why, err := resource.Why(ctx, p.as, key)
	if err != nil {
		return nil, nil, err
	}
	for _, verdict := range why.Verdicts {
		lines = append(lines, p.line(resource.Table(), verdict, key != ""))
	}
	return lines, why.Limits, nil
}

// actionLabel says a verb of a table for people.
func actionLabel(table *crud.Table, verb crud.Verb) string {
	switch verb {
	case crud.Read:
		return "Read: the list, the page, exports" + map[bool]string{true: " and the history"}[table.History]
	case crud.Create:
		return "Create new ones"
	case crud.Update:
		return "Edit"
	case crud.Delete:
		return "Delete"
	case crud.Restore:
		return "Take out of the trash"
	case crud.Purge:
		return "Delete for good"
	}
	at := slices.IndexFunc(table.Actions, func(action crud.ActionDoc) bool { return crud.Verb(action.Name) == verb })
	if at < 0 {
		return string(verb)
	}
	return table.Actions[at].Label
}
