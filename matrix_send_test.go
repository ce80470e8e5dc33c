package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"unified/auth"
	"unified/crud"
)

// send asks as the account of the cast; headers come in pairs. It follows no redirect.
func (m *matrix) send(c cast, method, path string, form url.Values, headers ...string) answer {
	m.t.Helper()
	return m.sendText(c, method, path, form.Encode(), headers...)
}

// sendText is send of any body.
func (m *matrix) sendText(c cast, method, path, body string, headers ...string) answer {
	m.t.Helper()
	request, err := http.NewRequestWithContext(m.t.Context(), method, m.base+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	request.Header.Set("Origin", m.base)
	if method != http.MethodGet && method != http.MethodHead {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.token != "" {
		request.AddCookie(&http.Cookie{Name: auth.CookieName(0, "", false), Value: c.token})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := m.client.Do(request)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(got)}
}

// put sends what a form holds, to the API as JSON: with PUT together with all that can be read of the row.
func (m *matrix) put(ask question, c cast, path string, form url.Values) answer {
	m.t.Helper()
	if !ask.program || !ask.writes() {
		return m.send(c, ask.Method, path, form)
	}
	row := map[string]any{}
	if ask.many {
		return m.sendText(c, ask.Method, path, m.doing(ask, form.Get("keys")), "Content-Type", "application/json")
	}
	if ask.Method == http.MethodPut {
		if got := m.send(c, http.MethodGet, path, nil); got.status == http.StatusOK && json.Unmarshal([]byte(got.body), &row) != nil {
			m.t.Fatalf("%s: %s", path, got.body)
		}
	}
	for name := range form {
		row[name] = form.Get(name)
	}
	body, err := json.Marshal(row)
	if err != nil {
		m.t.Fatal(err)
	}
	return m.sendText(c, ask.Method, path, string(body), "Content-Type", "application/json")
}

// doing is the body that does something to a row by the API.
func (m *matrix) doing(ask question, key string) string {
	m.t.Helper()
	s, body := m.specimens[ask.table], map[string]any{"keys": []string{key}}
	if values := s.asked[ask.verb]; values != nil {
		body["values"] = values
	}
	if ask.verb == string(crud.Update) {
		body["values"] = columns{s.single()[0]: s.single()[1]}
	}
	text, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}
