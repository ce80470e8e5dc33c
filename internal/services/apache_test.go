//go:build services

package services

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// serverOfOurs is an Apache beside the system's: what the guide's file expects around it. It shows what applications would
// find in their environment as a header.
const serverOfOurs = `
ServerRoot %[1]s
ServerName localhost
DefaultRuntimeDir %[1]s
PidFile %[1]s/apache.pid
Listen 127.0.0.1:%[2]d
User www-data
Group www-data
ErrorLog /dev/stderr
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
LoadModule dbd_module /usr/lib/apache2/modules/mod_dbd.so
LoadModule authn_dbd_module /usr/lib/apache2/modules/mod_authn_dbd.so
LoadModule authz_dbd_module /usr/lib/apache2/modules/mod_authz_dbd.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
DocumentRoot %[1]s/htdocs
Header always set Shown "%%{AUTHENTICATE_ROLE}e %%{AUTHENTICATE_EMAIL}e %%{AUTHENTICATE_USERNAME}e"
`

// apache is a running Apache.
type apache struct {
	*world
	port int
}

func startApache(w *world) *apache {
	w.t.Helper()
	g := w.guide("apache")
	a := &apache{world: w, port: freePort(w.t)}
	for _, area := range []string{"members", "staff", "by-mail"} {
		w.write(filepath.Join("htdocs", area, "page.html"), "inside")
	}
	conf := w.write("apache.conf", fmt.Sprintf(serverOfOurs, w.dir, a.port)+g.file(w.t, "/etc/apache2/conf-available/unified.conf"))
	launch(w.t, exec.Command("/usr/sbin/apache2", "-DFOREGROUND", "-f", conf)).await(w.t, a.port)
	return a
}

// in is the same server for a subtest.
func (a *apache) in(t *testing.T) *apache { return &apache{world: a.world.in(t), port: a.port} }

// get asks for the page of an area and returns the status and what the environment would hold: role, address, user name.
func (a *apache) get(area, name, password string) (status int, shown string) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, "http://"+loopback(a.port)+"/"+area+"/page.html", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	if name+password != "" {
		request.SetBasicAuth(name, password)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if (string(body) == "inside") != (answer.StatusCode == http.StatusOK) {
		a.t.Errorf("%s answers %d with the page, or 200 without", area, answer.StatusCode)
	}
	return answer.StatusCode, answer.Header.Get("Shown")
}

func TestApache(t *testing.T) {
	w := newWorld(t)
	a := startApache(w)
	t.Run("its_role_reads_one_view_alone", func(t *testing.T) { w.in(t).readsOnly(w.reader("apache"), "apache_auth") })
	t.Run("nobody_comes_in_without_a_name", func(t *testing.T) {
		for _, area := range []string{"members", "staff", "by-mail"} {
			if status, _ := a.in(t).get(area, "", ""); status != http.StatusUnauthorized {
				t.Errorf("%s answers %d", area, status)
			}
		}
	})
	t.Run("people", func(t *testing.T) {
		for _, p := range people() {
			t.Run(strings.ToLower(p.name), func(t *testing.T) {
				t.Parallel()
				a.in(t).meets(p)
			})
		}
	})
	t.Run("wrong_passwords_and_those_of_other_services", func(t *testing.T) { a.in(t).wrongPasswords() })
	t.Run("each_person_is_one_row", func(t *testing.T) { a.in(t).oneRow() })
	t.Run("argon2id_opens_nothing", func(t *testing.T) { a.in(t).argon2id() })
	t.Run("hostile_names_do_nothing", func(t *testing.T) { a.in(t).hostile(t) })
	t.Run("people_with_odd_names_come_in_as_themselves", func(t *testing.T) { a.in(t).oddNames() })
	t.Run("a_change_counts_at_once", func(t *testing.T) { a.in(t).changes() })
}

// expect checks one sign-in by user name: the role it gives, or that it is refused.
func (a *apache) expect(p person, role string) {
	a.t.Helper()
	status, shown := a.get("members", p.name, p.password("apache"))
	switch {
	case role == "" && status != http.StatusUnauthorized:
		a.t.Errorf("%s: the right password answers %d (%s)", p.name, status, shown)
	case role != "" && (status != http.StatusOK || shown != role+" "+strings.ToLower(p.address())+" (null)"):
		a.t.Errorf("%s: the right password answers %d with %q, want the role %s", p.name, status, shown, role)
	}
}

