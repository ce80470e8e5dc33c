package controllers

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/crud/export"
)

// exportStall is how long a client may take for what is sent at once, 64 KiB or so.
const exportStall = 30 * time.Second

// exportForm is what partials/export.html draws: what can be chosen of an export.
type exportForm struct {
	Table   *crud.Table
	Columns []exportColumn // all that may be seen
	Labels  bool           // some of them are relations
	Formats []export.Format
	Keep    []hiddenField // which rows
}

// exportColumn is a column that may be exported.
type exportColumn struct {
	Name, Label string
	Chosen      bool
}

// exportPage is what pages/table/export.html draws.
type exportPage struct {
	Table  *crud.Table
	Crumbs crumbs
	Export *exportForm
	Rows   string   // how many they are, for people
	Terms  []string // what they are narrowed by
	Back   string   // the list of them
}

// export answers GET /TABLE/export with a file, or, where no format is named, with the page that asks for one.
func (t *tablePages) export(c *gin.Context) error {
	query, options, err := readExport(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if options.Format == "" {
		return t.exportDialog(c, query, options)
	}
	return t.site.export(c, t.resource, query, options)
}

// Export streams rows as a file, as the parameters of an address say, and in a format where they name none.
func (s *Site) Export(c *gin.Context, resource crud.Resource, format string) error {
	query, options, err := readExport(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if options.Format == "" {
		options.Format = format
	}
	return s.export(c, resource, query, options)
}

func (s *Site) export(c *gin.Context, resource crud.Resource, query crud.Query, options crud.ExportOptions) error {
	file, err := resource.Export(c.Request.Context(), query, options)
	if err != nil {
		return err
	}
	if !c.Request.ProtoAtLeast(1, 1) {
		return &Failure{Status: http.StatusHTTPVersionNotSupported, Message: "An export needs HTTP/1.1: before that, one that breaks off looks like a whole one."}
	}
	d := &download{c: c, file: file}
	if c.Request.Method == http.MethodHead {
		d.begin()
		return nil
	}
	return s.send(c, d)
}

// send streams a file for as long as it takes. What fails before its first byte is answered by a page; later the connection is
// broken off, so that the client knows that the file is not whole.
func (s *Site) send(c *gin.Context, d *download) error {
	connection, _ := c.MustGet(connectionKey).(context.Context)
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.Request.Context()))
	context.AfterFunc(connection, cancel) // the server ends it after the answer, if not before
	c.Request = c.Request.WithContext(ctx)
	d.line = http.NewResponseController(c.Writer)
	_ = d.line.SetReadDeadline(time.Time{}) // at which the server would take the client for gone; a test's writer has none
	err := d.file.Write(ctx, d)
	if err == nil {
		if !d.begun {
			d.begin()
		}
		return nil
	}
	if !d.begun {
		return err
	}
	s.config.Log.WarnContext(ctx, "an export was broken off", "id", RequestID(c), "by", s.config.Gate.Name(ctx),
		"path", c.Request.URL.Path, "bytes", c.Writer.Size(), "error", err)
	panic(http.ErrAbortHandler)
}

// download is an answer that a client keeps as a file. Its headers are sent with its first byte.
type download struct {
	c     *gin.Context
	file  *crud.Export
	line  *http.ResponseController
	begun bool
}

func (d *download) begin() {
	d.begun = true
	d.c.Header("Content-Type", d.file.Type)
	d.c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.file.File}))
	d.c.Header("Cache-Control", "no-store")
	d.c.Status(http.StatusOK)
	d.c.Writer.WriteHeaderNow()
}

// Write sends bytes, for which the client has a time of its own each time.
func (d *download) Write(bytes []byte) (int, error) {
	if !d.begun {
		d.begin()
	}
	_ = d.line.SetWriteDeadline(time.Now().Add(exportStall)) // a test's writer has none
	return d.c.Writer.Write(bytes)
}

// readExport reads the parameters of an export: those of a list without its pages, and what is chosen.
func readExport(raw string) (crud.Query, crud.ExportOptions, error) {
	values, err := ParseAddress(raw)
	if err != nil {
		return crud.Query{}, crud.ExportOptions{}, err
	}
	values.Del(formParam) // the form of the ticked rows has it for its other buttons
	options := crud.ExportOptions{Keys: values["keys"]}
	if all := values.Get("all"); all == "1" { // all that match, whatever is ticked
		options.Keys = nil
		values.Del("all")
	}
	for _, names := range values["fields"] {
		options.Fields = append(options.Fields, strings.Split(names, ",")...)
	}
	values.Del("keys")
	values.Del("fields")
	flags := map[string]*bool{"labels": &options.Labels, "bom": &options.BOM}
	for name, given := range values {
		flag := flags[name]
		switch {
		case name != "format" && flag == nil:
			continue
		case len(given) > 1:
			return crud.Query{}, options, BadAddress("The address says %q twice.", name)
		case flag == nil:
			options.Format = given[0]
		case given[0] != "1":
			return crud.Query{}, options, BadAddress("%q has to be 1.", name)
		default:
			*flag = true
		}
		values.Del(name)
	}
	for _, name := range []string{"after", "before", "last", "size"} {
		if values.Has(name) {
			return crud.Query{}, options, BadAddress("An export has no pages, and knows nothing of %q.", name)
		}
	}
	query, err := ReadQuery(values)
	return query, options, err
}

// exportForm offers the columns that the account may see, of which chosen are ticked; none: all.
func (t *tablePages) exportForm(ctx context.Context, chosen []string, keep []hiddenField) *exportForm {
	form := &exportForm{Table: t.table, Formats: export.Formats(), Keep: keep}
	for _, doc := range t.resource.Filters(ctx) {
		form.Columns = append(form.Columns, exportColumn{doc.Name, doc.Label, len(chosen) == 0 || slices.Contains(chosen, doc.Name)})
		form.Labels = form.Labels || doc.Refers != ""
	}
	return form
}

// exportDialog asks how rows are to be exported: those that were ticked, or all that match. Htmx gets the form as it stands on the list.
func (t *tablePages) exportDialog(c *gin.Context, query crud.Query, options crud.ExportOptions) error {
	ctx := c.Request.Context()
	ticked := t.stored(ctx, strings.Join(options.Fields, ","))
	if byScript(c) { // the list has what the form sends along
		return t.site.fragment(c, http.StatusOK, "export", view{name: t.page("export"), page: t.exportForm(ctx, ticked, nil)})
	}
	page := &exportPage{Table: t.table, Crumbs: crumbs{Table: t.table}, Back: t.address(query)}
	keep := kept(page.Back)
	if len(options.Keys) > 0 {
		page.Rows = plural(len(options.Keys), "ticked row")
		for _, key := range options.Keys {
			keep = append(keep, hiddenField{"keys", key})
		}
	} else {
		count, err := t.resource.Count(ctx, query)
		if err != nil {
			return err
		}
		page.Rows = counted(count) + " rows"
		if count == (crud.Count{Rows: 1}) {
			page.Rows = "1 row"
		}
	}
	terms, err := t.resource.Terms(ctx, query.Filter)
	if err != nil {
		return err
	}
	for _, term := range terms {
		page.Terms = append(page.Terms, term.Text)
	}
	if query.Search != "" {
		page.Terms = append(page.Terms, "found by “"+query.Search+"”")
	}
	page.Export = t.exportForm(ctx, ticked, keep)
	return t.site.render(c, http.StatusOK, view{name: t.page("export"), title: "Export · " + t.table.Plural, page: page})
}
