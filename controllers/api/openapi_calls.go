package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/controllers"
	"unified/crud"
	"unified/crud/export"
)

// call is an operation that is being described.
type call struct{ *openapi3.Operation }

// newCall describes what a call is for.
func newCall(id, tag, summary string) call {
	operation := openapi3.NewOperation()
	operation.OperationID, operation.Tags, operation.Summary, operation.Responses = id, []string{tag}, summary, openapi3.NewResponsesWithCapacity(8)
	for _, status := range everyday {
		call{operation}.fails(status)
	}
	return call{operation}
}

// takes adds shared parameters by their names.
func (c call) takes(names ...string) call {
	for _, name := range names {
		c.Parameters = append(c.Parameters, parameterRef(name))
	}
	return c
}

// sends adds what is sent, as one of these media types.
func (c call) sends(schema *openapi3.SchemaRef, types ...string) call {
	content := openapi3.Content{}
	for _, kind := range types {
		content[kind] = &openapi3.MediaType{Schema: schema}
	}
	c.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithRequired(true).WithContent(content)}
	return c.fails(http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity)
}

// answers adds an answer, with a body of JSON unless schema is nil, and with headers by their names in components.
func (c call) answers(status int, says string, schema *openapi3.SchemaRef, headers ...string) call {
	response := openapi3.NewResponse().WithDescription(says)
	if schema != nil {
		response.Content = openapi3.Content{media: &openapi3.MediaType{Schema: schema}}
	}
	for _, name := range headers {
		if response.Headers == nil {
			response.Headers = openapi3.Headers{}
		}
		response.Headers[headerNames[name]] = headerRef(name)
	}
	c.Responses.Set(strconv.Itoa(status), &openapi3.ResponseRef{Value: response})
	return c
}

// fails adds failures.
func (c call) fails(statuses ...int) call {
	for _, f := range failures {
		if slices.Contains(statuses, f.status) {
			name := strconv.Itoa(f.status)
			if f.status == 0 {
				name = "default"
			}
			c.Responses.Set(name, &openapi3.ResponseRef{Ref: "#/components/responses/" + f.name})
		}
	}
	return c
}

// auth describes signing in and out.
func (p *person) auth() {
	p.tag("", &openapi3.Tag{Name: "auth", Description: "Who asks."})
	add := func(method, name string, c call) { p.doc.AddOperation(Path+"/auth/"+name, method, c.Operation) }
	open := func(c call) call { c.Security = &openapi3.SecurityRequirements{}; return c.fails(http.StatusForbidden) }
	add(http.MethodGet, "me", newCall("getMe", "auth", "Who asks, and what they may do").answers(http.StatusOK, "Who asks.", ref("Me")))
	add(http.MethodPost, "login", open(newCall("login", "auth", "Sign in").sends(ref("Credentials"), media).
		answers(http.StatusNoContent, "Signed in: the cookie carries the session.", nil, "SetCookie")))
	add(http.MethodPost, "logout", open(newCall("logout", "auth", "Sign out").answers(http.StatusNoContent, "The session has ended.", nil, "SetCookie")))
	if p.Enroll != nil {
		add(http.MethodPost, "register", open(newCall("register", "auth", "Make an account of one's own").sends(ref("Registration"), media).
			fails(http.StatusConflict).answers(http.StatusCreated, "Signed in with a new account.", nil, "SetCookie")))
	}
}

// describe adds a table's calls, and what they send and answer.
func (t *part) describe() {
	schemas := t.person.doc.Components.Schemas
	if t.may(crud.Read) {
		schemas[t.types[rowType]], schemas[t.types[pageType]] = t.row(), t.page()
		if len(t.related()) > 0 {
			schemas[t.types[expandType]] = t.expand()
		}
		t.reading()
	}
	t.writing()
	t.undoing()
	t.linking()
	t.explaining()
	t.many()
	for _, verb := range []crud.Verb{crud.Restore, crud.Purge} {
		if t.may(verb) {
			says := map[crud.Verb]string{crud.Restore: "take one out of the trash", crud.Purge: "delete one in the trash for good"}[verb]
			t.add(http.MethodPost, "/{key}/"+string(verb), t.writes(string(verb), says).takes("Key").fails(http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).
				answers(http.StatusNoContent, "Done.", nil))
		}
	}
}

