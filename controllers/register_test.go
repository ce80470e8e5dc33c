package controllers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/admin"
	"unified/internal/testdb"
)

// open lets people register.
func open(door *Door, db *testdb.DB) { door.Enroll = admin.Enroll(db.App().Gorm, nil) }

func (d *doorstep) page(answer *http.Response) *goquery.Document {
	d.t.Helper()
	document, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return document
}

// fields returns what the form would send back, and which fields have a sentence beside them that they refer to.
func fields(document *goquery.Document) (values, wrong string) {
	document.Find("form input").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		values += name + "=" + s.AttrOr("value", "") + " "
		if s.AttrOr("aria-invalid", "") != "" && strings.Contains(s.AttrOr("aria-describedby", ""), name+"-error") && document.Find("#"+name+"-error").Text() != "" {
			wrong += name + " "
		}
	})
	return strings.TrimSpace(values), strings.TrimSpace(wrong)
}

func TestRegister(t *testing.T) {
	for _, prefix := range []string{"", "/x"} {
		d := newDoorstep(t, prefix, open)
		t.Run("the_pages_lead_to_each_other"+prefix, func(t *testing.T) {
			for from, to := range map[string]string{"/login": "/register", "/register": "/login"} {
				answer := d.ask("GET", prefix+from, "")
				if answer.StatusCode != http.StatusOK || d.page(answer).Find(`.login-other a[href="`+prefix+to+`"]`).Length() != 1 {
					t.Errorf("%s does not lead to %s", from, to)
				}
			}
			if answer := d.ask("HEAD", prefix+"/register", ""); answer.StatusCode != http.StatusOK {
				t.Error(answer.Status)
			}
		})
		t.Run("who_registers_is_led_into_the_panel"+prefix, func(t *testing.T) {
			answer := d.ask("POST", prefix+"/register", form("username", "bob", "email", "bob@b.example", "first_name", "", "last_name", "", "password", rightPassword))
			cookie := d.sessionCookie(answer)
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != prefix+"/" || cookie == nil {
				t.Fatalf("%s to %s with %v", answer.Status, answer.Header.Get("Location"), cookie)
			}
			signedIn := func(r *http.Request) {
				for _, cookie := range answer.Cookies() {
					r.AddCookie(cookie)
				}
			}
			home := d.page(d.ask("GET", prefix+"/", "", signedIn))
			if home.Find(".account").Text() != "bob" || !strings.Contains(home.Find("[role=status]").Text(), "Welcome, bob.") {
				t.Errorf("the home page says %s", home.Find("main").Text())
			}
			for _, method := range []string{"GET", "POST"} {
				answer := d.ask(method, prefix+"/register", "", signedIn)
				if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != prefix+"/" {
					t.Errorf("%s when signed in: %s", method, answer.Status)
				}
			}
		})
	}
}

func TestRegister_T69_switched_off(t *testing.T) {
	d := newDoorstep(t, "")
	if page := d.page(d.ask("GET", "/login", "")); page.Find(".login-other").Length() != 0 {
		t.Error("the sign-in page leads there")
	}
	cookie := d.signIn()
	for _, method := range []string{"GET", "POST"} {
		if answer := d.ask(method, "/register", "", cookie); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", method, answer.Status)
		}
	}
	answer := d.ask("POST", "/register", form("username", "bob", "email", "bob@b.example", "password", rightPassword))
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/login" {
		t.Errorf("a visitor: %s", answer.Status)
	}
}

