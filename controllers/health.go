package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// health says that the process lives: 200, whatever the database does.
func (s *Site) health(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// ready says whether requests can be answered: 200, or 503 while the database cannot be asked or the server is ending.
func (s *Site) ready(c *gin.Context) error {
	if err := s.config.Ready(c.Request.Context()); err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "Not ready.", Retry: 5 * time.Second, Err: err}
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}
