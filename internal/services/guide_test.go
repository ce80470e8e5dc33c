//go:build services

package services

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fencedFile = regexp.MustCompile("`(/etc/[^`]+)`[^\n]*:\n\n```\n((?s:.*?))```")
	fencedSQL  = regexp.MustCompile("```sql\n((?s:.*?))```")
)

// guide is what docs/guides says about one server.
type guide struct {
	sql   string
	files map[string]string // by their paths on a machine
}

// guide reads the configuration of a server as people read it, with this test's database, role and paths in place of the
// guide's. The statements for the role have been run.
func (w *world) guide(server string) guide {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "guides", server+".md"))
	if err != nil {
		w.t.Fatal(err)
	}
	database := address(w.t, w.db.OwnerURL)
	host, port, err := net.SplitHostPort(database.Host)
	if err != nil {
		w.t.Fatal(err)
	}
	name := strings.TrimPrefix(database.Path, "/")
	ours := strings.NewReplacer(
		"host=127.0.0.1 port=5432 dbname=unified", "host="+host+" port="+port+" dbname="+name,
		"hosts = 127.0.0.1:5432\ndbname = unified", "hosts = "+database.Host+"\ndbname = "+name,
		"unified_"+server, w.reader(server),
		"CHANGE-ME", w.secret,
		"/etc/"+server+"/", w.dir+"/",
	)
	g := guide{files: map[string]string{}}
	if found := fencedSQL.FindStringSubmatch(string(raw)); found != nil {
		g.sql = ours.Replace(found[1])
	}
	for path, content := range shownFiles(string(raw)) {
		g.files[path] = ours.Replace(content)
		if strings.Contains(g.files[path], "/etc/") {
			w.t.Fatalf("%s names a file of the system", path)
		}
	}
	if g.sql == "" || len(g.files) == 0 {
		w.t.Fatalf("the guide to %s shows no role or no configuration", server)
	}
	w.grant(g.sql, w.reader(server))
	return g
}

// shownFiles are the configuration files that a document shows, by their paths.
func shownFiles(text string) map[string]string {
	files := map[string]string{}
	for _, found := range fencedFile.FindAllStringSubmatch(text, -1) {
		files[found[1]] = found[2]
	}
	return files
}

// file is one file of the guide.
func (g guide) file(t *testing.T, path string) string {
	t.Helper()
	content, ok := g.files[path]
	if !ok {
		t.Fatalf("the guide shows no %s", path)
	}
	return content
}

// reader is the role that a server reads the database with.
func (w *world) reader(server string) string { return "unified_" + server + w.role }
