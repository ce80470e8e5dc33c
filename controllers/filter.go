package controllers

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/crud/filter"
)

// The parameters of the form that adds a condition to a list's filter. They lead to the address that says it.
const (
	addField = "_field" // first the column alone, which shows the form for it
	addOp    = "_op"    // an operator, or one with its value: "last:7d"
	addValue = "_value"
	addTo    = "_or" // the term, as in addresses, that the condition is an alternative to
)

// filterBar is the part of a list that shows and changes its filter.
type filterBar struct {
	Filter  string
	Pills   []filterPill
	Columns template.HTML // what can be chosen
	Adding  *filterForm   // the form for one column; nil for none
	Keep    []hiddenField
	Cancel  string // the list without the form
}

// filterPill is one term of the filter.
type filterPill struct {
	Text   string
	Remove string // the list without it
	Or     string // the list with the form for an alternative
}

// filterForm is what is asked of one column.
type filterForm struct {
	Field   crud.FilterDoc
	Ops     []filterOp
	Facets  map[string]int64 // rows by value, if that is cheap
	To      string           // the term that it is an alternative to
	ToText  string
	Widget  string // "select", "relation", "date" or "text"
	Zone    string // in which days are meant; "" where none are asked for
	Example string
	Behind  []filterLink // the forms for the columns of what it leads to; nil where it leads to nothing
	Op      string       // that was chosen, with what was typed, if that is wrong
	Value   string
	Error   string
}

// filterLink leads to the form for another column.
type filterLink struct{ Label, Path string }

// filterOp is a way to compare a column.
type filterOp struct {
	crud.Choice
	Bare bool // no value is asked for
}

// adding is what the form that adds a condition sent.
type adding struct {
	field, op, value, to string

	wrong string // what is wrong with the value
}

// takeAdding takes the form's own parameters out of the address.
func takeAdding(values url.Values) (adding, error) {
	var a adding
	for name, into := range map[string]*string{addField: &a.field, addOp: &a.op, addValue: &a.value, addTo: &a.to} {
		if len(values[name]) > 1 && name != addValue {
			return a, BadAddress("The address says %q twice.", name)
		}
		*into = strings.Join(values[name], ",")
		values.Del(name)
	}
	return a, nil
}

// condition is what was asked for, ready to be added to a filter.
func (a adding) condition() filter.Node {
	op, value, given := strings.Cut(a.op, ":")
	node := filter.Node{Field: a.field, Op: filter.Op(op)}
	switch {
	case given:
		node.Values = []string{value}
	case node.Op == filter.Any:
		for text := range strings.SplitSeq(a.value, ",") {
			node.Values = append(node.Values, strings.TrimSpace(text))
		}
	case node.Op == filter.At:
		path, text, _ := strings.Cut(a.value, "=")
		node.Values = []string{strings.TrimSpace(path), strings.TrimSpace(text)}
	case node.Op != filter.Empty && node.Op != filter.Filled:
		node.Values = []string{a.value}
	}
	return node
}

// added returns the filter with the condition: as a term of its own, or as an alternative to one.
func (a adding) added(text string) (string, error) {
	node, err := filter.Parse(text)
	if err != nil {
		return "", BadAddress("%s", err)
	}
	if a.to == "" {
		return node.And(a.condition()).String(), nil
	}
	terms := slices.Clone(node.Terms())
	at := slices.IndexFunc(terms, func(term filter.Node) bool { return term.String() == a.to })
	if at < 0 {
		return "", BadAddress("The filter has no term %q.", a.to)
	}
	either := filter.Node{Or: true, Nodes: []filter.Node{terms[at]}}
	if terms[at].Or {
		either.Nodes = slices.Clone(terms[at].Nodes)
	}
	either.Nodes = append(either.Nodes, a.condition())
	terms[at] = either
	return filter.All(terms...).String(), nil
}

// narrow answers the form that adds a condition, by the address of the list that it leads to. A value that is wrong is said in a, for the
// form to be drawn again.
func (t *tablePages) narrow(c *gin.Context, query crud.Query, a *adding) error {
	text, err := a.added(query.Filter)
	if err == nil {
		err = t.resource.CheckFilter(c.Request.Context(), text)
	}
	if value := (*filter.ValueError)(nil); errors.As(err, &value) && value.Field == a.field {
		a.wrong = value.Says
		return nil
	}
	if err != nil {
		return err
	}
	query.Filter, query.After, query.Before, query.Last = text, "", "", false
	c.Redirect(http.StatusSeeOther, t.address(query))
	return nil
}

