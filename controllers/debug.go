package controllers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/schema"
	"unified/views"
)

// DebugPages are the pages about the program itself: how models, migrations and database differ, and which migrations were
// applied. Without funcs there are none.
type DebugPages struct {
	Compare    func(context.Context) (*schema.Report, error) // now
	Last       func() *schema.Report                         // the last report, for notices; nil before the first
	Doubt      func()                                        // the last report is out of date; nil with Last
	Migrations func(context.Context) ([]MigrationFile, error)
	Catalogs   Catalogs
	Mending    Mending
	Pages      []DebugPage // more of them, about signing in and the database
}

// MigrationFile is one migration, and what the database knows of it.
type MigrationFile struct {
	Name      string
	Applied   bool
	Changed   bool // applied with another content
	AppliedAt time.Time
	Took      time.Duration
}

const (
	schemaPath     = "/debug/schema"
	migrationsPath = "/debug/migrations"
)

// inspect is what the pages ask for.
var inspect = Holds("schema", "inspect")

func (p DebugPages) mount(s *Site, router *Router) {
	if p.Compare == nil {
		return
	}
	router.Get(schemaPath, inspect, func(c *gin.Context) error { return p.show(s, c) })
	router.Get(schemaPath+".json", inspect, func(c *gin.Context) error { return p.json(c) })
	router.Get(schemaPath+".sql", inspect, func(c *gin.Context) error { return p.script(c) })
	p.Mending.mount(s, router)
	p.Catalogs.mount(s, router)
	router.Get(migrationsPath, inspect, func(c *gin.Context) error { return p.migrations(s, c) })
}

// items are the pages' part of the navigation.
func (p DebugPages) items(s *Site, c *gin.Context) []views.Item {
	if p.Compare == nil || !inspect.open(c.Request.Context()) {
		return nil
	}
	at := c.FullPath()
	items := []views.Item{
		{Label: "Schema", Path: s.Path(schemaPath), Icon: "plug", Current: at == s.Path(schemaPath)},
		{Label: "Migrations", Path: s.Path(migrationsPath), Icon: "files", Current: at == s.Path(migrationsPath)},
	}
	return append(items, p.Catalogs.items(s, at)...)
}

// misfitKey marks a request that failed because a table is not as its model says.
const misfitKey = "misfit"

// misfit makes a request lead administrators to what differs, and the last report one to be made anew.
func (p DebugPages) misfit(c *gin.Context) {
	c.Set(misfitKey, true)
	if p.Doubt != nil {
		p.Doubt()
	}
}

// otherwise is what is told of a table that is not as its model says.
const otherwise = "The database has this table otherwise than the program needs it"

// warning is what is told above the pages of a table that the database has otherwise than the program needs it: to everybody
// what is left out, and to administrators where to read on.
func (p DebugPages) warning(s *Site, c *gin.Context) *views.Warning {
	table := s.currentTable(c)
	if table == "" {
		return nil
	}
	warning := &views.Warning{}
	if resource := s.tables[table]; resource != nil {
		warning.Text = lacks(resource.Absent(c.Request.Context()))
	}
	if p.Last != nil && inspect.open(c.Request.Context()) {
		warning.Text = strings.TrimSpace(p.differs(c, table) + " " + warning.Text)
		warning.Path, warning.More = s.Path(schemaPath)+"?table="+table, "See what differs"
	}
	if warning.Text == "" {
		return nil
	}
	return warning
}

// lacks says which columns are left out, "" for none.
func lacks(labels []string) string {
	switch len(labels) {
	case 0:
		return ""
	case 1:
		return "The database lacks the column of “" + labels[0] + "”: it is left out until it is there again."
	}
	last := len(labels) - 1
	return "The database lacks the columns of “" + strings.Join(labels[:last], "”, “") + "” and “" + labels[last] + "”: they are left out until they are there again."
}

// differs says how much of a table differs in a way that breaks something, "" for nothing.
func (p DebugPages) differs(c *gin.Context, table string) string {
	if c.GetBool(misfitKey) {
		return otherwise + "."
	}
	report := p.Last()
	if report == nil {
		return ""
	}
	breaking := 0
	for finding := range report.Of(table) {
		if finding.Severity == schema.Breaks {
			breaking++
		}
	}
	switch breaking {
	case 0:
		return ""
	case 1:
		return otherwise + ": one difference breaks pages or services."
	}
	return fmt.Sprintf("%s: %d differences break pages or services.", otherwise, breaking)
}

// migrations answers GET /debug/migrations.
func (p DebugPages) migrations(s *Site, c *gin.Context) error {
	files, err := p.Migrations(c.Request.Context())
	if err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The state of the migrations cannot be read now.", Err: err}
	}
	page := &migrationsPage{}
	for _, file := range files {
		row := migrationRow{Name: file.Name, State: "applied", Class: "yes"}
		switch {
		case file.Changed:
			row.State, row.Class = "changed since it was applied", "bad"
			page.Changed++
		case !file.Applied:
			row.State, row.Class = "pending", "warn"
			page.Pending++
		}
		if file.Applied {
			row.At, row.Took = file.AppliedAt.UTC().Format("2006-01-02 15:04:05"), file.Took.Round(time.Millisecond).String()
		}
		page.Files = append(page.Files, row)
	}
	return s.render(c, http.StatusOK, view{name: "debug/migrations", title: "Migrations", page: page})
}

// migrationsPage is what pages/debug/migrations.html draws.
type migrationsPage struct {
	Files            []migrationRow
	Pending, Changed int
}

type migrationRow struct {
	Name, State, Class string
	At, Took           string // "" if it was not applied
}
