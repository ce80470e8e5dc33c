//go:build services

package services

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// postfix is a configuration of Postfix in a folder of its own.
type postfix struct{ *world }

func newPostfix(w *world) *postfix {
	w.t.Helper()
	g := w.guide("postfix")
	for path, content := range g.files {
		if filepath.Base(path) == "main.cf" {
			content += "\ncompatibility_level = 3.6\nqueue_directory = " + w.dir + "\ndata_directory = " + w.dir + "\nmyhostname = host.example\nmaillog_file = /dev/stdout\n"
		}
		w.write(filepath.Base(path), content)
	}
	w.write("master.cf", "")
	return &postfix{w}
}

// in is the same configuration for a subtest.
func (p *postfix) in(t *testing.T) *postfix { return &postfix{p.world.in(t)} }

// tables are those of a setting, in Postfix's order.
func (p *postfix) tables(setting string) []string {
	p.t.Helper()
	out, err := exec.Command("/usr/sbin/postconf", "-c", p.dir, "-h", setting).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "pgsql:") {
		p.t.Fatalf("postconf %s: %v\n%s", setting, err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), ", ")
}

// lookup asks the tables of a setting for a key, as Postfix does: the first that knows it answers.
func (p *postfix) lookup(setting, key string) string {
	p.t.Helper()
	for _, table := range p.tables(setting) {
		cmd := exec.Command("/usr/sbin/postmap", "-c", p.dir, "-q", "-", table)
		cmd.Stdin = strings.NewReader(key + "\n")
		var problems strings.Builder
		cmd.Stderr = &problems
		out, err := cmd.Output()
		if problems.Len() > 0 || err != nil && cmd.ProcessState.ExitCode() != 1 {
			p.t.Errorf("postmap -q %q %s: %v\n%s", key, table, err, problems.String())
		}
		if len(out) > 0 {
			found, _ := strings.CutPrefix(strings.TrimSuffix(string(out), "\n"), key+"\t")
			return found
		}
	}
	return ""
}

// route is where mail to an address goes: all tables for the address, then all for its domain alone.
func (p *postfix) route(address string) string {
	p.t.Helper()
	if found := p.lookup("virtual_alias_maps", address); found != "" {
		return found
	}
	return p.lookup("virtual_alias_maps", address[strings.LastIndex(address, "@"):])
}

// alias enters an alias of a person; a further pair of words is a field and its value.
func (p *postfix) alias(person, address, destination string, field ...string) string {
	p.t.Helper()
	fields := map[string]string{"user_id": person, "alias_email": address, "destination_email": destination}
	for i := 0; i+1 < len(field); i += 2 {
		fields[field[i]] = field[i+1]
	}
	return p.create("email_aliases", fields)
}