// add adds a call at an address below the table's.
func (t *part) add(method, below string, c call) {
	t.person.doc.AddOperation(Path+"/"+t.doc.Name+below, method, c.Operation)
}

// reads and writes begin the description of a call.
func (t *part) reads(name, says string) call {
	return newCall(t.calls[name], t.doc.Name, t.doc.Plural+": "+says).fails(http.StatusForbidden)
}

func (t *part) writes(name, says string) call {
	return t.reads(name, says).takes("DryRun", "Reason", "IdempotencyKey")
}

// parameters adds those that hold what the table's columns are called.
func (t *part) parameters() {
	shared := t.person.doc.Components.Parameters
	add := func(kind, name, says string, values []string) {
		if len(values) > 0 {
			shared[t.types[kind]] = listed(name, says, values)
		}
	}
	var sorts, paths, filters []string
	names := t.stored()
	for _, c := range t.schema.Computed {
		names = append(names, c.Name)
	}
	for _, name := range t.schema.Sort {
		sorts = append(sorts, name, "-"+name)
	}
	for _, c := range t.related() {
		paths = append(paths, c.Name)
		for _, behind := range t.person.parts[c.Refers].related() {
			paths = append(paths, c.Name+"."+behind.Name)
		}
	}
	for _, f := range t.schema.Filters {
		filters = append(filters, fmt.Sprintf("- `%s`: %s", f.Name, strings.ReplaceAll(strings.Trim(fmt.Sprint(f.Ops), "[]"), " ", ", ")))
	}
	add(fieldsType, "fields", "These columns alone, in this order.", names)
	add(sortType, "sort", "By these columns, with - before one for descending; a relation by the names of its rows.", sorts)
	add(relationsType, "expand", "The relations whose rows are answered too, below `_expand`.", paths)
	if len(filters) > 0 {
		says := "Conditions such as `" + t.schema.Filters[0].Name + ".is:1`: a column, an operator and, behind a colon, its values, with commas between them. " +
			"`;` between conditions means that all must hold, `|` that one must, and parentheses group them."
		if len(paths) > 0 {
			says += " A relation and a dot stand before a column of the row that it leads to."
		}
		says += "\n\n" + strings.Join(filters, "\n")
		shared[t.types[filterType]] = &openapi3.ParameterRef{Value: openapi3.NewQueryParameter("filter").WithDescription(says).WithSchema(typed("string"))}
	}
}

// stored are the names of the columns that rows are read with.
func (t *part) stored() (names []string) {
	for _, c := range t.schema.Read {
		names = append(names, c.Name)
	}
	return names
}

// listed is a parameter that holds some of these values, with commas between them.
func listed(name, says string, values []string) *openapi3.ParameterRef {
	items := typed("string")
	for _, value := range values {
		items.Enum = append(items.Enum, value)
	}
	parameter := openapi3.NewQueryParameter(name).WithDescription(says).WithSchema(openapi3.NewArraySchema().WithItems(items).WithUniqueItems(true).WithMinItems(1))
	together := false
	parameter.Style, parameter.Explode = "form", &together
	return &openapi3.ParameterRef{Value: parameter}
}

// own are those of the table's own parameters that there are.
func (t *part) own(kinds ...string) (names []string) {
	for _, kind := range kinds {
		if t.person.doc.Components.Parameters[t.types[kind]] != nil {
			names = append(names, t.types[kind])
		}
	}
	return names
}

// reading describes lists, rows, files and history.
func (t *part) reading() {
	t.add(http.MethodGet, "", t.paged(t.reads("GET", "a page of them")))
	file := t.reads("export", "a file of them").takes("Format", "Search").takes(t.own(filterType, sortType)...).takes("Labels", "ByteOrderMark")
	if !t.doc.Keyless {
		t.add(http.MethodGet, "/{key}", t.reads("GET key", "one of them").takes("Key").takes(t.own(fieldsType, relationsType)...).takes("IfMatch", "IfNoneMatch").
			fails(http.StatusNotFound, http.StatusPreconditionFailed).answers(http.StatusOK, "The row.", ref(t.types[rowType]), "ETag").answers(http.StatusNotModified, "It is as it was.", nil, "ETag"))
		file.takes("Keys")
	}
	file.fails(http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity)
	file.Parameters = append(file.Parameters, listed("fields", "These columns alone, in this order.", t.stored()))
	file.Responses.Delete(strconv.Itoa(http.StatusNotAcceptable)) // its format is in the address
	answer := openapi3.NewResponse().WithDescription("The file, as it is written.").WithContent(openapi3.Content{})
	for _, format := range export.Formats() {
		schema := said(typed("string"), format.Label)
		kind, _, text := strings.Cut(format.Type, "; charset=")
		if !text {
			schema.Format = "binary"
		}
		answer.Content[kind] = openapi3.NewMediaType().WithSchema(schema)
	}
	file.Responses.Set("200", &openapi3.ResponseRef{Value: answer})
	t.add(http.MethodGet, "/export", file)
	if t.doc.History {
		t.add(http.MethodGet, "/{key}/history", t.reads("history", "what changed in one").takes("Key", "HistoryBefore").fails(http.StatusNotFound).
			answers(http.StatusOK, "What changed, the latest first.", ref("History"), "Link"))
	}
}

