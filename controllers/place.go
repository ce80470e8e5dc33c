package controllers

import (
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
	List   string // the list's address there
	Suffix string // what carries the place in the address of another page: "?back=…"; "" for the zero place
}

// placeIn reads where the request comes from. It is the query of this table's list and nothing else, and is written anew.
func (t *tablePages) placeIn(c *gin.Context) (place, error) {
	values, err := parseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return place{}, err
	}
	if len(values[placeParam]) > 1 {
		return place{}, badAddress("The address says %q twice.", placeParam)
	}
	query, err := parseQuery(values.Get(placeParam))
	if err != nil {
		return place{}, badAddress("%q is no page of this list: %s", placeParam, classify(c.Request.Context(), err).Message)
	}
	return t.placeOf(query), nil
}

// placeOf is the place of a page of the list.
func (t *tablePages) placeOf(query crud.Query) place {
	p := place{List: t.address(query)}
	if _, after, there := strings.Cut(p.List, "?"); there {
		p.Suffix = "?" + placeParam + "=" + url.QueryEscape(after)
	}
	return p
}

// address is the list's path with what the query says. A size that is the table's own is said too: somebody's layout may be another.
func (t *tablePages) address(query crud.Query) string { return address(t.path(), query) }
