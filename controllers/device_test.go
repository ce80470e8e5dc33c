package controllers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestDevice(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36":     "Samsung Internet on Android",
		"curl/8.14.1":                     "curl/8.14.1",
		"":                                "A program that does not say what it is",
		strings.Repeat("é", 50) + " rest": strings.Repeat("é", 40) + "…",
	} {
		if got := device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		headers []string
		text    string
		given   bool
	}{
		{nil, "", false},
		{[]string{"Bearer abc"}, "abc", true},
		{[]string{"bEARER   abc "}, "abc", true},
		{[]string{"Bearer"}, "", true},
		{[]string{"Basic abc"}, "", false}, // of a proxy before the panel
		{[]string{"Bearer abc", "Bearer abd"}, "", true},
		{[]string{"Basic abc", "Bearer abd"}, "", true},
		{[]string{"Bearerabc"}, "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header["Authorization"] = test.headers
		if text, given := bearer(r); text != test.text || given != test.given {
			t.Errorf("%q is %q, %v", test.headers, text, given)
		}
	}
}
