package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// complaints are what a tab's console says of errors, such as what the Content-Security-Policy forbade.
type complaints struct {
	mu   sync.Mutex
	said []string
}

// listen keeps what the console says from now on.
func (b *browser) listen() *complaints {
	heard := &complaints{}
	entries := chromedp.Events(b.ctx, log.EntryAdded)
	go func() {
		for event, err := range entries {
			if err != nil {
				return
			}
			if event.Entry.Level == log.EntryLevelError {
				heard.mu.Lock()
				heard.said = append(heard.said, event.Entry.Text+" "+event.Entry.URL)
				heard.mu.Unlock()
			}
		}
	}()
	return heard
}

func (c *complaints) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.said, "\n")
}

// TestBrowser_API reads the page of the API and tries it out, on a desk and on a phone, in light and dark, under the policy of all pages.
func TestBrowser_API(t *testing.T) {
	t.Parallel()
	b := open(t, start(t, onDatabase(testdb.New(t))).url)
	heard := b.listen()
	b.visit("/api/docs")
	if !strings.HasPrefix(b.path(), "/login?next=") {
		t.Fatalf("a visitor is at %s", b.path())
	}
	b.keys("#name", "admin")
	b.keys("#password", "admin123")
	b.follow("button.btn-primary")
	if b.path() != "/api/docs" || b.text(".menu-link[aria-current]") != "API" {
		t.Fatalf("signing in led to %s", b.path())
	}
	b.wait(`!!document.querySelector(".opblock-tag")`)
	b.tidy()

	b.click(".opblock-tag[data-tag=roles]")
	b.phone(true)
	b.wait(`getComputedStyle(document.querySelector(".menu")).visibility === "hidden"`) // it has slid away
	if got := b.tries("roles-listRoles", "", "200"); !strings.Contains(got, `"name": "moderator"`) {
		t.Errorf("the answer reads %s", got)
	}
	b.tries("roles-createRole", `{"name": "tried", "rank": 3}`, "201") // the browser says where it comes from
	b.tidy()
	b.visit("/roles?q=tried")
	if got := b.text("#list"); !strings.Contains(got, "tried") {
		t.Errorf("the row is not there: %s", got)
	}
	if said := heard.all(); said != "" {
		t.Errorf("the console says %s", said)
	}

	b.visit("/api/docs")
	b.wait(`!!document.querySelector(".opblock-tag")`)
	evaluate[bool](b, `document.querySelector("#api").insertAdjacentHTML("beforeend", "<p style='color: red'></p>"), true`) // the test hears what it listens for
	soon(t, func() bool { return strings.Contains(heard.all(), "Content Security Policy") })

	b.scripts(false)
	b.visit("/api/docs")
	if got := b.text("main"); !strings.Contains(got, "scripts are switched off") {
		t.Errorf("without scripts it says %s", got)
	}
	if status := b.leave("noscript a"); status != http.StatusOK || b.path() != "/openapi.json" {
		t.Errorf("without scripts the link leads to %s, %d", b.path(), status)
	}
}

// tries opens an operation of a group that is open, and carries it out with this body, "" for none; it waits for the status.
func (b *browser) tries(operation, body, status string) string {
	b.t.Helper()
	at := "#operations-" + operation
	for _, button := range []string{".opblock-summary-control", ".try-out__btn", ".execute"} {
		b.wait(`!!document.querySelector("` + at + " " + button + `")`)
		if button == ".execute" && body != "" {
			b.wait(`!!document.querySelector("` + at + ` textarea")?.value`) // the example, which would else come over what is typed
			b.keys(at+" textarea", body)
			b.wait("document.querySelector(`" + at + " textarea`).value === `" + body + "`")
		}
		b.click(at + " " + button)
	}
	b.wait(`!!document.querySelector("` + at + ` .live-responses-table .response .response-col_status")?.innerText`)
	answer := b.text(at + " .live-responses-table")
	if got := strings.TrimSpace(b.text(at + " .live-responses-table .response .response-col_status")); got != status {
		b.t.Errorf("%s is answered with %s: %s", operation, got, answer)
	}
	return answer
}

// TestDocs_AreForPeople asks for the page of the API as others do: it is no part of the API.
func TestDocs_AreForPeople(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	stranger, ada := visitor(t, h.url), h.enter("ada", hadPassword)
	if got := stranger.get("/api/docs"); got.status != http.StatusOK || !strings.Contains(got.body, "/api/docs") || !strings.Contains(got.body, "<h1>Sign in") {
		t.Errorf("a stranger is not asked to sign in: %d %s", got.status, sentences(got.body))
	}
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodPost: 405, http.MethodDelete: 405} {
		got := ada.send(method, "/api/docs", url.Values{})
		if got.status != want || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", method, got.status, got.header)
		}
	}
	if got := ada.get("/api/docs/none"); got.status != 404 || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("below the page: %d %s", got.status, got.header)
	}
	token := h.enter("carla", hadPassword).makes("Docs", "users:read:own")
	if got := h.curl("GET", "/api/docs", token); got.status != 403 || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program gets %d %s", got.status, got.body)
	}
}
