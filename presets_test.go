package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// The tables as the navigation names them, from those that everybody with a role sees to those of administrators.
var (
	belonging = []string{"Users", "User passwords", "User roles", "User quotas", "Sessions", "API tokens", "Saved views", "Email aliases", "Mailbox events", "Certificates",
		"Certificate files", "Certificate renewals", "Certificate notifications", "Audit log"}
	ofDomains = []string{"Service certificates", "DNS zones", "DNS records", "Roles"}
	ofAccess  = []string{"Permissions", "Role permissions", "Field rules"}
)

// seen is what one account is shown.
type seen struct {
	name, password string
	menu           []string
	debug          []string          // the menu's other links
	counts         map[string]string // on the dashboard
	users          []string          // in the list
	editable       []string          // of them, those with a pencil
	greyed         map[string]string // on carla's record: the permission by button
	links          []string          // on carla's record: what can be done
	hidden         string            // whose record is 404; "" for nobody's
}

func everySeen() []seen {
	all := slices.Concat(belonging, ofDomains, ofAccess)
	people := []string{"admin", "demo", "reader", "dora", "carla", "carl", "sven"}
	north := []string{"dora", "carla", "carl"}
	return []seen{
		{name: "admin", password: "admin123", menu: all, debug: []string{"Debug", "Indexes", "Migrations", "Schema", "Tables"}, counts: map[string]string{"Users": "7", "Email aliases": "3", "DNS zones": "2", "Certificates": "2"},
			users: people, editable: people, links: []string{"Delete", "Duplicate", "Edit", "History", "Set quota…", "What they may do", "Why?"}},
		{name: "reader", password: staffPassword, menu: all, counts: map[string]string{"Users": "7", "Email aliases": "3", "DNS zones": "2", "Certificates": "2"},
			users: people, links: []string{"History"}, greyed: map[string]string{"Delete": "users:delete:all", "Edit": "users:update:all", "Set quota…": "users:set_quota:all"}},
		{name: "dora", password: staffPassword, menu: slices.Concat(belonging, ofDomains), counts: map[string]string{"Users": "3", "Email aliases": "2", "DNS zones": "1", "Certificates": "2"},
			users: north, editable: north, links: []string{"Delete", "Duplicate", "Edit", "History", "Set quota…"}, hidden: "sven"},
		{name: "carla", password: staffPassword, menu: belonging, counts: map[string]string{"Users": "1", "Email aliases": "1", "DNS zones": "", "Certificates": "0"},
			users: []string{"carla"}, editable: []string{"carla"}, links: []string{"Edit", "History"},
			greyed: map[string]string{"Delete": "users:delete:all", "Set quota…": "users:set_quota:all"}, hidden: "dora"},
	}
}

// TestBrowser_Roles looks at the same pages as each role, in a real chromium.
func TestBrowser_Roles(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	p := start(t, onDatabase(db))
	staffed(t, db)
	b := open(t, p.url)
	for _, s := range everySeen() {
		t.Run(s.name, func(t *testing.T) {
			b.t = t
			b.signIn(s.name, s.password)
			b.looksAround(s)
			b.looksAtARecord(s, recordOf(t, db, "carla"))
			if s.hidden != "" {
				b.isKeptFrom(recordOf(t, db, s.hidden), s.hidden)
			}
			b.signOut()
		})
	}
	t.Run("what_is_not_shown_cannot_be_done_by_its_address", func(t *testing.T) {
		b.t = t
		cannotBeDone(b, db)
	})
	t.Run("pickers_and_lists_hold_what_is_in_reach", func(t *testing.T) {
		b.t = t
		inReach(b)
	})
}

// looksAround checks the navigation, the dashboard and a list.
func (b *browser) looksAround(s seen) {
	b.t.Helper()
	b.answers("/", 200)
	b.names(".menu-link", slices.Concat([]string{"API", "Dashboard"}, s.menu, s.debug)...)
	b.names(".area li span:first-of-type", s.menu...)
	for table, want := range s.counts {
		got := evaluate[string](b, fmt.Sprintf(`[...document.querySelectorAll(".area li")].find(c => c.querySelector("span").innerText === %q)?.querySelector(".area-count").innerText ?? ""`, table))
		if got != want {
			b.t.Errorf("the dashboard counts %q %s, want %q", got, table, want)
		}
	}
	b.answers("/users", 200)
	b.names("#list tbody th", s.users...)
	b.names("#list tbody tr:has(.tool) th", s.editable...)
	if tools := evaluate[bool](b, "!!document.querySelector('thead .tools')"); tools != (len(s.editable) > 0) {
		b.t.Errorf("the list has a column of tools: %v", tools)
	}
}

// looksAtARecord checks the buttons of a record: those that work, and those that are greyed and say why.
func (b *browser) looksAtARecord(s seen, path string) {
	b.t.Helper()
	b.answers(path, 200)
	b.names(".buttons a", s.links...)
	var greyed, needs []string
	for button, permission := range s.greyed {
		greyed, needs = append(greyed, button), append(needs, permission)
		b.explains(button, permission)
	}
	b.names(".buttons button", greyed...)
	b.names(".needs code", needs...)
	if _, no := s.greyed["Edit"]; no {
		before := b.path()
		evaluate[bool](b, `[...document.querySelectorAll(".buttons button")].forEach(button => button.click()) || true`)
		if b.path() != before {
			b.t.Errorf("a greyed button leads to %s", b.path())
		}
	}
}

