package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unified/controllers"
	"unified/crud"
)

// everyMethod is what can be sent to an address; what is unsafe stands last.
var everyMethod = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// methods are those that each address answers.
func (m *matrix) methods() map[string][]string {
	there := map[string][]string{}
	for _, route := range m.routes {
		there[route.Path] = append(there[route.Path], route.Method)
		if route.Method == http.MethodGet {
			there[route.Path] = append(there[route.Path], http.MethodHead)
		}
	}
	return there
}

// answers reports whether a route takes the method at the address: /users/new is also how a key could read.
func (m *matrix) answers(method, address string) bool {
	return slices.ContainsFunc(m.routes, func(route controllers.Route) bool {
		pattern, parts := strings.Split(route.Path, "/"), strings.Split(address, "/")
		for i := range pattern {
			if len(pattern) != len(parts) || pattern[i] != parts[i] && !strings.HasPrefix(pattern[i], ":") {
				return false
			}
		}
		return route.Method == method || route.Method == http.MethodGet && method == http.MethodHead
	})
}

// everything is what all tables hold.
func (m *matrix) everything() string {
	var all []string
	for _, table := range m.order {
		all = append(all, table.Name+" "+m.contents(table.Name))
	}
	return strings.Join(all, "\n")
}

func TestMatrix_T14_MethodsThatARouteHasNotAre405(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, account := range []string{"admin", "user", noRole, visits} {
		c := m.cast(account)
		before := m.everything()
		for path, there := range m.methods() {
			at := strings.NewReplacer(":key", fmt.Sprint(c.owners[own].id), ":field", "none", ":file", m.asset).Replace(path)
			for _, method := range everyMethod {
				if slices.Contains(there, method) || m.answers(method, at) {
					continue
				}
				want := "405"
				switch program := stranger(at) == "401"; {
				case account == visits:
					want = stranger(at)
				case program && method == http.MethodOptions: // says what the address answers
					want = yes
				}
				if got := marked(question{}, m.send(c, method, at, url.Values{})); got != want {
					t.Errorf("%s: %s %s is %s, want %s", account, method, at, got, want)
				}
			}
		}
		if m.everything() != before {
			t.Errorf("%s: something was changed", account)
		}
	}
}

// stranger is what an address answers to who is not signed in: programs are not led to a page, people on theirs are.
func stranger(at string) string {
	if strings.HasPrefix(at+"/", "/api/") && at != "/api/docs" || at == controllers.DocumentPath {
		return "401"
	}
	return toSign
}

// TestMatrix_T25_ForcedBrowsing sends every method to every address as those who may do nothing there.
func TestMatrix_T25_ForcedBrowsing(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	foreigners := map[string]string{}
	for _, account := range []string{noRole, visits} {
		c := m.cast(account)
		for name := range m.tables {
			foreigners[name] = m.insert(name, m.cast(noRole).owners[foreign])
		}
		before := m.everything()
		for path := range m.methods() {
			table, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
			if m.tables[table] == nil {
				continue
			}
			at := strings.NewReplacer(":key", foreigners[table], ":field", "user_id").Replace(path)
			for _, method := range everyMethod {
				got := m.send(c, method, at, url.Values{"_then": {"new"}})
				if account == visits && marked(question{}, got) != toSign || account == noRole && got.status != http.StatusForbidden && got.status != http.StatusMethodNotAllowed {
					t.Errorf("%s: %s %s is %d", account, method, at, got.status)
				}
			}
		}
		for _, at := range []string{"/admin", "/admin/users", "/debug", "/debug/pprof/", "/api", "/api/users", "/profile/1", "/users.csv", "/users/export", "/metrics"} {
			for _, method := range everyMethod {
				got := marked(question{}, m.send(c, method, at, url.Values{}))
				if want := map[string][]string{noRole: {"404", "403", "405"}, visits: {stranger(at)}}[account]; !slices.Contains(want, got) {
					t.Errorf("%s: %s %s is %s", account, method, at, got)
				}
			}
		}
		if m.everything() != before {
			t.Errorf("%s: something was changed", account)
		}
	}
}

