package controllers

import (
	"context"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/schema"
	"unified/views"
)

// Catalogs read the database's own tables, for the pages that describe and judge them.
type Catalogs struct {
	Read   func(context.Context) (*schema.Catalog, error) // now; nil: there are no such pages
	Advise func(context.Context) (*schema.Advice, error)  // nil with Read
}

const tablesPath = "/debug/tables"

func (p Catalogs) mount(s *Site, router *Router) {
	if p.Read == nil {
		return
	}
	router.Get(tablesPath, inspect, func(c *gin.Context) error { return p.tables(s, c) })
	router.Get(indexesPath, inspect, func(c *gin.Context) error { return p.indexes(s, c) })
}

// items are the pages' part of the navigation.
func (p Catalogs) items(s *Site, at string) []views.Item {
	if p.Read == nil {
		return nil
	}
	return []views.Item{
		{Label: "Tables", Path: s.Path(tablesPath), Icon: "table", Current: at == s.Path(tablesPath)},
		{Label: "Indexes", Path: s.Path(indexesPath), Icon: "gauge", Current: at == s.Path(indexesPath)},
	}
}

// tablesPage is what pages/debug/tables.html draws.
type tablesPage struct {
	*schema.Diagram
	Drawing template.HTML
}

// tables answers GET /debug/tables: the entity diagram, and the same in words.
func (p Catalogs) tables(s *Site, c *gin.Context) error {
	found, err := p.Read(c.Request.Context())
	if err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The catalog cannot be read now.", Err: err}
	}
	diagram := found.Diagram()
	return s.render(c, http.StatusOK, view{name: "debug/tables", title: "Tables", page: tablesPage{
		Diagram: diagram, Drawing: template.HTML(diagram.SVG(false)), //nolint:gosec // it escapes every name
	}})
}
