//go:build services

package services

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mailOwner is the user id that mailboxes belong to where nothing else was entered.
const mailOwner = 5000

// dovecot is a running Dovecot.
type dovecot struct {
	*world
	port  int
	conf  string
	roots *x509.CertPool
}

// testsOwn is what a Dovecot beside the system's needs. Failures are answered at once, or the refusals below would take minutes.
const testsOwn = `
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = /dev/stderr
listen = 127.0.0.1
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = %[2]d
    ssl = yes
  }
}
`

func startDovecot(w *world) *dovecot {
	w.t.Helper()
	g := w.guide("dovecot")
	d := &dovecot{world: w, port: freePort(w.t), roots: w.certificate("private/dovecot.pem", "private/dovecot.key")}
	w.write("dovecot-sql.conf.ext", g.file(w.t, "/etc/dovecot/dovecot-sql.conf.ext"))
	d.conf = w.write("dovecot.conf", g.file(w.t, "/etc/dovecot/dovecot.conf")+fmt.Sprintf(testsOwn, w.dir, d.port))
	launch(w.t, exec.Command("/usr/sbin/dovecot", "-F", "-c", d.conf)).await(w.t, d.port)
	return d
}

// certificate makes a certificate for 127.0.0.1 and returns who trusts it.
func (w *world) certificate(certificate, key string) *x509.CertPool {
	w.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		w.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		w.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	w.write(certificate, string(text))
	w.write(key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return roots
}

// in is the same server for a subtest.
func (d *dovecot) in(t *testing.T) *dovecot {
	sub := *d
	sub.world = d.world.in(t)
	return &sub
}

func (d *dovecot) dial(t *testing.T) *imap { return dialIMAP(t, d.port, d.roots) }

func (d *dovecot) opens(t *testing.T, name, password string) bool {
	t.Helper()
	return d.dial(t).login(name, password)
}

// doveadm runs Dovecot's own tool.
func (d *dovecot) doveadm(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("/usr/bin/doveadm", append([]string{"-c", d.conf}, args...)...).CombinedOutput()
	if err != nil {
		t.Errorf("doveadm %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// field is what the user database says of one person.
func (d *dovecot) field(t *testing.T, user, name string) string {
	t.Helper()
	return strings.TrimSpace(d.doveadm(t, "user", "-f", name, user))
}

func TestDovecot(t *testing.T) {
	w := newWorld(t)
	w.folder("mail", mailOwner)
	d := startDovecot(w)
	t.Run("its_role_reads_two_views_alone", func(t *testing.T) { w.in(t).readsOnly(w.reader("dovecot"), "dovecot_auth", "dovecot_users") })
	t.Run("people", func(t *testing.T) {
		for _, p := range people() {
			t.Run(strings.ToLower(p.name), func(t *testing.T) {
				t.Parallel()
				d.in(t).meets(t, p)
			})
		}
	})
	t.Run("everybody_is_listed_once", func(t *testing.T) { d.in(t).listed(t) })
	t.Run("the_address_is_matched_in_any_case", func(t *testing.T) { d.in(t).anyCase(t) })
	t.Run("wrong_passwords_and_those_of_other_services", func(t *testing.T) { d.in(t).wrongPasswords(t) })
	t.Run("argon2id_opens", func(t *testing.T) { d.in(t).argon2id(t) })
	t.Run("home_and_owner", func(t *testing.T) { d.in(t).homes(t) })
	t.Run("quota", func(t *testing.T) { d.in(t).quotas(t) })
	t.Run("hostile_names_do_nothing", func(t *testing.T) { d.in(t).hostile(t) })
	t.Run("a_lock_counts_at_once", func(t *testing.T) { d.in(t).locks(t) })
}

func (d *dovecot) meets(t *testing.T, p person) {
	p.enter(d.world, "dovecot")
	if got := d.opens(t, p.address(), p.password("dovecot")); got != p.mail {
		t.Errorf("the right password opens: %v, want %v", got, p.mail)
	}
	if d.opens(t, p.address(), p.password("dovecot")+"!") {
		t.Error("a wrong password opens")
	}
}

func (d *dovecot) wrongPasswords(t *testing.T) {
	p := person{name: "two-services"}
	p.enter(d.world, "dovecot", "apache")
	for _, wrong := range []string{p.password("apache"), "", strings.ToUpper(p.password("dovecot")), "'", `\`, "%w"} {
		if d.opens(t, p.address(), wrong) {
			t.Errorf("%q opens", wrong)
		}
	}
}

func (d *dovecot) anyCase(t *testing.T) {
	cases := map[string]person{
		"PLAIN@MAIL.EXAMPLE":      {name: "plain"},
		"mixed.case@mail.example": {name: "Mixed.Case"},
		"mIXED.cASE@mAIL.example": {name: "Mixed.Case"},
	}
	for name, p := range cases {
		if !d.opens(t, name, p.password("dovecot")) {
			t.Errorf("%s does not open", name)
		}
	}
}

func (d *dovecot) locks(t *testing.T) {
	p := person{name: "locked-later"}
	key := p.enter(d.world, "dovecot")
	for _, locked := range []string{"true", "false", "true"} {
		d.edit("users", key, map[string]string{"is_locked": locked})
		if d.opens(t, p.address(), p.password("dovecot")) == (locked == "true") {
			t.Errorf("a person whose lock is %s opens, or not, as if it were not", locked)
		}
	}
}

// listed compares the mailboxes that Dovecot knows with the people who have one. A password does not make a mailbox.
func (d *dovecot) listed(t *testing.T) {
	want := []string{"admin@example.org", "demo@example.org"}
	for _, p := range people() {
		if p.mail || p.name == "password-ended" {
			want = append(want, strings.ToLower(p.address()))
		}
	}
	got := strings.Fields(d.doveadm(t, "user", "*"))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the mailboxes are\n%v, want\n%v", got, want)
	}
}

// argon2id gives a person the hash that the panel makes for its own sign-in.
func (d *dovecot) argon2id(t *testing.T) {
	p := person{name: "argon"}
	key := p.enter(d.world)
	password := d.create("user_passwords", map[string]string{"user_id": key, "service": "web", "password": p.password("dovecot")})
	d.edit("user_passwords", password, map[string]string{"service": "dovecot"})
	var scheme string
	if err := d.db.Pool.QueryRow(t.Context(), `SELECT scheme FROM dovecot_auth WHERE username = 'argon'`).Scan(&scheme); err != nil || scheme != "ARGON2ID" {
		t.Fatalf("the scheme is %q, %v", scheme, err)
	}
	if !d.opens(t, p.address(), p.password("dovecot")) {
		t.Error("the right password does not open")
	}
	if d.opens(t, p.address(), p.password("apache")) {
		t.Error("a wrong password opens")
	}
}

// homes delivers a message to mailboxes of both formats and finds it where the panel said.
func (d *dovecot) homes(t *testing.T) {
	usual := person{name: "usual", user: map[string]string{"home_directory": ""}}
	usual.enter(d.world)
	if got := d.field(t, usual.address(), "home"); got != "/var/mail/mail.example/usual" {
		t.Errorf("the usual home is %q", got)
	}
	d.folder("mail/boxes", 6001)
	cases := map[string]person{
		"maildir/Maildir/cur": {name: "maildir", user: map[string]string{"mailbox_format": "maildir"}},
		"mbox/inbox":          {name: "mbox", user: map[string]string{"mailbox_format": "mbox"}},
	}
	for file, p := range cases {
		p.user["system_uid"], p.user["system_gid"], p.user["home_directory"] = "6001", "6001", d.path("mail/boxes/"+p.name)
		p.enter(d.world, "dovecot")
		c := d.dial(t)
		if !c.login(p.address(), p.password("dovecot")) {
			t.Fatalf("%s does not sign in", p.name)
		}
		if _, result := c.ask("APPEND INBOX %s", literal("Subject: hello\r\n\r\nText\r\n")); !strings.HasPrefix(result, "OK") {
			t.Fatalf("%s cannot store a message: %s", p.name, result)
		}
		info, err := os.Stat(d.path("mail/boxes/" + file))
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 6001 || owner.Gid != 6001 {
			t.Errorf("%s belongs to %d:%d", file, owner.Uid, owner.Gid)
		}
	}
}

func (d *dovecot) quotas(t *testing.T) {
	cases := []struct {
		name, value, unit string
		want              string // the limit that IMAP shows, in KiB rounded up; none if empty
		full              bool
	}{
		{"bytes", "2097152", "bytes", "2048", false},
		{"kilobytes", "512", "KB", "512", false},
		{"megabytes", "3", "MB", "3072", false},
		{"gigabytes", "2", "GB", "2097152", false},
		{"terabytes", "1", "TB", "1073741824", false},
		{"no-unit-is-bytes", "4096", "", "4", false},
		{"full-at-once", "300", "bytes", "1", true},
		{"nothing", "0", "MB", "1", true},
		{"unlimited", "", "MB", "", false},
		{"no-row", "", "", "1048576", false},
		{"as-much-as-there-is", "9223372036854775807", "TB", "9007199254740992", false},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := d.in(t)
			p := person{name: "quota-" + test.name}
			key := p.enter(d.world, "dovecot")
			if test.name != "no-row" {
				d.create("user_quotas", map[string]string{
					"user_id": key, "service": "dovecot", "quota_type": "storage", "quota_value": test.value, "quota_unit": test.unit,
				})
			}
			c := d.dial(t)
			if !c.login(p.address(), p.password("dovecot")) {
				t.Fatal("the right password does not open")
			}
			lines, result := c.ask("GETQUOTAROOT INBOX")
			if got := limit(strings.Join(lines, " ")); got != test.want {
				t.Errorf("the limit is %q KiB, want %q (%v %s)", got, test.want, lines, result)
			}
			_, result = c.ask("APPEND INBOX %s", literal("Subject: long\r\n\r\n"+strings.Repeat("Text\r\n", 100)))
			if full := strings.Contains(result, "OVERQUOTA"); full != test.full || !full && !strings.HasPrefix(result, "OK") {
				t.Errorf("storing a message: %s", result)
			}
		})
	}
}

// limit is the storage limit in an answer to GETQUOTAROOT, in KiB; empty if there is none.
func limit(answer string) string {
	_, found, _ := strings.Cut(answer, "(STORAGE 0 ")
	value, _, _ := strings.Cut(found, ")")
	return value
}

func (d *dovecot) hostile(t *testing.T) {
	before := d.content()
	p := person{name: "plain"}
	t.Run("names", func(t *testing.T) {
		for i, name := range hostile() {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for _, name := range []string{name, name + "@mail.example"} {
					if d.opens(t, name, p.password("dovecot")) {
						t.Errorf("%q opens", name)
					}
				}
			})
		}
	})
	for _, words := range [][3]string{
		{"admin@example.org", p.address(), p.password("dovecot")},
		{"mixed.case@mail.example", p.address(), p.password("dovecot")},
		{"", p.address(), p.password("dovecot") + "\x01"},
	} {
		answer := base64.StdEncoding.EncodeToString([]byte(strings.Join(words[:], "\x00")))
		if _, result := d.dial(t).ask("AUTHENTICATE PLAIN %s", answer); strings.HasPrefix(result, "OK") {
			t.Errorf("%q opens", words)
		}
	}
	if d.content() != before {
		t.Error("a name changed the database")
	}
	if !d.opens(t, p.address(), p.password("dovecot")) {
		t.Error("the right password does not open any more")
	}
}
