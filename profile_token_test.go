package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// makes makes a token for these permissions on the pages, and returns its text.
func (p *person) makes(name string, permissions ...string) string {
	p.t.Helper()
	got := p.asks(name, permissions...)
	page, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
	if err != nil {
		p.t.Fatal(err)
	}
	text := page.Find("#token").Text()
	if got.status != 200 || !strings.HasPrefix(text, "unified_") {
		p.t.Fatalf("no token: %d\n%s", got.status, sentences(got.body))
	}
	return text
}

// asks sends the form of a new token.
func (p *person) asks(name string, permissions ...string) answer {
	p.t.Helper()
	action, form := p.get("/profile/tokens/new").form(p.t, `form[action="/profile/tokens"]`)
	form.Set("name", name)
	form.Set("current", hadPassword)
	form["permissions"] = permissions
	return p.send(http.MethodPost, action, form)
}

// curl asks as a program does: without a word of where it comes from. Headers come in pairs.
func (h *household) curl(method, path, token string, headers ...string) answer {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}
}

const export = "/users/export?format=csv&fields=username"

// TestProfile_TokenIsMade breaks each rule of the form of a new token.
func TestProfile_TokenIsMade(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	carla, root := h.enter("carla", hadPassword), h.enter("root", hadPassword)
	for name, test := range map[string]struct {
		name, days, current, permission, sentence string
	}{
		"no name":              {"", "90", hadPassword, "users:read:own", "Say what the token is for"},
		"a long name":          {strings.Repeat("ü", 101), "90", hadPassword, "users:read:own", "At most 100 characters."},
		"a name that is none":  {"a\x00b", "90", hadPassword, "users:read:own", "characters that are not text"},
		"for ever":             {"a", "366", hadPassword, "users:read:own", "good for 1 to 365 days"},
		"for no time":          {"a", "0", hadPassword, "users:read:own", "good for 1 to 365 days"},
		"for what is no time":  {"a", "9e9", hadPassword, "users:read:own", "good for 1 to 365 days"},
		"no password":          {"a", "90", "", "users:read:own", "Type your current password."},
		"a wrong password":     {"a", "90", "wrong password", "users:read:own", "This is not your current password."},
		"for nothing":          {"a", "90", hadPassword, "", "is no permission"},
		"T30 for more":         {"a", "90", hadPassword, "users:read:all", "You do not have users:read:all yourself."},
		"T30 for everything":   {"a", "90", hadPassword, "*:*:all", "You do not have *:*:all yourself."},
		"for what is no scope": {"a", "90", hadPassword, "users:read:some", "is no permission"},
	} {
		t.Run(name, func(t *testing.T) {
			carla.fills("/profile/tokens/new", "/profile/tokens", "name", test.name, "days", test.days, "current", test.current, "permissions", test.permission).says(t, 422, test.sentence)
		})
	}
	root.asks("Debug", "admin:*:all").says(t, 422, "You do not have admin:*:all yourself.")
	h.holds("0", `SELECT count(*) FROM api_tokens`)
	h.exec(`DELETE FROM audit_log WHERE NOT success`)

	t.Run("T97_it_is_made_and_shown_once", func(t *testing.T) {
		action, form := carla.get("/profile/tokens/new").form(t, `form[action="/profile/tokens"]`)
		form.Set("name", "Backup")
		form.Set("current", hadPassword)
		form["permissions"] = []string{"users:read:own", "users:read:own"}
		first := carla.send(http.MethodPost, action, form)
		first.says(t, 200, "it is shown this once")
		if first.header.Get("Cache-Control") != "no-store" || !strings.Contains(first.body, "unified_") {
			t.Errorf("Cache-Control %q", first.header.Get("Cache-Control"))
		}
		again := carla.send(http.MethodPost, action, form)
		again.says(t, 200, "This token was made already.")
		for _, page := range []answer{again, carla.get("/profile"), root.get("/api_tokens")} {
			if strings.Contains(page.body, "unified_") {
				t.Error("it is shown again")
			}
		}
		h.holds("1", `SELECT count(*) FROM api_tokens`)
		h.holds("{users:read:own} 90", `SELECT permissions::text || ' ' || extract(day FROM expires_at - created_at) FROM api_tokens`)
		h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'create_api_token' AND success`)
	})
	t.Run("a_name_is_one_token's", func(t *testing.T) {
		carla.asks("Backup", "users:read:own").says(t, 422, "You have a token of this name already")
	})
	t.Run("there_are_so_many_and_no_more", func(t *testing.T) {
		h.exec(`INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at)
			SELECT $1::text::bigint, 'Old ' || i, sha256(i::text::bytea), '{}', now() + interval '1 day' FROM generate_series(1, 19) i`, h.ids["carla"])
		carla.asks("One more", "users:read:own").says(t, 422, "You have 20 tokens")
	})
	t.Run("T26_those_of_others_are_not_there", func(t *testing.T) {
		id := h.text(`SELECT min(id)::text FROM api_tokens`)
		for _, key := range []string{id, "999999", "x"} {
			if got := root.send(http.MethodPost, "/profile/tokens/"+key+"/revoke", url.Values{}); got.status != 404 {
				t.Errorf("%s: %d", key, got.status)
			}
		}
		h.holds("20", `SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL`)
	})
	t.Run("staff_see_it_without_its_hash_and_end_it", func(t *testing.T) {
		id := h.text(`SELECT min(id)::text FROM api_tokens`)
		page := root.get("/api_tokens/" + id)
		page.says(t, 200, "Backup")
		if hash := h.text(`SELECT encode(token_hash, 'hex') FROM api_tokens WHERE id = $1::text::bigint`, id); strings.Contains(page.body, hash) || strings.Contains(page.body, "oken hash") {
			t.Error("the hash is shown")
		}
		if got := root.send(http.MethodPost, "/api_tokens/"+id+"/actions/revoke", url.Values{}); got.status != 200 {
			t.Errorf("%d", got.status)
		}
		h.holds("true", `SELECT revoked_at IS NOT NULL FROM api_tokens WHERE id = $1::text::bigint`, id)
	})
}

// TestToken_Opens asks with tokens for what they open and for what no token opens.
func TestToken_Opens(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	carla, root := h.enter("carla", hadPassword), h.enter("root", hadPassword)
	token := carla.makes("Export", "users:read:own")
	all := root.makes("All", "*:*:all")

	if got := h.curl("GET", export, token); got.status != 200 || strings.TrimSpace(got.body) != "username\r\ncarla" || got.header.Get("Set-Cookie") != "" {
		t.Errorf("its person's rows: %d, %q, cookie %q", got.status, got.body, got.header.Get("Set-Cookie"))
	}
	if got := h.curl("HEAD", export, token); got.status != 200 {
		t.Errorf("HEAD: %d", got.status)
	}
	if got := h.curl("GET", "/user_roles/choices/user_id?q=carla", all); got.status != 200 || !strings.Contains(got.body, `"carla"`) {
		t.Errorf("choices: %d, %s", got.status, got.body)
	}
	if got := h.curl("GET", "/dns_zones/export?format=csv", token); got.status != 403 || !strings.Contains(got.body, "dns_zones:read:all") {
		t.Errorf("what its person may not: %d, %s", got.status, got.body)
	}
	if got := h.curl("GET", "/sessions/export?format=csv", token); got.status != 403 {
		t.Errorf("what its person may and it may not: %d, %s", got.status, got.body)
	}
	t.Run("T33_no_column_that_its_person_may_not_see", func(t *testing.T) {
		if got := h.curl("GET", "/api_tokens/export?format=csv&fields=token_hash", all); got.status != 400 {
			t.Errorf("%d, %s", got.status, got.body)
		}
	})
	t.Run("no_page_for_people", func(t *testing.T) {
		before := h.text(`SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM api_tokens)`)
		for _, at := range []string{
			"GET /", "GET /profile", "POST /profile", "POST /profile/password", "POST /profile/sessions", "GET /profile/tokens/new", "POST /profile/tokens", "GET /debug", "GET /debug/schema.json",
			"GET /login", "POST /login", "POST /logout", "GET /users", "GET /users/new", "POST /users", "POST /users/bulk/delete", "GET /audit_log",
		} {
			method, path, _ := strings.Cut(at, " ")
			got := h.curl(method, path, all)
			if got.status != 403 || !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d, %s", at, got.status, got.header)
			}
		}
		h.holds(before, `SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM api_tokens)`)
	})
	t.Run("a_cookie_beside_it_says_nothing", func(t *testing.T) {
		cookies := root.Jar.Cookies(must(url.Parse(h.url)))
		got := h.curl("GET", export, token, "Cookie", cookies[0].String())
		if got.status != 200 || strings.TrimSpace(got.body) != "username\r\ncarla" {
			t.Errorf("%d, %q", got.status, got.body)
		}
		if got := h.curl("GET", export, "unified_wrong", "Cookie", cookies[0].String()); got.status != 401 {
			t.Errorf("a wrong token: %d", got.status)
		}
	})
	t.Run("what_it_does_is_in_the_log", func(t *testing.T) {
		h.holds("true", `SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1::text::bigint AND additional_data ->> 'program' LIKE 'API token %')`, h.ids["root"])
		h.holds("0", `SELECT count(*) FROM audit_log a WHERE a::text LIKE '%' || $1 || '%'`, token[8:])
	})
	t.Run("T70_it_ends_with_the_account", func(t *testing.T) {
		if got := root.send(http.MethodPost, "/users/"+h.ids["carla"], url.Values{"is_active": {"false"}}); got.status != 200 {
			t.Fatalf("%d\n%s", got.status, sentences(got.body))
		}
		h.refused(token)
		h.exec(`UPDATE users SET is_active = true`)
		h.refused(token)
	})
	t.Run("revoked_by_its_person", func(t *testing.T) {
		id := h.text(`SELECT id::text FROM api_tokens WHERE name = 'All'`)
		root.fills("/profile", "/profile/tokens/"+id+"/revoke").says(t, 200, "The token All is revoked.")
		h.refused(all)
		h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'revoke_api_token' AND success`)
	})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// refused fails the test unless a token is answered as one that opens nothing: 401 and no redirect.
