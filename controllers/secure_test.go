package controllers

import (
	"net/http"
	"strings"
	"testing"
)

func TestSecure(t *testing.T) {
	d := newDoorstep(t, "")
	for name, answer := range map[string]*http.Response{
		"a_page":            d.ask("GET", "/login", ""),
		"a_redirect":        d.ask("GET", "/", ""),
		"a_health_check":    d.ask("GET", "/healthz", ""),
		"a_file":            d.ask("GET", "/static/app.js", ""),
		"a_missing_file":    d.ask("GET", "/static/other.js", ""),
		"a_missing_page":    d.ask("GET", "/nothing", "", d.signIn()),
		"a_wrong_method":    d.ask("DELETE", "/login", ""),
		"a_foreign_host":    d.ask("GET", "/login", "", host("evil.example")),
		"a_foreign_request": d.ask("POST", "/login", "", header("Sec-Fetch-Site", "cross-site")),
		"too_much":          d.ask("POST", "/login", strings.Repeat("x", 100<<10)),
	} {
		t.Run("T18_T19_T20_T23_"+name+"_has_every_header", func(t *testing.T) {
			policy := answer.Header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self';"} {
				if !strings.Contains(policy, part) {
					t.Errorf("%s: the policy lacks %s", answer.Status, part)
				}
			}
			if strings.Contains(policy, "unsafe") {
				t.Errorf("policy = %s", policy)
			}
			for name, want := range map[string]string{
				"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Access-Control-Allow-Origin": "", "Strict-Transport-Security": "",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s: %s = %q", answer.Status, name, got)
				}
			}
		})
	}
	t.Run("T21_another_origin_is_told_nothing", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "null", "http://localhost:8080"} {
			for _, method := range []string{"GET", "OPTIONS"} {
				answer := d.ask(method, "/login", "", header("Origin", origin), header("Access-Control-Request-Method", "POST"))
				for name := range answer.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s from %s: %s = %q", method, origin, name, answer.Header.Get(name))
					}
				}
				if method == "OPTIONS" && answer.StatusCode < 300 {
					t.Errorf("a question before the request, from %s: %s", origin, answer.Status)
				}
			}
		}
	})
	t.Run("T77_a_body_beyond_the_limit_is_413", func(t *testing.T) {
		if answer := d.ask("POST", "/login", "name="+strings.Repeat("x", 100<<10)); answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Error(answer.Status)
		}
	})
}

func TestKnownHost(t *testing.T) {
	d := newDoorstep(t, "")
	for name, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST:1": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "internal": 421, "": 421, "localhost:8080@evil.example": 421,
	} {
		t.Run("T17_"+name, func(t *testing.T) {
			if answer := d.ask("GET", "/login", "", host(name)); answer.StatusCode != status {
				t.Errorf("%s, want %d", answer.Status, status)
			}
		})
	}
	t.Run("T17_X-Forwarded-Host_says_nothing", func(t *testing.T) {
		answer := d.ask("GET", "/", "", header("X-Forwarded-Host", "evil.example"))
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/login" {
			t.Errorf("%s to %s", answer.Status, answer.Header.Get("Location"))
		}
	})
	t.Run("health_checks_answer_under_any_name", func(t *testing.T) {
		if answer := d.ask("GET", "/healthz", "", host("10.0.0.7")); answer.StatusCode != http.StatusOK {
			t.Error(answer.Status)
		}
	})
}

func TestSameHost(t *testing.T) {
	for _, test := range []struct {
		known, host string
		same        bool
	}{
		{"panel.example", "panel.example", true}, {"panel.example", "Panel.Example:8443", true},
		{"panel.example:8443", "panel.example:8443", true}, {"panel.example:8443", "panel.example", false},
		{"panel.example:8443", "panel.example:80", false}, {"panel.example", "other.example", false},
		{"[2001:db8::1]", "[2001:db8::1]:80", true}, {"[2001:db8::1]:80", "[2001:db8::1]:80", true}, {"panel.example", "", false},
	} {
		t.Run(test.known+"_for_"+test.host, func(t *testing.T) {
			if got := sameHost(test.known, test.host); got != test.same {
				t.Errorf("sameHost = %v", got)
			}
		})
	}
}

