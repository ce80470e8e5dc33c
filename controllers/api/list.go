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

// list answers GET /TABLE with a page of rows.
func (t table) list(c *gin.Context) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	asked := maps.Clone(values)
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
	ctx := c.Request.Context()
	page, err := t.resource.ListJSON(ctx, query, expand)
	if err != nil {
		return err
	}
	number, err := t.count(ctx, query, counted)
	if err != nil {
		return err
	}
	next, prev := t.linked(asked, "after", page.Next), t.linked(asked, "before", page.Prev)
	link(c, map[string]string{"next": next, "prev": prev, "first": t.linked(asked, "", "first")})
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
	text, err := take(values, "trash")
	if text != "" && text != "1" {
		return false, controllers.BadAddress("%q has to be 1.", "trash")
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
	return json.Marshal(count{Rows: number.Rows, Exact: !number.Estimate && !number.More, More: number.More})
}

// slow reports whether something took longer than a statement may.
func slow(err error) bool {
	var known *crud.Error
	return errors.As(err, &known) && known.Kind == crud.KindSlow
}

// linked is the list as it was asked for, at another place; "" for no cursor.
func (t table) linked(asked url.Values, name, cursor string) string {
	if cursor == "" {
		return ""
	}
	values := maps.Clone(asked)
	for _, place := range []string{"after", "before", "last"} {
		values.Del(place)
	}
	if name != "" {
		values.Set(name, cursor)
	}
	if len(values) == 0 {
		return t.path()
	}
	return t.path() + "?" + values.Encode()
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