// explains checks what a screen reader is told of a greyed button, and that the keyboard reaches it.
func (b *browser) explains(button, permission string) {
	b.t.Helper()
	document, err := chromedp.Call(b.within(), runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		b.t.Fatal(err)
	}
	found, err := chromedp.Call(b.within(), accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, AccessibleName: button, Role: "button"})
	if err != nil || len(found.Nodes) != 1 {
		b.t.Fatalf("%s: %d buttons are called %s, %v", b.path(), len(found.Nodes), button, err)
	}
	node := found.Nodes[0]
	if node.Description == nil || !strings.Contains(string(node.Description.Value), "permission "+permission) {
		b.t.Errorf("%s: the greyed button %s is described as %v", b.path(), button, node.Description)
	}
	properties := map[string]string{}
	for _, property := range node.Properties {
		properties[string(property.Name)] = string(property.Value.Value)
	}
	if properties["disabled"] != "true" || properties["focusable"] != "true" {
		b.t.Errorf("%s: the greyed button %s is %v", b.path(), button, properties)
	}
}

// isKeptFrom checks that a record is answered like one that is not there, and its name stands nowhere.
func (b *browser) isKeptFrom(path, name string) {
	b.t.Helper()
	for _, page := range []string{"", "/edit", "/delete"} {
		if got := b.visit(path + page); got != 404 && (got != 403 || page != "/delete") {
			b.t.Errorf("%s is %d", path+page, got)
		}
		b.accessible()
		hidden := b.text("main")
		if b.visit("/users/999999999" + page); b.text("main") != hidden || strings.Contains(hidden, name) {
			b.t.Errorf("%s says %q, a missing one says %q", path+page, hidden, b.text("main"))
		}
	}
	b.names(".problem-ways a", "To the users", "To the dashboard")
	b.visit("/users?q=" + name)
	b.names("#list tbody th")
}

// cannotBeDone does by address what the reader and carla are shown no way to.
func cannotBeDone(b *browser, db *testdb.DB) {
	b.t.Helper()
	carla, carl := recordOf(b.t, db, "carla"), recordOf(b.t, db, "carl")
	people := func() (text string) {
		if err := db.Pool.QueryRow(b.t.Context(), `SELECT string_agg(username || ' ' || email, ', ' ORDER BY id) FROM users`).Scan(&text); err != nil {
			b.t.Fatal(err)
		}
		return text
	}
	before := people()
	for _, s := range []struct {
		name  string
		pages map[string]string // the permission that each names
		posts map[string]int
	}{
		{"reader", map[string]string{"/users/new": "users:create:all", carla + "/edit": "users:update:all", carla + "/delete": "users:delete:all"},
			map[string]int{"/users": 403, carla: 403, carla + "/delete": 403}},
		{"carla", map[string]string{"/users/new": "users:create:all", carla + "/delete": "users:delete:all", "/dns_zones": "dns_zones:read:all", "/roles": "roles:read:all"},
			map[string]int{"/users": 403, carla + "/delete": 403, carl: 404, carl + "/delete": 403}},
	} {
		b.signIn(s.name, staffPassword)
		for page, permission := range s.pages {
			b.answers(page, 403)
			b.names(".problem-needs code", permission)
		}
		for path, want := range s.posts {
			if got := b.sends(path, "username=mallory&email=mallory@north.example"); got != want {
				b.t.Errorf("%s: a form sent to %s is %d, want %d", s.name, path, got, want)
			}
		}
		b.signOut()
	}
	b.signIn("admin", "admin123")
	b.answers("/sessions/new", 403) // the table does not have it: no permission would do
	b.names(".problem-needs code")
	if says := b.text("main"); !strings.Contains(says, "Sessions cannot be changed this way.") {
		b.t.Errorf("/sessions/new says %s", says)
	}
	b.signOut()
	if after := people(); after != before {
		b.t.Errorf("%s became %s", before, after)
	}
}

// inReach looks at pickers, and at a list of which only some rows can be changed.
func inReach(b *browser) {
	b.t.Helper()
	b.signIn("dora", staffPassword)
	b.answers("/email_aliases/new", 200)
	b.names("[name=user_id] option:not([value=''])", "dora", "carla", "carl")
	b.visit("/dns_records/new")
	b.names("[name=domain] option:not([value=''])", "north.example")
	offered := evaluate[string](b, `fetch("/email_aliases/choices/user_id?q=sven").then(r => r.text())`)
	var found struct{ Items []struct{ Label string } }
	if err := json.Unmarshal([]byte(offered), &found); err != nil || len(found.Items) > 0 {
		b.t.Errorf("a search for sven offers %s, %v", offered, err)
	}
	b.answers("/certificates", 200)
	b.names("#list tbody tr:has(.tool) td:nth-of-type(2)", "north.example")
	b.names("#list tbody tr:not(:has(.tool)) td:nth-of-type(2)", "south.example")
	b.signOut()
	b.signIn("carla", staffPassword)
	b.answers("/user_passwords/new", 200)
	if evaluate[bool](b, `!!document.querySelector("[name=user_id]")`) {
		b.t.Error("carla is asked whose password she makes")
	}
	b.signOut()
}
