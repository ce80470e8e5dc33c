package controllers

import (
	"encoding/json"
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

// problemType is the media type of a Problem.
const problemType = "application/problem+json"

// Problem is an error as programs get it: the problem details of RFC 9457.
type Problem struct {
	Type    string         `json:"type"`   // stays the same for the same kind of problem
	Title   string         `json:"title"`  // of the type, for people
	Status  int            `json:"status"` // as the answer's
	Detail  string         `json:"detail"` // a sentence for people
	Errors  []ProblemField `json:"errors,omitempty"`
	Needs   []string       `json:"needs,omitempty"` // as in Failure
	Request string         `json:"request"`         // the request's id, as in the log
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

// problemTypes are the kinds of problems by status. They are names alone: nothing is at their address.
var problemTypes = map[int]string{
	http.StatusBadRequest: "bad-request", http.StatusUnauthorized: "unauthenticated", http.StatusForbidden: "forbidden",
	http.StatusNotFound: "not-found", http.StatusMethodNotAllowed: "method-not-allowed", http.StatusNotAcceptable: "not-acceptable",
	http.StatusConflict: "conflict", http.StatusPreconditionFailed: "precondition-failed", http.StatusRequestEntityTooLarge: "too-large",
	http.StatusUnsupportedMediaType: "unsupported-media-type", http.StatusMisdirectedRequest: "misdirected",
	http.StatusUnprocessableEntity: "invalid", http.StatusTooManyRequests: "too-many", http.StatusInternalServerError: "internal",
	http.StatusHTTPVersionNotSupported: "version", http.StatusServiceUnavailable: "unavailable",
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
	for _, name := range slices.Sorted(maps.Keys(failure.Fields)) {
		if name == "" {
			continue
		}
		field := ProblemField{Field: name, Detail: failure.Fields[name]}
		if row, ok := failure.Rows[name]; ok {
			field.Row = &ProblemRow{row.Table, row.Key, row.Label}
		}
		if sides, ok := failure.Sides[name]; ok {
			field.Base, field.Theirs, field.Mine = sides.Base, sides.Theirs, sides.Mine
		}
		problem.Errors = append(problem.Errors, field)
	}
	if problem.Errors != nil && failure.Fields[""] == "" {
		kind := crud.KindInvalid
		if failure.Status == http.StatusConflict {
			kind = crud.KindConflict
		}
		problem.Detail = kind.String()
	}
	return problem
}

func (s *Site) problem(c *gin.Context, failure *Failure) {
	body, err := json.Marshal(problemOf(c, failure))
	if err != nil {
		s.config.Log.ErrorContext(c.Request.Context(), "problem not written", "id", RequestID(c), "error", err)
	}
	c.Data(failure.Status, problemType, body)
}

// below tells whether a request is for a path or something below it.
func (s *Site) below(c *gin.Context, path string) bool {
	rest, ok := strings.CutPrefix(c.Request.URL.Path, s.Path(path))
	return ok && (rest == "" || rest[0] == '/')
}
