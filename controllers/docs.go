package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/views"
)

// docsPath is a page for people, although it stands below APIPath.
const docsPath = APIPath + "/docs"

// docsPage is what pages/api/docs.html draws.
type docsPage struct {
	Document string // the address of what it shows
	Profile  bool   // there is a page where tokens are made
}

// mountDocs mounts the page that shows the API to people and lets them try it; nothing if there is no API.
func (s *Site) mountDocs(router *Router) {
	if s.config.API == nil {
		return
	}
	router.Get(docsPath, SignedIn(), func(c *gin.Context) error {
		return s.render(c, http.StatusOK, view{name: "api/docs", title: "API", page: docsPage{Document: s.Path(DocumentPath), Profile: s.config.Gate.Profile}})
	})
}

// docsItem is the page's entry in the navigation, for everybody; none if there is no API.
func (s *Site) docsItem(c *gin.Context) []views.Item {
	if s.config.API == nil {
		return nil
	}
	return []views.Item{{Label: "API", Path: s.Path(docsPath), Icon: "code", Current: c.FullPath() == s.Path(docsPath)}}
}
