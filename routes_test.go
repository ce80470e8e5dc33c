package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"unified/controllers"
	"unified/controllers/api"
	"unified/internal/document"
	"unified/internal/testdb"
)

// answers says what each route answers when all is well. TABLE stands for each registered table.
var answers = map[string]string{
	"GET /":                                   "200: the dashboard",
	"GET /healthz":                            "200 `ok` while the process lives",
	"GET /readyz":                             "200 `ready` when requests can be answered, else 503 `not ready`",
	"GET /static/:file":                       "200: a style sheet, script or icon, for caches to keep; the name changes with the content",
	"GET /login":                              "200: the sign-in page; 303 for who is signed in",
	"POST /login":                             "303 to `next` with the session's cookie; 422 for a wrong `name` or `password`; with `_kept` from the page that asked for it in the middle of a form, 200 and what was typed, to be sent again",
	"GET /register":                           "200: the form of a new account; only with REGISTRATION",
	"POST /register":                          "303 to the dashboard, signed in; 422 with a sentence beside each field; 429 with Retry-After",
	"GET /profile":                            "200: one's own data, settings, password, sessions and API tokens",
	"POST /profile":                           "303 to the page: one's own `first_name`, `last_name` and, for who may, `email`, which takes the current password as `confirm`; 422 with a sentence beside each field; 429 with Retry-After after wrong passwords",
	"POST /profile/settings":                  "303 to the page: `time_zone`, a name or empty for the browser's, and `theme`, light, dark, system or empty; what is not sent stays; for a script (`HX-Request: true`) 204; 422 as above",
	"POST /profile/password":                  "303 to the page: `password` takes the place of `current`; all other sessions end, all API tokens are revoked; 422 and 429 as above",
	"POST /profile/sessions":                  "303 to the page: all other sessions have ended, with `this=1` this one too, and then to `/login`",
	"POST /profile/sessions/:key/end":         "303 to the page: one of one's own sessions has ended",
	"GET /profile/tokens/new":                 "200: the form of a new API token, with all that one may give it",
	"POST /profile/tokens":                    "200: the new token, this once; 422 for a `name`, `days`, `permissions` or `current` password that is not right; 429 as above. Sent again, 303 to the page, and no other token is made",
	"POST /profile/tokens/:key/revoke":        "303 to the page: one of one's own tokens is revoked",
	"POST /logout":                            "303 to `/login`; the session has ended",
	"GET /TABLE":                              "200: a page of rows. `q` searches, `sort` names columns (`-` before one for descending), `fields` names the columns to show, `size` is 1 to 500 rows, `after` and `before` are cursors of the links, `last=1` is the last page",
	"POST /TABLE":                             "303 to the new row; 422 with a sentence beside each field",
	"GET /TABLE/export":                       "200: a file of all rows that match, in order. `format` is csv, jsonl or xlsx; `q`, `filter` and `sort` as above; `fields` names columns, `keys` rows; `labels=1` adds names to keys, `bom=1` a mark for Excel. Without `format` a page that asks for it. 413 for more than a sheet holds, 429 with Retry-After while others export",
	"GET /TABLE/columns":                      "200: the form that lays the list out",
	"POST /TABLE/columns":                     "303 to the list, laid out for the account: the columns that `show` names in the order of their numbers `place.NAME`, `density` comfortable or compact, `size` rows; `_default` forgets all that; 422 for what cannot be",
	"GET /TABLE/views":                        "200: the views of the list that are one's own or shared with a role that one holds, and the form that saves another; for a script (`HX-Request: true`) as they stand on the list",
	"POST /TABLE/views":                       "303 to the list, which is kept with its `q`, `filter`, `sort`, `fields` and `size` under `_name`, shared with the role `_role`, opened by itself with `_default`; `_replace` puts it in place of one's own view of that name; 422 for a name that one has already",
	"GET /TABLE/new":                          "200: an empty form, or with `from` one that begins as a copy of that row; `of` is from a record's page, whose key is filled in, and `for` from another form, whose field the new row is for; a script gets the form alone then",
	"GET /TABLE/choices/:field":               "200: JSON, what a relation may refer to; `q` searches",
	"GET /TABLE/:key":                         "200: a row",
	"POST /TABLE/:key":                        "303 to the row; what was not sent stays as it is, and with `_base` from the form what others changed meanwhile; 409 with both sides of what was changed to different values until `_keep.FIELD` says `mine` or `theirs`; 422 as above; `_reason` is kept in the history",
	"GET /TABLE/:key/children/CHILD":          "200: rows of another table that refer to a row, five at a time; `after` and `before` are cursors of the links",
	"GET /TABLE/:key/edit":                    "200: the form of a row",
	"GET /TABLE/:key/delete":                  "200: asks whether to delete",
	"POST /TABLE/:key/delete":                 "303 to the list; 409 says what still refers to the row; `_reason` is kept in the history",
	"GET /api/docs":                           "200: the page that shows the JSON API, as far as one may use it, and tries it out",
	"GET /debug/schema":                       "200: what models, migrations and database differ in, compared now; `table`, `kind` and `severity` narrow it",
	"GET /debug/schema.json":                  "200: JSON, the same",
	"GET /debug/schema.sql":                   "200: the SQL that mends it, in order; what loses data is a comment",
	"GET /debug/indexes":                      "200: what staff look for without an index, foreign keys without one, duplicates, and what was never used",
	"GET /debug/schema/mend":                  "200: what mending each `finding` does, or `all` that `table`, `kind` and `severity` leave, and what it takes to agree",
	"POST /debug/schema/mend":                 "303 to the run, which goes on by itself; `confirm` and `lose` name what is renamed and what may be lost; 422 with a sentence where one is missing, 409 while somebody else migrates or mends",
	"GET /debug/schema/run":                   "200: how far the last mending is, whichever process does it, and what came of it",
	"POST /debug/schema/run":                  "303 to the run, which ends after what it is doing; `cancel` is its number",
	"GET /debug/tables":                       "200: the entity diagram, and its relations in words",
	"GET /debug/migrations":                   "200: the migration files, applied when, in what time, pending, changed since",
	"GET /debug":                              "200: the pages about signing in and the database; in production only with DEBUG_PAGES",
	"GET /debug/auth":                         "200: asks for a name, and perhaps a password",
	"POST /debug/auth":                        "200: each step of signing in by each way of finding people; 429 with Retry-After after failures",
	"GET /debug/cookies":                      "200: what the browser sent, what the panel sets, and why a cookie may be missing",
	"GET /debug/database":                     "200: the way to the database, step by step",
	"GET /roles/:key/permissions":             "200: the matrix of what a role gives",
	"POST /roles/:key/permissions":            "200: what the change would do to whom; with `_confirm` from there 303 to the role; 409 if it was changed meanwhile",
	"POST /TABLE/:key/actions/ACTION":         "303 to the row, which says what came of it; 422 with a sentence beside each field of its form; `_reason` as above",
	"GET /TABLE/:key/why":                     "200: what somebody may do with a row, and what decides that; `person` is their key, else the row's owner or oneself; 422 for nobody",
	"GET /users/:key/rights":                  "200: all that a person may do, by table; `table` and `q` narrow it",
	"GET /why/choices/person":                 "200: JSON, people to ask about; `q` searches",
	"GET /TABLE/:key/actions/ACTION":          "200: the form of an action that asks for something first",
	"GET /TABLE/actions/ACTION":               "200: JSON, at `choices/` and a field below this, what a relation of that form may refer to; `q` searches",
	"GET /TABLE/:key/cell/:field":             "200: one field of a row, as it is edited in its place; for a script (`HX-Request: true`) the form alone",
	"POST /TABLE/:key/cell/:field":            "303 to the row, for a script 200 and a sentence; 409 with what is there now if it is not what `_base` says and `_keep.FIELD` does not say `mine`; 422 as above",
	"GET /TABLE/import":                       "200: asks for rows, as CSV or JSON lines, with the columns that can be set",
	"POST /TABLE/import":                      "200: what would become of each of the `rows`; with `_seen` from there, and perhaps a `_reason`, 303 to the list, once; 409 if anything else would be done by then; 422 with what is wrong with which row, and nothing is done; 413 for more than 10,000 rows or 16 MiB",
	"POST /TABLE/bulk/update":                 "the same, with a form of the fields: those that `_set` names are set in all of the rows",
	"POST /TABLE/bulk/delete":                 "with `keys`, or `all=1` and `q` and `filter`, 200: asks, with the number and a sample of the rows; with `_ticket` from there, and perhaps a `_reason`, 303 to the list, once; 409 if these are other rows by then; 422 with what is wrong with which row, and nothing is done; 413 for more than 10,000 rows",
	"POST /TABLE/bulk/ACTION":                 "the same, with the form of an action that asks",
	"GET /TABLE/:key/history":                 "200: what changed in a row, the latest first; `before` is in the link to earlier ones. A row that is gone has one too, for who may read every row",
	"GET /TABLE/:key/history/:entry/undo":     "200: what undoing the transaction of a change would do now, and what was changed since",
	"POST /TABLE/:key/history/:entry/undo":    "303 to the row; `_seen` is from the page, `_put` names a value that is put back although it was changed since, `_reason` is kept in the history. 409 if anything differs from what was seen",
	"GET /TABLE/:key/history/:entry/restore":  "200: what going back to the row as it was after a change would do now",
	"POST /TABLE/:key/history/:entry/restore": "303 to the row; as for undo",
	"GET /openapi.json":                       "200: JSON, the OpenAPI document of the API, as far as who asks may use it, with `ETag`; 304 for `If-None-Match`",
	"GET /api/v1/TABLE":                       "200: JSON, a page of rows; `q`, `filter`, `sort`, `fields`, `size`, `after`, `before` and `last` as on the page, `expand` names relations, `count` is none, estimate or exact",
	"GET /api/v1/TABLE/:key":                  "200: JSON, a row, with `ETag`; 304 for `If-None-Match`",
	"POST /api/v1/TABLE":                      "201: JSON, the new row, with `Location` and `ETag`; 422 with a sentence for each field. `_lines` has new rows below it. `Idempotency-Key`, `Prefer: return=minimal` and `dry_run=true` as in [API.md](API.md)",
	"PATCH /api/v1/TABLE/:key":                "200: JSON, the row with the columns that were sent changed; 412 if it is not as `If-Match` says; 409 with base, theirs and mine of what both changed since `_base`; 422 as above",
	"PUT /api/v1/TABLE/:key":                  "200: the same for a whole row",
	"DELETE /api/v1/TABLE/:key":               "204: the row is gone; 409 says what still refers to it; 412 as above",
	"POST /api/v1/TABLE/actions/ACTION":       "200: JSON, how many `rows` there were and how many `changed`; 404 if one of `keys` is not there, 403 if this may not be done to one, 422 with what is wrong with which row: then nothing was done",
	"POST /api/v1/TABLE/import":               "200: JSON, what became of each row that was sent as JSON lines or CSV; 422 with a report of what is wrong with which row: then nothing was done; 413 for more than 10,000 rows or 16 MiB",
	"GET /api/v1/TABLE/export":                "200: a file, as on the page; JSON lines without `format`",
	"GET /api/v1/auth/me":                     "200: JSON, who asks, and their permissions",
	"POST /api/v1/auth/login":                 "204 with the session's cookie; 401 for a wrong `name` or `password`; 429 with Retry-After",
	"POST /api/v1/auth/logout":                "204; the session has ended",
	"POST /api/v1/auth/register":              "201 with the session's cookie; 422 with a sentence for each field; 429 with Retry-After; only with REGISTRATION",
	"GET /api/v1/TABLE/:key/impact":           "200: JSON, what deleting a row does to others: by which rule how many rows of which table go too, are changed or forbid it",
	"GET /api/v1/TABLE/:key/history":          "200: JSON, what changed in a row, the latest first",

	"GET /api/v1/TABLE/:key/why":    "200: JSON, what somebody may do with a row, and what decides that; `person` is their key, else the row's owner or oneself; 422 for nobody",
	"GET /api/v1/users/:key/rights": "200: JSON, all that a person may do, by table; `table` and `q` narrow it",

	"GET /api/v1/TABLE/:key/history/:entry/undo":     "200: JSON, what undoing the transaction of a change would do now, with its `mark`",
	"POST /api/v1/TABLE/:key/history/:entry/undo":    "200: JSON, what was done; `mark` is from there, `put` names what is put back although it was changed since. 409 if anything differs by now, 422 without `mark`",
	"GET /api/v1/TABLE/:key/history/:entry/restore":  "200: JSON, what going back to the row as it was after a change would do now, with its `mark`",
	"POST /api/v1/TABLE/:key/history/:entry/restore": "200: JSON, what was done; as for undo",
}

