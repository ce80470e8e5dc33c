package controllers

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// APIPath is what the addresses of programs begin with, below the prefix. What fails there is answered by a Problem, never by a
// page.
const APIPath = "/api"

// DocumentPath is the address of the description of what stands below APIPath. It is for programs too.
const DocumentPath = "/openapi.json"

// problemType is the media type of a Problem.
const problemType = "application/problem+json"

// Problem is an error as programs get it: the problem details of RFC 9457.
type Problem struct {
	Type    string         `json:"type"`   // stays the same for the same kind of problem
	Title   string         `json:"title"`  // of the type, for people
	Status  int            `json:"status"` // as the answer's
	Detail  string         `json:"detail"` // a sentence for people
	Errors  []ProblemField `json:"errors,omitempty"`
	Rows    []RefusedRow   `json:"rows,omitempty"`   // of many, those that stand in the way
	Report  []ReportRow    `json:"report,omitempty"` // of an import, what became of each row, had none been wrong
	Needs   []string       `json:"needs,omitempty"`  // as in Failure
	Request string         `json:"request"`          // the request's id, as in the log
}

// ProblemField is what is wrong with one field.
type ProblemField struct {
	Field  string      `json:"field"`
	Detail string      `json:"detail"` // a sentence for people
	Row    *ProblemRow `json:"row,omitempty"`

	// What a field of a conflict was when it was read, is now, and was to be.
	Base   json.RawMessage `json:"base,omitempty"`
	Theirs json.RawMessage `json:"theirs,omitempty"`
	Mine   json.RawMessage `json:"mine,omitempty"`
}

// ProblemRow is a row that is in the way.
type ProblemRow struct {
	Table string `json:"table"`
	Key   string `json:"key"`
	Label string `json:"label"`
}

// RefusedRow is one of many rows to which something cannot be done.
type RefusedRow struct {
	ProblemRow
	Detail string         `json:"detail"`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ReportRow is what became of a row of an import.
type ReportRow struct {
	Row    int            `json:"row"`    // from 1
	Result string         `json:"result"` // created, changed, same or wrong
	Key    string         `json:"key,omitempty"`
	Detail string         `json:"detail,omitempty"` // of one that is wrong, what is about no field
	Errors []ProblemField `json:"errors,omitempty"`
}

// Report says for programs what became of the rows of an import.
func Report(rows []crud.ImportRow) []ReportRow {
	out := make([]ReportRow, len(rows))
	for i, row := range rows {
		out[i] = ReportRow{row.Row, row.Result, row.Key, row.Fields[""], (&Failure{Fields: row.Fields}).errors()}
	}
	return out
}

// problemTypes are the kinds of problems by status. They are names alone: nothing is at their address.
var problemTypes = map[int]string{
	http.StatusBadRequest: "bad-request", http.StatusUnauthorized: "unauthenticated", http.StatusForbidden: "forbidden",
	http.StatusNotFound: "not-found", http.StatusMethodNotAllowed: "method-not-allowed", http.StatusNotAcceptable: "not-acceptable",
	http.StatusConflict: "conflict", http.StatusPreconditionFailed: "precondition-failed", http.StatusRequestEntityTooLarge: "too-large",
	http.StatusUnsupportedMediaType: "unsupported-media-type", http.StatusMisdirectedRequest: "misdirected",
	http.StatusUnprocessableEntity: "invalid", http.StatusTooManyRequests: "too-many", http.StatusInternalServerError: "internal",
	http.StatusHTTPVersionNotSupported: "version", http.StatusServiceUnavailable: "unavailable",
}

// ProblemTypes returns the types of all problems, in order.
func ProblemTypes() []string {
	var types []string
	for _, status := range slices.Sorted(maps.Keys(problemTypes)) {
		types = append(types, ProblemType(status))
	}
	return types
}

// ProblemType returns the type of the problems with a status.
func ProblemType(status int) string {
	if name := problemTypes[status]; name != "" {
		return "urn:unified:problem:" + name
	}
	return "about:blank"
}

// problemOf says a failure to programs.
func problemOf(c *gin.Context, failure *Failure) Problem {
	problem := Problem{
		Type: ProblemType(failure.Status), Title: heading(failure.Status), Status: failure.Status, Detail: failure.Message,
		Needs: failure.Needs, Request: RequestID(c),
	}
	var imported *crud.ImportRefused
	if errors.As(failure.Err, &imported) {
		problem.Report = Report(imported.Rows)
		return problem
	}
	var refusals *crud.Refusals
	if errors.As(failure.Err, &refusals) {
		for _, row := range refusals.Rows {
			said := &Failure{Fields: row.Fields}
			problem.Rows = append(problem.Rows, RefusedRow{ProblemRow{row.Table, row.Key, row.Label}, row.Text, said.errors()})
		}
		return problem
	}
	if problem.Errors = failure.errors(); problem.Errors != nil && failure.Fields[""] == "" {
		kind := crud.KindInvalid
		if failure.Status == http.StatusConflict {
			kind = crud.KindConflict
		}
		problem.Detail = kind.String()
	}
	return problem
}

// errors are the sentences by field.
func (f *Failure) errors() (out []ProblemField) {
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if name == "" {
			continue
		}
		field := ProblemField{Field: name, Detail: f.Fields[name]}
		if row, ok := f.Rows[name]; ok {
			field.Row = &ProblemRow{row.Table, row.Key, row.Label}
		}
		if sides, ok := f.Sides[name]; ok {
			field.Base, field.Theirs, field.Mine = sides.Base, sides.Theirs, sides.Mine
		}
		out = append(out, field)
	}
	return out
}

func (s *Site) problem(c *gin.Context, failure *Failure) {
	body, err := json.Marshal(problemOf(c, failure))
	if err != nil {
		s.config.Log.ErrorContext(c.Request.Context(), "problem not written", "id", RequestID(c), "error", err)
	}
	c.Data(failure.Status, problemType, body)
}

// forPrograms tells whether a request is for something below APIPath, the page for people there left out, or for what describes that.
func (s *Site) forPrograms(c *gin.Context) bool {
	if c.Request.URL.Path == s.Path(DocumentPath) {
		return true
	}
	rest, ok := strings.CutPrefix(c.Request.URL.Path, s.Path(APIPath))
	return ok && (rest == "" || rest[0] == '/') && c.Request.URL.Path != s.Path(docsPath)
}