func TestPostfix(t *testing.T) {
	w := newWorld(t)
	p := newPostfix(w)
	keys := map[string]string{}
	for _, one := range people() {
		keys[one.name] = one.enter(w)
		p.alias(keys[one.name], "for."+one.name+"@mail.example", one.name+"@elsewhere.example")
	}
	p.alias(keys["plain"], "Sales@Mail.EXAMPLE", "Plain@mail.example")
	p.alias(keys["plain"], "off@mail.example", "plain@mail.example", "is_active", "false")
	p.alias(keys["plain"], "info@only-aliases.example", "plain@mail.example")
	p.alias(keys["plain"], "rest@caught.example", "plain@mail.example", "is_catch_all", "true")
	p.alias(keys["o'brien+tag"], "rest@mail.example", "o'brien+tag@mail.example", "is_catch_all", "true")
	p.alias(keys["locked"], "rest@locked.example", "locked@mail.example", "is_catch_all", "true")

	t.Run("its_role_reads_two_views_alone", func(t *testing.T) { p.in(t).readsOnly(w.reader("postfix"), "dovecot_users", "mail_aliases") })
	t.Run("people", func(t *testing.T) {
		for _, one := range people() {
			t.Run(strings.ToLower(one.name), func(t *testing.T) {
				t.Parallel()
				p.in(t).meets(one)
			})
		}
	})
	t.Run("route", func(t *testing.T) {
		for name, c := range map[string]struct{ address, want string }{
			"an_alias":                           {"for.plain@mail.example", "plain@elsewhere.example"},
			"in_any_case":                        {"SALES@mail.Example", "Plain@mail.example"},
			"one_that_is_off_is_as_unknown":      {"off@mail.example", "o'brien+tag@mail.example"},
			"an_unknown_name":                    {"nobody@mail.example", "o'brien+tag@mail.example"},
			"a_mailbox_before_the_catch-all":     {"plain@mail.example", "plain@mail.example"},
			"an_alias_before_the_catch-all":      {"sales@mail.example", "Plain@mail.example"},
			"any_name_of_a_domain_that_is_kept":  {"x@Caught.example", "plain@mail.example"},
			"a_catch-all_of_a_locked_person":     {"x@locked.example", ""},
			"a_domain_without_catch-all":         {"nobody@only-aliases.example", ""},
			"a_domain_that_ends_like_another":    {"x@sub.caught.example", ""},
			"a_domain_that_begins_like_another":  {"x@caught.example.org", ""},
			"underscores_and_percents_are_exact": {"for_plain%@mail.exampl_", ""},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if got := p.in(t).route(c.address); got != c.want {
					t.Errorf("%s goes to %q, want %q", c.address, got, c.want)
				}
			})
		}
	})
	t.Run("domains", func(t *testing.T) { p.in(t).domains() })
	t.Run("hostile_names_do_nothing", func(t *testing.T) { p.in(t).hostile(t) })
	t.Run("a_lock_counts_at_once", func(t *testing.T) {
		p := p.in(t)
		p.edit("users", keys["plain"], map[string]string{"is_locked": "true"})
		if got := p.lookup("virtual_alias_maps", "sales@mail.example") + p.lookup("virtual_mailbox_maps", "plain@mail.example"); got != "" {
			t.Errorf("mail of a locked person goes to %s", got)
		}
	})
}

// meets checks a person's alias and mailbox. Neither needs a password; roles that have ended shut the mailbox alone.
func (p *postfix) meets(one person) {
	mailbox, alias := "", ""
	if one.mail || one.name == "password-ended" {
		mailbox = strings.ToLower(one.address())
	}
	if mailbox != "" || strings.HasPrefix(one.name, "roles-") {
		alias = one.name + "@elsewhere.example"
	}
	if got := p.lookup("virtual_mailbox_maps", one.address()); got != mailbox {
		p.t.Errorf("the mailbox is %q, want %q", got, mailbox)
	}
	if got := p.lookup("virtual_alias_maps", "for."+one.name+"@mail.example"); got != alias {
		p.t.Errorf("the alias leads to %q, want %q", got, alias)
	}
}

func (p *postfix) domains() {
	for domain, want := range map[string][2]string{
		"Mail.Example":         {"mail.example", ""},
		"only-aliases.example": {"", "only-aliases.example"},
		"caught.example":       {"", "caught.example"},
		"locked.example":       {"", ""},
		"elsewhere.example":    {"", ""},
		"%":                    {"", ""},
	} {
		got := [2]string{p.lookup("virtual_mailbox_domains", domain), p.lookup("virtual_alias_domains", domain)}
		if got != want {
			p.t.Errorf("%s is a domain of mailboxes and of aliases as %q, want %q", domain, got, want)
		}
	}
}

func (p *postfix) hostile(t *testing.T) {
	before := p.content()
	keys := slices.DeleteFunc(hostile(), func(name string) bool { return strings.HasPrefix(name, "@") }) // that is how catch-alls are asked for
	for _, name := range keys[:len(keys):len(keys)] {
		keys = append(keys, name+"@only-aliases.example")
	}
	input := strings.Join(keys, "\n") + "\ninfo@only-aliases.example\n"
	for _, table := range p.tables("virtual_alias_maps") {
		cmd := exec.Command("/usr/sbin/postmap", "-c", p.dir, "-q", "-", table)
		cmd.Stdin = strings.NewReader(input)
		out, _ := cmd.Output() // it ends with 1 where nothing is found
		want := ""
		if strings.HasSuffix(table, "/aliases.cf") {
			want = "info@only-aliases.example\tplain@mail.example\n"
		}
		if string(out) != want {
			t.Errorf("%s answers %q, want %q", table, out, want)
		}
	}
	if p.content() != before {
		t.Error("a name changed the database")
	}
}
