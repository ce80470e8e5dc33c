package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// person is somebody with a browser's cookies, but without a browser.
type person struct {
	t      *testing.T
	base   string
	accept string
	http.Client
}

func visitor(t *testing.T, base string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, base: base, Client: http.Client{Jar: secureJar{jar}, Timeout: time.Minute}}
}

// secureJar sends secure cookies to this machine over http too, as browsers do.
type secureJar struct{ *cookiejar.Jar }

func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.Jar.SetCookies(overTLS(u), cookies)
}
func (j secureJar) Cookies(u *url.URL) []*http.Cookie { return j.Jar.Cookies(overTLS(u)) }

func overTLS(u *url.URL) *url.URL {
	secure := *u
	secure.Scheme = "https"
	return &secure
}

// answer is what came back, and after what time.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

// send fails the test if there is no answer.
func (p *person) send(method, path string, form url.Values) answer {
	p.t.Helper()
	got, err := p.try(method, path, form)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

// accepting is send for a client that says what it wants.
func (p *person) accepting(kind, method, path string, form url.Values) answer {
	p.t.Helper()
	p.accept = kind
	defer func() { p.accept = "" }()
	return p.send(method, path, form)
}

// try sends a request as a browser on the panel's own pages does, and follows redirects.
func (p *person) try(method, path string, form url.Values) (answer, error) {
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", p.base)
	}
	if p.accept != "" {
		request.Header.Set("Accept", p.accept)
	}
	began := time.Now()
	response, err := p.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), time.Since(began)}, err
}

func (p *person) get(path string) answer { p.t.Helper(); return p.send(http.MethodGet, path, nil) }

// signIn tries again where the time of a request was too short for a password's hash: on a busy machine that takes long.
func (p *person) signIn() {
	p.t.Helper()
	for began := time.Now(); ; {
		got := p.send(http.MethodPost, "/login", url.Values{"name": {"admin"}, "password": {"admin123"}})
		if got.status == http.StatusOK {
			return
		}
		if got.status != http.StatusServiceUnavailable || time.Since(began) > time.Minute {
			p.t.Fatalf("sign-in: %d\n%s", got.status, got.body)
		}
	}
}

// patience is how long a page may take to say that the database is away: 6 seconds, and more for a busy machine.
const patience = 15 * time.Second

// link is where the first link of its kind leads, "" if there is none.
func (a answer) link(t *testing.T, css string) string {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return page.Find(css).AttrOr("href", "")
}

// form is what a browser sends of a page's form as it stands, and where to.
func (a answer) form(t *testing.T, css string) (action string, form url.Values) {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	found := page.Find(css)
	if found.Length() != 1 {
		t.Fatalf("%d forms %s on the page:\n%s", found.Length(), css, a.body)
	}
	form = url.Values{}
	found.Find("input[name], textarea[name], select[name]").Each(func(_ int, control *goquery.Selection) {
		kind, value := control.AttrOr("type", goquery.NodeName(control)), control.AttrOr("value", "")
		if _, checked := control.Attr("checked"); !checked && (kind == "checkbox" || kind == "radio") {
			return
		}
		switch kind {
		case "textarea":
			value = strings.TrimPrefix(control.Text(), "\n")
		case "select":
			value = control.Find("option[selected]").AttrOr("value", "")
		}
		form.Add(control.AttrOr("name", ""), strings.ReplaceAll(value, "\n", "\r\n"))
	})
	return found.AttrOr("action", ""), form
}

// answers waits until something listens.
func (p *person) answers() {
	p.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		response, err := p.Get(p.base + "/healthz")
		if err == nil {
			response.Body.Close()
			return
		}
		if time.Since(began) > 30*time.Second {
			p.t.Fatal(err)
		}
	}
}

// outage checks what is promised while the database is away, of all pages at once.
func (p *person) outage(pages ...string) {
	p.t.Helper()
	if got := p.get("/healthz"); got.status != http.StatusOK {
		p.t.Errorf("/healthz: %d", got.status)
	}
	var group sync.WaitGroup
	for _, page := range append(pages, "/readyz", "/login") {
		group.Go(func() {
			got, err := p.try(http.MethodGet, page, nil)
			if page == "/login" && got.status == http.StatusOK {
				return // a visitor's sign-in page needs no database
			}
			if err != nil || got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.took > patience {
				p.t.Errorf("%s: %d, Retry-After %q, after %s, %v", page, got.status, got.header.Get("Retry-After"), got.took, err)
			}
			if page != "/readyz" && !strings.Contains(got.body, "Check that PostgreSQL runs") {
				p.t.Errorf("%s does not say what to check:\n%s", page, got.body)
			}
		})
	}
	group.Wait()
}

// refusesWrites checks the answer to a form that could not be saved.
func (p *person) refusesWrites(got answer) {
	p.t.Helper()
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.took > patience {
		p.t.Errorf("a form: %d, Retry-After %q, after %s", got.status, got.header.Get("Retry-After"), got.took)
	}
}

// recovery is how long the panel may take once its database is back: 5 seconds, and more for a busy machine.
const recovery = 15 * time.Second

// recovers waits until the program is ready again by itself, and logs how long it took.
func (p *person) recovers() {
	p.t.Helper()
	began := time.Now()
	for p.get("/readyz").status != http.StatusOK {
		if time.Since(began) > recovery {
			p.t.Fatalf("the program does not recover within %s", recovery)
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Logf("recovered after %s", time.Since(began).Round(time.Millisecond))
}
