package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"unified/controllers"
)

// served is the panel behind a real server, and what it logs.
func served(t *testing.T, change ...func(*controllers.Config)) (*panel, *httptest.Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	p := newPanel(t, append(change, func(c *controllers.Config) { c.Log = slog.New(slog.NewTextHandler(&locked{to: &log}, nil)) })...)
	server := httptest.NewUnstartedServer(p)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return p, server, &log
}

// locked lets several goroutines write.
type locked struct {
	sync.Mutex
	to io.Writer
}

func (l *locked) Write(text []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.to.Write(text)
}

// manyBooks makes books a view of n long rows, the first of which takes longer than the server's own time limits.
const manyBooks = `DROP TABLE books; CREATE VIEW books AS SELECT i::text AS isbn, repeat('title ', 20) AS title, NULL::text AS subtitle, true AS lent, i AS pages,
	CASE WHEN i = 1 THEN pg_sleep(0.3)::text ELSE '' END AS blurb, 'new' AS condition, NULL::timestamptz AS bought, 'x' AS code, NULL::bigint AS shelf_id
	FROM generate_series(1, 200000) i`

func TestExport_T20_IsAFile(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	for _, method := range []string{"GET", "HEAD"} {
		answer := p.ask(method, "/books/export?format=csv&fields=isbn,title&fields=shelf_id&labels=1&sort=title&q=&filter=lent.is:false", "")
		for name, want := range map[string]string{
			"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment; filename=books.csv", "Cache-Control": "no-store",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", method, name, got)
			}
		}
		body, _ := io.ReadAll(answer.Body)
		want := map[string]string{"GET": "isbn,title,shelf_id,shelf_id.label\r\na/b c,Emma,3,Shelf 3\r\n", "HEAD": ""}[method]
		if answer.StatusCode != 200 || string(body) != want {
			t.Errorf("%s: %d\n%q", method, answer.StatusCode, body)
		}
	}
	keys, _ := io.ReadAll(p.ask("GET", "/books/export?format=jsonl&fields=isbn&keys=a~%252Fb%2520c&keys=nope", "").Body)
	if string(keys) != `{"isbn":"a/b c"}`+"\n" {
		t.Errorf("a row that was ticked is %q", keys)
	}
	mark, _ := io.ReadAll(p.ask("GET", "/books/export?format=csv&fields=isbn&bom=1&q=nothing", "").Body)
	if string(mark) != "\uFEFFisbn\r\n" {
		t.Errorf("no rows with a mark are %q", mark)
	}
}

func TestExport_Refuses(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	for name, s := range map[string]scenario{
		"an_unknown_format":      {path: "/books/export?format=pdf", status: 400, holds: map[string]string{"main": `"pdf"`}},
		"an_unknown_parameter":   {path: "/books/export?format=csv&page=2", status: 400, holds: map[string]string{"main": `"page"`}},
		"a_page":                 {path: "/books/export?format=csv&after=x", status: 400, holds: map[string]string{"main": `"after"`}},
		"a_size":                 {path: "/books/export?size=50", status: 400, holds: map[string]string{"main": `"size"`}},
		"a_format_twice":         {path: "/books/export?format=csv&format=csv", status: 400, holds: map[string]string{"main": `"format"`}},
		"a_flag_that_is_none":    {path: "/books/export?format=csv&bom=yes", status: 400, holds: map[string]string{"main": `"bom"`}},
		"a_secret":               {path: "/books/export?format=csv&fields=code", status: 400, holds: map[string]string{"main": "code"}},
		"a_wrong_filter":         {path: "/books/export?filter=nope", status: 400},
		"a_damaged_address":      {path: "/books/export?q=%zz", status: 400},
		"who_may_not_read":       {path: "/books/export?format=csv", visitor: "stranger", status: 403},
		"who_may_not_read_a_bit": {path: "/shelves/export", visitor: "reader", status: 403},
		"to_be_sent_to":          {method: "POST", path: "/books/export", status: 404}, // which is a row's key
	} {
		p.run(name, s)
	}
	old := httptest.NewRequest("GET", "/books/export?format=csv", http.NoBody)
	old.ProtoMajor, old.ProtoMinor, old.Proto = 1, 0, "HTTP/1.0"
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, old)
	if recorder.Code != http.StatusHTTPVersionNotSupported || recorder.Header().Get("Content-Disposition") != "" {
		t.Errorf("HTTP/1.0 is %d", recorder.Code)
	}
}

