package controllers

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// sendAgain is what the error page offers of a form that could not be answered: all that was typed, but for secrets.
type sendAgain struct {
	Action  string          // where it is sent again; "" for nowhere, and it is shown alone
	Carried []hiddenField   // sent again as it was
	Typed   []typed         // the same for people
	Secrets []crud.FieldDoc // to be typed again
}

// typed is one field of a form as a person reads it.
type typed struct{ Label, Text string }

// ownKey marks a request that no other site sent: what it brings may be shown.
const ownKey = "own"

// again returns the form that the request brought, or nil if there is none that may be shown.
func (s *Site) again(c *gin.Context) *sendAgain {
	fields, known := s.forms[c.FullPath()]
	if !known || !c.GetBool(ownKey) {
		return nil
	}
	form, err := posted(c)
	if err != nil {
		return nil
	}
	page := &sendAgain{Action: c.Request.URL.EscapedPath()}
	for _, name := range inOrder(form, fields) {
		page.add(field(fields, name), form[name])
	}
	return page
}

// alone is what was typed where it cannot be sent again, to be read and copied; nil if that is nothing.
func (a *sendAgain) alone() *sendAgain {
	if a == nil || len(a.Typed) == 0 {
		return nil
	}
	return &sendAgain{Typed: a.Typed}
}

// inOrder returns the names of a form as its fields are ordered, and the others behind them.
func inOrder(form map[string][]string, fields []crud.FieldDoc) []string {
	place := func(name string) int {
		if at := slices.IndexFunc(fields, func(f crud.FieldDoc) bool { return f.Name == name }); at >= 0 {
			return at
		}
		return len(fields)
	}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if order := place(a) - place(b); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	return names
}

// field describes what was sent under a name. What forms carry beside their fields has no label.
func field(fields []crud.FieldDoc, name string) crud.FieldDoc {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
		if number, ok := lineNumber(f.Name, name); ok {
			f.Name, f.Label = name, strings.Replace(f.Label, "*", strconv.Itoa(number+1), 1)
			return f
		}
	}
	if name == then || name == formParam || crud.Accompanies(name) {
		return crud.FieldDoc{Name: name}
	}
	if strings.HasSuffix(name, "."+crud.LineKeyParam) || strings.HasSuffix(name, "."+crud.BaseParam) {
		return crud.FieldDoc{Name: name}
	}
	return crud.FieldDoc{Name: name, Label: name}
}

// lineFields describes the controls of the children that are edited in the table's form, with a star for the number of each.
func (t *tablePages) lineFields() (out []crud.FieldDoc) {
	for _, child := range t.table.Children {
		other := t.site.tables[child.Table]
		if !child.Inline || other == nil {
			continue
		}
		for _, f := range other.Table().Fields {
			f.Name, f.Label = child.Name+".*."+f.Name, child.Label+" *: "+f.Label
			out = append(out, f)
		}
	}
	return out
}

// lineNumber is the number for which the star of a pattern stands in a name; ok is false if that is not its name.
func lineNumber(pattern, name string) (number int, ok bool) {
	before, after, starred := strings.Cut(pattern, "*")
	rest, fits := strings.CutPrefix(name, before)
	digits, fits2 := strings.CutSuffix(rest, after)
	if !starred || !fits || !fits2 {
		return 0, false
	}
	number, err := strconv.Atoi(digits)
	return number, err == nil && number >= 0
}

func (a *sendAgain) add(f crud.FieldDoc, values []string) {
	text := strings.Join(values, "\n")
	if f.Unseen && text != "" {
		a.Secrets = append(a.Secrets, f)
		return
	}
	for _, value := range values {
		a.Carried = append(a.Carried, hiddenField{f.Name, value})
	}
	if f.Label == "" || f.Unseen {
		return
	}
	if f.Kind == crud.KindBool {
		text = map[string]string{"true": "yes", "false": "no"}[values[len(values)-1]]
	}
	a.Typed = append(a.Typed, typed{f.Label, text})
}
