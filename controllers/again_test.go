package controllers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// away is a panel whose database cannot be asked, behind the check for requests of other sites.
func away(t *testing.T, change ...func(*controllers.Config)) *panel {
	return newPanel(t, append([]func(*controllers.Config){func(c *controllers.Config) {
		c.Gate = controllers.Wait(nil, "session")
	}}, change...)...)
}

// post sends a form as a browser on the panel's own page does.
func (p *panel) post(path, body string) *http.Response {
	p.t.Helper()
	return p.ask("POST", "http://localhost"+path, body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
}

// offered reads the form that a page offers to send again, as a browser would send it: controls by name, in their order.
func offered(page *goquery.Document) (action string, form url.Values) {
	found := page.Find("form.again")
	action, form = found.AttrOr("action", ""), url.Values{}
	found.Find("input[name]").Each(func(_ int, input *goquery.Selection) {
		form.Add(input.AttrOr("name", ""), strings.ReplaceAll(input.AttrOr("value", ""), "\n", "\r\n"))
	})
	return action, form
}

func TestAgain(t *testing.T) {
	p := away(t)
	full := url.Values{
		"title": {`Emma "E" <b> & co`}, "subtitle": {""}, "_null": {"subtitle", "pages"}, "lent": {"false", "true"}, "pages": {""},
		"blurb": {"\r\n two\r\nlines \r\n"}, "shelf_id": {"7"}, "_then": {"new"}, "unknown": {"a", "b"},
	}
	for name, test := range map[string]struct {
		path string
		sent url.Values
		want url.Values // offered again
	}{
		"everything_that_was_typed":      {"/books", full, full},
		"to_the_same_row":                {"/books/a%2Fb", url.Values{"title": {"x"}}, url.Values{"title": {"x"}}},
		"a_deletion":                     {"/books/7/delete", nil, url.Values{}},
		"an_action":                      {"/books/7/actions/lend", nil, url.Values{}},
		"a_secret_is_typed_again":        {"/books", url.Values{"title": {"x"}, "code": {"hidden-thing"}}, url.Values{"title": {"x"}, "code": {""}}},
		"a_secret_that_was_left_empty":   {"/books", url.Values{"code": {""}}, url.Values{"code": {""}}},
		"a_name_and_not_a_password":      {"/login", url.Values{"name": {"zoë"}, "password": {"hidden-thing"}, "next": {"/books"}}, url.Values{"name": {"zoë"}, "password": {""}, "next": {"/books"}}},
		"a_password_that_was_sent_twice": {"/login", url.Values{"password": {"", "hidden-thing"}}, url.Values{"password": {""}}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := p.post(test.path, test.sent.Encode())
			page := p.page(answer)
			action, got := offered(page)
			if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" || action != test.path || got.Encode() != test.want.Encode() {
				t.Errorf("%d, to %q: %v", answer.StatusCode, action, got)
			}
			if text, _ := page.Html(); strings.Contains(text, "hidden-thing") {
				t.Error("the secret is on the page")
			}
		})
	}
	t.Run("people_read_labels_and_what_they_typed", func(t *testing.T) {
		page := p.page(p.post("/books", full.Encode()))
		rows := page.Find("form.again dl > div").Map(func(_ int, row *goquery.Selection) string {
			return trimmed(row.Find("dt")) + ": " + trimmed(row.Find("dd"))
		})
		want := []string{`Title: Emma "E" <b> & co`, "Subtitle: —no value", "Lent: yes", "Pages: —no value", "Blurb: two lines", "Shelf: 7", "unknown: a b"}
		if !slices.Equal(rows, want) {
			t.Errorf("got %q", rows)
		}
	})
	t.Run("a_secret_must_be_typed_again", func(t *testing.T) {
		page := p.page(p.post("/login", values("name", "zoë", "password", "x")))
		if page.Find("input[type=password][name=password][required]:not([value])").Length() != 1 || page.Find("input[type=hidden][name=password]").Length() != 0 {
			t.Error("it can be sent without")
		}
	})
}

func TestAgain_NotShown(t *testing.T) {
	p := away(t)
	body := values("title", "typed")
	for name, answer := range map[string]*http.Response{
		"what_another_site_sent":                  p.ask("POST", "http://localhost/books", body, "Sec-Fetch-Site", "cross-site"),
		"what_came_with_our_cookie_from_anywhere": p.ask("POST", "http://localhost/books", body, "Cookie", "session=x"),
		"what_came_under_another_name":            p.ask("POST", "http://evil.example/books", body, "Sec-Fetch-Site", "same-origin"),
		"what_no_page_takes":                      p.post("/nothing", body),
		"what_would_be_sent_elsewhere":            p.post("//evil.example/books", body),
		"what_is_too_much":                        p.post("/books", values("title", "typed"+strings.Repeat("x", 2<<20))),
		"what_is_no_form":                         p.ask("POST", "http://localhost/books", `{"title":"typed"}`, "Sec-Fetch-Site", "same-origin", "Content-Type", "application/json"),
		"what_the_address_holds":                  p.post("/books?title=typed", ""),
		"json":                                    p.ask("POST", "http://localhost/books", body, "Sec-Fetch-Site", "same-origin", "Accept", "application/json"),
	} {
		t.Run(name, func(t *testing.T) {
			if text, _ := p.page(answer).Html(); answer.StatusCode < 400 || strings.Contains(text, "typed") && !strings.Contains(text, "what you typed") {
				t.Errorf("%d\n%s", answer.StatusCode, text)
			}
		})
	}
	t.Run("a_page_that_describes_no_form", func(t *testing.T) {
		p := away(t, func(c *controllers.Config) {
			c.Gate.Mount = func(_ *controllers.Site, router *controllers.Router) {
				router.Post("/profile", controllers.Anybody(), func(*gin.Context) error { return nil })
			}
		})
		if page := p.page(p.post("/profile", body)); page.Find("form.again").Length() != 0 || !strings.Contains(page.Text(), "way back") {
			t.Errorf("got %s", page.Text())
		}
	})
	t.Run("an_error_of_another_kind", func(t *testing.T) {
		p := away(t, func(c *controllers.Config) {
			last := len(c.Gate.Pages) - 1
			c.Gate.Pages[last] = func(*gin.Context) error { return &crud.Error{Kind: crud.KindForbidden} }
		})
		if page := p.page(p.post("/books", body)); page.Find("form.again").Length() != 0 {
			t.Errorf("got %s", page.Text())
		}
	})
}
