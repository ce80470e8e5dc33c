package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	chromium "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// longLog fills the audit log with rows of some 300 bytes.
const longLog = `INSERT INTO audit_log (service, action, resource, success, user_agent)
	SELECT 'web', 'create', 'users', true, repeat('agent ', 50) FROM generate_series(1, 100000)`

// exports are the entries of the audit log about exports, the last one first.
func exports(t *testing.T, db *testdb.DB) (entries []map[string]any) {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), `SELECT (additional_data || jsonb_build_object('who', (SELECT username FROM users WHERE id = user_id),
		'resource', resource, 'path', request_path, 'success', success, 'error', error_message))::text FROM audit_log WHERE action = 'export' ORDER BY id DESC`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		entry := map[string]any{}
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	return entries
}

// says fails the test unless the entry says all this.
func says(t *testing.T, entry, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if text, ok := entry[name].(string); ok && value != "" && strings.HasPrefix(text, value.(string)) || entry[name] == value {
			continue
		}
		t.Errorf("%s of the entry is %v, want %v", name, entry[name], value)
	}
}

func TestExport_IsInTheAuditLog(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	got := p.get("/users/export?format=csv&q=adm&filter=username.is:admin&fields=id,username,email")
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, "id,username,email\r\n1,admin,") {
		t.Fatalf("%d\n%s", got.status, got.body)
	}
	all := p.get("/user_passwords/export?format=jsonl&labels=1")
	if all.status != http.StatusOK || !strings.Contains(all.body, `"user_id.label":"admin"`) || strings.Contains(all.body, "hash\":") || strings.Contains(all.body, "argon2id$") {
		t.Errorf("%d\n%s", all.status, all.body)
	}
	if head := p.send(http.MethodHead, "/users/export?format=xlsx", nil); head.status != http.StatusOK || !strings.Contains(head.header.Get("Content-Disposition"), "users.xlsx") {
		t.Errorf("HEAD is %d with %v", head.status, head.header)
	}
	p.get("/users/export?format=pdf")
	entries := exports(t, db)
	if len(entries) != 2 {
		t.Fatalf("%d entries of two exports: %v", len(entries), entries)
	}
	says(t, entries[1], map[string]any{"who": "admin", "actor": "admin", "resource": "users", "path": "/users/export", "success": true, "error": nil,
		"rows": 1.0, "filter": "username.is:admin", "search": "adm", "format": "csv"})
	says(t, entries[0], map[string]any{"resource": "user_passwords", "labels": true, "format": "jsonl", "success": true})
}

// TestFaults_T90_AnExportIsCutOff cuts the line to the database, and then the one to the client, while rows are written.
func TestFaults_T90_AnExportIsCutOff(t *testing.T) {
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	p := visitor(t, begin(t, noting(t, counted(settings))).url)
	p.signIn()
	if _, err := db.Pool.Exec(t.Context(), longLog); err != nil {
		t.Fatal(err)
	}
	check := steady(p, func() asker { return db.Pool }, fewConnections)
	answer := p.download("/audit_log/export?format=csv")
	line.cut()
	if n, err := io.Copy(io.Discard, answer.Body); err == nil {
		t.Errorf("after %d bytes more the file looks whole", n)
	}
	answer.Body.Close()
	line.mend()
	p.recovers()
	check()

	answer = p.download("/audit_log/export?format=xlsx&labels=1")
	answer.Body.Close()
	check()
	for began := time.Now(); len(exports(t, db)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("there is no entry of an export whose client left")
		}
	}
	says(t, exports(t, db)[0], map[string]any{"who": "admin", "resource": "audit_log", "success": false, "error": "Stopped after "})
	if got := p.get("/users/export?format=csv"); got.status != http.StatusOK {
		t.Errorf("an export afterwards is %d", got.status)
	}
}

// download begins to read a file.
func (p *person) download(path string) *http.Response {
	p.t.Helper()
	answer, err := p.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, answer.Body, 10_000); err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d, %v", path, answer.StatusCode, err)
	}
	return answer
}

// TestBrowser_Export searches a list, and exports what is found from its dialog, also without scripts; rows that were ticked from a page.
func TestBrowser_Export(t *testing.T) {
	t.Parallel()
	b := open(t, start(t, onDatabase(testdb.Empty(t))).url)
	b.signIn("admin", "admin123")
	folder := t.TempDir()
	_, err := chromedp.Call(b.within(), chromium.SetDownloadBehavior, chromium.SetDownloadBehaviorParams{
		Behavior: chromium.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.visit("/users")
	b.keys("#q", "demo")
	b.wait(`location.search.includes("q=demo")`)
	b.click(`[popovertarget="export"]`)
	b.wait(`document.querySelector("#export:popover-open #export-form") !== null`)
	b.accessible()
	b.click("#export [name=fields][value=email]")
	b.click("#export .btn-primary")
	if got := saved(t, filepath.Join(folder, "users.csv")); !strings.HasPrefix(got, "username,domain,") || strings.Count(got, "\r\n") != 2 || !strings.Contains(got, "demo") {
		t.Errorf("the file holds\n%s", got)
	}
	if b.path() != "/users?q=demo" {
		t.Errorf("the list has become %s", b.path())
	}

	b.scripts(false)
	b.visit("/roles?sort=name")
	b.click(`[popovertarget="export"]`)
	b.follow("#export .fetched a")
	b.click("main [value=jsonl]")
	b.click("main .btn-primary")
	if got := saved(t, filepath.Join(folder, "roles.jsonl")); strings.Count(got, "\n") < 3 {
		t.Errorf("the file holds\n%s", got)
	}
	b.scripts(true)
	if status := b.visit("/roles/export?keys=1&keys=2"); status != http.StatusOK {
		t.Errorf("the page of an export is %d", status)
	}
	b.accessible()
	b.click("[value=xlsx]")
	b.click("form.export-form .btn-primary")
	if got := saved(t, filepath.Join(folder, "roles.xlsx")); !strings.HasPrefix(got, "PK") {
		t.Errorf("the file begins with %.10q", got)
	}
}

// saved waits for a file that a browser saves, and reads it.
func saved(t *testing.T, path string) string {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil {
			return string(text)
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("there is no %s", path)
		}
	}
}
