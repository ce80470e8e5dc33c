package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"unified/auth"
	"unified/internal/testdb"
)

// offices are people of two mail domains. Ann leads a.example, but sees no last names; nil holds nothing.
const offices = `
INSERT INTO users (id, username, email, last_name) VALUES (501, 'ann', 'ann@a.example', 'Annson'), (502, 'abe', 'abe@a.example', 'Abeson'),
	(503, 'bea', 'bea@b.example', 'Beason'), (504, 'nil', 'nil@a.example', 'Nilson');
INSERT INTO roles (id, name) VALUES (501, 'desk');
INSERT INTO permissions (id, model, action, scope) OVERRIDING SYSTEM VALUE SELECT 10000 + i, split_part(p, ':', 1), split_part(p, ':', 2), 'group'
	FROM unnest('{users:read,users:update,users:delete,email_aliases:read,email_aliases:create,sessions:read,sessions:revoke}'::text[]) WITH ORDINALITY AS x (p, i)
	ON CONFLICT DO NOTHING;
INSERT INTO role_permissions (role_id, permission_id) SELECT 501, id FROM permissions WHERE scope = 'group' AND
	model || ':' || action IN ('users:read', 'users:update', 'users:delete', 'email_aliases:read', 'email_aliases:create', 'sessions:read', 'sessions:revoke');
INSERT INTO role_fields (role_id, model, field, access) VALUES (501, 'users', 'last_name', 'hidden');
INSERT INTO user_roles (user_id, role_name, service) VALUES (501, 'desk', 'web');
INSERT INTO email_aliases (id, user_id, alias_email, destination_email) VALUES (503, 503, 'sales@b.example', 'bea@b.example');
INSERT INTO sessions (id, user_id, token_hash, expires_at) VALUES (503, 503, '\x03', now() + interval '1 day')`