func TestTechSpec_ListsTheRoutes(t *testing.T) {
	t.Parallel()
	site, names := mounted(t)
	needs, tables := map[string]string{}, map[string]int{} // by route; how many tables have it
	for _, route := range site.Routes() {
		line, access := route.Method+" "+route.Path, route.Access.String()
		if table := tableIn(route.Path); slices.Contains(names, table) {
			tables[strings.Replace(line, table, "TABLE", 1)]++
		}
		needs[line] = access
	}
	for route, access := range maps.Clone(needs) {
		_, path, _ := strings.Cut(route, " ")
		table := tableIn(path)
		shared := strings.Replace(route, table, "TABLE", 1)
		before, action, isAction := strings.Cut(shared, "/actions/")
		kind := "/actions/"
		action, _, _ = strings.Cut(action, "/")
		if many, verb, ok := strings.Cut(shared, "/bulk/"); ok && verb != "update" && verb != "delete" {
			before, action, isAction, kind = many, verb, true, "/bulk/"
		}
		if before, child, isChild := strings.Cut(shared, "/children/"); isChild {
			delete(needs, route)
			child, _, _ = strings.Cut(child, ".")
			needs[before+"/children/CHILD"] = strings.Replace(access, child+":", "the other TABLE:", 1)
			continue
		}
		if !slices.Contains(names, table) || tables[shared] < len(names) && !isAction && !strings.Contains(shared, "/history") {
			continue
		}
		delete(needs, route)
		access = strings.ReplaceAll(access, table+":", "TABLE:")
		if isAction {
			shared, access = before+kind+"ACTION", strings.Replace(access, ":"+action, ":ACTION", 1)
		}
		needs[shared] = access
	}
	document.Section(t, "docs/TECH_SPEC.md", "routes", routeTable(t, needs)+"\nTABLE is one of: "+strings.Join(names, ", ")+".\n")
}

