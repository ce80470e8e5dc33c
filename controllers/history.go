package controllers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// historyPage is what pages/table/history.html draws.
type historyPage struct {
	Table   *crud.Table
	Crumbs  crumbs
	Past    *crud.Past
	Entries []historyEntry
	Zone    string // in which moments are written
	First   string // the latest entries; "" if these are
	Earlier string // the entries before these; "" if there are none
}

// historyEntry is one change.
type historyEntry struct {
	crud.PastEntry
	What    string // "Changed"
	When    string // as a cell has it
	Undo    string // the page that undoes it; "" if none does
	Restore string // the page that goes back to what the row was then; "" if none does
}

// undoPage is what pages/table/undo.html draws.
type undoPage struct {
	Table                  *crud.Table
	Crumbs                 crumbs
	Heading, Text, Button  string
	Action, Back           string
	Mark, Once             string
	SeenParam, PutParam    string
	Reversal               *crud.Reversal
	More                   int // rows that are not shown
	Reason                 reasonInput
	Problem                string
	Put                    map[string]bool // what was chosen already
	Possible, AnyConflicts bool
}

const (
	historyName = "history" // the last segment of a history's path
	undoName    = "undo"    // and of the pages below an entry of it
	restoreName = "restore"
	putParam    = "_put" // a conflict in which the former value is put back
)

var undoFields = []crud.FieldDoc{{Name: seenParam}, {Name: putParam}, reasonField}

// mountHistory mounts the history of each row of a table of which changes are recorded.
func (t *tablePages) mountHistory(router *Router) {
	if !t.table.History || len(t.table.Verbs)+len(t.table.Actions) < 2 {
		return
	}
	at, read := "/"+t.table.Name+"/:key/"+historyName, May(t.resource, crud.Read)
	router.Get(at, read, t.history)
	t.site.links[t.table.Name] = append(t.site.links[t.table.Name], recordLink{Label: "History", Icon: "history", Name: historyName, access: read})
	writes := UndoVerbs(t.table)
	if writes == nil {
		return
	}
	for _, name := range []string{undoName, restoreName} {
		since := name == restoreName
		router.Get(at+"/:entry/"+name, read, func(c *gin.Context) error { return t.askUndo(c, since, nil, nil) })
		router.Form(at+"/:entry/"+name, May(t.resource, writes...), undoFields, func(c *gin.Context) error { return t.undo(c, since) })
	}
}

// UndoVerbs are the verbs of which it takes one to put something back in a table; nil where nothing can be put back by anybody.
func UndoVerbs(table *crud.Table) []crud.Verb {
	writes := []crud.Verb{crud.Create, crud.Update, crud.Delete}
	able := slices.ContainsFunc(writes, func(verb crud.Verb) bool { return possible(table, verb) })
	if !table.History || len(table.Verbs)+len(table.Actions) < 2 || !able {
		return nil
	}
	if table.Trashable() {
		writes = append(writes, crud.Restore)
	}
	return writes
}

// history answers GET /TABLE/KEY/history.
func (t *tablePages) history(c *gin.Context) error {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	before := values.Get("before")
	if values.Del("before"); len(values) > 0 {
		return BadAddress("A history knows nothing but %q.", "before")
	}
	past, err := t.resource.History(c.Request.Context(), c.Param("key"), before)
	if err != nil {
		return err
	}
	where := crud.ZoneIn(c.Request.Context())
	page := &historyPage{Table: t.table, Past: past, Crumbs: crumbs{Table: t.table}, Zone: where.String()}
	at := t.path(past.Key, historyName)
	if !past.Gone {
		page.Crumbs.Key, page.Crumbs.Label = past.Key, past.Label
	}
	if before != "" {
		page.First = at
	}
	if past.Next != "" {
		page.Earlier = at + "?" + url.Values{"before": {past.Next}}.Encode()
	}
	undoable := UndoVerbs(t.table) != nil
	for i, entry := range past.Entries {
		line := historyEntry{PastEntry: entry, What: t.done(entry.Verb), When: entry.At.In(where).Format(time.DateTime)}
		if undoable {
			line.Undo = at + "/" + entry.ID + "/" + undoName
			if i > 0 || before != "" {
				line.Restore = at + "/" + entry.ID + "/" + restoreName
			}
		}
		page.Entries = append(page.Entries, line)
	}
	return t.site.render(c, http.StatusOK, view{name: t.page("history"), title: "History of " + isolated(past.Label) + " · " + t.table.Plural, page: page})
}

// done says a verb as something that happened.
func (t *tablePages) done(verb crud.Verb) string {
	switch verb {
	case crud.Create:
		return "Created"
	case crud.Update:
		return "Changed"
	case crud.Delete:
		return "Deleted"
	case crud.Restore:
		return "Taken out of the trash"
	case crud.Purge:
		return "Deleted for good"
	}
	for _, action := range t.table.Actions {
		if crud.Verb(action.Name) == verb {
			return action.Label
		}
	}
	return string(verb)
}

