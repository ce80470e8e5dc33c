package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/internal/document"
)

// shown is one kind of failure, as the document lists it.
type shown struct {
	when string
	err  error
	ctx  context.Context
}

func TestTechSpec_lists_the_errors(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("| When | Status | Heading of the page | Sentence, if there is no better one | Retry-After |\n|---|---|---|---|---|\n")
	for _, failure := range failures(t) {
		got := classify(failure.ctx, failure.err)
		retry := ""
		if got.Retry > 0 {
			retry = fmt.Sprintf("%d s", got.Retry/time.Second)
		}
		fmt.Fprintf(&text, "| %s | %d | %s | %s | %s |\n", failure.when, got.Status, heading(got.Status), got.Message, retry)
	}
	document.Section(t, "../docs/TECH_SPEC.md", "errors", text.String())
}

func failures(t *testing.T) []shown {
	t.Helper()
	ctx := t.Context()
	left, leave := context.WithCancel(ctx)
	leave()
	site := &Site{}
	_, damaged := parseQuery("%")
	request := asked(http.MethodPost, "http://elsewhere.example/login", "Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain")
	_, unread := posted(request)
	return []shown{
		{"`crud.KindBad`: the address names a column or cursor that the list does not know", &crud.Error{Kind: crud.KindBad}, ctx},
		{"the address is damaged", damaged, ctx},
		{"`crud.KindForbidden`: the account may not do this", &crud.Error{Kind: crud.KindForbidden}, ctx},
		{"another site sent the request, or nothing says which did", sameOrigin("session")(request), ctx},
		{"`crud.KindNotFound`: no such row, or one that the account may not see", &crud.Error{Kind: crud.KindNotFound}, ctx},
		{"no such page", site.unknown(nil), ctx},
		{"no such method here", site.wrongMethod(nil), ctx},
		{"`crud.KindConflict`: the row is used or was changed by somebody else", &crud.Error{Kind: crud.KindConflict}, ctx},
		{"a form is sent in another form", unread, ctx},
		{"the name of the server is not in ALLOWED_HOSTS", knownHost([]string{"panel.example.org"})(request), ctx},
		{"more than 1 MiB is sent", &http.MaxBytesError{}, ctx},
		{"`crud.KindLarge`: more rows than a format of export holds", &crud.Error{Kind: crud.KindLarge}, ctx},
		{"`crud.KindInvalid`: a value that cannot be stored; the form comes back with what was typed", &crud.Error{Kind: crud.KindInvalid}, ctx},
		{"`crud.KindBusy`: too many exports are under way", &crud.Error{Kind: crud.KindBusy}, ctx},
		{"the client left before the answer; in the log only", context.Canceled, left},
		{"anything else is a bug; the page has the request's id, the log the cause", errors.New("a bug"), ctx},
		{"`crud.KindUnavailable`: the database is away, busy or too slow", &crud.Error{Kind: crud.KindUnavailable}, ctx},
		{"`crud.KindMisfit`: the table has not what its model names; administrators get a link to what differs", &crud.Error{Kind: crud.KindMisfit}, ctx},
		{"the request took longer than REQUEST_TIMEOUT", context.DeadlineExceeded, ctx},
	}
}

// asked is the context of a request; headers come in pairs.
func asked(method, address string, headers ...string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(method, address, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		c.Request.Header.Set(headers[i], headers[i+1])
	}
	return c
}
