package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/controllers"
	"unified/controllers/api"
	"unified/internal/testdb"
)

// TestWhy_SaysWhatThePanelAnswers asks of random people and rows why, and then does it as they do, over HTTP.
func TestWhy_SaysWhatThePanelAnswers(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	server := start(t, onDatabase(db))
	staffed(t, db)
	execute(t, db, `UPDATE users SET is_locked = true WHERE username = 'carl'`)
	execute(t, db, `UPDATE users SET is_active = false WHERE username = 'sven'`)
	execute(t, db, `INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'admin', 'web' FROM users WHERE username IN ('carl', 'sven')`)
	admin := visitor(t, server.url)
	admin.signIn()
	people := ids(t, db, `SELECT id FROM users ORDER BY id`)
	visitors := map[int64]*person{}
	for _, id := range people {
		visitors[id] = signedIn(t, server.url, db, id)
	}
	random, said := rand.New(rand.NewPCG(1, 1)), map[string]int{}
	for range 120 {
		table := []string{"users", "email_aliases", "user_passwords", "user_roles", "certificates", "dns_zones", "roles", "sessions"}[random.IntN(8)]
		keys := ids(t, db, `SELECT id FROM `+table+` ORDER BY id`)
		row, who := fmt.Sprintf("/%s/%d", table, keys[random.IntN(len(keys))]), people[random.IntN(len(people))]
		question := fmt.Sprintf("%s/why?person=%d", row, who)
		why := verdicts(t, admin.get(question))
		sameAsPage(t, question, why, admin.get(api.Path+question))
		for label, answered := range map[string]int{
			"Read":   visitors[who].get(row).status,
			"Edit":   visitors[who].send(http.MethodPost, row, url.Values{}).status,
			"Create": visitors[who].get("/" + table + "/new").status,
		} {
			want := "no"
			if answered == http.StatusOK || label == "Edit" && answered == http.StatusSeeOther && visitors[who].get("/").status == http.StatusOK {
				want = "yes"
			}
			if why[label] == "" { // the table does not have it
				why[label] = "no"
			}
			if said[label+" "+want]++; why[label] != want {
				t.Errorf("%s %s as %d: why says %s, the answer is %d", label, row, who, why[label], answered)
			}
		}
	}
	for _, each := range []string{"Read yes", "Read no", "Edit yes", "Edit no", "Create yes", "Create no"} {
		if said[each] < 5 {
			t.Errorf("too few of %q to tell anything: %v", each, said)
		}
	}
}

// TestWhy_TellsNothingThatOneMayNotRead asks as somebody who may ask why, but sees one mail domain alone.
func TestWhy_TellsNothingThatOneMayNotRead(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	server := start(t, onDatabase(db))
	staffed(t, db)
	execute(t, db, `INSERT INTO roles (id, name) VALUES (601, 'helpdesk')`)
	execute(t, db, `INSERT INTO permissions (model, action, scope) VALUES ('admin', 'explain', 'all'), ('users', 'read', 'group') ON CONFLICT DO NOTHING`)
	execute(t, db, `INSERT INTO role_permissions (role_id, permission_id) SELECT 601, id FROM permissions WHERE model || action || scope IN ('adminexplainall', 'usersreadgroup')`)
	execute(t, db, `INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'helpdesk', 'web' FROM users WHERE username = 'carl'`)
	carl, carla, sven := recordOf(t, db, "carl"), recordOf(t, db, "carla"), recordOf(t, db, "sven")
	id := func(record string) string { return strings.TrimPrefix(record, "/users/") }
	p := signedIn(t, server.url, db, ids(t, db, `SELECT id FROM users WHERE username = 'carl'`)[0])
	for path, want := range map[string]int{
		carla + "/why": 200, carla + "/why?person=" + id(carl): 200, carla + "/rights": 200,
		carla + "/why?person=" + id(sven): 422, carla + "/why?person=0": 422, carla + "/why?person=%2F..": 422, carla + "/why?person=%00": 422,
		carla + "/why?person=1&person=2": 400, carla + "/why?who=1": 400, carla + "/rights?table=users&q=%00": 200, carla + "/rights?sort=1": 400, carla + "/rights?table=nothing": 404,
		sven + "/why": 404, sven + "/rights": 404, "/users/999999/why": 404, "/users/x/rights": 404, "/dns_zones/1/why": 403, "/why/choices/person?q=sven": 200, "/why/choices/person?sort=id": 400,
	} {
		ways := []string{path, api.Path + path}
		if strings.HasPrefix(path, "/why/") { // what a program asks in its place is the list of people
			ways = ways[:1]
		}
		for _, path := range ways {
			got := p.get(path)
			if got.status != want || strings.Contains(strings.ReplaceAll(got.body, "q=sven", ""), "sven") {
				t.Errorf("%s is %d, want %d, or tells of sven:\n%s", path, got.status, want, sentences(got.body))
			}
		}
	}
	execute(t, db, `DELETE FROM role_permissions WHERE role_id = 601 AND permission_id = (SELECT id FROM permissions WHERE model = 'admin' AND action = 'explain')`)
	for _, path := range []string{carla + "/why", carla + "/rights", "/why/choices/person", api.Path + carla + "/why", api.Path + carla + "/rights"} {
		if got := p.get(path); got.status != 403 || !strings.Contains(got.body, "admin:explain:all") {
			t.Errorf("without the permission %s is %d", path, got.status)
		}
	}
}

