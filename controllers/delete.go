package controllers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// nameParam is the record's name, where it has to be typed before it is deleted. What was shown is marked by seenParam.
const nameParam = "_name"

var deleteFields = []crud.FieldDoc{{Name: seenParam}, {Name: nameParam, Label: "Name"}, reasonField}

// deletePage is what pages/table/delete.html draws.
type deletePage struct {
	Table     *crud.Table
	Record    *crud.Record
	Crumbs    crumbs
	Action    string // where the form is sent
	Once      string
	Keep      string // where "Keep it" leads
	Heading   string
	Text      string // a sentence: what happens
	Button    string
	Impact    *crud.Impact
	Uses      []impactLine
	NameParam string
	SeenParam string
	Reason    reasonInput
	Problem   string
}

// impactLine is one line of what becomes of other records.
type impactLine struct {
	Level  int
	Count  string // "12", or "Other records, which you may not see"
	Noun   string // what they are, as in crud.Table; "" if that may not be known
	Path   string // the list of them; "" if there is none
	Field  string // the column that refers; "" if that is not known
	Rule   string
	Badge  string // the class of the rule's badge
	Others bool   // and others, which may not be seen
}

// ruleWords say what becomes of the records that refer, and how bad that is.
var ruleWords = map[crud.Rule][2]string{
	crud.RuleForbids:  {"in the way", "bad"},
	crud.RuleGoes:     {"deleted too", "warn"},
	crud.RuleEmptied:  {"kept, the reference is emptied", "no"},
	crud.RuleDefault:  {"kept, the reference gets its default", "no"},
	crud.RuleDangling: {"kept, the reference leads nowhere", "warn"},
}

// confirm answers GET /TABLE/KEY/delete.
func (t *tablePages) confirm(c *gin.Context) error { return t.question(c, crud.Delete, nil, nil) }

// remove answers POST /TABLE/KEY/delete. What stands in the way is said on the page that asked.
func (t *tablePages) remove(c *gin.Context) error {
	return t.confirmed(c, crud.Delete, func(ctx context.Context) (*crud.Saved, error) { return t.resource.Delete(ctx, c.Param("key")) })
}

// confirmed deletes by way of do, if what was confirmed is still what would happen.
func (t *tablePages) confirmed(c *gin.Context, verb crud.Verb, do func(context.Context) (*crud.Saved, error)) error {
	from, err := t.placeIn(c)
	if err != nil {
		return err
	}
	input, err := posted(c)
	if err != nil {
		return err
	}
	out, err := t.site.once(c, input, because(input, func(ctx context.Context) (done, error) {
		impact, err := t.resource.Impact(ctx, verb, c.Param("key"))
		if err != nil {
			return done{}, err
		}
		if err := inTheWay(impact, input); err != nil {
			return done{}, err
		}
		saved, err := do(ctx)
		if err != nil {
			return done{}, err
		}
		if verb == crud.Delete && t.table.Trashable() {
			return done{Said: "Moved " + isolated(saved.Label) + " to the trash.", To: from.List}, nil
		}
		return done{Said: "Deleted " + isolated(saved.Label) + ".", To: from.List}, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		return t.question(c, verb, input, known)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// inTheWay is why what was confirmed is not done; nil for nothing.
func inTheWay(impact *crud.Impact, input url.Values) error {
	refuse := func(kind crud.ErrorKind, text string) error {
		return &crud.Error{Kind: kind, Fields: map[string]string{"": text}}
	}
	name := strings.Join(strings.Fields(input.Get(nameParam)), " ")
	switch {
	case impact.Bars:
		return refuse(crud.KindConflict, "Other records still refer to it.")
	case input.Has(seenParam) && input.Get(seenParam) != impact.Mark:
		return refuse(crud.KindConflict, "What goes with it has changed since you looked. Look at it again.")
	case impact.Typed != "" && name != impact.Typed:
		return refuse(crud.KindInvalid, "Type the name to delete so much.")
	}
	return nil
}

// question asks whether to delete, with what that takes along; problem is why what was typed was not done, nil at first.
func (t *tablePages) question(c *gin.Context, verb crud.Verb, typed url.Values, problem *crud.Error) error {
	ctx, key := c.Request.Context(), c.Param("key")
	from, err := t.placeIn(c)
	if err != nil {
		return err
	}
	record, err := t.resource.Show(ctx, key)
	if err != nil {
		return err
	}
	if button := t.button(record, verb); button.Needs != "" {
		return &Failure{Status: http.StatusForbidden, Message: "You may see this " + t.table.Singular + ", but not delete it.", Needs: []string{button.Needs}}
	}
	impact, err := t.resource.Impact(ctx, verb, key)
	if err != nil {
		return err
	}
	page := &deletePage{
		Table: t.table, Record: record, Crumbs: crumbs{Table: t.table, Key: record.Key, Label: record.Label, Place: from},
		Action: t.path(record.Key, "delete") + from.Suffix, Keep: t.path(record.Key) + from.Suffix,
		Heading: "Delete " + isolated(record.Label) + "?", Text: "This deletes the " + t.table.Singular + " for good.", Button: "Delete",
		Impact: impact, Uses: t.site.impactLines(impact), NameParam: nameParam, SeenParam: seenParam,
		Reason: reasonOf(typed, problem),
	}
	switch {
	case verb == crud.Purge:
		page.Action, page.Button, page.Heading = t.path(record.Key, purgeName), "Delete for good", "Delete "+isolated(record.Label)+" for good?"
	case t.table.Trashable():
		page.Text = "This moves the " + t.table.Singular + " to the trash, from which it can be taken back."
	}
	if page.Once, err = t.site.formName(ctx); err != nil {
		return err
	}
	code := http.StatusOK
	if problem != nil {
		code, page.Problem = status(problem.Kind), sentence(problem)
	}
	title := "Delete " + isolated(record.Label) + " · " + t.table.Plural
	return t.site.render(c, code, view{name: t.page("delete"), title: title, page: page})
}

// impactLines say what becomes of other records.
func (s *Site) impactLines(impact *crud.Impact) []impactLine {
	lines := make([]impactLine, len(impact.Uses))
	for i, use := range impact.Uses {
		words := ruleWords[use.Rule]
		line := impactLine{Level: use.Level, Rule: words[0], Badge: words[1], Field: use.Field, Count: "Other records, which you may not see"}
		if use.Table != nil {
			line.Count, line.Noun, line.Others = counted(use.Rows), use.Table.Plural, use.Others
		}
		switch {
		case use.Unknown:
			line.Count = "An unknown number of"
		case use.Rows == (crud.Count{Rows: 1}):
			line.Noun = use.Table.Singular
		}
		if use.Filter != "" {
			line.Path = address(s.Path("/"+use.Table.Name), crud.Query{Filter: use.Filter})
		}
		lines[i] = line
	}
	return lines
}
