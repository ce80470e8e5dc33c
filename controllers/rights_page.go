package controllers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// rightsPage is what pages/why/rights.html draws.
type rightsPage struct {
	Crumbs crumbs
	Action string
	Tables []*crud.Table
	*rightsFound
}

// rightsFound is all that somebody may do, as far as it is looked for.
type rightsFound struct {
	Subject *subject
	Search  string // what was looked for; "" for all
	Table   string // the only table that is shown; "" for all
	Parts   []rightsPart
	Others  []whyLine // what is about no table
	Nothing bool      // nothing was found
}

// rightsPart is a table of it.
type rightsPart struct {
	*crud.Table
	Lines  []whyLine
	Limits []string

	kept []crud.Limit // that Limits say
}

// rights answers GET /PEOPLE/KEY/rights: all that somebody may do. It asks the database for who they are, and for nothing of the tables.
func (w WhyPages) rights(s *Site, c *gin.Context) error {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	for name, given := range values {
		if len(given) > 1 || name != "q" && name != "table" {
			return BadAddress("This page knows %q and %q, once each.", "q", "table")
		}
	}
	page := &rightsPage{Action: c.Request.URL.Path}
	if page.rightsFound, err = w.found(c.Request.Context(), s, c.Param("key"), values); err != nil {
		return err
	}
	page.Crumbs = crumbs{Table: s.tables[w.People].Table(), Key: page.Subject.Ref.Key, Label: page.Subject.Ref.Label}
	for _, resource := range s.config.Tables {
		page.Tables = append(page.Tables, resource.Table())
	}
	return s.render(c, http.StatusOK, view{name: "why/rights", title: "What " + isolated(page.Subject.Ref.Label) + " may do", page: page})
}

// found is what a person may do, of what the values q and table leave.
func (w WhyPages) found(ctx context.Context, s *Site, key string, values url.Values) (found *rightsFound, err error) {
	found = &rightsFound{Search: strings.TrimSpace(values.Get("q")), Table: values.Get("table")}
	if found.Table != "" && s.tables[found.Table] == nil {
		return nil, &Failure{Status: http.StatusNotFound, Message: "There is no table of this name."}
	}
	if found.Subject, err = w.subject(ctx, s, key); err != nil {
		return nil, err
	}
	for _, resource := range s.config.Tables {
		if found.Table != "" && found.Table != resource.Table().Name {
			continue
		}
		if err := found.add(ctx, resource); err != nil {
			return nil, err
		}
	}
	if found.Table == "" {
		found.others(ctx, s)
	}
	found.Nothing = len(found.Parts) == 0 && len(found.Others) == 0
	return found, nil
}

// add adds a table, less what is not looked for.
func (p *rightsFound) add(ctx context.Context, resource crud.Resource) error {
	lines, kept, err := p.Subject.lines(ctx, resource, "")
	if err != nil {
		return err
	}
	table := resource.Table()
	if !p.finds(table.Name, table.Plural, table.Area) {
		lines = slices.DeleteFunc(lines, func(line whyLine) bool { return !p.finds(line.texts()...) })
	}
	if len(lines) > 0 {
		p.Parts = append(p.Parts, rightsPart{table, lines, p.Subject.limits(table, kept), kept})
	}
	return nil
}

// finds reports whether what is looked for stands in one of the texts.
func (p *rightsFound) finds(texts ...string) bool {
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
func (p *rightsFound) others(ctx context.Context, s *Site) {
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
	parts, at := strings.Split(strings.TrimPrefix(path, s.config.Prefix), "/"), 1
	if parts[1] == strings.TrimPrefix(APIPath, "/") {
		at = 3 // behind the version
	}
	if at < len(parts) && s.tables[parts[at]] != nil {
		parts[at] = "TABLE"
	}
	return strings.Join(parts, "/")
}

// other says whether pages that are about no table are open to the subject.
func (p subject) other(ctx context.Context, access Access, paths []string) whyLine {
	line := whyLine{Name: access.String(), Label: strings.Join(paths, " "), Answer: "no", Class: "no"}
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