// TestWhy_TellsProgramsAllThatAPersonMayDo asks for it as the page has it: whole, of one table, and searched.
func TestWhy_TellsProgramsAllThatAPersonMayDo(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	server := start(t, onDatabase(db))
	staffed(t, db)
	execute(t, db, `UPDATE users SET is_locked = true WHERE username = 'sven'`)
	admin := visitor(t, server.url)
	admin.signIn()
	carla := recordOf(t, db, "carla")
	ask := func(path string) (found controllers.RightsAnswer) {
		t.Helper()
		got := admin.get(api.Path + path)
		if err := json.Unmarshal([]byte(got.body), &found); err != nil || got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		return found
	}
	whole := ask(carla + "/rights")
	if whole.Person.Table != "users" || "/users/"+whole.Person.Key != carla || strings.Join(whole.Roles, " ") != "user" || whole.Closed != nil || len(whole.Tables) < 20 {
		t.Errorf("%+v of %d tables", whole.WhySubject, len(whole.Tables))
	}
	for _, other := range whole.Others {
		if other.Name == "admin:explain" && (other.May != controllers.MayNo || !strings.Contains(other.Label, "/api/v1/TABLE/:key/why") || strings.Contains(other.Label, "dns")) {
			t.Errorf("%+v", other)
		}
	}
	one := ask(carla + "/rights?table=users")
	if len(one.Tables) != 1 || one.Tables[0].Table != "users" || len(one.Tables[0].Limits) == 0 || len(one.Others) != 0 {
		t.Fatalf("%+v", one)
	}
	for _, verdict := range one.Tables[0].Verdicts {
		opens := map[string]string{"read": controllers.MayYes, "update": controllers.MayYes, "create": controllers.MayNo, "delete": controllers.MayNo}[verdict.Name]
		if opens != "" && verdict.May != opens || len(verdict.Reasons) == 0 || verdict.Reasons[0].Permission == nil || verdict.Reasons[0].Opens == nil {
			t.Errorf("%+v", verdict)
		}
	}
	if found := ask(carla + "/rights?q=" + url.QueryEscape("users:read:own")); len(found.Tables) != 1 || len(found.Tables[0].Verdicts) != 1 || len(found.Others) != 0 {
		t.Errorf("%+v", found)
	}
	if found := ask(carla + "/rights?q=nonsense"); found.Tables == nil || len(found.Tables) != 0 || found.Others == nil {
		t.Errorf("%+v", found)
	}
	if locked := ask(recordOf(t, db, "sven") + "/rights?table=users"); locked.Closed == nil || locked.Tables[0].Verdicts[0].May != controllers.MayNo {
		t.Errorf("%+v", locked)
	}
}

// TestWhy_OpensToNoToken asks with a token that may do all that its person may: what is about the panel itself stays closed, and unsaid.
func TestWhy_OpensToNoToken(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	root := h.enter("root", hadPassword)
	token := root.makes("All", "*:*:all")
	for _, path := range []string{"/users/" + h.ids["ada"] + "/why", "/users/" + h.ids["ada"] + "/rights", "/roles/1/why"} {
		if got := root.get(api.Path + path); got.status != http.StatusOK {
			t.Errorf("a person is answered %d at %s: %s", got.status, path, got.body)
		}
		if got := h.curl(http.MethodGet, api.Path+path, token); got.status != http.StatusForbidden || strings.Contains(got.body, "verdicts") {
			t.Errorf("a token is answered %d at %s: %s", got.status, path, got.body)
		}
	}
	for whose, document := range map[string]answer{"person": root.get(controllers.DocumentPath), "token": h.curl(http.MethodGet, controllers.DocumentPath, token)} {
		if told := strings.Contains(document.body, "/why") || strings.Contains(document.body, "WhyAnswer"); document.status != http.StatusOK || told != (whose == "person") {
			t.Errorf("the document of a %s tells of it: %v (%d)", whose, told, document.status)
		}
	}
}

// verdicts are the answers of a page of explanations, by the first word of what they are about.
func verdicts(t *testing.T, page answer) map[string]string {
	t.Helper()
	if page.status != http.StatusOK {
		t.Fatalf("why: %d\n%s", page.status, page.body)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page.body))
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for _, line := range document.Find(".why tbody tr").EachIter() {
		label, _, _ := strings.Cut(line.Find("th").Text(), " ")
		answers[strings.TrimSuffix(label, ":")] = line.Find(".badge").Text()
	}
	return answers
}

// sameAsPage holds what programs are told against the answers of the page.
func sameAsPage(t *testing.T, question string, page map[string]string, got answer) {
	t.Helper()
	var said controllers.WhyAnswer
	if err := json.Unmarshal([]byte(got.body), &said); err != nil || got.status != http.StatusOK {
		t.Fatalf("%s: %d %s", question, got.status, got.body)
	}
	answers := map[string]string{}
	for _, verdict := range said.Verdicts {
		label, _, _ := strings.Cut(verdict.Label, " ")
		answers[strings.TrimSuffix(label, ":")] = strings.ReplaceAll(verdict.May, controllers.MayUnknown, "not known")
		if len(verdict.Reasons) == 0 {
			t.Errorf("%s: no reasons for %s", question, verdict.Name)
		}
	}
	if !maps.Equal(answers, page) {
		t.Errorf("%s: programs are told %v, and people %v", question, answers, page)
	}
}

// ids are the numbers that a query finds.
func ids(t *testing.T, db *testdb.DB, sql string) (found []int64) {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		found = append(found, id)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return found
}
