package controllers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/schema"
)

// show answers GET /debug/schema: all that differs, or one table with its columns side by side.
func (p DebugPages) show(s *Site, c *gin.Context) error {
	report, filter, shown, err := p.report(c)
	if err != nil {
		return err
	}
	page := &schemaPage{
		Filter: filter, Breaks: report.Count(schema.Breaks), Drift: report.Count(schema.Drift), Cosmetic: report.Count(schema.Cosmetic),
		At: report.At.UTC().Format("2006-01-02 15:04:05"), Took: report.Took.Round(time.Millisecond).String(), Role: report.Role,
		Server: report.Server, Compared: report.Tables, Skipped: report.Skipped, Invisible: report.Invisible, Query: filter.query(),
		Severities: severities, MayMend: p.Mending.open(c.Request.Context()), Runs: p.Mending.Plan != nil,
	}
	for _, finding := range report.Findings {
		page.Kinds = appendNew(page.Kinds, finding.Kind)
	}
	for _, side := range slices.Concat(report.Expected.Models, report.Expected.Migrations, report.Expected.Found) {
		page.Tables = appendNew(page.Tables, side.Name)
	}
	slices.Sort(page.Kinds)
	slices.Sort(page.Tables)
	if filter.Table != "" {
		if !slices.Contains(page.Tables, filter.Table) {
			return &Failure{Status: http.StatusNotFound, Message: "There is no table of this name, neither declared nor found."}
		}
		page.Columns = beside(report, filter.Table)
	}
	slices.SortStableFunc(shown, func(a, b schema.Finding) int { return strings.Compare(a.Table, b.Table) })
	for _, finding := range shown {
		page.add(s, finding)
	}
	title := "Schema"
	if filter.Table != "" {
		title = filter.Table + " · Schema"
	}
	return s.render(c, http.StatusOK, view{name: "debug/schema", title: title, page: page})
}

func appendNew(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// schemaPage is what pages/debug/schema.html draws.
type schemaPage struct {
	Filter                  schemaFilter
	Breaks, Drift, Cosmetic int
	At, Took, Role, Server  string
	Compared                int
	Skipped                 []schema.Skipped
	Invisible               []string
	Tables, Kinds           []string
	Severities              []string
	Query                   string        // of the filter, with its question mark; "" for none
	Columns                 []sideColumns // of one table
	Groups                  []schemaGroup
	MayMend                 bool
	Runs                    bool // whether there is a page of the last run
}

// schemaGroup is what differs in one table; Table is "" for what belongs to none.
type schemaGroup struct {
	Table, Path string
	Findings    []schemaFinding
}

// schemaFinding is one difference with all that mends it.
type schemaFinding struct {
	schema.Finding
	Class  string // of its badge
	Says   string // which source says so
	Script string
}

// sideColumns is one column as the model, the migrations and the database have it; "" where one lacks it.
type sideColumns struct {
	Name                         string
	Models, Migrations, Database string
	Differs                      bool
}

func (p *schemaPage) add(s *Site, finding schema.Finding) {
	if n := len(p.Groups); n == 0 || p.Groups[n-1].Table != finding.Table {
		group := schemaGroup{Table: finding.Table}
		if finding.Table != "" {
			group.Path = s.Path(schemaPath) + schemaFilter{Table: finding.Table}.query()
		}
		p.Groups = append(p.Groups, group)
	}
	group := &p.Groups[len(p.Groups)-1]
	group.Findings = append(group.Findings, drawn(finding))
}

// drawn is a finding as pages show it.
func drawn(finding schema.Finding) schemaFinding {
	classes := map[schema.Severity]string{schema.Breaks: "bad", schema.Drift: "warn", schema.Cosmetic: "no"}
	says := map[string]string{
		schema.FromModels: "the models", schema.FromMigrations: "the migrations", schema.FromBoth: "models and migrations",
	}
	return schemaFinding{finding, classes[finding.Severity], says[finding.Source], fixText(finding)}
}

// beside puts a table's columns side by side, in the order in which they come up.
func beside(report *schema.Report, table string) []sideColumns {
	var list []sideColumns
	for at, sides := range [][]schema.Side{report.Expected.Models, report.Expected.Migrations, report.Expected.Found} {
		for _, side := range sides {
			if side.Name != table {
				continue
			}
			for _, column := range side.Columns {
				place := slices.IndexFunc(list, func(row sideColumns) bool { return row.Name == column.Name })
				if place < 0 {
					place = len(list)
					list = append(list, sideColumns{Name: column.Name})
				}
				row := &list[place]
				*[]*string{&row.Models, &row.Migrations, &row.Database}[at] = column.Words()
			}
		}
	}
	for finding := range report.Of(table) {
		for i := range list {
			if strings.HasPrefix(finding.Kind, "column.") && finding.Object == list[i].Name {
				list[i].Differs = true
			}
		}
	}
	return list
}
