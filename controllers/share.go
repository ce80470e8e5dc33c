package controllers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// What scripts of other sites may send to what stands below APIPath, and read of its answers.
const (
	sharedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	sharedSent    = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer"
	sharedRead    = "Allow, Content-Disposition, ETag, Link, Location, Preference-Applied, Retry-After, X-Request-Id"
	sharedFor     = "600" // seconds that a browser need not ask again
)

// share lets scripts of the origins that the settings name ask what stands below APIPath, and answers the question that a browser
// asks before: CORS. All others are told nothing.
func (s *Site) share(c *gin.Context) error {
	if !s.forPrograms(c) {
		return nil
	}
	header := c.Writer.Header()
	header.Add("Vary", "Origin")
	if !trusted(c.Request, s.config.Origins) {
		return nil
	}
	header.Set("Access-Control-Allow-Origin", c.GetHeader("Origin"))
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Expose-Headers", sharedRead)
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", sharedMethods)
		header.Set("Access-Control-Allow-Headers", sharedSent)
		header.Set("Access-Control-Max-Age", sharedFor)
		c.Status(http.StatusNoContent)
		c.Abort()
	}
	return nil
}

// trusted reports whether a request comes from one of the origins.
func trusted(r *http.Request, origins []string) bool {
	given := r.Header.Values("Origin")
	return len(given) == 1 && slices.Contains(origins, given[0])
}

// fromOutside lets through what scripts of the origins that the settings name send to the API, and has check look at the rest.
func (d Door) fromOutside(check Handler) Handler {
	return func(c *gin.Context) error {
		if strings.HasPrefix(c.Request.URL.Path, d.Prefix+APIPath+"/") && trusted(c.Request, d.Origins) {
			return nil
		}
		return check(c)
	}
}
