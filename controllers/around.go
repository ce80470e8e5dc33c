package controllers

import (
	"errors"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// around adds to a record's page the ways to the rows before and behind it in the list that one came from, and to a new one
// like it. A list that could not be followed in time has none.
func (t *tablePages) around(c *gin.Context, page *showPage, from place) error {
	ctx := c.Request.Context()
	if page.Record.Trashed.Text != "" {
		return nil
	}
	if t.resource.Can(ctx, crud.Create) {
		page.Duplicate = t.path("new") + "?" + likeParam + "=" + url.QueryEscape(page.Record.Key)
	}
	if from.Of != nil {
		return nil
	}
	prev, next, err := t.resource.Neighbours(ctx, page.Record.Key, from.Query)
	var known *crud.Error
	if errors.As(err, &known) && known.Kind != crud.KindUnavailable {
		return nil
	}
	if prev != "" {
		prev = t.path(prev) + from.Suffix
	}
	if next != "" {
		next = t.path(next) + from.Suffix
	}
	page.Prev, page.Next = prevNext(t.table.Singular, prev, next)
	return err
}

// prevNext are the buttons to what stands before and behind something, at these addresses; "" is none.
func prevNext(what, prev, next string) (before, behind pageLink) {
	return pageLink{Label: "Previous " + what, Icon: "chevron-left", Path: prev}, pageLink{Label: "Next " + what, Icon: "chevron-right", Path: next}
}

// pagePrevNext are the buttons to the pages before and behind one of a list, which query asks for at path.
func pagePrevNext(path string, query crud.Query, list *crud.List) (before, behind pageLink) {
	at := func(after, before string) string {
		if after == "" && before == "" {
			return ""
		}
		query.After, query.Before, query.Last = after, before, false
		return address(path, query)
	}
	return prevNext("page", at("", list.Prev), at(list.Next, ""))
}

// inTrash leaves of a record in the trash what can be done with it there.
func (p *showPage) inTrash() {
	if p.Record.Trashed.Text == "" {
		return
	}
	p.Update, p.Delete, p.Actions, p.Children = button{}, button{}, nil, nil
	p.Links = slices.DeleteFunc(p.Links, func(link recordLink) bool { return link.Name != historyName })
	if slices.Contains(p.Record.Verbs, crud.Restore) {
		p.Restore = takeOutName
	}
	if slices.Contains(p.Record.Verbs, crud.Purge) {
		p.Purge = purgeName
	}
}

// likeParam is the parameter of the form of a new row that begins as the duplicate of another: its key.
const likeParam = "from"

// like fills the form of a new row from the row that the address names.
func (t *tablePages) like(c *gin.Context) (*crud.Copied, error) {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil || !values.Has(likeParam) {
		return nil, err
	}
	if len(values[likeParam]) > 1 {
		return nil, BadAddress("The address says %q twice.", likeParam)
	}
	return t.resource.Duplicate(c.Request.Context(), values.Get(likeParam))
}
