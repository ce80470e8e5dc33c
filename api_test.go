package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// apiClient asks a running panel below /api/v1.
type apiClient struct {
	t      *testing.T
	base   string
	client http.Client
}

func newProgram(t *testing.T, settings map[string]string) *apiClient {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &apiClient{t, start(t, settings).url, http.Client{Jar: jar}}
}

// apiAnswer is an answer with its body.
type apiAnswer struct {
	*http.Response
	body string
}

// ask sends JSON; headers come in pairs.
func (p *apiClient) ask(method, path, body string, headers ...string) apiAnswer {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return apiAnswer{response, string(got)}
}

const goodLogin = `{"name": "admin", "password": "admin123"}`

func TestAPI_SignsPeopleInAndOut(t *testing.T) {
	t.Parallel()
	settings := onDatabase(testdb.Empty(t))
	settings["REGISTRATION"] = "true"
	p := newProgram(t, settings)
	own := []string{"Origin", p.base}
	if got := p.ask("GET", "/api/v1/auth/me", ""); got.StatusCode != 401 || got.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	for name, want := range map[string]struct {
		body   string
		status int
	}{
		"a_wrong_password":   {`{"name": "admin", "password": "wrong"}`, 401},
		"an_unknown_name":    {`{"name": "nobody", "password": "wrong"}`, 401},
		"T68_an_object":      {`{"name": {"$ne": ""}, "password": "x"}`, 422},
		"T68_an_array":       {`{"name": ["admin"], "password": "admin123"}`, 422},
		"T68_a_nul":          {`{"name": "admin\u0000", "password": "admin123"}`, 400},
		"T69_another_field":  {`{"name": "admin", "password": "admin123", "is_admin": true}`, 422},
		"nothing":            {`{}`, 401},
		"what_is_no_object":  {`"admin"`, 400},
		"what_is_cut_off":    {`{"name": "admin"`, 400},
		"the_right_password": {goodLogin, 204},
	} {
		if got := p.ask("POST", "/api/v1/auth/login", want.body, own...); got.StatusCode != want.status || strings.Contains(got.body, "admin123") {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.body)
		}
	}
	if got := p.ask("POST", "/api/v1/auth/login", goodLogin, own...); got.StatusCode != 204 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	var me struct {
		Username    string
		Program     *string
		Permissions []string
	}
	if got := p.ask("GET", "/api/v1/auth/me", ""); json.Unmarshal([]byte(got.body), &me) != nil || me.Username != "admin" || me.Program != nil || len(me.Permissions) == 0 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	t.Run("T10_a_cookie_needs_its_origin", func(t *testing.T) {
		for _, headers := range [][]string{nil, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
			if got := p.ask("POST", "/api/v1/roles", `{"name": "forged", "rank": 1}`, headers...); got.StatusCode != 403 {
				t.Errorf("%v: %d %s", headers, got.StatusCode, got.body)
			}
		}
		if got := p.ask("POST", "/api/v1/roles", `{"name": "forged", "rank": 1}`, append(own, "Content-Type", "text/plain")...); got.StatusCode != 415 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := p.ask("POST", "/api/v1/roles", `{"name": "made", "rank": 1}`, own...); got.StatusCode != 201 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("T05_who_is_signed_out_is_out", func(t *testing.T) {
		if got := p.ask("POST", "/api/v1/auth/logout", "", own...); got.StatusCode != 204 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := p.ask("GET", "/api/v1/roles", ""); got.StatusCode != 401 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("people_register", func(t *testing.T) {
		if got := p.ask("POST", "/api/v1/auth/register", `{"username": "ada", "email": "no address", "password": "short"}`, own...); got.StatusCode != 422 || !strings.Contains(got.body, `"field":"password"`) {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		newcomer := `{"username": "ada", "email": "ada@lovelace.example", "password": "correct horse battery"}`
		if got := p.ask("POST", "/api/v1/auth/register", newcomer, own...); got.StatusCode != 201 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := p.ask("GET", "/api/v1/auth/me", ""); !strings.Contains(got.body, `"username":"ada"`) {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestAPI_T21_AnswersOriginsThatTheSettingsName(t *testing.T) {
	t.Parallel()
	settings := onDatabase(testdb.Empty(t))
	settings["CORS_ORIGINS"] = "https://app.example.org"
	p := newProgram(t, settings)
	if got := p.ask("POST", "/api/v1/auth/login", goodLogin, "Origin", p.base); got.StatusCode != 204 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	for _, path := range []string{"/api/v1/roles", "/api/v1/nothing", "/roles", "/", "/static/none", "/apiary"} {
		for _, origin := range []string{"https://app.example.org", "https://app.example.org.evil.example", "http://app.example.org", "null", "*"} {
			got := p.ask("GET", path, "", "Origin", origin)
			want := ""
			if strings.HasPrefix(path, "/api/") && origin == "https://app.example.org" {
				want = origin
			}
			if header := got.Header.Get("Access-Control-Allow-Origin"); header != want || want == "" && got.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: %q", path, origin, header)
			}
		}
	}
	asked := []string{"Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "if-match", "Origin"}
	got := p.ask("OPTIONS", "/api/v1/roles/1", "", append(asked, "https://app.example.org")...)
	if got.StatusCode != 204 || !strings.Contains(got.Header.Get("Access-Control-Allow-Methods"), "PATCH") || !strings.Contains(got.Header.Get("Access-Control-Allow-Headers"), "If-Match") ||
		!strings.Contains(got.Header.Get("Vary"), "Origin") {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
	if got := p.ask("OPTIONS", "/api/v1/roles/1", "", append(asked, "https://evil.example")...); got.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("%v", got.Header)
	}
	made := `{"name": "made", "rank": 1}`
	if got := p.ask("POST", "/api/v1/roles", made, "Origin", "https://app.example.org"); got.StatusCode != 201 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := p.ask("POST", "/api/v1/roles", `{"name": "forged", "rank": 1}`, "Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := p.ask("POST", "/roles", "name=forged&rank=1", "Origin", "https://app.example.org", "Content-Type", "application/x-www-form-urlencoded"); got.StatusCode != 403 {
		t.Errorf("a page is sent to from outside: %d", got.StatusCode)
	}
}

func TestAPI_ImportsRowsThatAreMadeAndNotChanged(t *testing.T) {
	t.Parallel()
	p := newProgram(t, onDatabase(testdb.Empty(t)))
	own := []string{"Origin", p.base}
	if got := p.ask("POST", "/api/v1/auth/login", goodLogin, own...); got.StatusCode != 204 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	if got := p.ask("POST", "/api/v1/roles", `{"name": "made", "rank": 1}`, own...); got.StatusCode != 201 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	var roles, permissions struct {
		Rows []struct {
			Key string `json:"_key"`
		}
	}
	for path, into := range map[string]any{"/api/v1/roles?filter=name.is:made": &roles, "/api/v1/permissions?size=1": &permissions} {
		if got := p.ask("GET", path, ""); json.Unmarshal([]byte(got.body), into) != nil {
			t.Fatalf("%d %s", got.StatusCode, got.body)
		}
	}
	row := `{"role_id": ` + roles.Rows[0].Key + `, "permission_id": ` + permissions.Rows[0].Key + `}`
	lines := append(own, "Content-Type", "application/jsonl")
	if got := p.ask("POST", "/api/v1/role_permissions/import", row, lines...); got.StatusCode != 200 || !strings.Contains(got.body, `"created":1`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := p.ask("POST", "/api/v1/role_permissions/import", row, lines...); got.StatusCode != 200 || !strings.Contains(got.body, `"same":1`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}
