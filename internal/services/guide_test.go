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
	for _, found := range fencedFile.FindAllStringSubmatch(string(raw), -1) {
		g.files[found[1]] = ours.Replace(found[2])
		if strings.Contains(g.files[found[1]], "/etc/") {
			w.t.Fatalf("%s names a file of the system", found[1])
		}
	}
	if g.sql == "" || len(g.files) == 0 {
		w.t.Fatalf("the guide to %s shows no role or no configuration", server)
	}
	w.grant(g.sql, w.reader(server))
	return g
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
