package controllers

import (
	"context"
	"html/template"
	"strconv"

	"unified/crud"
)

// headings draws columns as links that sort by them. They look the same on all pages of a list; those of a search or a filter, of
// which there is no end, are drawn each time.
func (t *tablePages) headings(ctx context.Context, base crud.Query, list *crud.List) (template.HTML, error) {
	open := t.resource.Inline(ctx)
	draw := func() any {
		headings := plainHeadings(list)
		for i, column := range list.Headings {
			t.sorting(&headings[i], column, base, list)
		}
		markInline(open, list, headings)
		return headings
	}
	if base.Search != "" || base.Filter != "" {
		return t.site.views.Drawn(t.page("index"), "headings", draw())
	}
	return t.site.views.Kept(t.page("index"), "headings", t.headed(base, list, open), draw)
}

// headed tells apart all headings that look different.
func (t *tablePages) headed(base crud.Query, list *crud.List, open []string) string {
	b := append(make([]byte, 0, 1000), t.table.Name...)
	number := func(n int) { b = strconv.AppendInt(append(b, 0), int64(n), 10) }
	number(base.Size)
	number(headColumn(list))
	text := func(texts ...string) {
		for _, text := range texts {
			b = append(append(b, 0), text...)
		}
	}
	text(base.Fields)
	for i := range list.Headings {
		h := &list.Headings[i]
		text(h.Name, h.Label, h.Zone, h.Next, h.Then)
		if h.Sorted > 0 {
			number(h.Sorted)
			b = strconv.AppendBool(b, h.Desc)
		}
	}
	text("", "")
	text(open...)
	return string(b)
}

// plainHeadings are headings that do not sort.
func plainHeadings(list *crud.List) []listHeading {
	headings := make([]listHeading, len(list.Headings))
	head := headColumn(list)
	for i, column := range list.Headings {
		headings[i].Label, headings[i].Zone = column.Label, column.Zone
		if i != head {
			headings[i].Class = class(column.Kind)
		}
	}
	return headings
}

func class(kind crud.Kind) string {
	switch kind {
	case crud.KindInteger, crud.KindNumber:
		return "number"
	case crud.KindTime:
		return "time"
	}
	return ""
}
