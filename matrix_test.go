package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"unified/controllers"
	"unified/crud"
	"unified/internal/testdb"
	"unified/static"
)

// matrix is a running panel whose routes are known, with a database of its own.
type matrix struct {
	t         *testing.T
	db        *testdb.DB
	base      string
	asset     string
	routes    []controllers.Route
	order     []*crud.Table
	tables    map[string]*crud.Table
	specimens map[string]specimen
	given     []grant
	client    http.Client
	made      int // names given out
}

// grant is a permission as a role begins with it.
type grant struct{ role, model, action, scope string }

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	return newMatrixWith(t, nil)
}

// newMatrixWith is newMatrix with settings.
func newMatrixWith(t *testing.T, more map[string]string) *matrix {
	t.Helper()
	db := testdb.New(t)
	settings := onDatabase(db)
	maps.Copy(settings, more)
	program, err := load(world(settings, "serve"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := program.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.close)
	site, err := program.panel(t.Context(), opened)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	files, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := &matrix{t: t, db: db, base: server.URL, asset: files.Path("app.css"), routes: site.Routes(), tables: map[string]*crud.Table{}, specimens: specimens()}
	m.client = http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, resource := range opened.tables.Tables() {
		table := resource.Table()
		m.order, m.tables[table.Name] = append(m.order, table), table
	}
	m.given = m.presets()
	return m
}

// presets reads what the roles begin with.
func (m *matrix) presets() []grant {
	m.t.Helper()
	rows, err := m.db.Pool.Query(m.t.Context(), `SELECT r.name, p.model, p.action, p.scope FROM roles r
		JOIN role_permissions g ON g.role_id = r.id JOIN permissions p ON p.id = g.permission_id ORDER BY 1, 2, 3, 4`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	var given []grant
	for rows.Next() {
		var g grant
		if err := rows.Scan(&g.role, &g.model, &g.action, &g.scope); err != nil {
			m.t.Fatal(err)
		}
		given = append(given, g)
	}
	if rows.Err() != nil {
		m.t.Fatal(rows.Err())
	}
	return given
}

// token makes a session's token for the cookie, and its hash for the database.
func (*matrix) token() (string, []byte) {
	raw := make([]byte, 32)
	rand.Read(raw)
	hash := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(raw), hash[:]
}

// contents stands for what a table holds, as one short text: for the versions of its rows, which every change makes anew, so that they need
// not be read. Only of sessions, which are noted to be in use by whoever asks, it is the values.
func (m *matrix) contents(table string) string {
	m.t.Helper()
	if m.tables[table] == nil {
		return ""
	}
	done := "TRUE"
	if table == "audit_log" { // what was refused is recorded, and changes nothing
		done = "success"
	}
	version := "t.ctid::text || t.xmin"
	if table == "sessions" {
		version = "(to_jsonb(t) - 'last_seen_at')::text"
	}
	var text string
	err := m.db.Pool.QueryRow(m.t.Context(), fmt.Sprintf(`SELECT count(*) || ' ' || coalesce(sum(hashtextextended(%s, 0)), 0) FROM %s t WHERE %s`, version, table, done)).Scan(&text)
	if err != nil {
		m.t.Fatal(err)
	}
	return text
}

// accounts are the columns of the matrix: the presets from the most to the least, then those who hold none.
func (m *matrix) accounts() []string { return append(m.roles(), noRole, visits) }

func (*matrix) roles() []string {
	return []string{"admin", "editor", "readonly", "domain_admin", "user"}
}

// TestMatrix_T24_EveryRouteForEveryRoleOnEveryRow asks for each route as each account on rows that are its own, of its
// mail domain and foreign, compares each answer with what the permissions say, and writes it all into a document.
func TestMatrix_T24_EveryRouteForEveryRoleOnEveryRow(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name := range m.tables {
		if m.specimens[name].row == nil {
			t.Errorf("the table %s has no specimen in matrix_rows_test.go", name)
		}
	}
	for _, g := range m.given {
		if !slices.Contains(m.roles(), g.role) {
			t.Fatalf("the role %s begins with permissions and is not in the matrix", g.role)
		}
	}
	if t.Failed() {
		return
	}
	cells := map[string][]string{} // by method and path, in the order of the accounts
	for _, account := range m.accounts() {
		neighbours, rows := map[string]cast{}, map[string]string{} // by table: reading spoils nothing
		for _, route := range m.routes {
			ask := m.question(route)
			if declared := route.Access.String(); ask.known && declared != strings.Join(ask.permissions, " or ") {
				t.Errorf("%s %s asks for %q", route.Method, route.Path, declared)
			}
			var marks []string
			for _, whose := range ask.rows(account) {
				if route.Method != http.MethodGet {
					marks = append(marks, m.cell(ask, m.cast(account), whose, map[string]string{}))
					continue
				}
				if _, ok := neighbours[ask.table]; !ok {
					neighbours[ask.table] = m.cast(account)
				}
				marks = append(marks, m.cell(ask, neighbours[ask.table], whose, rows))
			}
			cells[route.Method+" "+route.Path] = append(cells[route.Method+" "+route.Path], folded(marks))
		}
	}
	m.document(cells)
}

// folded writes marks as one where they are all the same.
func folded(marks []string) string {
	said := slices.DeleteFunc(slices.Clone(marks), func(mark string) bool { return mark == noRow })
	if len(said) == 0 {
		return noRow
	}
	if len(slices.Compact(said)) == 1 {
		return said[0]
	}
	return strings.Join(marks, " / ")
}

// The marks of the matrix beside statuses.
const (
	yes    = "✓"
	noRow  = "–"
	toSign = "sign-in"
)

// cell asks once, checks the answer, and returns its mark. rows keeps the rows that were made, by table and whose they are.
func (m *matrix) cell(ask question, c cast, whose string, rows map[string]string) string {
	m.t.Helper()
	if whose == noRow {
		return noRow
	}
	path, form := m.address(ask, c, whose, rows)
	want := m.expected(ask, c.role, whose)
	name := fmt.Sprintf("%s: %s %s, %s row", c.role, ask.Method, path, whose)
	written := or(m.specimens[ask.table].writes[ask.verb], ask.table)
	before := m.contents(written)
	got := m.put(ask, c, path, form)
	if ask.many && !ask.program && got.status == http.StatusOK {
		got = m.confirm(ask, c, path, got.body)
	}
	mark := marked(ask, got)
	if mark != want {
		m.t.Errorf("%s: %s (%d), want %s\n%s", name, mark, got.status, want, sentences(got.body))
	}
	if changed := m.contents(written) != before; ask.table != "" && ask.known && changed != (ask.writes() && mark == yes) {
		m.t.Errorf("%s: %s, and the table changed is %v", name, mark, changed)
	}
	if ask.Method == http.MethodGet {
		if head := m.send(c, http.MethodHead, path, nil); head.status != got.status {
			m.t.Errorf("%s: HEAD answers %d", name, head.status)
		}
	}
	if mark == "404" && ask.many { // T36
		missing := m.put(ask, c, path, url.Values{"keys": {"999999999"}})
		if missing.status != got.status || anonymous(missing) != anonymous(got) {
			m.t.Errorf("%s: a ticked row that may not be seen is answered otherwise than one that is not there", name)
		}
	}
	if mark == "404" && strings.Contains(ask.Path, ":key") { // T36
		parts := strings.Split(path, "/")
		parts[slices.Index(strings.Split(ask.Path, "/"), ":key")] = "999999999"
		missing := m.put(ask, c, strings.Join(parts, "/"), form)
		if missing.status != got.status || anonymous(missing) != anonymous(got) {
			m.t.Errorf("%s: a row that may not be seen is answered otherwise than one that is not there:\n%s\n%s", name, sentences(got.body), sentences(missing.body))
		}
	}
	return mark
}

// anonymous is what an answer says, without the id that each request has.
func anonymous(a answer) string {
	return strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "")
}

// confirm answers the question about many rows that a page asks, with what its form is for.
func (m *matrix) confirm(ask question, c cast, path, page string) answer {
	m.t.Helper()
	s, form := m.specimens[ask.table], url.Values{"_ticket": {hidden(page, "_ticket")}}
	if ask.verb == string(crud.Update) {
		form.Set("_set", s.single()[0])
		form.Set(s.single()[0], s.single()[1])
	}
	for name, text := range s.asked[ask.verb] {
		form.Set(name, text)
	}
	return m.send(c, ask.Method, path, form)
}

// hidden returns what a page's hidden control holds.
func hidden(page, name string) string {
	_, value, _ := strings.Cut(page, fmt.Sprintf(`name=%q value="`, name))
	value, _, _ = strings.Cut(value, `"`)
	return html.UnescapeString(value)
}

// marked turns an answer into its mark.
func marked(ask question, got answer) string {
	location := got.header.Get("Location")
	switch {
	case got.status == http.StatusSeeOther && strings.HasPrefix(location, "/login") && ask.Path != "/logout":
		return toSign
	case got.status == http.StatusOK, got.status == http.StatusSeeOther, got.status == http.StatusCreated, got.status == http.StatusNoContent:
		return yes
	case !ask.known && slices.Contains([]int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType}, got.status): // it was let in, with too little
		return yes
	}
	return fmt.Sprint(got.status)
}

