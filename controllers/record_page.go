package controllers

import (
	"slices"

	"github.com/gin-gonic/gin"
)

// RecordPage is a page of each record beside those that every record has, with a link to it on the record's own page.
type RecordPage struct {
	Table       string // whose records have it; "" for those of every table
	Name        string // the last segment of its path: "rights"
	Label, Icon string // of the link
	Access      Access // what it asks of who comes; that they may read the record is for Show to see to
	Show        func(s *Site, c *gin.Context) error
}

// mountRecords mounts the pages that a table's records have besides.
func (t *tablePages) mountRecords(router *Router) {
	s, name := t.site, t.table.Name
	for _, page := range slices.Concat(s.config.Records, s.config.Roles.records(s), s.config.Why.records(s)) {
		if page.Table != "" && page.Table != name {
			continue
		}
		router.Get("/"+name+"/:key/"+page.Name, page.Access, func(c *gin.Context) error { return page.Show(s, c) })
		s.links[name] = append(s.links[name], recordLink{Label: page.Label, Icon: page.Icon, Name: page.Name, access: page.Access})
	}
}
