package controllers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestSignIn(t *testing.T) {
	for _, prefix := range []string{"", "/x"} {
		d := newDoorstep(t, prefix)
		t.Run("right_password_leads_on"+prefix, func(t *testing.T) {
			body := form("name", "Alice@Example.org", "password", rightPassword, "next", prefix+"/users?q=1")
			answer := d.ask("POST", prefix+"/login", body)
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != prefix+"/users?q=1" {
				t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
			}
		})
		t.Run("signed_in_sees_the_panel_and_the_form_no_more"+prefix, func(t *testing.T) {
			cookie := d.signIn()
			if answer := d.ask("GET", prefix+"/", "", cookie); answer.StatusCode != http.StatusOK || !strings.Contains(text(t, answer), "alice") {
				t.Error(answer.Status)
			}
			answer := d.ask("GET", prefix+"/login", "", cookie)
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != prefix+"/" {
				t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
			}
		})
		t.Run("T05_signing_out_ends_it"+prefix, func(t *testing.T) {
			cookie := d.signIn()
			answer := d.ask("POST", prefix+"/logout", "", cookie)
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != prefix+"/login" {
				t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
			}
			if c := d.sessionCookie(answer); c == nil || c.MaxAge >= 0 {
				t.Errorf("cookie = %v", c)
			}
			if answer := d.ask("GET", prefix+"/", "", cookie); answer.StatusCode != http.StatusSeeOther {
				t.Error(answer.Status)
			}
		})
	}
}

func TestSignIn_refused(t *testing.T) {
	d := newDoorstep(t, "")
	const sentence = "The name or the password is not right."
	for name, body := range map[string]string{
		"T60_wrong_password":          form("name", "alice", "password", wrongPassword),
		"T60_unknown_name":            form("name", "nobody", "password", wrongPassword),
		"nothing_sent":                "",
		"no_password":                 form("name", "alice"),
		"T55_doubled_password":        form("name", "alice", "password", rightPassword, "password", rightPassword),
		"T55_doubled_name":            form("name", "alice", "name", "bob", "password", rightPassword),
		"T68_array":                   form("name[]", "alice", "password[$ne]", "x"),
		"T68_SQL":                     form("name", "alice' OR ''='", "password", rightPassword),
		"T49_NUL":                     "name=alice%00&password=" + wrongPassword,
		"T49_bytes_that_are_not_text": "name=%ff%fe&password=%c3%28",
		"broken_escapes":              "name=%zz&password=%",
		"T64_an_endless_name":         form("name", strings.Repeat("ä", 10_000), "password", rightPassword),
		"T64_an_endless_password":     form("name", "alice", "password", strings.Repeat("ä", 10_000)),
		"T62_JSON":                    `{"name":"alice","password":"` + rightPassword + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			d.forget()
			answer := d.ask("POST", "/login", body)
			if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, answer), sentence) {
				t.Error(answer.Status)
			}
			if c := d.sessionCookie(answer); c != nil {
				t.Errorf("cookie = %v", c)
			}
		})
	}
	t.Run("T55_the_query_is_no_form", func(t *testing.T) {
		d.forget()
		answer := d.ask("POST", "/login?"+form("name", "alice", "password", rightPassword), "")
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Error(answer.Status)
		}
	})
	t.Run("T60_unknown_name_and_wrong_password_are_answered_alike", func(t *testing.T) {
		d.forget()
		d.exec(`INSERT INTO users (username, email) VALUES ('alicf', 'alicf@example.org')`)
		d.exec(`UPDATE users SET is_locked = true WHERE username = 'alicf'`)
		pages := map[string]bool{}
		for _, name := range []string{"alice", "alicf", "alicg"} {
			answer := d.ask("POST", "/login", form("name", name, "password", wrongPassword))
			page := text(t, answer)
			if !strings.Contains(page, `value="`+name+`"`) {
				t.Errorf("the name %s is not kept", name)
			}
			pages[answer.Status+strings.ReplaceAll(page, name, "NAME")] = true
		}
		if len(pages) != 1 {
			t.Errorf("%d different answers", len(pages))
		}
	})
	t.Run("T61_T62_another_address_in_a_header_is_no_way_round", func(t *testing.T) {
		d.forget()
		status := 0
		for i := range 20 {
			from := fmt.Sprintf("198.51.100.%d", i)
			answer := d.ask("POST", "/login", form("name", "alice", "password", wrongPassword), header("X-Forwarded-For", from), header("X-Real-IP", from), header("Forwarded", "for="+from))
			if status = answer.StatusCode; status == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "" {
				break
			}
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("20 failures, each from where its header says: %d", status)
		}
		d.forget()
	})
	t.Run("T43_what_was_typed_is_escaped", func(t *testing.T) {
		page := text(t, d.ask("POST", "/login", form("name", `"><script>`, "password", "x")))
		if strings.Contains(page, `"><script>`) {
			t.Error("it is not")
		}
	})
	t.Run("T16_a_foreign_next_leads_home", func(t *testing.T) {
		d.forget()
		answer := d.ask("POST", "/login", form("name", "alice", "password", rightPassword, "next", "//evil.example"))
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/" {
			t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
		}
		if page := text(t, d.ask("GET", "/login?next=https://evil.example", "")); strings.Contains(page, "evil") {
			t.Error("the form holds it")
		}
	})
}

