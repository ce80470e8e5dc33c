package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

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
		why := verdicts(t, admin.get(fmt.Sprintf("%s/why?person=%d", row, who)))
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