// address fills the route's parameters, and its form.
func (m *matrix) address(ask question, c cast, whose string, rows map[string]string) (string, url.Values) {
	m.t.Helper()
	field, inCell := ask.field, strings.Contains(ask.Path, "/cell/")
	if inCell {
		field = m.specimens[ask.table].single()[0]
	}
	path, form := strings.NewReplacer(":field", or(field, "none"), ":file", m.asset).Replace(ask.Path), url.Values{}
	if strings.Contains(path, ":key") || ask.many {
		at := ask.table + " " + whose
		if rows[at] == "" {
			rows[at] = m.insert(ask.table, c.owners[whose])
		}
		path = strings.Replace(path, ":key", rows[at], 1)
		if ask.many {
			form.Set("keys", rows[at])
		}
		if before, after, there := strings.Cut(path, ":entry"); there {
			path = before + m.changed(ask.table, rows[at]) + after
		}
	}
	if strings.Contains(path, ":") {
		m.t.Fatalf("%s: the matrix does not know what to put there", path)
	}
	s := m.specimens[ask.table]
	switch {
	case ask.many, !ask.writes():
	case inCell:
		form.Set(s.single()[0], s.single()[1])
		form.Set("_base", hidden(m.send(c, http.MethodGet, path, nil).body, "_base"))
	case s.asked[ask.verb] != nil:
		for name, text := range s.asked[ask.verb] {
			form.Set(name, text)
		}
	case ask.known && ask.verb == string(crud.Create):
		for name, text := range with(s.row(m, c.owners[whose]), s.typed) {
			form.Set(name, text)
		}
		if whose == own && m.onlyOwn(c.role, ask.table, ask.verb) {
			form.Del(s.owner) // it goes without saying
		}
	case ask.known && ask.verb == string(crud.Update):
		form.Set(s.change[0], s.change[1])
	}
	return path, form
}

// changed puts a change into a row's history and returns its number.
func (m *matrix) changed(table, key string) string {
	m.t.Helper()
	return m.recorded(table, key, map[string][2]*string{})
}

// recorded is changed with what each column was and became.
func (m *matrix) recorded(table, key string, changes map[string][2]*string) string {
	m.t.Helper()
	var id int64
	err := m.db.Pool.QueryRow(m.t.Context(), `INSERT INTO audit_log (action, resource, success, additional_data)
		VALUES ('update', $1::text, true, jsonb_build_object('key', $2::text, 'set', $3::text, 'changes', $4::jsonb)) RETURNING id`,
		table, key, m.fresh("set"), changes).Scan(&id)
	if err != nil {
		m.t.Fatal(err)
	}
	return fmt.Sprint(id)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func sorted[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// sentences are the paragraphs of a page's content.
func sentences(page string) string {
	_, content, _ := strings.Cut(page, `<main`)
	return strings.Join(strings.Fields(content), " ")[:min(len(strings.Join(strings.Fields(content), " ")), 600)]
}
