package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/admin/demo"
	"unified/controllers"
	"unified/internal/testdb"
)

// inhabitedPanel is a panel over a small company, and the administrator in it.
func inhabitedPanel(t *testing.T) (*testdb.DB, *furnished, *person) {
	t.Helper()
	db := testdb.New(t)
	p, err := load(world(onDatabase(db), "serve"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.close)
	if _, err := demo.Fill(t.Context(), db.Pool, demo.Options{Users: 8}); err != nil {
		t.Fatal(err)
	}
	panel, err := p.furnish(t.Context(), opened)
	if err != nil {
		t.Fatal(err)
	}
	front := new(controllers.Front)
	if err := panel.serve(front); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	admin := visitor(t, server.URL)
	admin.signIn()
	return db, panel, admin
}

// pagesOf are the list of a table, the forms of a new row and of an import, and the pages of its first row.
func pagesOf(p *person, table string) []string {
	pages := []string{"/" + table, "/" + table + "/new", "/" + table + "/import"}
	if found := regexp.MustCompile(`href="(/`+table+`/[^/"?]+)["?]`).FindAllStringSubmatch(p.get("/"+table).body, -1); found != nil {
		for _, link := range found {
			if !regexp.MustCompile(`/(new|import|views|columns|export|trash|filter|count)$`).MatchString(link[1]) && !strings.Contains(link[1], ".") {
				return append(pages, link[1], link[1]+"/edit")
			}
		}
	}
	return pages
}

// columnsOf are the names of the tables' first columns of each type that can and that cannot be NULL, by table.
func columnsOf(t *testing.T, db *testdb.DB, panel *furnished) map[string][]string {
	t.Helper()
	var tables []string
	for _, table := range panel.db.tables.Tables() {
		tables = append(tables, table.Table().Name)
	}
	rows, err := db.Pool.Query(t.Context(), `SELECT DISTINCT ON (relname, atttypid, attnotnull) relname, attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		WHERE relnamespace = 'unified'::regnamespace AND relkind = 'r' AND relname = ANY ($1) ORDER BY relname, atttypid, attnotnull, attnum`, tables)
	if err != nil {
		t.Fatal(err)
	}
	columns, table, column := map[string][]string{}, "", ""
	if _, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error { columns[table] = append(columns[table], column); return nil }); err != nil {
		t.Fatal(err)
	}
	return columns
}

// decisive are the columns without which nobody can be found, signed in or given anything: all pages are 503 meanwhile.
var decisive = map[string]string{
	"users": "id username email is_active is_locked", "sessions": "id token_hash user_id data expires_at last_seen_at revoked_at",
	"user_roles": "user_id service role_name is_active expires_at", "roles": "id name", "role_permissions": "role_id permission_id",
	"permissions": "id model action scope", "role_fields": "role_id model field access",
}

// TestAbsent_EachColumn takes a column of each type of each table away in turn: its pages leave it out and say so, nothing is a 500, and all is whole
// once the column is there again, without a restart.
func TestAbsent_EachColumn(t *testing.T) {
	t.Parallel()
	db, panel, admin := inhabitedPanel(t)
	for table, columns := range columnsOf(t, db, panel) {
		pages := pagesOf(admin, table)
		before := map[string]int{}
		for _, page := range pages {
			before[page] = admin.get(page).status
		}
		for _, column := range columns {
			quoted := pgx.Identifier{column}.Sanitize()
			execute(t, db, `ALTER TABLE `+table+` RENAME COLUMN `+quoted+` TO "not there"`)
			for _, page := range pages {
				want := before[page]
				if slices.Contains(strings.Fields(decisive[table]), column) || column == "id" && !strings.HasSuffix(page, "/new") && !strings.HasSuffix(page, "/import") && want != http.StatusForbidden {
					want = http.StatusServiceUnavailable
				}
				if got := admin.get(page); got.status != want {
					t.Errorf("%s without %s.%s answers %d instead of %d: %s", page, table, column, got.status, want, sentences(got.body))
				}
			}
			execute(t, db, `ALTER TABLE `+table+` RENAME COLUMN "not there" TO `+quoted)
			panel.renew(t.Context())
		}
		for _, page := range pages {
			if got := admin.get(page); got.status != before[page] || strings.Contains(got.body, "it is left out until") {
				t.Errorf("%s of the table that is whole again answers %d: %s", page, got.status, sentences(got.body))
			}
		}
	}
}

// TestAbsent_EachTable takes each table away in turn, as far as people can be signed in without it: its screens say so, and all others
// work.
func TestAbsent_EachTable(t *testing.T) {
	t.Parallel()
	db, panel, admin := inhabitedPanel(t)
	tables := columnsOf(t, db, panel)
	people := pagesOf(admin, "users")
	for table := range tables {
		if decisive[table] != "" {
			continue
		}
		execute(t, db, `ALTER TABLE `+table+` RENAME TO "not there"`)
		got := admin.get("/" + table)
		if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "lacks this table") {
			t.Errorf("/%s without its table answers %d: %s", table, got.status, sentences(got.body))
		}
		for _, page := range append(slices.Clone(people), "/", "/dns_zones", "/certificates") {
			want := http.StatusOK
			if page == "/"+table {
				want = http.StatusServiceUnavailable
			}
			if got := admin.get(page); got.status != want {
				t.Errorf("%s without the table %s answers %d: %s", page, table, got.status, sentences(got.body))
			}
		}
		execute(t, db, `ALTER TABLE "not there" RENAME TO `+table)
		panel.renew(t.Context())
		if got := admin.get("/" + table); got.status != http.StatusOK {
			t.Errorf("/%s with its table again answers %d", table, got.status)
		}
	}
}

// TestAbsent_Writes writes rows of a table that lacks a column, and shows the column again by itself soon after it was made by hand.
func TestAbsent_Writes(t *testing.T) {
	t.Parallel()
	db, panel, admin := inhabitedPanel(t)
	go panel.fit(t.Context())
	execute(t, db, `ALTER TABLE users DROP COLUMN last_name`)
	page := pagesOf(admin, "users")[3]
	form := admin.get(page + "/edit")
	if form.status != http.StatusOK || strings.Contains(form.body, `name="last_name"`) || !strings.Contains(form.body, "it is left out until it is there again") {
		t.Fatalf("the form is %d: %s", form.status, sentences(form.body))
	}
	action, values := form.form(t, "main form[method=post]")
	values.Set("first_name", "Somebody")
	if got := admin.send(http.MethodPost, action, values); got.status != http.StatusOK || !strings.Contains(got.body, "Somebody") {
		t.Errorf("saved without the column: %d: %s", got.status, sentences(got.body))
	}
	execute(t, db, `ALTER TABLE users ADD COLUMN last_name varchar(100)`)
	for until := time.Now().Add(20 * time.Second); !strings.Contains(admin.get(page+"/edit").body, `name="last_name"`); {
		if time.Now().After(until) {
			t.Fatal("the column does not come back")
		}
		time.Sleep(100 * time.Millisecond)
	}
}