func TestRegister_refused(t *testing.T) {
	d := newDoorstep(t, "", open)
	right := []string{"username", "carol", "email", "carol@c.example", "first_name", "Carol", "last_name", "O'Neil", "password", rightPassword}
	with := func(field, value string) string {
		pairs := append([]string{}, right...)
		for i := range pairs {
			if pairs[i] == field {
				pairs[i+1] = value
			}
		}
		return form(pairs...)
	}
	kept := "username=carol email=carol@c.example first_name=Carol last_name=O'Neil password="
	for name, test := range map[string]struct{ body, wrong, values string }{
		"T60_a_name_that_somebody_has": {with("username", "Alice"), "username", strings.Replace(kept, "carol", "Alice", 1)},
		"T60_an_address_that_is_here":  {with("email", "alice@example.org"), "email", strings.Replace(kept, "carol@c.example", "alice@example.org", 1)},
		"T66_a_short_password":         {with("password", "short"), "password", kept},
		"several":                      {form("username", "a", "first_name", "Carol"), "username email password", "username=a email= first_name=Carol last_name= password="},
		"T43_what_breaks_out":          {with("username", `"><script>`), "username", strings.Replace(kept, "carol", `"><script>`, 1)},
		"T49_NUL":                      {with("last_name", "a\x00b"), "last_name", strings.Replace(kept, "O'Neil", "ab", 1)},
		"T29_a_role":                   {form(append(right, "role", "admin")...), "", kept},
		"T55_a_doubled_name":           {form(append(right, "username", "dave")...), "", strings.Replace(kept, "=carol", "=", 1)},
		"T68_an_array":                 {form(append(right, "password[$ne]", "x")...), "", kept},
		"nothing":                      {"", "username email password", "username= email= first_name= last_name= password="},
	} {
		t.Run(name, func(t *testing.T) {
			d.exec(`DELETE FROM audit_log`)
			answer := d.ask("POST", "/register", test.body)
			page := d.page(answer)
			values, wrong := fields(page)
			if answer.StatusCode != http.StatusUnprocessableEntity || d.sessionCookie(answer) != nil || page.Find("[role=alert]").Text() == "" {
				t.Errorf("%s: %s", answer.Status, page.Find("[role=alert]").Text())
			}
			if wrong != test.wrong || values != test.values {
				t.Errorf("wrong are %q, kept is %q", wrong, values)
			}
			if html, _ := page.Html(); strings.Contains(html, rightPassword) || strings.Contains(html, "<script>\"") {
				t.Error("the page holds too much")
			}
		})
	}
	t.Run("T13_another_site_cannot_register_somebody", func(t *testing.T) {
		d.forget()
		answer := d.ask("POST", "/register", form(right...), header("Sec-Fetch-Site", "cross-site"))
		if answer.StatusCode != http.StatusForbidden || d.sessionCookie(answer) != nil {
			t.Error(answer.Status)
		}
	})
	t.Run("T60_an_address_that_exists_and_one_that_does_not_are_answered_alike", func(t *testing.T) {
		pages := map[string]bool{}
		for _, address := range []string{"alice@example.org", "alicx@example.org"} {
			answer := d.ask("POST", "/register", with("email", address))
			pages[answer.Status+fmt.Sprint(len(answer.Header))+strings.ReplaceAll(text(t, answer), address, "ADDRESS")] = true
		}
		if len(pages) != 1 {
			t.Errorf("%d different answers", len(pages))
		}
	})
	for name, test := range map[string]struct {
		body   string
		change []func(*http.Request)
		status int
	}{
		"T13_from_another_site": {form(right...), []func(*http.Request){header("Sec-Fetch-Site", "cross-site")}, 403},
		"T13_from_a_sister":     {form(right...), []func(*http.Request){header("Sec-Fetch-Site", "same-site")}, 403},
		"T62_JSON":              {`{"username":"carol"}`, []func(*http.Request){header("Content-Type", "application/json")}, 415},
		"T77_too_much":          {with("first_name", strings.Repeat("x", 100<<10)), nil, 413},
		"broken_escapes":        {"username=%zz", nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := d.ask("POST", "/register", test.body, test.change...); answer.StatusCode != test.status || d.sessionCookie(answer) != nil {
				t.Error(answer.Status)
			}
		})
	}
	t.Run("T55_the_query_is_no_form", func(t *testing.T) {
		if answer := d.ask("POST", "/register?"+form(right...), ""); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Error(answer.Status)
		}
	})
}

func TestRegister_T69_too_many(t *testing.T) {
	d := newDoorstep(t, "", open)
	d.exec(`INSERT INTO audit_log (action, success, ip_address, created_at) SELECT 'register', true, '192.0.2.1', now() - interval '48 min 30 s' FROM generate_series(1, 5)`)
	body := form("username", "erin", "email", "erin@e.example", "first_name", "Erin", "last_name", "E", "password", rightPassword)
	answer := d.ask("POST", "/register", body)
	page := d.page(answer)
	if retry := answer.Header.Get("Retry-After"); answer.StatusCode != http.StatusTooManyRequests || len(retry) != 3 || retry < "600" {
		t.Errorf("%s, again in %s", answer.Status, retry)
	}
	if said := page.Find("[role=alert]").Text(); !strings.Contains(said, "Try again in 12 minutes") {
		t.Errorf("it says %s", said)
	}
	if values, wrong := fields(page); values != "username=erin email=erin@e.example first_name=Erin last_name=E password=" || wrong != "" {
		t.Errorf("wrong are %q, kept is %q", wrong, values)
	}
	t.Run("T62_another_address_in_a_header_is_no_way_round", func(t *testing.T) {
		if answer := d.ask("POST", "/register", body, header("X-Forwarded-For", "198.51.100.7")); answer.StatusCode != http.StatusTooManyRequests {
			t.Error(answer.Status)
		}
	})
	t.Run("signing_in_goes_on", func(t *testing.T) { d.signIn() })
}
