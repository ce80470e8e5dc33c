package controllers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// rightsPage is what pages/why/rights.html draws.
type rightsPage struct {
	Crumbs  crumbs
	Subject *subject
	Action  string
	Search  string // what was looked for; "" for all
	Table   string // the only table that is shown; "" for all
	Tables  []*crud.Table
	Parts   []rightsPart
	Others  []whyLine // what is about no table
	Nothing bool      // nothing was found
}

// rightsPart is a table of it.
type rightsPart struct {
	*crud.Table
	Lines  []whyLine
	Limits []string
}

// rights answers GET /PEOPLE/KEY/rights: all that somebody may do. It asks the database for who they are, and for nothing of the tables.
func (w WhyPages) rights(s *Site, c *gin.Context) error {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	page := &rightsPage{Search: strings.TrimSpace(values.Get("q")), Table: values.Get("table"), Action: c.Request.URL.Path}
	for name, given := range values {
		if len(given) > 1 || name != "q" && name != "table" {
			return BadAddress("This page knows %q and %q, once each.", "q", "table")
		}
	}
	if page.Table != "" && s.tables[page.Table] == nil {
		return &Failure{Status: http.StatusNotFound, Message: "There is no table of this name."}
	}
	ctx := c.Request.Context()
	if page.Subject, err = w.subject(ctx, s, c.Param("key")); err != nil {
		return err
	}
	page.Crumbs = crumbs{Table: s.tables[w.People].Table(), Key: page.Subject.Ref.Key, Label: page.Subject.Ref.Label}
	for _, resource := range s.config.Tables {
		table := resource.Table()
		if page.Tables = append(page.Tables, table); page.Table != "" && page.Table != table.Name {
			continue
		}
		why, err := resource.Why(ctx, page.Subject.as, "")
		if err != nil {
			return err
		}
		part := rightsPart{Table: table, Limits: page.Subject.limits(table, why.Limits)}
		whole := page.finds(table.Name, table.Plural, table.Area)
		for _, verdict := range why.Verdicts {
			if line := page.Subject.line(table, verdict, false); whole || page.finds(line.texts()...) {
				part.Lines = append(part.Lines, line)
			}
		}
		if len(part.Lines) > 0 {
			page.Parts = append(page.Parts, part)
		}
	}
	if page.Table == "" {
		page.others(ctx, s)
	}
	page.Nothing = len(page.Parts) == 0 && len(page.Others) == 0
	return s.render(c, http.StatusOK, view{name: "why/rights", title: "What " + page.Subject.Ref.Label + " may do", page: page})
}

// finds reports whether what is looked for stands in one of the texts.
func (p *rightsPage) finds(texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(p.Search)) })
}

func (l whyLine) texts() []string {
	texts := []string{l.Label}
	for _, reason := range l.Reasons {
		texts = append(texts, reason.Code, reason.Text)
	}
	return texts
}

// others adds the pages that are about no table, by what they ask for.
func (p *rightsPage) others(ctx context.Context, s *Site) {
	paths := map[string][]string{}
	var asked []Access
	for _, route := range s.routes {
		if route.Access.asks != permission || route.Access.resource != nil {
			continue
		}
		name := route.Access.String()
		if paths[name] == nil {
			asked = append(asked, route.Access)
		}
		if path := s.anyTable(route.Path); !slices.Contains(paths[name], path) {
			paths[name] = append(paths[name], path)
		}
	}
	for _, access := range asked {
		if line := p.Subject.other(ctx, access, paths[access.String()]); p.finds(line.texts()...) {
			p.Others = append(p.Others, line)
		}
	}
}

// anyTable is a route's path as it is for every table.
func (s *Site) anyTable(path string) string {
	path = strings.TrimPrefix(path, s.config.Prefix)
	if name, rest, _ := strings.Cut(path[1:], "/"); s.tables[name] != nil {
		return "/TABLE/" + rest
	}
	return path
}

// other says whether pages that are about no table are open to the subject.
func (p subject) other(ctx context.Context, access Access, paths []string) whyLine {
	line := whyLine{Label: strings.Join(paths, " "), Answer: "no", Class: "no"}
	for _, grant := range p.Rights.Grants(access.named.Model, access.named.Action) {
		said := reason{Code: grant.String(), Text: "from the role " + grant.Role, Mark: "yes"}
		if !auth.Allow(grant.Permission).Covers(access.named) {
			said.Mark, said.Text = "no", said.Text+": this is about no rows, and takes the scope all"
		}
		line.Reasons = append(line.Reasons, said)
	}
	if line.Reasons == nil {
		line.Reasons = []reason{{Code: access.String(), Text: "is given by no role of theirs", Mark: "no"}}
	}
	if p.Standing.Closed == "" && access.open(p.as(ctx)) {
		line.Answer, line.Class = "yes", "yes"
	}
	return line
}
