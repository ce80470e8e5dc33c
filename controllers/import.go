package controllers

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

const (
	// rowsParam holds the rows of an import, as CSV or as JSON lines. What was seen of a preview is marked by seenParam.
	rowsParam = "rows"
	// lookParam is the button that shows the preview again.
	lookParam = "_look"
)

var importFields = []crud.FieldDoc{{Name: rowsParam, Label: "Rows", Kind: crud.KindLongText}, {Name: seenParam}, {Name: lookParam}, reasonField}

// importPage is what pages/table/import.html draws.
type importPage struct {
	Table   *crud.Table
	Crumbs  crumbs
	Columns []crud.FieldDoc // that can be set, or not if they are never shown again
	Action  string          // where the form is sent
	Once    string          // what it is known by
	Rows    string          // that were sent
	Reason  reasonInput
	Problem string

	Mark    string // of the preview; "" where there is nothing to be written
	Button  string // what writes it
	Summary string // what becomes of all rows; "" before they were looked at
	Lines   []importLine
	More    string // what is said of rows that no line is about
}

// importLine is what becomes of one row.
type importLine struct {
	crud.ImportRow
	Problems []fieldProblem // of one that is wrong
}

// mountImport mounts the page on which rows come in.
func (t *tablePages) mountImport(router *Router) {
	at, may := "/"+t.table.Name+"/import", May(t.resource, crud.Create, crud.Update)
	router.Get(at, may, func(c *gin.Context) error { return t.askRows(c, http.StatusOK, t.importPage(c)) })
	router.Form(at, may, importFields, t.load)
}

// load answers POST /TABLE/import: it shows what would become of the rows, and writes them when that comes back.
func (t *tablePages) load(c *gin.Context) error {
	t.site.Larger(c, crud.ImportBytes)
	input, err := posted(c)
	if err != nil {
		return err
	}
	t.site.Lasting(c, bulkTime)
	rows := strings.ReplaceAll(input.Get(rowsParam), "\r\n", "\n")
	in := crud.Incoming{Format: formatOf(rows), Data: []byte(rows), Mark: input.Get(seenParam), Shown: true}
	if in.Mark == "" || input.Has(lookParam) {
		return t.preview(c, input, in, nil)
	}
	out, err := t.site.once(c, input, because(input, func(ctx context.Context) (done, error) {
		came, err := t.resource.Import(ctx, in)
		if err != nil {
			return done{}, err
		}
		return done{Said: "Imported " + t.amount(len(came.Rows)) + ": " + became(came, "created", "changed") + ".", To: t.path()}, nil
	}))
	if known, ok := t.site.mendable(c, err); ok {
		return t.preview(c, input, in, known)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}

// formatOf is in what format rows are.
func formatOf(rows string) string {
	if strings.HasPrefix(strings.TrimLeft(rows, "\uFEFF \t\n"), "{") {
		return "jsonl"
	}
	return "csv"
}

// preview shows what would become of rows; problem is why they were not written, nil if that was not asked for.
func (t *tablePages) preview(c *gin.Context, input url.Values, in crud.Incoming, problem *crud.Error) error {
	page, code := t.importPage(c), http.StatusOK
	page.Rows, page.Reason, in.Mark = string(in.Data), reasonOf(input, problem), ""
	if problem != nil {
		page.Problem, code = sentence(problem), status(problem.Kind)
	}
	came, err := t.resource.Preview(c.Request.Context(), in)
	var refused *crud.ImportRefused
	var known *crud.Error
	switch {
	case err == nil:
		page.foresee(t, came)
	case errors.As(err, &refused):
		page.Problem, code = refused.Error(), http.StatusUnprocessableEntity
		page.refuse(refused)
	case errors.As(err, &known) && slices.Contains([]crud.ErrorKind{crud.KindInvalid, crud.KindConflict, crud.KindBad, crud.KindLarge}, known.Kind):
		page.Problem, code = sentence(known), status(known.Kind)
	default:
		return err
	}
	return t.askRows(c, code, page)
}

// foresee shows the rows that would be made or changed, the first of them with what would change.
func (p *importPage) foresee(t *tablePages, came *crud.Imported) {
	p.Summary = t.amount(len(came.Rows)) + ": " + became(came, "to be created", "to be changed") + "."
	writes := came.Created + came.Changed
	if writes == 0 {
		p.Summary = "All of this is there already. Nothing would be written."
		return
	}
	p.Mark, p.Button = came.Mark, "Import "+t.amount(writes)
	for _, row := range came.Rows {
		if row.Result != crud.RowSame && len(p.Lines) < crud.ImportShown {
			p.Lines = append(p.Lines, importLine{ImportRow: row})
		}
	}
	if more := writes - len(p.Lines); more > 0 {
		p.More = "And " + t.amount(more) + " more that would be made or changed."
	}
}

// became says how many rows were made and changed, in these words, and how many were not.
func became(came *crud.Imported, created, changed string) string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{came.Created, created}, {came.Changed, changed}, {came.Same, "unchanged"}} {
		if part.n > 0 {
			parts = append(parts, grouped(int64(part.n))+" "+part.word)
		}
	}
	return strings.Join(parts, ", ")
}

// refuse shows the rows that are wrong. What is never shown again is not.
func (p *importPage) refuse(refused *crud.ImportRefused) {
	for _, row := range refused.Rows {
		if row.Result != crud.RowWrong {
			continue
		}
		line := importLine{ImportRow: row}
		for _, name := range slices.Sorted(maps.Keys(row.Fields)) {
			column := field(p.Columns, name)
			if column.Unseen {
				p.Rows = ""
			}
			line.Problems = append(line.Problems, fieldProblem{Field: name, Label: column.Label, Text: row.Fields[name]})
		}
		p.Lines = append(p.Lines, line)
	}
}

// importable are the columns that the account can set in a new row or in one that is there, in the order of the model, and what a form
// asks for besides.
func (t *tablePages) importable(ctx context.Context) (columns []crud.FieldDoc) {
	schema := t.resource.Schema(ctx)
	for _, column := range slices.Concat(schema.Create, schema.Update) {
		if !slices.Contains(columns, column.FieldDoc) {
			columns = append(columns, column.FieldDoc)
		}
	}
	return append(columns, schema.Entries...)
}

// importPage is the page without rows.
func (t *tablePages) importPage(c *gin.Context) *importPage {
	return &importPage{Table: t.table, Crumbs: crumbs{Table: t.table}, Columns: t.importable(c.Request.Context()), Action: t.path("import")}
}

// askRows draws the page.
func (t *tablePages) askRows(c *gin.Context, code int, page *importPage) (err error) {
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	title := "Import " + views.Lower(t.table.Plural)
	if page.Problem != "" {
		title = "Not imported: " + title
	}
	return t.site.render(c, code, view{name: t.page("import"), title: title, page: page})
}
