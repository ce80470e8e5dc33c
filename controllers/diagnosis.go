package controllers

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/views"
)

// DebugPage is a page that tells how the program itself fares. All of them are below /debug and ask for admin:debug.
type DebugPage struct {
	Name  string // the last segment of its path
	Label string // for people
	Help  string // a sentence about what it shows
	Mount func(s *Site, router *Router, path string, access Access)
}

// diagnose is what these pages ask for. Model admin is all that is no table.
var diagnose = Holds("admin", "debug")

const debugPath = "/debug"

// debugIndex is what pages/debug/index.html draws.
type debugIndex struct{ Pages []DebugPage }

// mountDebug mounts these pages and one that lists them; nothing if there are none.
func (s *Site) mountDebug(router *Router) {
	pages := s.config.Debug.Pages
	if len(pages) == 0 {
		return
	}
	router.Get(debugPath, diagnose, func(c *gin.Context) error {
		return s.render(c, http.StatusOK, view{name: "debug/index", title: "Debug", page: debugIndex{pages}})
	})
	for _, page := range pages {
		page.Mount(s, router, debugPath+"/"+page.Name, diagnose)
	}
}

// program is the navigation's area of what is about no table.
func (s *Site) program(c *gin.Context) []views.Area {
	items := slices.Concat(s.docsItem(c), s.config.Debug.items(s, c))
	if len(s.config.Debug.Pages) > 0 && debugs(c.Request.Context()) {
		at, index := c.FullPath(), s.Path(debugPath)
		mine := at == index || slices.ContainsFunc(s.config.Debug.Pages, func(page DebugPage) bool { return at == index+"/"+page.Name })
		items = append(items, views.Item{Label: "Debug", Path: index, Icon: "bug", Current: mine})
	}
	if len(items) == 0 {
		return nil
	}
	return []views.Area{{Title: "Program", Items: items}}
}

// debugs reports whether the account may see the debug pages.
func debugs(ctx context.Context) bool { return diagnose.open(ctx) }