// tableIn is the part of a path that names a table, if there is one.
func tableIn(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, api.Path), "/"), "/")
	return name
}

// mounted is the panel as the program makes it, and the names of its tables in menu order.
func mounted(t *testing.T) (*controllers.Site, []string) {
	t.Helper()
	settings := onDatabase(testdb.New(t))
	settings["REGISTRATION"] = "true"
	p, err := load(world(settings, "serve"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.close)
	site, err := p.panel(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range db.tables.Tables() {
		names = append(names, table.Table().Name)
	}
	return site, names
}

// routeTable is the table of the document, from what each route needs. A route without an answer, and an answer without a
// route, fail the test.
func routeTable(t *testing.T, needs map[string]string) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("| Path | Method | For | Answer |\n|---|---|---|---|\n")
	byPath := func(a, b string) int {
		methodA, pathA, _ := strings.Cut(a, " ")
		methodB, pathB, _ := strings.Cut(b, " ")
		return cmp.Or(cmp.Compare(pathA, pathB), cmp.Compare(methodA, methodB))
	}
	for _, route := range slices.SortedFunc(maps.Keys(needs), byPath) {
		if answers[route] == "" {
			t.Errorf("no answer is written down for %s", route)
		}
		method, path, _ := strings.Cut(route, " ")
		fmt.Fprintf(&text, "| `%s` | %s | %s | %s |\n", path, strings.Replace(method, "GET", "GET, HEAD", 1), needs[route], answers[route])
	}
	for route := range answers {
		if needs[route] == "" {
			t.Errorf("%s is answered no more", route)
		}
	}
	return text.String()
}
