package controllers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// countParam asks for an exact number of rows by its only value, exactly.
const (
	countParam = "count"
	exactly    = "exact"
)

// takeExact takes the question for an exact number out of the address.
func takeExact(values url.Values) (bool, error) {
	given := values[countParam]
	values.Del(countParam)
	if len(given) > 1 || len(given) == 1 && given[0] != exactly {
		return false, BadAddress("%q has to be %q, once.", countParam, exactly)
	}
	return len(given) == 1, nil
}

// count says how many rows there are, exactly if that was asked for and can be done in time. Rows that were found are shown
// whether they can be counted or not.
func (t *tablePages) count(ctx context.Context, page *indexPage, query crud.Query, exact bool) error {
	if exact {
		count, err := t.resource.CountExactly(ctx, query)
		if err == nil {
			page.Count = counted(count)
			return nil
		}
		if !slow(err) {
			return err
		}
		page.CountNote = "There are too many rows to count them exactly in time. A narrower filter leaves fewer to count."
	}
	if list := page.List; list.Next == "" && list.Prev == "" { // these are all
		page.Count = counted(crud.Count{Rows: int64(len(list.Rows))})
		return nil
	}
	count, err := t.resource.Count(ctx, query)
	if slow(err) {
		page.CountNote = "There are too many rows to count them in time."
		return nil
	}
	if err != nil {
		return err
	}
	page.Count = counted(count)
	if (count.More || count.Estimate) && !exact {
		page.Exactly = with(t.address(query), countParam, exactly)
	}
	return nil
}

// slow reports whether the database gave up because something took longer than a statement may.
func slow(err error) bool {
	var known *crud.Error
	return errors.As(err, &known) && known.Kind == crud.KindSlow
}

// tooSlow answers a list whose rows could not be found in time: what was asked for stays, to be narrowed.
func (t *tablePages) tooSlow(c *gin.Context, query crud.Query, layout crud.Layout) error {
	ctx := c.Request.Context()
	list := &crud.List{Search: query.Search, Filter: query.Filter, Sort: query.Sort, Size: cmp.Or(query.Size, layout.Size, t.table.PageSize)}
	base := current(query, list)
	page, err := t.index(ctx, query, base, list)
	if err != nil {
		return err
	}
	defer page.Rows.Free()
	page.Slow, page.Summary = true, "No rows: this took too long"
	if page.Filter, err = t.filterBar(ctx, base, adding{}); err != nil {
		return err
	}
	t.lay(page, query, layout)
	if page.Bulk, err = t.bulkBar(ctx, list); err != nil {
		return err
	}
	drawn := view{name: t.page("index"), title: t.table.Plural, page: page}
	if byScript(c) {
		return t.rowsAlone(c, page, drawn)
	}
	if err := t.surround(page); err != nil {
		return err
	}
	return t.site.render(c, http.StatusUnprocessableEntity, drawn)
}
