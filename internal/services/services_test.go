//go:build services

// Package services proves the views that other servers read: it enters people into the panel's own forms, then signs them in
// with a real Dovecot and a real Apache and asks a real Postfix, each configured as docs/guides says. It also goes to the panel
// through a real nginx and a real Apache, configured as docs/TECH_SPEC.md says. The servers run on loopback ports with data of
// their own and start as root, because they change their user. make test-services runs it.
package services

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/database"
	"unified/internal/testdb"
)

// root is the module's folder.
const root = "../.."

// built is the path of the program, built once.
var built = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs(filepath.Join(root, "var", "services-test", "unified"))
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, root).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// world is a database of one test, the panel that serves it, and a folder that servers of any user may walk through.
type world struct {
	*panel
	db     *testdb.DB
	dir    string
	super  string // the superuser's address of the database
	secret string // the password of the roles that guides make
	role   string // what is added to the names of those roles
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("these tests start servers that change their user: run them as root")
	}
	db := testdb.New(t)
	cluster, err := database.Cluster{Dir: filepath.Join(root, "var", "postgres-test"), Test: true}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "unified-") //nolint:usetesting // other users cannot enter what t.TempDir makes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	super, owner := address(t, cluster.SuperURL), address(t, db.OwnerURL)
	super.Path = owner.Path
	return &world{
		panel: startPanel(t, db), db: db, dir: dir, super: super.String(),
		secret: rand.Text(), role: fmt.Sprintf("_%d_%s", os.Getpid(), strings.ToLower(rand.Text()[:6])),
	}
}

// in is the same world for a subtest.
func (w *world) in(t *testing.T) *world {
	sub, page := *w, *w.panel
	page.t, sub.panel = t, &page
	return &sub
}

func address(t *testing.T, raw string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// path is a file or folder of the test's own.
func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// write makes a file that root alone may read, unless its name ends in html.
func (w *world) write(name, content string) string {
	w.t.Helper()
	mode := os.FileMode(0o600)
	if strings.HasSuffix(name, ".html") {
		mode = 0o644
	}
	path := w.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// folder makes a folder that belongs to a user.
func (w *world) folder(name string, uid int) string {
	w.t.Helper()
	path := w.path(name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chown(path, uid, uid); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// grant runs a guide's statements as the superuser, and drops the role that they make when the test ends.
func (w *world) grant(statements, role string) {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	conn, err := pgx.Connect(ctx, w.super)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_, err := conn.Exec(ctx, "DROP OWNED BY "+role+"; DROP ROLE "+role)
		if err != nil {
			w.t.Error(err)
		}
		_ = conn.Close(ctx)
	})
	if _, err := conn.Exec(ctx, statements); err != nil {
		w.t.Fatal(err)
	}
}

// readsOnly checks that a role reads these views and nothing else of the panel's.
func (w *world) readsOnly(role string, views ...string) {
	w.t.Helper()
	rows, err := w.db.Pool.Query(w.t.Context(), `SELECT relname::text FROM pg_class WHERE relnamespace = 'unified'::regnamespace
		AND relkind IN ('r', 'v') AND has_table_privilege($1, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY relname`, role)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || strings.Join(got, " ") != strings.Join(views, " ") {
		w.t.Errorf("%s may use %v, want %v (%v)", role, got, views, err)
	}
}

// content is a fingerprint of all people and what they hold.
func (w *world) content() string {
	w.t.Helper()
	var sum string
	err := w.db.Pool.QueryRow(w.t.Context(), `SELECT md5(concat(
		(SELECT string_agg(u::text, '' ORDER BY id) FROM users u), (SELECT string_agg(p::text, '' ORDER BY id) FROM user_passwords p),
		(SELECT string_agg(r::text, '' ORDER BY id) FROM user_roles r), (SELECT string_agg(a::text, '' ORDER BY id) FROM email_aliases a)))`).Scan(&sum)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}
