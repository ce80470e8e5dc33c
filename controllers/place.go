package controllers

import (
	"context"
	"maps"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// placeParam is the parameter that carries the page of a list from its rows to their own pages and back: what stands
// behind the question mark of the list's address.
const placeParam = "back"

// place is where somebody was in a list. The zero place is nowhere: the first page of everything.
type place struct {
	List   string            // the list's address there
	Suffix string            // what carries the place in the address of another page: "?back=…"; "" for the zero place
	Of     *crud.Children    // the record on whose page it was, with List its address; nil for a list
	Title  string            // with Of, what its table is called
	Held   map[string]string // by column: what a new row holds that is made here
	For    *making           // the field that one is made for; nil for none
	Query  crud.Query        // of the list
}

// ofParam is the parameter that carries the record on whose page its children are listed: TABLE/KEY/NAME.
const ofParam = "of"

// placeIn reads where the request comes from. It is the query of this table's list and nothing else, and is written anew.
func (t *tablePages) placeIn(c *gin.Context) (place, error) {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return place{}, err
	}
	if values.Has(ofParam) {
		return t.placeBelow(c.Request.Context(), values)
	}
	if len(values[placeParam]) > 1 {
		return place{}, BadAddress("The address says %q twice.", placeParam)
	}
	query, err := parseQuery(values.Get(placeParam))
	if err != nil {
		return place{}, BadAddress("%q is no page of this list: %s", placeParam, classify(c.Request.Context(), err).Message)
	}
	return t.placeOf(query), nil
}

// placeBelow reads on which record's page the request's row was listed.
func (t *tablePages) placeBelow(ctx context.Context, values url.Values) (place, error) {
	parts := strings.SplitN(values.Get(ofParam), "/", 3)
	if len(values[ofParam]) > 1 || values.Has(placeParam) || len(parts) < 3 || t.site.tables[parts[0]] == nil {
		return place{}, BadAddress("%q names a table, a record and what is below it.", ofParam)
	}
	above := &tablePages{site: t.site, resource: t.site.tables[parts[0]], table: t.site.tables[parts[0]].Table()}
	children, err := above.resource.Under(ctx, parts[1], parts[2])
	if err != nil {
		return place{}, err
	}
	if children.Table != t.table.Name {
		return place{}, BadAddress("%q is about another table.", ofParam)
	}
	return above.below(*children), nil
}

// placeOf is the place of a page of the list.
func (t *tablePages) placeOf(query crud.Query) place {
	p := place{List: t.address(query), Query: query}
	if _, after, there := strings.Cut(p.List, "?"); there {
		p.Suffix = "?" + placeParam + "=" + url.QueryEscape(after)
	}
	return p
}

// address is the list's path with what the query says. A size that is the table's own is said too: somebody's layout may be another.
func (t *tablePages) address(query crud.Query) string { return address(t.path(), query) }

// given is what a form holds besides what was typed: a new row below a record refers to it.
func (p place) given(key string, typed url.Values) url.Values {
	if key != "" || len(p.Held) == 0 {
		return typed
	}
	out := url.Values{}
	maps.Copy(out, typed)
	for name, value := range p.Held {
		out.Set(name, value)
	}
	return out
}

// fix makes what is given a text in place of a control.
func (p place) fix(key string, form *crud.Form) {
	if key != "" {
		return
	}
	for _, group := range form.Groups {
		for i := range group.Fields {
			_, group.Fields[i].Fixed = p.Held[group.Fields[i].Name]
		}
	}
}