// TestMatrix_T31_PathConfusion asks for a page by addresses that resemble its own.
func TestMatrix_T31_PathConfusion(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, account := range m.accounts() {
		c := m.cast(account)
		key := fmt.Sprint(c.owners[foreign].id)
		encoded := fmt.Sprintf("%%%x", key[0]) + key[1:]
		stranger := fmt.Sprintf("stranger%s", strings.TrimSuffix(strings.TrimPrefix(c.owners[foreign].domain, "away"), ".example"))
		for canonical, others := range map[string][]string{
			"/users": {"//users", "///users", "/USERS", "/Users", "/users/", "/users//", "/users;x", "/users;x=1", "/users.json", "/users.html", "/%75sers", "/./users", "/x/../users",
				"/%2e/users", "/x/%2e%2e/users", "/users%20", "/users%00", "/users/.", "/users%2f", `/\users`, "/;/users", "/users/..;/users"},
			"/users/" + key: {"//users/" + key, "/users//" + key, "/USERS/" + key, "/users/" + key + "/", "/users/" + encoded, "/users/" + key + ";x", "/users;x/" + key, "/users/" + key + ".json",
				"/users/" + key + "%00", "/users/" + key + "%20", "/users/./" + key, "/users/x/../" + key, "/users/%2e%2e/users/" + key, "/users%2f" + key, "/users/" + key + "%2f", "/users/" + key + "%2fedit",
				"/users/+" + key, "/users/0" + key, "/users/" + key + ",1", "/users/~" + key},
			"/roles/new":    {"//roles/new", "/roles/NEW", "/roles/new/", "/roles/%6eew", "/roles/new;x", "/roles/new.json", "/roles/~new", "/ROLES/new"},
			"/users/export": {"/users/export/", "/users/Export"},
		} {
			decided := m.send(c, http.MethodGet, canonical, nil)
			for _, path := range others {
				got := m.send(c, http.MethodGet, path, nil)
				if got.status != decided.status && got.status != http.StatusNotFound {
					t.Errorf("%s: %s is %d, %s is %d", account, canonical, decided.status, path, got.status)
				}
				if decided.status != http.StatusOK && strings.Contains(got.body, stranger) {
					t.Errorf("%s: %s shows what %s does not", account, path, canonical)
				}
			}
		}
	}
}

// formName is what tells a form from all others, the same one opened again included.
var formName = regexp.MustCompile(`name="_form" value="[^"]*"`)

// TestMatrix_T15_T31_HeadersAndFieldsThatNameAnotherAddressOrMethod shows that they are ignored.
func TestMatrix_T15_T31_HeadersAndFieldsThatNameAnotherAddressOrMethod(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, account := range m.accounts() {
		c := m.cast(account)
		row := "/users/" + fmt.Sprint(c.owners[foreign].id)
		for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Override-URL"} {
			plain, got := m.send(c, http.MethodGet, "/roles/new", nil), m.send(c, http.MethodGet, "/roles/new", nil, header, "/login")
			if got.status != plain.status || formName.ReplaceAllString(got.body, "") != formName.ReplaceAllString(plain.body, "") {
				t.Errorf("%s: %s changes the answer from %d to %d", account, header, plain.status, got.status)
			}
		}
		before := m.contents("users")
		for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
			for _, path := range []string{row + "/delete", row} {
				plain, got := m.send(c, http.MethodGet, path, nil), m.send(c, http.MethodGet, path, nil, header, http.MethodPost)
				if got.status != plain.status || formName.ReplaceAllString(got.body, "") != formName.ReplaceAllString(plain.body, "") {
					t.Errorf("%s: %s changes the answer from %d to %d", account, header, plain.status, got.status)
				}
			}
			m.send(c, http.MethodPost, row, url.Values{}, header, http.MethodDelete)
		}
		m.send(c, http.MethodGet, row+"/delete?_method=POST", nil)
		m.send(c, http.MethodPost, row+"?_method=DELETE", url.Values{})
		m.send(c, http.MethodPost, row, url.Values{"_method": {"DELETE"}})
		if m.contents("users") != before {
			t.Errorf("%s: a method by another name was carried out", account)
		}
	}
}

// TestMatrix_T36_ForeignIsLikeMissing asks for a row that is not there and for one that may not be seen: nothing tells
// them apart, nor does any number count the one that is hidden.
func TestMatrix_T36_ForeignIsLikeMissing(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	id := regexp.MustCompile(`\b[0-9a-f]{16}\b`) // of the request
	for _, role := range []string{"domain_admin", "user"} {
		c := m.cast(role)
		for name, table := range m.tables {
			if table.Paths == (crud.Paths{}) || len(m.held(role, name, "read")) == 0 || m.held(role, name, "read")["all"] {
				continue
			}
			hidden, before := m.insert(name, m.cast(role).owners[foreign]), m.page(c, "/"+name).Find("h1").Text()
			for _, ask := range [][2]string{{"GET", ""}, {"HEAD", ""}, {"GET", "/edit"}, {"GET", "/delete"}, {"POST", ""}, {"POST", "/delete"}} {
				seen, missing := m.send(c, ask[0], "/"+name+"/"+hidden+ask[1], url.Values{}), m.send(c, ask[0], "/"+name+"/987654321"+ask[1], url.Values{})
				if seen.status != missing.status || id.ReplaceAllString(seen.body, "") != id.ReplaceAllString(missing.body, "") {
					t.Errorf("%s: %s /%s/KEY%s tells a foreign row (%d) from a missing one (%d)", role, ask[0], name, ask[1], seen.status, missing.status)
				}
			}
			m.insert(name, m.cast(role).owners[foreign])
			if after := m.page(c, "/"+name).Find("h1").Text(); after != before && name != "audit_log" { // which records the refusals
				t.Errorf("%s: the number of %s was %q and is %q", role, name, before, after)
			}
		}
	}
}