// paged adds what a page of the table's rows is asked for with, and the page.
func (t *part) paged(c call) call {
	c.takes("Search").takes(t.own(filterType, sortType, fieldsType, relationsType)...).
		takes("Size", "After", "Before", "Last", "CountKind").answers(http.StatusOK, "A page of rows.", ref(t.types[pageType]), "Link")
	if t.trashed() {
		c.takes("Trash")
	}
	return c
}

// linking describes the many-to-many relations of a row, as far as the tables may be read that they are made of.
func (t *part) linking() {
	readable := func(name string) *part {
		if other := t.person.parts[name]; other != nil && other.may(crud.Read) {
			return other
		}
		return nil
	}
	for _, l := range t.doc.Links {
		other, join := readable(l.Table), readable(l.Join)
		if !t.may(crud.Read) || other == nil || l.Join != "" && join == nil {
			continue
		}
		below, says := "/{key}/"+linksName+"/"+l.Name, l.Label+" of one"
		t.add(http.MethodGet, below, other.paged(t.reads("GET links "+l.Name, says).takes("Key", "Others").fails(http.StatusNotFound)))
		if l.Join == "" && t.may(crud.Update) || join != nil && join.may(crud.Create, crud.Delete) {
			t.add(http.MethodPost, below, t.writes("links "+l.Name, says+": link and unlink some").takes("Key", "Prefer").sends(ref("Relinking"), media).
				fails(http.StatusNotFound, http.StatusConflict).answers(http.StatusOK, "How many were linked and unlinked.", ref("Relinked")).
				answers(http.StatusNoContent, "Done; the numbers are left out, as preferred.", nil, "PreferenceApplied"))
		}
	}
}

// undoing describes what puts recorded changes of a row back. What would be done is for whoever reads the history.
func (t *part) undoing() {
	writes := controllers.UndoVerbs(t.doc)
	if writes == nil || !t.may(crud.Read) {
		return
	}
	for _, way := range []struct{ name, asks, does, says, done string }{
		{"undo", "GET undo", "undo", "what undoing a change would do now", "undo a change, with all that was changed in one go with it"},
		{"restore", "GET version", "version", "what going back to a version would do now", "put one back as it was after a change"},
	} {
		below := "/{key}/history/{entry}/" + way.name
		t.add(http.MethodGet, below, t.reads(way.asks, way.says).takes("Key", "HistoryEntry").fails(http.StatusNotFound, http.StatusRequestEntityTooLarge).
			answers(http.StatusOK, "What would be done.", ref("Reversal")))
		if t.may(writes...) {
			t.add(http.MethodPost, below, t.writes(way.does, way.done).takes("Key", "HistoryEntry", "Prefer").sends(ref("ReversalChoice"), media).
				fails(http.StatusNotFound, http.StatusConflict).answers(http.StatusOK, "What was done.", ref("Reversal")).
				answers(http.StatusNoContent, "Done; what was done is left out, as preferred.", nil, "PreferenceApplied"))
		}
	}
}

// rowAnswer is what comes back of a row that was written: nothing of one that may not be read.
func (t *part) rowAnswer() *openapi3.SchemaRef {
	if t.may(crud.Read) {
		return ref(t.types[rowType])
	}
	return nil
}

