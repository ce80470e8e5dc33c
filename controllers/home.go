package controllers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// latestRows is how many rows of Config.Latest the dashboard shows.
const latestRows = 8

// home answers GET /: a card for every table that may be read, and the latest entries.
func (s *Site) home(c *gin.Context) error {
	ctx := c.Request.Context()
	page := &homePage{}
	place := map[string]int{}
	for _, resource := range s.config.Tables {
		if !resource.Can(ctx, crud.Read) {
			continue
		}
		table := resource.Table()
		count, err := resource.Count(ctx, crud.Query{})
		shown := "?"
		if err == nil {
			shown = counted(count)
		} else if err = s.spared(ctx, table, err); err != nil {
			return err
		}
		at, known := place[table.Area]
		if !known {
			at = len(page.Areas)
			place[table.Area] = at
			page.Areas = append(page.Areas, homeArea{Title: table.Area})
		}
		page.Areas[at].Cards = append(page.Areas[at].Cards, homeCard{
			Label: table.Plural, Path: s.Path("/" + table.Name), Icon: s.icon(table), Count: shown,
		})
	}
	if err := s.addLatest(ctx, page); err != nil {
		return err
	}
	drawn := view{name: "home", title: "Dashboard", page: page}
	if page.Latest != nil {
		drawn.rows = page.Latest.Rows
		defer drawn.rows.Free()
	}
	return s.render(c, http.StatusOK, drawn)
}

func (s *Site) addLatest(ctx context.Context, page *homePage) error {
	resource, ok := s.tables[s.config.Latest]
	if !ok || !resource.Can(ctx, crud.Read) {
		return nil
	}
	list, err := resource.List(ctx, crud.Query{Size: latestRows})
	if err != nil {
		return s.spared(ctx, resource.Table(), err)
	}
	page.Latest = &latest{
		Table: resource.Table(), List: list, Headings: plainHeadings(list), Rows: s.rows(ctx, resource, list, rowExtras{}),
		CanUpdate: resource.Can(ctx, crud.Update),
	}
	return nil
}

// spared logs that a table cannot be read because it does not fit its model, and leaves it out: from the dashboard one gets
// to where that is mended. Any other error it returns.
func (s *Site) spared(ctx context.Context, table *crud.Table, err error) error {
	if !misfit(err) && classify(ctx, err).Status != http.StatusInternalServerError {
		return err
	}
	s.config.Log.ErrorContext(ctx, "left out of the dashboard", "table", table.Name, "error", err)
	return nil
}