func TestSameOrigin(t *testing.T) {
	d := newDoorstep(t, "")
	for name, test := range map[string]struct {
		site, origin string
		refused      bool
	}{
		"same_origin":                         {site: "same-origin"},
		"typed_by_the_user":                   {site: "none"},
		"own_origin_from_an_older_browser":    {origin: "http://localhost:8080"},
		"another_site":                        {site: "cross-site", refused: true},
		"a_sister_site":                       {site: "same-site", refused: true},
		"another_origin":                      {origin: "http://evil.example", refused: true},
		"another_port":                        {origin: "http://localhost:9090", refused: true},
		"a_sandboxed_frame":                   {origin: "null", refused: true},
		"foreign_site_with_our_origin":        {site: "cross-site", origin: "http://localhost:8080", refused: true},
		"our_cookie_and_nothing_that_says_so": {refused: true},
	} {
		t.Run("T10_T11_"+name, func(t *testing.T) {
			cookie := d.signIn()
			change := []func(*http.Request){cookie, header("Sec-Fetch-Site", test.site), header("Origin", test.origin)}
			answer := d.ask("POST", "/logout", "", change...)
			if refused := answer.StatusCode == http.StatusForbidden; refused != test.refused {
				t.Errorf("%s", answer.Status)
			}
			still := d.ask("GET", "/", "", cookie).StatusCode == http.StatusOK
			if still != test.refused {
				t.Errorf("signed in: %v", still)
			}
		})
	}
	t.Run("T10_text_plain_is_no_way_round", func(t *testing.T) {
		answer := d.ask("POST", "/logout", `{"a":1}`, d.signIn(), header("Sec-Fetch-Site", "cross-site"), header("Content-Type", "text/plain"))
		if answer.StatusCode != http.StatusForbidden {
			t.Error(answer.Status)
		}
	})
	t.Run("T13_another_site_cannot_sign_somebody_in", func(t *testing.T) {
		answer := d.ask("POST", "/login", form("name", "alice", "password", rightPassword), header("Sec-Fetch-Site", "cross-site"))
		if answer.StatusCode != http.StatusForbidden || d.sessionCookie(answer) != nil {
			t.Error(answer.Status)
		}
	})
	t.Run("a_program_without_cookie_needs_no_header", func(t *testing.T) {
		answer := d.ask("POST", "/login", form("name", "alice", "password", rightPassword), header("Sec-Fetch-Site", ""))
		if answer.StatusCode != http.StatusSeeOther {
			t.Error(answer.Status)
		}
	})
	t.Run("T14_signing_out_is_no_GET", func(t *testing.T) {
		cookie := d.signIn()
		answer := d.ask("GET", "/logout", "", cookie)
		if answer.StatusCode != http.StatusMethodNotAllowed || d.ask("GET", "/", "", cookie).StatusCode != http.StatusOK {
			t.Error(answer.Status)
		}
	})
	t.Run("T15_a_method_in_a_parameter_or_header_is_ignored", func(t *testing.T) {
		cookie := d.signIn()
		answer := d.ask("GET", "/logout?_method=POST", "", cookie, header("X-HTTP-Method-Override", "POST"))
		if answer.StatusCode != http.StatusMethodNotAllowed || d.ask("GET", "/", "", cookie).StatusCode != http.StatusOK {
			t.Error(answer.Status)
		}
	})
}

func TestLocalPath(t *testing.T) {
	for _, raw := range []string{"/", "/users", "/users/7/edit", "/users?q=a%2Fb&sort=-id", "/dns_records/3,7", "/users/a%2Fb", "/users#top", "/loginx"} {
		t.Run("T16_kept_"+raw, func(t *testing.T) {
			if got := localPath("", raw); got != raw {
				t.Errorf("localPath = %q", got)
			}
		})
	}
	for _, raw := range []string{
		"", "users", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example", " /users",
		"http://evil.example/", "https:evil.example", "javascript:alert(1)", "//evil.example/..", "/../x", "/a/%2e%2e/b", "/./x", "/users\r\nSet-Cookie: a=b",
		"/%0d%0aSet-Cookie:a=b", "/%5cevil.example", "/%zz", "/ü", "/users\x00", "/" + strings.Repeat("x", 2000), "/login", "/login?next=/users", "/logout", "/register",
	} {
		t.Run("T16_T22_refused_"+raw, func(t *testing.T) {
			if got := localPath("", raw); got != "/" {
				t.Errorf("localPath = %q", got)
			}
		})
	}
	for raw, want := range map[string]string{"/x/users": "/x/users", "/x/": "/x/", "/x": "/x/", "/xy": "/x/", "/users": "/x/", "/x/../users": "/x/", "//x/users": "/x/"} {
		t.Run("T16_under_a_prefix_"+raw, func(t *testing.T) {
			if got := localPath("/x", raw); got != want {
				t.Errorf("localPath = %q", got)
			}
		})
	}
}