// writing describes what is done to one row, and imports.
func (t *part) writing() {
	schemas, row := t.person.doc.Components.Schemas, t.rowAnswer()
	if t.may(crud.Create) {
		schemas[t.types[createType]] = t.lined(t.entered(t.fresh(t.schema.Create, false), true), newLinesType)
		t.add(http.MethodPost, "", t.writes("POST", "a new one").takes("Prefer").sends(ref(t.types[createType]), media).fails(http.StatusConflict).
			answers(http.StatusCreated, "The new row; without a body where that is preferred, and where one may not read it.", row, "Location", "ETag", "PreferenceApplied").
			answers(http.StatusOK, "What it would have been, with dry_run.", row, "ETag", "PreferenceApplied").
			answers(http.StatusNoContent, "It would have been done; with dry_run.", nil, "ETag", "PreferenceApplied"))
	}
	if t.may(crud.Update) {
		schemas[t.types[patchType]] = t.lined(based(t.entered(t.changes(t.schema.Update), false)), linesType)
		schemas[t.types[replaceType]] = t.lined(based(t.entered(t.fresh(t.schema.Update, true), false)), linesType)
		change := func(call, says, body string, types ...string) call {
			return t.writes(call, says).takes("Key", "IfMatch", "IfNoneMatch", "Prefer").sends(ref(body), types...).
				fails(http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed).
				answers(http.StatusOK, "The row as it is now.", row, "ETag").answers(http.StatusNoContent, "Done; the row is left out, as preferred.", nil, "ETag", "PreferenceApplied")
		}
		t.add(http.MethodPatch, "/{key}", change("PATCH key", "change columns of one", t.types[patchType], mergePatch, media))
		t.add(http.MethodPut, "/{key}", change("PUT key", "put a whole one in its place", t.types[replaceType], media))
	}
	if t.may(crud.Delete) {
		t.add(http.MethodDelete, "/{key}", t.writes("DELETE key", "delete one").takes("Key", "IfMatch", "IfNoneMatch").
			fails(http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity).answers(http.StatusNoContent, "It is gone.", nil))
	}
	if t.may(removing(t.doc)...) {
		impact := t.reads("impact", "what deleting one does to others").takes("Key").fails(http.StatusNotFound).
			answers(http.StatusOK, "What becomes of the rows that refer to it.", ref("Impact"))
		if t.trashed() {
			impact.takes("Trash")
		}
		t.add(http.MethodGet, "/{key}/impact", impact)
	}
	if t.may(crud.Create, crud.Update) {
		says := "An object a line, with the columns of one that is sent; in CSV the first line names columns. A row whose key is there is changed."
		t.add(http.MethodPost, "/import", t.writes("import", "rows from a file").takes("Prefer").sends(said(typed("string"), says).NewRef(), linesMedia, ndMedia, csvMedia).
			answers(http.StatusOK, "What became of each row.", ref("ImportReport")).answers(http.StatusNoContent, "Done; the report is left out, as preferred.", nil, "PreferenceApplied"))
	}
}

// many describes what is done to many rows at once.
func (t *part) many() {
	schemas := t.person.doc.Components.Schemas
	add := func(verb crud.Verb, call, says string, body *openapi3.SchemaRef) {
		t.add(http.MethodPost, "/actions/"+string(verb), t.writes(call, says).takes("Prefer").sends(body, media).fails(http.StatusNotFound, http.StatusConflict).
			answers(http.StatusOK, "How many there were, and how many changed.", ref("BulkResult")).
			answers(http.StatusNoContent, "Done; the numbers are left out, as preferred.", nil, "PreferenceApplied"))
	}
	if t.may(crud.Update) {
		values := t.changes(t.schema.Many)
		values.Value.MinProps = 1
		schemas[t.types[valuesType]], schemas[t.types[manyType]] = values, selection(ref(t.types[valuesType]), true)
		add(crud.Update, "update", "set columns of many", ref(t.types[manyType]))
	}
	if t.may(crud.Delete) {
		add(crud.Delete, "delete", "delete many", ref("Selection"))
	}
	for _, action := range t.doc.Actions {
		verb := crud.Verb(action.Name)
		if !t.may(verb) {
			continue
		}
		at, body := "action "+action.Name, ref("Selection")
		if asked := t.schema.Asked[verb]; asked != nil {
			values := t.fresh(asked, false)
			schemas[t.types["values "+action.Name]], schemas[t.types[at]] = values, selection(ref(t.types["values "+action.Name]), len(values.Value.Required) > 0)
			body = ref(t.types[at])
		}
		add(verb, at, action.Label+" many", body)
	}
}
