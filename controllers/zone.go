package controllers

import (
	"time"
	_ "time/tzdata" // a machine may have no database of time zones

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// zoneCookie is set by form.js and holds the browser's time zone.
const zoneCookie = "time_zone"

// zoned has what people ask for said, and read, by the clocks of their zone. Programs get UTC, wherever the person lives whose token they
// have.
func (s *Site) zoned(c *gin.Context) error {
	if _, program := bearer(c.Request); !program && !s.forPrograms(c) {
		c.Request = c.Request.WithContext(crud.InZone(c.Request.Context(), zone(c)))
	}
	return nil
}

// said writes a moment for a person, by the clocks of their zone.
func said(at time.Time, where *time.Location) string {
	return at.In(where).Format(time.DateTime) + " " + where.String()
}

// zone is the person's time zone: the one that they chose, else the browser's, where a script could tell it, else UTC.
func zone(c *gin.Context) *time.Location {
	account, _ := auth.From(c.Request.Context())
	if known, err := crud.Zone(account.Settings.TimeZone); err == nil {
		return known
	}
	name, err := c.Cookie(zoneCookie)
	if err != nil {
		return time.UTC
	}
	if known, err := crud.Zone(name); err == nil {
		return known
	}
	return time.UTC
}
