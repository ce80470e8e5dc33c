package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"unified/schema"
)

const indexesPath = "/debug/indexes"

// indexesPage is what pages/debug/indexes.html draws.
type indexesPage struct {
	*schema.Advice
	From  int    // rows of a table from which an index matters
	Start string // when the statistics began; "" if that is not known
}

// indexes answers GET /debug/indexes: what staff look for without an index, and which indexes nothing needs.
func (p Catalogs) indexes(s *Site, c *gin.Context) error {
	advice, err := p.Advise(c.Request.Context())
	if err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The statistics cannot be read now.", Err: err}
	}
	page := indexesPage{Advice: advice, From: schema.AdviceFrom}
	if !advice.Since.IsZero() {
		page.Start = advice.Since.UTC().Format(time.DateTime)
	}
	return s.render(c, http.StatusOK, view{name: "debug/indexes", title: "Indexes", page: page})
}
