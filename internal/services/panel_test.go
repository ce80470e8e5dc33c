//go:build services

package services

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/internal/testdb"
)

// panel is the running program with a browser's worth of client, signed in as the administrator.
type panel struct {
	t      *testing.T
	origin string
	client *http.Client
	typing *sync.Mutex // one person sits at the panel
}

func startPanel(t *testing.T, db *testdb.DB) *panel {
	t.Helper()
	origin := launchPanel(t, db, map[string]string{"LOG_LEVEL": "warn"})
	p := visit(t, origin, http.DefaultTransport)
	p.send("/login", map[string]string{"name": "admin", "password": "admin123"})
	return p
}

// launchPanel starts the program on a free port, with the given settings, and returns its origin.
func launchPanel(t *testing.T, db *testdb.DB, settings map[string]string) string {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PORT=0", "REQUEST_TIMEOUT=1m", "DATABASE_URL=" + db.OwnerURL, "DATABASE_URL_APP=" + db.AppURL}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, in := io.Pipe()
	cmd.Stdout = in
	s := launch(t, cmd)
	go func() { <-s.ended; _ = in.Close() }()
	origin := ""
	for lines := bufio.NewScanner(out); origin == "" && lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "ready at "); ok {
			origin = strings.TrimSuffix(address, settings["URL_PREFIX"]+"/")
		}
	}
	if origin == "" {
		t.Fatalf("the panel did not get ready:\n%s", s.messages())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return origin
}

// visit is a person with an empty cookie jar, at a panel that transport leads to.
func visit(t *testing.T, origin string, transport http.RoundTripper) *panel {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &panel{t: t, origin: origin, client: client, typing: new(sync.Mutex)}
}

// create enters a row into the form of a table and returns its key.
func (p *panel) create(table string, fields map[string]string) string {
	p.t.Helper()
	return path.Base(p.send("/"+table+"/new", fields))
}

// edit changes a row in its form.
func (p *panel) edit(table, key string, fields map[string]string) {
	p.t.Helper()
	p.send("/"+table+"/"+key+"/edit", fields)
}

// send fills the form of a page in, submits it as a browser does, and returns where the answer leads. Controls that are not
// named are sent as the page has them.
func (p *panel) send(page string, fields map[string]string) string {
	p.t.Helper()
	p.typing.Lock()
	defer p.typing.Unlock()
	answer := p.ask(http.MethodGet, page, nil)
	form := document(p.t, answer).Find("main form[method=post]").First()
	values := controls(form)
	for name, value := range fields {
		if form.Find("[name='"+name+"']").Length() == 0 {
			p.t.Fatalf("%s (%s) has no control %s", page, answer.Status, name)
		}
		values[name] = []string{value}
		if form.Find("[type=checkbox][name='"+name+"']").Length() > 0 && value == "true" {
			values[name] = []string{"false", "true"}
		}
	}
	answer = p.ask(http.MethodPost, form.AttrOr("action", page), values)
	if answer.StatusCode != http.StatusSeeOther {
		problems := document(p.t, answer).Find(".problems, [role=alert]").Text()
		p.t.Fatalf("%s with %v answers %s: %s", page, fields, answer.Status, strings.Join(strings.Fields(problems), " "))
	}
	_ = answer.Body.Close()
	return answer.Header.Get("Location")
}

// controls is what a form holds before anybody types.
func controls(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, control *goquery.Selection) {
		name := control.AttrOr("name", "")
		kind := control.AttrOr("type", "")
		_, checked := control.Attr("checked")
		switch {
		case (kind == "checkbox" || kind == "radio") && !checked:
		case goquery.NodeName(control) == "textarea":
			values.Add(name, control.Text())
		case goquery.NodeName(control) == "select":
			chosen := control.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = control.Find("option").First()
			}
			values.Add(name, chosen.AttrOr("value", ""))
		default:
			values.Add(name, control.AttrOr("value", ""))
		}
	})
	return values
}

func (p *panel) ask(method, page string, form url.Values) *http.Response {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.origin+page, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", p.origin)
	}
	answer, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer
}

func document(t *testing.T, answer *http.Response) *goquery.Document {
	t.Helper()
	defer answer.Body.Close()
	parsed, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
