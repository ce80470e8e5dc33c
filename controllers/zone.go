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