func (a *apache) meets(p person) {
	p.enter(a.world, "apache")
	a.expect(p, p.web)
	if status, _ := a.get("members", p.name, p.password("apache")+"!"); status != http.StatusUnauthorized {
		a.t.Errorf("a wrong password answers %d", status)
	}
	inside := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}
	staff := p.web == "admin" || p.web == "moderator"
	if status, _ := a.get("staff", p.name, p.password("apache")); status != inside[staff] {
		a.t.Errorf("the area of the staff answers %d", status)
	}
	status, shown := a.get("by-mail", strings.ToUpper(p.address()), p.password("apache"))
	if status != inside[p.web != ""] || p.web != "" && shown != p.web+" (null) "+p.name {
		a.t.Errorf("the address in upper case answers %d (%s)", status, shown)
	}
}

func (a *apache) wrongPasswords() {
	p := person{name: "two-services"}
	p.enter(a.world, "dovecot", "apache")
	for _, wrong := range []string{p.password("dovecot"), "", strings.ToUpper(p.password("apache")), "'", `\`, "%s"} {
		if status, _ := a.get("members", p.name, wrong); status != http.StatusUnauthorized {
			a.t.Errorf("%q answers %d", wrong, status)
		}
	}
	a.expect(p, "customer")
}

func (a *apache) oneRow() {
	var most int
	err := a.db.Pool.QueryRow(a.t.Context(), `SELECT max(n) FROM (SELECT count(*) AS n FROM apache_auth GROUP BY username) AS each`).Scan(&most)
	if err != nil || most != 1 {
		a.t.Errorf("a person has up to %d rows, %v", most, err)
	}
}

// argon2id is a scheme that Apache does not know. The panel does not let it come to that; another program might.
func (a *apache) argon2id() {
	p := person{name: "argon"}
	key := p.enter(a.world)
	row := a.create("user_passwords", map[string]string{"user_id": key, "service": "web", "password": p.password("apache")})
	if _, err := a.db.Pool.Exec(a.t.Context(), `UPDATE user_passwords SET service = 'apache' WHERE id = $1::bigint`, row); err != nil {
		a.t.Fatal(err)
	}
	for _, password := range []string{p.password("apache"), "", "argon"} {
		if status, _ := a.get("members", p.name, password); status == http.StatusOK {
			a.t.Errorf("%q opens", password)
		}
	}
}

func (a *apache) hostile(t *testing.T) {
	before := a.content()
	p := person{name: "plain"}
	t.Run("names", func(t *testing.T) {
		for i, name := range hostile() {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for _, area := range []string{"members", "staff", "by-mail"} {
					if status, _ := a.in(t).get(area, name, p.password("apache")); status == http.StatusOK {
						t.Errorf("%q opens %s", name, area)
					}
				}
			})
		}
	})
	if a.content() != before {
		t.Error("a name changed the database")
	}
	a.expect(p, "customer")
}

// oddNames are names that an escape forgotten anywhere would turn into another's, or into none.
func (a *apache) oddNames() {
	for i, name := range []string{`plain' OR '1'='1`, `back\slash`, `per%cent %s %u`, `"quoted"`, `Zoë $1`, `plain@mail.example`, `..up`} {
		p := person{name: name, email: fmt.Sprintf("odd%d@mail.example", i), user: map[string]string{"home_directory": "/nonexistent"}}
		p.enter(a.world, "apache")
		a.expect(p, "customer")
	}
	a.expect(person{name: "plain"}, "customer")
}

func (a *apache) changes() {
	p := person{name: "changing", roles: []role{{name: "user", service: "apache"}}}
	key := p.enter(a.world, "apache")
	a.expect(p, "user")
	for _, locked := range []string{"true", "false"} {
		a.edit("users", key, map[string]string{"is_locked": locked})
		a.expect(p, map[string]string{"true": "", "false": "user"}[locked])
	}
	held := a.create("user_roles", map[string]string{"user_id": key, "role_name": "admin", "service": "global"})
	a.expect(p, "admin")
	a.edit("user_roles", held, map[string]string{"expires_at": past})
	a.expect(p, "user")
}