func (h *household) refused(token string) {
	h.t.Helper()
	for _, path := range []string{export, "/users", "/profile", "/nowhere", "/login"} {
		got := h.curl("GET", path, token, "Accept", "text/html")
		var said struct{ Detail, Request string }
		if err := json.Unmarshal([]byte(got.body), &said); err != nil || got.status != 401 || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") ||
			said.Detail == "" || got.header.Get("Location") != "" || got.header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("%s: %d, %v, %s, %v", path, got.status, got.header, got.body, err)
		}
	}
}

// TestToken_Refused sends what opens nothing.
func TestToken_Refused(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	token := h.enter("root", hadPassword).makes("Export", "users:read:all")
	for _, text := range []string{"", " ", "unified_", token + "x", token[:len(token)-1], strings.ToLower(token), strings.Repeat("x", 8000), "'; DROP TABLE users; --", "eyJhbGciOiJub25lIn0.e30."} {
		h.refused(text)
		h.exec(`DELETE FROM audit_log WHERE action = 'api_token'`)
	}
	if got := h.curl("GET", export, token, "Authorization", "bearer "+token); got.status != 200 {
		t.Errorf("the name of the scheme in small letters: %d", got.status)
	}
	h.exec(`UPDATE api_tokens SET expires_at = now()`)
	h.refused(token)
	h.exec(`INSERT INTO audit_log (action, success, ip_address, service) SELECT 'api_token', false, '127.0.0.1', 'web' FROM generate_series(1, 40)`)
	got := h.curl("GET", export, "unified_"+strings.Repeat("A", 26))
	if got.status != 429 || got.header.Get("Retry-After") == "" {
		t.Errorf("T61 a flood: %d, %v", got.status, got.header)
	}
}