// undo answers POST /TABLE/KEY/history/ENTRY/undo, and /restore with since.
func (t *tablePages) undo(c *gin.Context, since bool) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	key, entry := c.Param("key"), c.Param("entry")
	chosen := crud.Chosen{Mark: input.Get(seenParam), Put: ticks(input)}
	chosen.Agree = func(reversal *crud.Reversal) error {
		if err := Denied(reversal); err != nil || chosen.Mark != "" {
			return err
		}
		return crudError(crud.KindInvalid, Unconfirmed)
	}
	out, err := t.site.once(c, input, because(input, func(ctx context.Context) (done, error) {
		back, err := t.resource.PutBack(ctx, key, entry, since, chosen)
		if err != nil {
			return done{}, err
		}
		out := done{Said: outcomeOf(back, since), To: t.path(key)}
		if !back.There {
			out.To = t.path(key, historyName)
		}
		return out, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		return t.askUndo(c, since, input, known)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// ticks are the names of what is put back although it was changed since.
func ticks(input url.Values) map[string]bool {
	out := map[string]bool{}
	for _, name := range input[putParam] {
		out[name] = true
	}
	return out
}

func crudError(kind crud.ErrorKind, text string) error {
	return &crud.Error{Kind: kind, Fields: map[string]string{"": text}}
}

func outcomeOf(reversal *crud.Reversal, since bool) string {
	switch {
	case reversal.Done == 0:
		return "Nothing was put back: it was changed since, and stays as it is."
	case since:
		return "Put back as it was."
	}
	return "Undone in " + plural(reversal.Done, "record") + "."
}

// Unconfirmed is said to who would put back what they have not looked at.
const Unconfirmed = "Look at what would be done, and confirm it there."

// Denied is the refusal of a reversal of which the account may do nothing; nil if it may do something, or nothing is to be done.
func Denied(reversal *crud.Reversal) error {
	refusal := &Failure{Status: http.StatusForbidden, Message: "You may see this, but not put it back."}
	for _, step := range reversal.Steps {
		if step.Denied != "" && !slices.Contains(refusal.Needs, needed(step.Denied)[0]) {
			refusal.Needs = append(refusal.Needs, needed(step.Denied)...)
		}
	}
	if reversal.Doable > 0 || refusal.Needs == nil {
		return nil
	}
	return refusal
}

// askUndo answers GET for what undo does: it shows what would be done; problem is why what was typed was not done, nil at first.
func (t *tablePages) askUndo(c *gin.Context, since bool, typed url.Values, problem *crud.Error) error {
	key, entry := c.Param("key"), c.Param("entry")
	reversal, err := t.resource.Undo(c.Request.Context(), key, entry, since)
	if err != nil {
		return err
	}
	name := undoName
	if since {
		name = restoreName
	}
	page := &undoPage{
		Table: t.table, Crumbs: crumbs{Table: t.table, Key: key + "/" + historyName, Label: "History"}, Reversal: reversal, Mark: reversal.Mark,
		Action: t.path(key, historyName, entry, name), Back: t.path(key, historyName), SeenParam: seenParam, PutParam: putParam, Reason: reasonOf(typed, problem),
		More: reversal.Rows - len(reversal.Steps), Possible: reversal.Doable > 0, AnyConflicts: reversal.Conflicts > 0,
	}
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	page.Heading, page.Button, page.Text = "Undo this change?", "Undo", undone(reversal, crud.ZoneIn(c.Request.Context()))
	if since {
		page.Heading, page.Button = "Go back to this version?", "Put back"
		page.Text = fmt.Sprintf("All that was changed in this %s after %s is put back.", t.table.Singular, said(reversal.Entry.At, crud.ZoneIn(c.Request.Context())))
	}
	code := http.StatusOK
	if problem != nil {
		code, page.Problem = status(problem.Kind), sentence(problem)
	}
	if typed.Get(seenParam) == page.Mark { // else it was chosen of something else
		page.Put = ticks(typed)
	}
	return t.site.render(c, code, view{name: t.page("undo"), title: strings.TrimSuffix(page.Heading, "?") + " · " + t.table.Plural, page: page})
}

// undone says what is undone.
func undone(reversal *crud.Reversal, where *time.Location) string {
	who := ""
	if reversal.Entry.By != "" {
		who = isolated(reversal.Entry.By) + ", "
	}
	text := who + said(reversal.Entry.At, where)
	if reversal.Rows > 1 {
		text += ": " + plural(reversal.Rows, "record") + " in one go, which are put back together"
	}
	return text + "."
}
