package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// counting says what a list is asked for of the number of its rows.
type counting string

// The values of the parameter count.
const (
	countNone     counting = "none"
	countEstimate counting = "estimate"
	countExact    counting = "exact"
)

// count is a number of rows in an answer.
type count struct {
	Rows  int64 `json:"rows"`
	Exact bool  `json:"exact"`
	More  bool  `json:"more"` // there are more than Rows, and it is not known how many
}

func countOf(number crud.Count) count {
	return count{Rows: number.Rows, Exact: !number.Estimate && !number.More, More: number.More}
}

// list answers GET /TABLE with a page of rows.
func (t table) list(c *gin.Context) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	return t.page(c, values, place{t.path(), maps.Clone(values)}, func(query crud.Query) crud.Query { return query })
}

// place is the address of a list, as it was asked for.
type place struct {
	path  string
	asked url.Values
}

// page answers with a page of the table's rows, as an address asks for it, of a query that is narrowed.
func (t table) page(c *gin.Context, values url.Values, at place, narrowed func(crud.Query) crud.Query) error {
	expand, err := take(values, "expand")
	if err != nil {
		return err
	}
	counted, err := takeCount(values)
	if err != nil {
		return err
	}
	trash, err := t.takeTrash(values)
	if err != nil {
		return err
	}
	query, err := controllers.ReadQuery(values)
	if err != nil {
		return err
	}
	query.Trash = trash
	query = narrowed(query)
	ctx := c.Request.Context()
	page, err := t.resource.ListJSON(ctx, query, expand)
	if err != nil {
		return err
	}
	number, err := t.count(ctx, query, counted)
	if err != nil {
		return err
	}
	next, prev := at.turned("after", page.Next), at.turned("before", page.Prev)
	link(c, map[string]string{"next": next, "prev": prev, "first": at.turned("", "first")})
	body := append(make([]byte, 0, len(page.Rows)+512), `{"rows":`...)
	body = append(append(body, page.Rows...), `,"next":`...)
	body = append(appendAddress(body, next), `,"prev":`...)
	body = append(appendAddress(body, prev), `,"count":`...)
	return answer(c, http.StatusOK, append(append(body, number...), '}'))
}

// takeTrash takes out of the address whether the rows in the trash are meant. A table without one does not know the parameter.
func (t table) takeTrash(values url.Values) (bool, error) {
	if !t.doc.Trashable() {
		return false, nil
	}
	return takeSwitch(values, "trash")
}

// takeSwitch takes a parameter out of the address that is 1 or not there.
func takeSwitch(values url.Values, name string) (bool, error) {
	given := values.Has(name)
	text, err := take(values, name)
	if given && err == nil && text != "1" {
		return false, controllers.BadAddress("%q has to be 1.", name)
	}
	return text == "1", err
}

// takeCount takes what is asked for of the number of rows out of the address.
func takeCount(values url.Values) (counting, error) {
	text, err := take(values, "count")
	switch kind := counting(text); kind {
	case "":
		return countNone, err
	case countNone, countEstimate, countExact:
		return kind, err
	}
	return "", controllers.BadAddress("%q has to be %q, %q or %q.", "count", countNone, countEstimate, countExact)
}

// count returns the number of rows as JSON, null where none is asked for. What cannot be counted exactly in time is estimated.
func (t table) count(ctx context.Context, query crud.Query, asked counting) ([]byte, error) {
	if asked == countNone {
		return []byte("null"), nil
	}
	number, err := crud.Count{}, error(nil)
	if asked == countExact {
		number, err = t.resource.CountExactly(ctx, query)
	}
	if asked == countEstimate || slow(err) {
		number, err = t.resource.Count(ctx, query)
	}
	if slow(err) {
		return []byte("null"), nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(countOf(number))
}

// slow reports whether something took longer than a statement may.
func slow(err error) bool {
	var known *crud.Error
	return errors.As(err, &known) && known.Kind == crud.KindSlow
}

// turned is the address of the list at another cursor; "" for none.
func (p place) turned(name, cursor string) string {
	if cursor == "" {
		return ""
	}
	values := maps.Clone(p.asked)
	for _, place := range []string{"after", "before", "last"} {
		values.Del(place)
	}
	if name != "" {
		values.Set(name, cursor)
	}
	if len(values) == 0 {
		return p.path
	}
	return p.path + "?" + values.Encode()
}

// link sets the header Link from addresses by their relation; "" is left out.
func link(c *gin.Context, addresses map[string]string) {
	var links []string
	for _, relation := range []string{"next", "prev", "first"} {
		if addresses[relation] != "" {
			links = append(links, "<"+addresses[relation]+`>; rel="`+relation+`"`)
		}
	}
	if links != nil {
		c.Header("Link", strings.Join(links, ", "))
	}
}

// take takes a parameter that stands once out of the address.
func take(values url.Values, name string) (string, error) {
	given := values[name]
	values.Del(name)
	if len(given) > 1 {
		return "", controllers.BadAddress("The address says %q twice.", name)
	}
	return strings.Join(given, ""), nil
}

// appendAddress appends an address, in which nothing needs an escape, as JSON; null for "".
func appendAddress(to []byte, address string) []byte {
	if address == "" {
		return append(to, "null"...)
	}
	return append(append(append(to, '"'), address...), '"')
}