func TestRequireAccount(t *testing.T) {
	d := newDoorstep(t, "/x")
	for name, test := range map[string]struct {
		method, path string
		change       []func(*http.Request)
		status       int
		location     string
	}{
		"T25_a_page_leads_to_the_form_and_back": {"GET", "/x/users?q=1", nil, 303, "/x/login?next=%2Fx%2Fusers%3Fq%3D1"},
		"the_home_page_needs_no_way_back":       {"GET", "/x/", nil, 303, "/x/login"},
		"what_was_sent_is_not_repeated":         {"POST", "/x/users", nil, 303, "/x/login"},
		"T01_forged_cookie":                     {"GET", "/x/", []func(*http.Request){forged(d, "x")}, 303, "/x/login"},
		"T01_forged_cookie_of_the_right_length": {"GET", "/x/", []func(*http.Request){forged(d, strings.Repeat("A", 43))}, 303, "/x/login"},
		"T31_an_unknown_path":                   {"GET", "/x/nothing", nil, 303, "/x/login?next=%2Fx%2Fnothing"},
		"T31_a_path_beside_the_prefix":          {"GET", "//x/users", nil, 303, "/x/login"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := d.ask(test.method, test.path, "", test.change...)
			if answer.StatusCode != test.status || answer.Header.Get("Location") != test.location {
				t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
			}
		})
	}
	t.Run("htmx_is_sent_there_by_its_own_header", func(t *testing.T) {
		for asked, next := range map[string]string{"/x/users?q=23": "q%3D23", "/x/unknown": "q%3D2"} { // a search, and a part of the page
			answer := d.ask("GET", asked, "", header("HX-Request", "true"), header("HX-Current-URL", "http://localhost:8080/x/users?q=2"))
			if got := answer.Header.Get("HX-Redirect"); answer.StatusCode != http.StatusUnauthorized || got != "/x/login?next=%2Fx%2Fusers%3F"+next {
				t.Errorf("%s: %s to %s", asked, answer.Status, got)
			}
		}
	})
	t.Run("T16_htmx_cannot_be_sent_elsewhere", func(t *testing.T) {
		answer := d.ask("GET", "/x/users", "", header("HX-Request", "true"), header("HX-Current-URL", "http://evil.example//evil.example"))
		if got := answer.Header.Get("HX-Redirect"); got != "/x/login" {
			t.Errorf("to %s", got)
		}
	})
	t.Run("T09_nothing_behind_the_door_is_cached", func(t *testing.T) {
		cookie := d.signIn()
		for _, path := range []string{"/x/", "/x/login", "/x/nothing"} {
			if got := d.ask("GET", path, "", cookie).Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control = %q", path, got)
			}
		}
	})
	t.Run("T70_a_locked_user_is_out_at_once", func(t *testing.T) {
		cookie := d.signIn()
		d.exec(`UPDATE users SET is_locked = true`)
		if answer := d.ask("GET", "/x/", "", cookie); answer.StatusCode != http.StatusSeeOther {
			t.Error(answer.Status)
		}
		d.exec(`UPDATE users SET is_locked = false`)
	})
	t.Run("T90_an_outage_is_503_and_no_sign-out", func(t *testing.T) {
		cookie := d.signIn()
		over := func(r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), 0)
			t.Cleanup(cancel)
			*r = *r.WithContext(ctx)
		}
		answer := d.ask("GET", "/x/", "", cookie, over)
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || d.sessionCookie(answer) != nil {
			t.Error(answer.Status)
		}
		if answer := d.ask("GET", "/x/", "", cookie); answer.StatusCode != http.StatusOK {
			t.Error(answer.Status)
		}
	})
}

// forged sends a session cookie that we did not make.
func forged(d *doorstep, value string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: d.store.Name(), Value: value}) }
}