// signedIn is a browser with a session of that person's, which no page leads elsewhere.
func signedIn(t *testing.T, base string, db *testdb.DB, user int64) *person {
	t.Helper()
	token := fmt.Sprintf("%032d", user)
	sum := sha256.Sum256([]byte(token))
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '1 day') ON CONFLICT DO NOTHING`, user, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := visitor(t, base)
	p.Jar = secureJar{jar}
	p.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	home, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p.Jar.SetCookies(home, []*http.Cookie{{
		Name: auth.CookieName(0, "", false), Value: base64.RawURLEncoding.EncodeToString([]byte(token)), Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}})
	return p
}

func TestRights(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	first, second := start(t, onDatabase(db)), start(t, onDatabase(db))
	if _, err := db.Pool.Exec(t.Context(), offices); err != nil {
		t.Fatal(err)
	}
	ann, nobody, stranger := signedIn(t, first.url, db, 501), signedIn(t, first.url, db, 504), visitor(t, first.url)
	stranger.CheckRedirect = ann.CheckRedirect

	everyDoor(t, nobody, stranger)
	foreignIsMissing(t, ann)
	odderPaths(t, ann)
	forged(t, ann, db)
	hiddenColumn(t, ann)
	t.Run("T37_what_is_taken_away_ends_with_the_next_request_on_every_instance", func(t *testing.T) {
		elsewhere := signedIn(t, second.url, db, 501)
		for _, p := range []*person{ann, elsewhere} {
			if got := p.get("/users"); got.status != 200 {
				t.Fatalf("before: %d", got.status)
			}
		}
		if _, err := db.Pool.Exec(t.Context(), `DELETE FROM role_permissions WHERE role_id = 501`); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*person{ann, elsewhere} {
			if got := p.get("/users"); got.status != 403 {
				t.Errorf("after: %d", got.status)
			}
		}
	})
}

// everyDoor knocks at each page of each table: who holds nothing is turned away, and a visitor led to the sign-in page.
func everyDoor(t *testing.T, nobody, stranger *person) {
	t.Helper()
	for _, s := range samples() {
		doors := map[string][]string{
			"GET": {"", "/new", "/501", "/501/edit", "/501/delete", "/choices/user_id"}, "HEAD": {"", "/501"},
			"POST": {"", "/501", "/501/delete"},
		}
		if s.action != "" {
			doors["POST"] = append(doors["POST"], "/501/actions/"+s.action)
		}
		t.Run("T24_T25_"+s.table, func(t *testing.T) {
			for method, paths := range doors {
				for _, below := range paths {
					form := url.Values(nil)
					if method == "POST" {
						form = url.Values{"x": {"1"}}
					}
					path := "/" + s.table + below
					if got := nobody.send(method, path, form); got.status != 403 {
						t.Errorf("%s %s without a role: %d", method, path, got.status)
					}
					if got := stranger.send(method, path, form); got.status != 303 || !strings.HasPrefix(got.header.Get("Location"), "/login") {
						t.Errorf("%s %s by a visitor: %d to %s", method, path, got.status, got.header.Get("Location"))
					}
				}
			}
		})
	}
}

// foreignIsMissing asks for rows of another domain and for rows that are not there: the answers are the same.
func foreignIsMissing(t *testing.T, ann *person) {
	t.Helper()
	for name, ask := range map[string]struct {
		method, path, form string // {} stands for the key
		status             int
	}{
		"a row":              {"GET", "/users/{}", "", 404},
		"its form":           {"GET", "/users/{}/edit", "", 404},
		"its question":       {"GET", "/users/{}/delete", "", 404},
		"a change":           {"POST", "/users/{}", "first_name=X", 404},
		"a change of nobody": {"POST", "/users/{}", "nonsense=1", 404},
		"a deletion":         {"POST", "/users/{}/delete", "x=1", 404},
		"an action":          {"POST", "/sessions/{}/actions/revoke", "x=1", 404},
		"another's alias":    {"GET", "/email_aliases/{}", "", 404},
		"a relation to it":   {"POST", "/email_aliases", "alias_email=new@a.example&destination_email=x@far.example&user_id={}", 422},
		"a search for it":    {"GET", "/users?q={}", "", 200},
		"a picker":           {"GET", "/email_aliases/choices/user_id?q={}", "", 200},
	} {
		t.Run("T26_T36_"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			var answers []string
			for _, key := range []string{"503", "909"} {
				var form url.Values
				if ask.form != "" {
					form, _ = url.ParseQuery(strings.ReplaceAll(ask.form, "{}", key))
				}
				got := ann.send(ask.method, strings.ReplaceAll(ask.path, "{}", key), form)
				if got.status != ask.status || strings.Contains(got.body, "bea") {
					t.Errorf("%s: %d\n%s", key, got.status, got.body)
				}
				answers = append(answers, formName.ReplaceAllString(strings.ReplaceAll(got.body, key, "KEY"), ""))
			}
			if answers[0] != answers[1] {
				t.Errorf("one can tell them apart:\n%s\n%s", answers[0], answers[1])
			}
		})
	}
	t.Run("T36_the_number_of_rows_tells_of_none_beyond_reach", func(t *testing.T) {
		if got := ann.get("/users"); !strings.Contains(got.body, "3 rows") || strings.Contains(got.body, "bea") || strings.Contains(got.body, ">admin<") {
			t.Errorf("got %s", got.body)
		}
	})
}

// odderPaths tries to reach a table that Ann may not open by other spellings of its address.
func odderPaths(t *testing.T, ann *person) {
	t.Helper()
	for _, path := range []string{
		"/roles", "//roles", "/ROLES", "/Roles", "/roles/", "/roles;x", "/roles;a=b", "/roles.json", "/roles%20", "/roles%00", "/%72oles", "/./roles", "/users/../roles", "/users/..;/roles",
		"/users/%2e%2e/roles", "/users%2f..%2froles", "/roles%2f", "/roles//", `/\roles`, "/users/..%5croles", "/roles/501/", "/roles/501/../501", "/roles/%35%30%31", "/static/../roles",
		"/login/../roles", "/roles?x=/login", "/roles%3fx",
	} {
		t.Run("T31_"+path, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ann.base, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			as, query, _ := strings.Cut(path, "?")
			if request.URL.RawQuery = query; strings.HasPrefix(as, "//") { // alone it would name a host
				request.URL.Path = as
			} else {
				request.URL.Opaque = as
			}
			closed(t, ann, request)
		})
	}
	for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path"} {
		t.Run("T31_"+header, func(t *testing.T) {
			for _, paths := range [][2]string{{"/roles", "/users"}, {"/nothing", "/roles"}} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ann.base+paths[0], http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set(header, paths[1])
				closed(t, ann, request)
			}
		})
	}
}

// closed checks that a request is refused, or that there is no such page.
func closed(t *testing.T, p *person, request *http.Request) {
	t.Helper()
	response, err := p.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 403 && response.StatusCode != 404 && response.StatusCode != 400 {
		t.Errorf("%s %v: %d to %q", request.URL.RequestURI(), request.Header, response.StatusCode, response.Header.Get("Location"))
	}
}

// forged sends what no form of Ann's has.
func forged(t *testing.T, ann *person, db *testdb.DB) {
	t.Helper()
	before := whole(t, db)
	for name, try := range map[string]struct {
		path, form string
		status     int
	}{
		"T32_a_new_row":                  {"/users", "username=new&email=new@a.example", 403},
		"T32_a_new_row_by_its_number":    {"/users/909", "username=new&email=new@a.example", 404},
		"T32_a_new_row_beside_another":   {"/users/502", "first_name=X&username.1=new", 422},
		"T32_a_deletion_by_another_verb": {"/users/502", "_method=DELETE", 422},
		"T28_another_domain":             {"/users/502", "email=abe@b.example", 422},
		"T28_oneself_into_another":       {"/users/501", "email=ann@b.example", 422},
		"T28_an_alias_of_another_domain": {"/email_aliases", "user_id=502&alias_email=info@b.example&destination_email=x@far.example", 422},
		"T29_a_number":                   {"/users/502", "id=777", 422},
		"T29_what_the_database_decides":  {"/users/502", "domain=b.example", 422},
		"T29_a_secret":                   {"/users/502", "password_reset_token=x", 422},
		"T29_a_time":                     {"/users/502", "created_at=2020-01-01", 422},
		"T29_a_count":                    {"/users/502", "failed_login_attempts=0", 422},
		"T29_a_role":                     {"/users/501", "role=admin&is_admin=true", 422},
		"T29_a_hidden_column":            {"/users/502", "last_name=X", 422},
		"T29_right_and_wrong_together":   {"/users/502", "first_name=X&created_at=2020-01-01", 422},
		"T30_a_role_of_one's_own":        {"/user_roles", "user_id=501&role_name=admin&service=web", 403},
	} {
		t.Run(name, func(t *testing.T) {
			form, err := url.ParseQuery(try.form)
			if err != nil {
				t.Fatal(err)
			}
			if got := ann.send(http.MethodPost, try.path, form); got.status != try.status {
				t.Errorf("%d, want %d\n%s", got.status, try.status, got.body)
			}
			if whole(t, db) != before {
				t.Error("something was written")
			}
		})
	}
}

// whole is all that these requests could write.
func whole(t *testing.T, db *testdb.DB) (text string) {
	t.Helper()
	err := db.Pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(u::text, '' ORDER BY id) FROM users u) || (SELECT string_agg(r::text, '' ORDER BY id) FROM user_roles r)
		|| (SELECT string_agg(a::text, '' ORDER BY id) FROM email_aliases a)`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// hiddenColumn looks for the last names that Ann does not see.
func hiddenColumn(t *testing.T, ann *person) {
	t.Helper()
	for path, status := range map[string]int{
		"/users": 200, "/users/502": 200, "/users/502/edit": 200, "/users/502/delete": 200, "/users?q=Abeson": 200, "/users?sort=last_name": 400, "/users?sort=-last_name": 400,
		"/users?sort=username,last_name": 400, "/users?last_name=Abeson": 400, "/users?fields=last_name": 400, "/email_aliases/choices/user_id?q=Abeson": 200,
	} {
		t.Run("T33_"+path, func(t *testing.T) {
			got := ann.get(path)
			page := strings.ReplaceAll(got.body, "q=Abeson", "") // what was asked
			if got.status != status || strings.Contains(page, "Annson") || strings.Contains(path, "q=") && strings.Contains(page, ">abe<") || !strings.Contains(path, "q=") && strings.Contains(page, "Abeson") {
				t.Errorf("%d\n%s", got.status, page)
			}
		})
	}
}
