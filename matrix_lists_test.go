package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/controllers"
)

// TestMatrix_T26_ListsCountsSearchesAndPickersHoldWhatIsInReach makes rows of every kind in every table and looks at what
// each account is shown of them.
func TestMatrix_T26_ListsCountsSearchesAndPickersHoldWhatIsInReach(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, account := range append(m.roles(), noRole) {
		for _, table := range m.order {
			c := m.cast(account)
			keys := map[string]string{}
			for _, whose := range m.question(m.route("/" + table.Name + "/:key")).rows(account) {
				if whose != noRow {
					keys[whose] = m.insert(table.Name, c.owners[whose])
				}
			}
			scopes := m.held(account, table.Name, "read")
			rows := m.listed(c, table.Name, "size=500")
			if listed := rows != nil; listed != (len(scopes) > 0) {
				t.Errorf("%s: there is a list of %s: %v", account, table.Name, listed)
			}
			for whose, key := range keys {
				if shown, open := rows[key], m.open(scopes, table.Name, whose); shown != open {
					t.Errorf("%s: the list of %s holds the %s row: %v, want %v", account, table.Name, whose, shown, open)
				}
			}
			m.counted(c, table.Plural, len(rows), len(scopes) > 0)
			stranger := "stranger" + strings.TrimSuffix(strings.TrimPrefix(c.owners[foreign].domain, "away"), ".example")
			if page := m.send(c, http.MethodGet, "/"+table.Name+"?size=500", nil); !scopes["all"] && strings.Contains(page.body, stranger) {
				t.Errorf("%s: the list of %s names %s", account, table.Name, stranger)
			}
			if found := m.listed(c, table.Name, "q="+stranger); len(found) > 0 && !scopes["all"] {
				t.Errorf("%s: a search in %s finds the foreign row: %v", account, table.Name, found)
			}
			m.offers(c, table.Name, stranger)
			m.leads(c, table.Name, stranger)
		}
	}
}

// route returns the route of a path that is asked with GET.
func (m *matrix) route(path string) (found controllers.Route) {
	m.t.Helper()
	for _, route := range m.routes {
		if route.Path == path && route.Method == http.MethodGet {
			return route
		}
	}
	m.t.Fatalf("there is no route GET %s", path)
	return found
}

// page returns the page as a document; nil if it is refused.
func (m *matrix) page(c cast, path string) *goquery.Document {
	m.t.Helper()
	got := m.send(c, http.MethodGet, path, nil)
	if got.status == http.StatusForbidden {
		return nil
	}
	if got.status != http.StatusOK {
		m.t.Fatalf("%s: %s is %d", c.role, path, got.status)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
	if err != nil {
		m.t.Fatal(err)
	}
	return document
}

// listed returns the keys of the rows in a list; nil if it is refused.
func (m *matrix) listed(c cast, table, query string) map[string]bool {
	m.t.Helper()
	page := m.page(c, "/"+table+"?"+query)
	if page == nil {
		return nil
	}
	keys := map[string]bool{}
	page.Find("#list tbody th a").Each(func(_ int, link *goquery.Selection) {
		key, _, _ := strings.Cut(strings.TrimPrefix(link.AttrOr("href", ""), "/"+table+"/"), "?")
		keys[key] = true
	})
	if number := page.Find("h1 .count").Text(); query == "size=500" && number != strconv.Itoa(len(keys)) {
		m.t.Errorf("%s: %s counts %s rows and lists %d", c.role, table, number, len(keys))
	}
	return keys
}

// counted checks the number on the dashboard.
func (m *matrix) counted(c cast, plural string, rows int, there bool) {
	m.t.Helper()
	number := ""
	m.page(c, "/").Find(".area li").Each(func(_ int, card *goquery.Selection) {
		if strings.TrimSpace(card.Find("span").First().Text()) == plural {
			number = card.Find(".area-count").Text()
		}
	})
	if want := strconv.Itoa(rows); there && number != want || !there && number != "" {
		m.t.Errorf("%s: the dashboard counts %q %s, want %s", c.role, number, plural, want)
	}
}

// offers checks that no picker of the table offers a person whom the account may not see.
func (m *matrix) offers(c cast, table, stranger string) {
	m.t.Helper()
	for _, f := range m.tables[table].Fields {
		if f.Refers != "users" {
			continue
		}
		got := m.send(c, http.MethodGet, fmt.Sprintf("/%s/choices/%s?q=%s", table, f.Name, stranger), nil)
		if offered := strings.Contains(got.body, stranger); offered && !m.held(c.role, "users", "read")["all"] {
			m.t.Errorf("%s: %s of %s offers %s", c.role, f.Name, table, stranger)
		}
	}
}

// leads checks that no filter through a relation finds rows by what a person is called whom the account may not see.
func (m *matrix) leads(c cast, table, stranger string) {
	m.t.Helper()
	people, rows := m.held(c.role, "users", "read"), m.held(c.role, table, "read")
	for _, f := range m.tables[table].Fields {
		if f.Refers != "users" || len(rows) == 0 {
			continue
		}
		path := fmt.Sprintf("/%s?filter=%s.username.contains:%s", table, f.Name, stranger)
		got := m.send(c, http.MethodGet, path, nil)
		found := strings.Contains(got.body, `<tbody><tr>`)
		switch {
		case got.status != http.StatusOK && len(people) > 0, got.status != http.StatusBadRequest && len(people) == 0:
			m.t.Errorf("%s: %s is %d", c.role, path, got.status)
		case found && !people["all"]:
			m.t.Errorf("%s: %s finds a stranger", c.role, path)
		case !found && people["all"] && rows["all"] && f.Name == "user_id":
			m.t.Errorf("%s: %s finds nothing", c.role, path)
		}
	}
}