// filterBar shows the filter of a list, and the form for a column if one was chosen.
func (t *tablePages) filterBar(ctx context.Context, base crud.Query, a adding) (*filterBar, error) {
	columns := t.resource.Filters(ctx)
	bar := &filterBar{Filter: base.Filter}
	terms, err := t.resource.Terms(ctx, base.Filter)
	if err != nil {
		return nil, err
	}
	if bar.Columns, err = t.site.views.Kept(t.page("index"), "filter-columns", t.named(columns), func() any { return columns }); err != nil {
		return nil, err
	}
	for _, term := range terms {
		without := base
		without.Filter = term.Without
		bar.Pills = append(bar.Pills, filterPill{Text: term.Text, Remove: t.address(without), Or: with(t.address(base), addTo, term.Filter)})
		if term.Filter == a.to {
			bar.Adding = &filterForm{To: a.to, ToText: term.Text}
		}
	}
	bar.Keep, bar.Cancel = kept(t.address(base)), t.address(base)
	if a.field == "" {
		return bar, nil
	}
	if dot := strings.LastIndexByte(a.field, '.'); dot > 0 {
		columns = t.resource.FiltersBehind(ctx, a.field[:dot])
	}
	at := slices.IndexFunc(columns, func(doc crud.FilterDoc) bool { return doc.Name == a.field })
	if at < 0 {
		return nil, BadAddress("There is no column %q to filter by.", a.field)
	}
	if bar.Adding == nil {
		bar.Adding = &filterForm{}
	}
	bar.Adding.fit(ctx, columns[at])
	for _, doc := range t.resource.FiltersBehind(ctx, a.field) {
		path := with(t.address(base), addField, doc.Name)
		if a.to != "" {
			path = with(path, addTo, a.to)
		}
		bar.Adding.Behind = append(bar.Adding.Behind, filterLink{doc.Label, path})
	}
	if a.wrong != "" {
		bar.Adding.Op, bar.Adding.Value, bar.Adding.Error = a.op, a.value, a.wrong
	}
	bar.Adding.Facets, err = t.resource.Facets(ctx, base, a.field)
	return bar, err
}

// named tells the table and its visible columns apart from others.
func (t *tablePages) named(columns []crud.FilterDoc) string {
	names := make([]byte, 0, 400)
	names = append(names, t.table.Name...)
	for i := range columns {
		names = append(append(names, ' '), columns[i].Name...)
	}
	return string(names)
}

// fit makes the form one for this column.
func (f *filterForm) fit(ctx context.Context, doc crud.FilterDoc) {
	f.Field, f.Widget = doc, "text"
	for _, op := range doc.Ops {
		f.Ops = append(f.Ops, opChoices(op, doc.Kind)...)
	}
	switch {
	case len(doc.Choices) > 0:
		f.Widget = "select"
	case doc.Kind == crud.KindRelation:
		f.Widget = "relation"
	case doc.Kind == crud.KindTime, doc.Kind == crud.KindDate:
		f.Widget = "date"
		if doc.Kind == crud.KindTime {
			f.Zone = crud.ZoneIn(ctx).String()
		}
	case slices.Contains(doc.Ops, filter.At):
		f.Example = "owner.name=ada"
	case slices.Contains(doc.Ops, filter.Within):
		f.Example = "192.0.2.0/24"
	}
}

// opChoices are the choices that an operator stands for: those that take one of a few times come with it.
func opChoices(op filter.Op, kind crud.Kind) (out []filterOp) {
	words := crud.OpWords(op, kind)
	add := func(value, label string, bare bool) {
		out = append(out, filterOp{crud.Choice{Value: value, Label: label}, bare})
	}
	switch op {
	case filter.Last, filter.Next:
		for _, span := range []string{"24h", "7d", "30d", "12m"} {
			add(string(op)+":"+span, words+" "+filter.Span(span), true)
		}
	case filter.This:
		for _, period := range filter.Periods {
			add("this:"+period, words+" "+period, true)
		}
	default:
		add(string(op), words, op == filter.Empty || op == filter.Filled)
	}
	return out
}

// with adds a parameter to an address.
func with(address, name, value string) string {
	sign := "?"
	if strings.Contains(address, "?") {
		sign = "&"
	}
	return address + sign + url.Values{name: {value}}.Encode()
}

// kept are the parameters of an address as hidden fields of a form.
func kept(address string) []hiddenField {
	_, query, _ := strings.Cut(address, "?")
	values, _ := url.ParseQuery(query) // our own
	var out []hiddenField
	for _, name := range []string{"fields", "filter", "q", "size", "sort"} {
		if values.Has(name) {
			out = append(out, hiddenField{name, values.Get(name)})
		}
	}
	return out
}
