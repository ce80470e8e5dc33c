package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// Failure is an error that brings its own status: what a gate or a page refuses by itself.
type Failure struct {
	Status  int                   // an HTTP status from 400 on
	Message string                // a sentence for the page; "" for the status's usual one
	Retry   time.Duration         // when to try again; 0 says nothing
	Fields  map[string]string     // sentences by field, as in crud.Error; nil for none
	Rows    map[string]crud.Ref   // by field: the row that is in the way
	Sides   map[string]crud.Sides // by field: what both changed
	Needs   []string              // the permissions of which one would do, as model:action:scope; nil if none would
	Err     error                 // the cause: for the log, never for the page; may be nil
}

// Error returns the message and the cause.
func (f *Failure) Error() string {
	if f.Err == nil {
		return f.Message
	}
	return fmt.Sprintf("%s: %v", f.Message, f.Err)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// handle turns a Handler into gin's kind: its error becomes the answer and ends the chain.
func (s *Site) handle(handler Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			c.Abort()
			s.fail(c, err)
		}
	}
}

func (s *Site) handleAll(handlers []Handler) []gin.HandlerFunc {
	wrapped := make([]gin.HandlerFunc, len(handlers))
	for i, handler := range handlers {
		wrapped[i] = s.handle(handler)
	}
	return wrapped
}

// fail answers with what err says. It is the one place that knows which status an error has and what is logged.
func (s *Site) fail(c *gin.Context, err error) {
	failure := classify(c.Request.Context(), err)
	if misfit(err) && s.renewed(c) {
		return
	}
	s.refuse(c, failure.Status, failure.Message)
	if failure.Status >= http.StatusInternalServerError {
		s.config.Log.ErrorContext(c.Request.Context(), "request failed", "id", RequestID(c), "method", c.Request.Method,
			"path", c.Request.URL.Path, "status", failure.Status, "error", failure)
	}
	if c.Writer.Written() {
		return
	}
	c.Header("Cache-Control", "no-store")
	if failure.Retry > 0 {
		c.Header("Retry-After", strconv.Itoa(int(failure.Retry.Round(time.Second)/time.Second)))
	}
	if s.forPrograms(c) || wantsJSON(c) {
		s.problem(c, failure)
		return
	}
	page := errorPage{
		Status: failure.Status, Heading: heading(failure.Status), Message: failure.Message, Request: RequestID(c),
		Sent: c.Request.Method == http.MethodPost, Needs: failure.Needs, Back: s.back(c),
	}
	if failure.Status == http.StatusServiceUnavailable && page.Sent {
		page.Again = s.again(c)
	}
	if failure.Status == http.StatusNotFound && page.Sent {
		page.Again = s.again(c).alone()
	}
	if err := s.render(c, failure.Status, view{name: "error", title: page.Heading, page: page}); err != nil {
		s.config.Log.ErrorContext(c.Request.Context(), "error page failed", "id", RequestID(c), "error", err)
		c.String(failure.Status, "%s", failure.Message)
	}
}

// renewed deals with a table that is otherwise than its model says. A page is asked for again where a panel that knows the table as it
// is has taken over.
func (s *Site) renewed(c *gin.Context) bool {
	s.config.Debug.misfit(c)
	if s.config.Renew == nil || !s.config.Renew(c.Request.Context()) || c.Request.Method != http.MethodGet || c.Writer.Written() || s.forPrograms(c) {
		return false
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, c.Request.URL.RequestURI())
	return true
}

// back leads to the list of the table whose page failed, where the account may read it; from the list itself to all of it, past
// what it opens with.
func (s *Site) back(c *gin.Context) *backLink {
	resource := s.tables[s.currentTable(c)]
	if resource == nil || !resource.Can(c.Request.Context(), crud.Read) {
		return nil
	}
	table := resource.Table()
	back := &backLink{Label: views.Lower(table.Plural), Path: s.Path("/" + table.Name)}
	if c.FullPath() == back.Path {
		if c.Request.URL.RawQuery == "" {
			return nil
		}
		back.Path = address(back.Path, crud.Query{Size: table.PageSize})
	}
	return back
}

