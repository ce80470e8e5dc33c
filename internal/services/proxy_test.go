//go:build services

package services

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/joho/godotenv"

	"unified/internal/testdb"
)

// What a proxy beside the system's needs around the document's file.
const (
	nginxOfOurs = `
daemon off;
user www-data;
pid %[1]s/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi;
    scgi_temp_path %[1]s/scgi;
%[2]s
}
`
	apacheOfOurs = `
ServerRoot %[1]s
ServerName localhost
DefaultRuntimeDir %[1]s
PidFile %[1]s/apache.pid
User www-data
Group www-data
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
%[2]s
`
)

// proxied is a panel behind a proxy that runs exactly what docs/TECH_SPEC.md says.
type proxied struct {
	*world
	port     int
	settings map[string]string
}

// newProxied starts the program with the document's settings, and the document's file for a proxy with this test's ports and paths.
func newProxied(t *testing.T, path, around string, command ...string) *proxied {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "TECH_SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := shownFiles(string(raw))
	settings, err := godotenv.Unmarshal(files["/etc/unified/unified.env"])
	if err != nil || files[path] == "" {
		t.Fatalf("the document shows no settings or no %s: %v", path, err)
	}
	delete(settings, "DATABASE_URL")
	delete(settings, "DATABASE_URL_APP")
	dir, err := os.MkdirTemp("", "unified-") //nolint:usetesting // other users cannot enter what t.TempDir makes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	db := testdb.New(t)
	p := &proxied{&world{panel: &panel{t: t}, db: db, dir: dir}, freePort(t), settings}
	roots := p.certificate("panel.example.org.pem", "private/panel.example.org.key")
	ours := strings.NewReplacer(
		"127.0.0.1:8080", strings.TrimPrefix(strings.Replace(launchPanel(t, db, settings), "localhost", "127.0.0.1", 1), "http://"),
		"listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d ssl", p.port),
		"<VirtualHost *:443>", fmt.Sprintf("Listen 127.0.0.1:%[1]d https\n<VirtualHost *:%[1]d>", p.port),
		"/etc/ssl/", dir+"/",
	)
	conf := p.write("proxy.conf", fmt.Sprintf(around, dir, ours.Replace(files[path])))
	launch(t, exec.Command(command[0], append(command[1:], conf)...)).await(t, p.port)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}, DialContext: p.dial}
	t.Cleanup(transport.CloseIdleConnections)
	p.panel = visit(t, fmt.Sprintf("https://panel.example.org:%d", p.port), pretending{transport})
	return p
}

// stranger is an address of this machine that the program does not take for its proxy's.
const stranger = "127.0.0.2"

// pretending sends each request as if another proxy had passed it on.
type pretending struct{ http.RoundTripper }

func (p pretending) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	return p.RoundTripper.RoundTrip(request)
}

// dial leads the name of the document to the proxy, from another address than the proxy's own.
func (p *proxied) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(stranger)}}
	return dialer.DialContext(ctx, network, loopback(p.port))
}

func TestProxy(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("these tests start servers that change their user: run them as root")
	}
	t.Run("nginx", func(t *testing.T) {
		t.Parallel()
		newProxied(t, "/etc/nginx/conf.d/unified.conf", nginxOfOurs, "/usr/sbin/nginx", "-c").works()
	})
	t.Run("apache", func(t *testing.T) {
		t.Parallel()
		newProxied(t, "/etc/apache2/sites-available/unified.conf", apacheOfOurs, "/usr/sbin/apache2", "-DFOREGROUND", "-f").works()
	})
}

// works does what people do, and what only a proxy can break.
func (p *proxied) works() {
	prefix := p.settings["URL_PREFIX"]
	p.leads("/panel", http.StatusPermanentRedirect, prefix+"/")
	p.leads("/panel/roles?q=a%2Fb", http.StatusSeeOther, prefix+"/login?next=%2Fpanel%2Froles%3Fq%3Da%252Fb")
	if next := p.send("/panel/login?next=/panel/roles", map[string]string{"name": "admin", "password": p.settings["ADMIN_PASSWORD"]}); next != "/panel/roles" {
		p.t.Errorf("sign-in leads to %s", next)
	}
	list := document(p.t, p.ask(http.MethodGet, "/panel/roles", nil))
	if list.Find(`a[href="/panel/roles/1"]`).Text() != "admin" {
		p.t.Error("the list does not show the roles")
	}
	for _, asset := range []string{`link[rel=stylesheet]`, `script[src]`} {
		found := list.Find(asset).First()
		p.leads(found.AttrOr("href", found.AttrOr("src", "")), http.StatusOK, "")
	}
	key := p.create("panel/roles", map[string]string{"name": "auditor", "rank": "35"})
	p.edit("panel/roles", key, map[string]string{"rank": "36"})
	var address string
	err := p.db.Pool.QueryRow(p.t.Context(), `SELECT string_agg(DISTINCT host(ip_address), ' ') FROM audit_log`).Scan(&address)
	if err != nil || address != stranger {
		p.t.Errorf("the audit log says that %q acted (%v), want %q", address, err, stranger)
	}
	answer := p.ask(http.MethodGet, "/panel/roles/a%2Fb%3B~/edit", nil)
	if text := document(p.t, answer).Text(); answer.StatusCode != http.StatusNotFound || !strings.Contains(text, "There is no such role.") {
		p.t.Errorf("a key with a slash does not arrive: %s", answer.Status)
	}
	p.leads("/elsewhere", http.StatusNotFound, "")
}

// leads asks for a page and checks where it leads, below the proxy's own origin or relative to it.
func (p *proxied) leads(page string, status int, location string) {
	p.t.Helper()
	answer := p.ask(http.MethodGet, page, nil)
	_ = answer.Body.Close()
	if got := strings.TrimPrefix(answer.Header.Get("Location"), p.origin); answer.StatusCode != status || got != location {
		p.t.Errorf("%s answers %s and leads to %q, want %d and %q", page, answer.Status, got, status, location)
	}
	if answer.Header.Get("Strict-Transport-Security") == "" {
		p.t.Errorf("%s lacks Strict-Transport-Security", page)
	}
}
