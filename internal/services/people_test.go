//go:build services

package services

import "strings"

// Moments, as people type them.
const (
	past   = "2001-02-03 04:05"
	future = "2999-02-03 04:05"
)

// person is one case: what staff entered, and which doors open then.
type person struct {
	name, email  string            // email is name@mail.example if empty
	user         map[string]string // what differs from an ordinary person's row
	passwordEnds string
	roles        []role
	mail         bool   // whether Dovecot lets in
	web          string // the role with which Apache lets in; empty: it does not
}

type role struct {
	name, service, ends string
	suspended           bool
}

func people() []person {
	return []person{
		{name: "plain", mail: true, web: "customer"},
		{name: "locked", user: map[string]string{"is_locked": "true"}},
		{name: "inactive", user: map[string]string{"is_active": "false"}},
		{name: "unverified", user: map[string]string{"email_verified": "false"}, mail: true},
		{name: "password-ended", passwordEnds: past},
		{name: "password-ends-later", passwordEnds: future, mail: true, web: "customer"},
		{name: "roles-ended", roles: []role{{name: "user", service: "global", ends: past}}},
		{name: "roles-suspended", roles: []role{{name: "admin", service: "global", suspended: true}}},
		{name: "role-ends-later", roles: []role{{name: "user", service: "global", ends: future}}, mail: true, web: "user"},
		{name: "one-of-two-ended", roles: []role{{name: "admin", service: "global", ends: past}, {name: "readonly", service: "global"}}, mail: true, web: "readonly"},
		{name: "highest-of-four", roles: []role{{name: "readonly", service: "apache"}, {name: "moderator", service: "global"}, {name: "user", service: "apache"},
			{name: "admin", service: "apache", suspended: true}}, mail: true, web: "moderator"},
		{name: "admin-elsewhere", roles: []role{{name: "admin", service: "web"}, {name: "admin", service: "samba"}}, mail: true, web: "customer"},
		{name: "no-email", roles: []role{{name: "no_email", service: "dovecot"}}, web: "customer"},
		{name: "no-email-globally", roles: []role{{name: "no_email", service: "global"}, {name: "admin", service: "global"}}, web: "admin"},
		{name: "no-email-ended", roles: []role{{name: "no_email", service: "dovecot", ends: past}, {name: "user", service: "global"}}, mail: true, web: "user"},
		{name: "no-email-for-apache", roles: []role{{name: "no_email", service: "apache"}}, mail: true, web: "customer"},
		{name: "Mixed.Case", email: "Mixed.Case@Mail.EXAMPLE", mail: true, web: "customer"},
		{name: "o'brien+tag", mail: true, web: "customer"},
	}
}

// address is the mail address as it was entered.
func (p person) address() string {
	if p.email != "" {
		return p.email
	}
	return p.name + "@mail.example"
}

// password is what opens a service to this person.
func (p person) password(service string) string { return service + " opens with \"" + p.name + `" \%s` }

// enter makes the person, the roles and the passwords for these services through the panel's forms, and returns the key of
// the person's row.
func (p person) enter(w *world, services ...string) string {
	w.t.Helper()
	fields := map[string]string{
		"username": p.name, "email": p.address(), "email_verified": "true",
		"home_directory": w.path("mail/" + strings.ToLower(p.name)),
	}
	for name, value := range p.user {
		fields[name] = value
	}
	key := w.create("users", fields)
	for _, service := range services {
		w.create("user_passwords", map[string]string{
			"user_id": key, "service": service, "password": p.password(service), "expires_at": p.passwordEnds,
		})
	}
	for _, held := range p.roles {
		active := "true"
		if held.suspended {
			active = "false"
		}
		w.create("user_roles", map[string]string{
			"user_id": key, "role_name": held.name, "service": held.service, "expires_at": held.ends, "is_active": active,
		})
	}
	return key
}

// hostile are names that try to be more than a name.
func hostile() []string {
	return []string{
		`' OR '1'='1`, `' OR 1=1 --`, `plain@mail.example' --`, `plain' --`, `'; DROP TABLE users; --`, `'; UPDATE users SET is_locked = true; --`,
		`\' OR 1=1 --`, `\`, `plain\`, `plain@mail.example\`, `"`, `"plain"`, `%`, `%%`, `%s`, `%u`, `%n%d`, `pl%n`, `_____`, `plain%`, `$1`, `${user}`, `%{user}`,
		"plain\x01", "plain\x7f", "plain\t", "plain\x1b[2J", "\x08plain", "plain@mail.example\x01", `plain@mail.example%00`, `*`, `plain*`, `../plain`, `plain@mail.example/..`,
		`plain@mail.example*admin`, "plain\u00a0", "pla\u0131n", "ｐｌａｉｎ", "\xff\xfe", "plain\xc0\x80", strings.Repeat("a", 300), strings.Repeat("'", 300), " ", "@", "@mail.example", "plain@",
		`' UNION SELECT username, password FROM unified.apache_auth --`, "$$plain$$", "E'plain'", `U&"plain"`,
	}
}