func TestExport_Dialog(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.run("on_the_list", scenario{path: "/books?sort=title&q=emma&filter=lent.is:false", status: 200, holds: map[string]string{
		`button[popovertarget="export"]`: "Export", `#export[popover] .fetched[hx-get="/books/export?filter=lent.is%3Afalse&q=emma&sort=title"]`: "Choose",
		`input[form="export-form"][name="q"][value="emma"]`: "", `input[form="export-form"][name="filter"][value="lent.is:false"]`: "",
		`input[form="export-form"][name="sort"][value="title"]`: "",
	}})
	p.run("in_the_list_when_it_is_opened", scenario{path: "/books/export?sort=title", htmx: "true", status: 200, holds: map[string]string{
		`form[action="/books/export"] button`: "Download", `input[name="fields"][value="title"][checked]`: "", `!input[name="fields"][value="isbn"][checked]`: "",
		`!input[name="fields"][value="code"]`: "", `input[name="labels"]`: "", `!input[type="hidden"]`: "", "!h1": "",
	}})
	p.run("a_page_for_what_matches", scenario{path: "/books/export?sort=title&q=emma&filter=lent.is:false", status: 200, holds: map[string]string{
		"h1": "Export books 1 row", ".pills": "Lent is no", `form input[type="hidden"][name="sort"][value="title"]`: "",
		`form input[name="q"][value="emma"]`: "", `!form input[name="keys"]`: "", `a[href="/books?filter=lent.is%3Afalse&q=emma&sort=title"]`: "Back",
	}})
	p.run("a_page_for_rows_that_were_ticked", scenario{path: "/books/export?keys=2&keys=a~%252Fb%2520c&fields=title", status: 200, holds: map[string]string{
		"h1 .count": "2 ticked rows", `form input[type="hidden"][name="keys"][value="a~%2Fb%20c"]`: "",
		`input[name="fields"][value="title"][checked]`: "", `!input[name="fields"][value="isbn"][checked]`: "",
	}})
	p.run("relations_that_are_none_have_no_names", scenario{path: "/shelves/export", status: 200, holds: map[string]string{"!input[name='labels']": ""}})
}

func TestExport_OutlivesTheTimeOfARequest(t *testing.T) {
	p, server, log := served(t, func(c *controllers.Config) { c.Timeout = time.Nanosecond })
	p.exec(manyBooks)
	answer, err := server.Client().Get(server.URL + "/books/export?format=csv&fields=isbn,blurb,title")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if lines := strings.Count(string(body), "\r\n"); err != nil || lines != 200_001 {
		t.Errorf("%d lines, %v\n%s", lines, err, log)
	}
}

func TestExport_IsBrokenOffVisibly(t *testing.T) {
	p, server, log := served(t)
	p.exec(manyBooks)
	answer, err := server.Client().Get(server.URL + "/books/export?format=jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.CopyN(io.Discard, answer.Body, 1<<20); err != nil || answer.StatusCode != 200 {
		t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	p.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%books%' AND pid <> pg_backend_pid()")
	if n, err := io.Copy(io.Discard, answer.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("after %d bytes more the file ends with %v", n, err)
	}
	server.Close()
	if !strings.Contains(log.String(), "an export was broken off") || !strings.Contains(log.String(), "path=/books/export") {
		t.Errorf("the log says\n%s", log)
	}
	p.run("the_panel_goes_on", scenario{path: "/shelves", status: 200})
}

func TestExport_FailsByAPage(t *testing.T) {
	p := newPanel(t)
	p.exec("ALTER TABLE books DROP COLUMN blurb")
	answer := p.ask("GET", "/books/export?format=csv", "")
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 503 || !strings.HasPrefix(kind, "text/html") || answer.Header.Get("Content-Disposition") != "" {
		t.Errorf("got %d as %s, %s", answer.StatusCode, kind, answer.Header)
	}
}

func TestExport_EndsWithItsClient(t *testing.T) {
	p, server, _ := served(t)
	p.exec(manyBooks)
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/books/export?format=csv", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	leave()
	const busy = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
	for began := time.Now(); p.text(busy) != "0"; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the query goes on")
		}
	}
}

func TestExport_T80_TooManyAtOnce(t *testing.T) {
	p, server, _ := served(t)
	p.exec(manyBooks)
	for range 2 {
		answer, err := server.Client().Get(server.URL + "/books/export?format=csv")
		if err != nil || answer.StatusCode != 200 {
			t.Fatalf("%v, %v", answer, err)
		}
		defer answer.Body.Close() // which nobody reads
	}
	p.run("a_third_is_sent_away", scenario{path: "/books/export?format=csv", status: 429, holds: map[string]string{"main": "2 exports"}})
	if got := p.ask("GET", "/books/export?format=csv", "").Header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After is %q", got)
	}
	p.run("the_list_still_answers", scenario{path: "/shelves", status: 200})
}
