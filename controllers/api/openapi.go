package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// keptDocuments is how many documents are kept at most.
const keptDocuments = 32

// documents describes the API to whoever asks, as far as they may use it: an OpenAPI document. Those who may do the same get the same.
type documents struct {
	API
	site   *controllers.Site
	tables []table
	called []called // the tables' parts

	mu   sync.Mutex
	kept map[string]document // by what it depends on
}

// document is a document as it is answered.
type document struct {
	body []byte
	tag  string
}

// newDocuments describes tables.
func newDocuments(a API, site *controllers.Site, tables []table) *documents {
	docs := make([]*crud.Table, len(tables))
	for i, t := range tables {
		docs[i] = t.doc
	}
	return &documents{API: a, site: site, tables: tables, called: nameAll(docs), kept: map[string]document{}}
}

// answer answers GET /openapi.json.
func (d *documents) answer(c *gin.Context) error {
	if err := nothingElse(c.Request.URL.Query()); err != nil {
		return err
	}
	found, err := d.of(c.Request.Context())
	if err != nil {
		return err
	}
	header := c.Writer.Header()
	header.Set("Cache-Control", "private, no-cache")
	header.Add("Vary", "Authorization, Cookie, Accept")
	header.Set("ETag", etag(found.tag))
	if matches(c.Request.Header.Values("If-None-Match"), found.tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	return answer(c, http.StatusOK, found.body)
}

// of returns the document of the account in ctx.
func (d *documents) of(ctx context.Context) (document, error) {
	asks := d.person(ctx)
	basis := asks.basis()
	d.mu.Lock()
	found, ok := d.kept[basis]
	d.mu.Unlock()
	if ok {
		return found, nil
	}
	body, err := asks.document().MarshalJSON()
	if err != nil {
		return document{}, fmt.Errorf("write the document of the API: %w", err)
	}
	sum := sha256.Sum256(body)
	found = document{body, base64.RawURLEncoding.EncodeToString(sum[:15])}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.kept) >= keptDocuments {
		clear(d.kept)
	}
	d.kept[basis] = found
	return found, nil
}

// person is who asks for a document, with all that it depends on.
type person struct {
	*documents
	order []*part // the tables of which they may do something
	parts map[string]*part
	doc   *openapi3.T
	areas []area

	explained bool // they may ask what somebody may do
}

// part is a table as far as a person may use it.
type part struct {
	table
	called
	person *person
	schema *crud.SchemaDoc
}

func (d *documents) person(ctx context.Context) *person {
	p := &person{documents: d, parts: map[string]*part{}, explained: d.site.Explained(ctx)}
	for i, t := range d.tables {
		about := &part{t, d.called[i], p, t.resource.Schema(ctx)}
		if len(about.schema.Can) == 0 {
			continue
		}
		p.order, p.parts[t.doc.Name] = append(p.order, about), about
	}
	return p
}

// may reports whether the person may do one of the verbs to some row.
func (t *part) may(verbs ...crud.Verb) bool {
	return slices.ContainsFunc(verbs, func(verb crud.Verb) bool { return slices.Contains(t.schema.Can, verb) })
}

// trashed reports whether the person sees rows in the trash.
func (t *part) trashed() bool { return t.may(crud.Restore, crud.Purge) }

// related are the relations whose rows the person may read.
func (t *part) related() (columns []*crud.SchemaColumn) {
	for _, c := range t.schema.Read {
		if other := t.person.parts[c.Refers]; other != nil && other.may(crud.Read) {
			columns = append(columns, c)
		}
	}
	return columns
}

// basis tells documents apart: all that differs between people.
func (p *person) basis() string {
	sum := sha256.New()
	say := func(columns []*crud.SchemaColumn) {
		for _, c := range columns {
			fmt.Fprint(sum, " ", c.Name)
		}
		fmt.Fprint(sum, "\n")
	}
	fmt.Fprintln(sum, p.explained)
	for _, t := range p.order {
		fmt.Fprintln(sum, t.doc.Name, t.schema.Can, len(t.schema.Computed))
		for _, columns := range [][]*crud.SchemaColumn{t.schema.Read, t.schema.Create, t.schema.Update, t.schema.Many} {
			say(columns)
		}
		for _, c := range t.schema.Computed {
			fmt.Fprintln(sum, c.Name)
		}
		for _, f := range t.schema.Filters {
			fmt.Fprint(sum, " ", f.Name)
		}
		for _, child := range t.schema.Lines {
			fmt.Fprint(sum, " ", child.Name)
		}
	}
	return string(sum.Sum(nil))
}

// about says what a document is about.
const about = "Programs find here what the panel has, under the same permissions and rules. This document holds what its reader may use, and nothing else. " +
	"Each address that is read with GET answers HEAD too, and OPTIONS with the methods that it takes."

// document writes the document.
func (p *person) document() *openapi3.T {
	p.doc = &openapi3.T{
		OpenAPI: "3.1.0",
		Info:    &openapi3.Info{Title: p.site.Brand() + " API", Version: "1", Description: about},
		Servers: openapi3.Servers{{URL: p.server()}},
		Paths:   openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas: sharedSchemas(), Parameters: sharedParameters(), Headers: sharedHeaders(), Responses: sharedResponses(),
			SecuritySchemes: openapi3.SecuritySchemes{
				"bearer": {Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer").WithDescription("An API token.")},
			},
		},
		Security: openapi3.SecurityRequirements{openapi3.NewSecurityRequirement().Authenticate("bearer")},
	}
	if p.Gate != nil {
		p.doc.Components.SecuritySchemes["cookie"] = &openapi3.SecuritySchemeRef{Value: openapi3.NewSecurityScheme().WithType("apiKey").WithIn("cookie").
			WithName(p.Gate.Cookie()).WithDescription("The session of a person, whose requests that write need their Origin.")}
		p.doc.Security = append(p.doc.Security, openapi3.NewSecurityRequirement().Authenticate("cookie"))
		p.auth()
	}
	if p.explained {
		maps.Copy(p.doc.Components.Schemas, whySchemas())
		maps.Copy(p.doc.Components.Parameters, whyParameters())
	}
	for _, t := range p.order {
		if t.may(crud.Read) {
			t.parameters()
		}
	}
	for _, t := range p.order {
		t.describe()
		p.tag(t.doc.Area, &openapi3.Tag{Name: t.doc.Name, Description: t.doc.Help, Extensions: map[string]any{"x-displayName": t.doc.Plural}})
	}
	p.doc.Extensions = map[string]any{"x-tagGroups": p.areas}
	return p.doc
}

// area is a group of tags, as readers of documents show them.
type area struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

// tag adds a tag to a group of the navigation; "" is that of what has none.
func (p *person) tag(group string, tag *openapi3.Tag) {
	p.doc.Tags = append(p.doc.Tags, tag)
	if group == "" {
		group = p.site.Brand()
	}
	at := slices.IndexFunc(p.areas, func(a area) bool { return a.Name == group })
	if at < 0 {
		at, p.areas = len(p.areas), append(p.areas, area{Name: group})
	}
	p.areas[at].Tags = append(p.areas[at].Tags, tag.Name)
}

// server is the address that the paths are below, on the host that the document is read from.
func (p *person) server() string { return cmp.Or(p.site.Path(""), "/") }
