package controllers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"unified/crud"
)

// parseQuery reads the parameters of a list. Anything that a list does not know is refused by name: a typing error
// must not look like an answer.
func parseQuery(raw string) (crud.Query, error) {
	values, err := ParseAddress(raw)
	if err != nil {
		return crud.Query{}, err
	}
	return ReadQuery(values)
}

// ParseAddress reads what stands behind the question mark. A semicolon is a letter like any other there, as browsers have
// it; Go's own reading refuses it.
func ParseAddress(raw string) (url.Values, error) {
	values, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
	if err != nil {
		return nil, BadAddress("The address is damaged after its question mark.")
	}
	return values, nil
}

// ReadQuery reads the parameters of a list, and refuses all others.
func ReadQuery(values url.Values) (crud.Query, error) {
	var query crud.Query
	texts := map[string]*string{
		"q": &query.Search, "filter": &query.Filter, "sort": &query.Sort, "fields": &query.Fields,
		"after": &query.After, "before": &query.Before,
	}
	for name, given := range values {
		if len(given) > 1 {
			return query, BadAddress("The address says %q twice.", name)
		}
		if text := texts[name]; text != nil {
			*text = given[0]
			continue
		}
		switch name {
		case "size":
			size, err := strconv.Atoi(given[0])
			if err != nil || size < 1 || size > crud.PageSizeMax {
				return query, BadAddress("%q has to be a number from 1 to %d.", name, crud.PageSizeMax)
			}
			query.Size = size
		case "last":
			if query.Last = given[0] == "1"; !query.Last {
				return query, BadAddress("%q has to be 1.", name)
			}
		default:
			return query, BadAddress("A list knows nothing of %q.", name)
		}
	}
	return query, nil
}

// BadAddress is the error of an address that nobody understands.
func BadAddress(format string, args ...any) error {
	return &Failure{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// current is what a list was asked for, as it was understood, on its first page.
func current(query crud.Query, list *crud.List) crud.Query {
	return crud.Query{Search: list.Search, Filter: list.Filter, Sort: list.Sort, Size: query.Size, Fields: query.Fields}
}

// address returns the list's path with what the query says.
func address(path string, query crud.Query) string {
	said, sign := append(make([]byte, 0, 200), path...), byte('?')
	say := func(name, value string) {
		if value != "" {
			said, sign = append(append(append(append(said, sign), name...), '='), url.QueryEscape(value)...), '&'
		}
	}
	say("after", query.After)
	say("before", query.Before)
	say("fields", query.Fields)
	say("filter", query.Filter)
	if query.Last {
		say("last", "1")
	}
	say("q", query.Search)
	if query.Size != 0 {
		say("size", strconv.Itoa(query.Size))
	}
	say("sort", query.Sort)
	return string(said)
}