// wantsJSON tells whether the client asked for JSON and not for a page, or is no browser.
func wantsJSON(c *gin.Context) bool {
	if _, program := bearer(c.Request); program {
		return true
	}
	accept := c.GetHeader("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// classify gives every error a status and a sentence. What is unknown is a bug: 500, and nothing of it on the page.
func classify(ctx context.Context, err error) *Failure {
	var failure *Failure
	var known *crud.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &known):
		cause := known.Err
		if refusals := (*crud.Refusals)(nil); errors.As(err, &refusals) {
			cause = refusals
		}
		if imported := (*crud.ImportRefused)(nil); errors.As(err, &imported) {
			cause = imported
		}
		return &Failure{Status: status(known.Kind), Message: sentence(known), Retry: retry(known.Kind),
			Fields: known.Fields, Rows: known.Rows, Sides: known.Sides, Needs: needed(known.Denied), Err: cause}
	case errors.As(err, &tooLarge):
		return &Failure{Status: http.StatusRequestEntityTooLarge, Message: "This is more than can be sent at once.", Err: err}
	case crud.Misfit(err):
		return &Failure{Status: http.StatusServiceUnavailable, Message: unready, Err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Failure{Status: http.StatusServiceUnavailable, Message: "This took too long.", Retry: 5 * time.Second, Err: err}
	case errors.Is(ctx.Err(), context.Canceled):
		return &Failure{Status: 499, Message: "The client left.", Err: err}
	}
	return &Failure{Status: http.StatusInternalServerError, Message: "Something went wrong on our side. It has been noted.", Err: err}
}

// unready is said where what all pages need is not as the program needs it.
const unready = "The database is not as this page needs it. It works again as soon as that is mended; the log says what is missing."

// misfit tells whether the database has a table otherwise than its model says.
func misfit(err error) bool {
	var known *crud.Error
	return errors.As(err, &known) && known.Kind == crud.KindMisfit || crud.Misfit(err)
}

func status(kind crud.ErrorKind) int {
	switch kind {
	case crud.KindBad:
		return http.StatusBadRequest
	case crud.KindNotFound:
		return http.StatusNotFound
	case crud.KindForbidden:
		return http.StatusForbidden
	case crud.KindInvalid:
		return http.StatusUnprocessableEntity
	case crud.KindConflict:
		return http.StatusConflict
	case crud.KindLarge:
		return http.StatusRequestEntityTooLarge
	case crud.KindBusy:
		return http.StatusTooManyRequests
	case crud.KindStale:
		return http.StatusPreconditionFailed
	}
	return http.StatusServiceUnavailable
}

func retry(kind crud.ErrorKind) time.Duration {
	switch kind {
	case crud.KindUnavailable, crud.KindSlow:
		return 5 * time.Second
	case crud.KindBusy:
		return 30 * time.Second
	}
	return 0
}

// sentence returns what the error says about the whole record, or all it says.
func sentence(err *crud.Error) string {
	return cmp.Or(err.Fields[""], err.Fields[reasonParam], err.Error())
}

// heading names a status for people.
func heading(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "This does not work"
	case http.StatusUnauthorized:
		return "Nobody is signed in"
	case http.StatusNotAcceptable:
		return "This cannot be answered so"
	case http.StatusPreconditionFailed:
		return "This was changed meanwhile"
	case http.StatusMethodNotAllowed:
		return "This does not work here"
	case http.StatusRequestEntityTooLarge:
		return "Too much at once"
	case http.StatusUnsupportedMediaType:
		return "This cannot be read"
	case http.StatusMisdirectedRequest:
		return "Unknown name of the server"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found"
	case http.StatusConflict:
		return "Something stands in the way"
	case http.StatusUnprocessableEntity:
		return "This cannot be saved"
	case http.StatusTooManyRequests:
		return "Too many at once"
	case http.StatusServiceUnavailable:
		return "Just a moment"
	case http.StatusHTTPVersionNotSupported:
		return "This does not work here"
	case http.StatusInternalServerError:
		return "Something broke"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Something went wrong"
}

// unknown answers paths that no page has.
func (s *Site) unknown(*gin.Context) error {
	return &Failure{Status: http.StatusNotFound, Message: "There is no page at this address."}
}

// wrongMethod answers a page's path asked with a method that it does not take.
func (s *Site) wrongMethod(*gin.Context) error {
	return &Failure{Status: http.StatusMethodNotAllowed, Message: "This page cannot be asked for in this way."}
}

// options tells programs which methods an address takes, also where they ask for nothing else.
func (s *Site) options(c *gin.Context) error {
	if !s.forPrograms(c) {
		return nil
	}
	c.Header("Allow", c.Writer.Header().Get("Allow")+", "+http.MethodOptions)
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		c.Abort()
	}
	return nil
}
