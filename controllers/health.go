package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// health says that the process lives: 200, whatever the database does.
func (s *Site) health(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// ready says whether requests can be answered: 200, or 503 while the database cannot be asked or the server is ending.
// Probes ask often: why not is in the log at level debug.
func (s *Site) ready(c *gin.Context) error {
	if err := s.config.Ready(c.Request.Context()); err != nil {
		s.config.Log.DebugContext(c.Request.Context(), "not ready", "error", err)
		c.Header("Retry-After", "5")
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return nil
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}
