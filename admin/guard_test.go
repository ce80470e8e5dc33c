package admin_test

import (
	"strings"
	"testing"
)

const managing = " users:*:all user_passwords:*:all sessions:read:all sessions:revoke:all user_roles:*:all roles:*:all permissions:*:all role_permissions:*:all role_fields:*:all"

// staff is an office with two domains, their administrators and users, an editor, and people who manage accounts.
func staff(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	o.role("helpdesk" + managing)
	o.role("clerk users:read:all")
	o.role("clerks_too users:read:all -users.email=hidden")
	o.role("guarded users:update:all -users.email=read-only")
	o.role("careful" + managing + " -users.email=read-only")
	o.role("passwords" + managing)
	o.person("boss@a.example", "admin")
	o.person("dora@a.example", "domain_admin")
	o.person("dave@a.example", "domain_admin")
	o.person("dina@b.example", "domain_admin")
	o.person("uma@a.example", "user")
	o.person("ulf@b.example", "user")
	o.person("ed@a.example", "editor")
	o.person("help@a.example", "helpdesk", "user")
	o.person("kim@a.example", "careful")
	o.person("gina@a.example", "domain_admin", "passwords")
	for name, id := range o.ids {
		o.exec(`INSERT INTO sessions (user_id, token_hash, expires_at) VALUES ($1, $2, '2100-01-01')`, id, []byte(name))
	}
	o.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1, 'no_email', 'dovecot')`, o.ids["uma"])
	o.exec(`INSERT INTO email_aliases (user_id, alias_email, destination_email) VALUES ($1, 'sales@b.example', 'uma@a.example')`, o.ids["uma"])
	return o
}

func TestGuard_T30_nobody_gives_more_than_they_have(t *testing.T) {
	staff(t).judge(t, map[string]deed{
		"a role that gives more":                       {"help", "create user_roles - user_id=@uma role_name=editor service=web", "role_name"},
		"a role within what they have":                 {"help", "create user_roles - user_id=@uma role_name=clerk service=web", ""},
		"to take a role that gives more":               {"help", "delete user_roles {id FROM user_roles WHERE role_name='editor'}", "role_name"},
		"to turn a role into one that gives more":      {"help", "update user_roles {id FROM user_roles WHERE role_name='no_email'} role_name=editor", "role_name"},
		"a role to themselves":                         {"admin", "create user_roles - user_id=@admin role_name=editor service=web", "user_id"},
		"a role of their own to somebody else":         {"help", "update user_roles {id FROM user_roles WHERE role_name='helpdesk'} user_id=@uma", "user_id"},
		"to suspend a role of their own":               {"help", "update user_roles {id FROM user_roles WHERE role_name='helpdesk'} is_active=false", "user_id"},
		"somebody's role made their own":               {"help", "update user_roles {id FROM user_roles WHERE role_name='no_email'} user_id=@help", "user_id"},
		"group rights to people of the group":          {"gina", "create user_roles - user_id=@uma role_name=domain_admin service=web", ""},
		"group rights to people elsewhere":             {"gina", "create user_roles - user_id=@ulf role_name=domain_admin service=web", "role_name"},
		"a permission that they lack":                  {"help", "create role_permissions - role_id={id FROM roles WHERE name='clerk'} permission_id={id FROM permissions WHERE model='dns_zones' AND action='read' AND scope='all'}", "permission_id"},
		"a permission that they have":                  {"help", "create role_permissions - role_id={id FROM roles WHERE name='clerk'} permission_id={id FROM permissions WHERE model='users' AND action='delete' AND scope='all'}", ""},
		"a permission to a role that they hold":        {"help", "create role_permissions - role_id={id FROM roles WHERE name='helpdesk'} permission_id={id FROM permissions WHERE model='users' AND action='delete' AND scope='all'}", "role_id"},
		"a permission to the role of administrators":   {"boss", "create role_permissions - role_id={id FROM roles WHERE name='admin'} permission_id={id FROM permissions WHERE model='users' AND action='delete' AND scope='all'}", "role_id"},
		"to take a permission from a role beyond them": {"help", "delete role_permissions {r.id FROM roles r WHERE name='editor'},{permission_id FROM role_permissions g JOIN roles r ON r.id = g.role_id WHERE r.name = 'editor' LIMIT 1}", "role_id"},
		"group rights to a role held elsewhere":        {"gina", "create role_permissions - role_id={id FROM roles WHERE name='user'} permission_id={id FROM permissions WHERE model='certificates' AND action='read' AND scope='group'}", "role_id"},
		"a field that is kept from them":               {"kim", "delete role_fields {id FROM role_fields WHERE role_id = (SELECT id FROM roles WHERE name='guarded')}", "role_id"},
		"as much of a field as they have themselves":   {"kim", "update role_fields {id FROM role_fields WHERE role_id = (SELECT id FROM roles WHERE name='clerks_too')} access=read-only", ""},
		"a field of a role that they hold":             {"kim", "delete role_fields {id FROM role_fields WHERE role_id = (SELECT id FROM roles WHERE name='careful')}", "role_id"},
		"a field that they have":                       {"help", "delete role_fields {id FROM role_fields WHERE role_id = (SELECT id FROM roles WHERE name='guarded')}", ""},
		"a rule for a role beyond them":                {"help", "create role_fields - role_id={id FROM roles WHERE name='editor'} model=dns_zones field=domain access=hidden", "role_id"},
		"another name for a role that they hold":       {"help", "update roles {id FROM roles WHERE name='helpdesk'} rank=99", "?"},
		"another rank for a role beyond them":          {"help", "update roles {id FROM roles WHERE name='editor'} rank=1", "?"},
		"another rank for a role within":               {"help", "update roles {id FROM roles WHERE name='clerk'} rank=1", ""},
		"to delete a permission of their own role":     {"help", "delete permissions {id FROM permissions WHERE model='users' AND action='*'}", "?"},
		"to delete a permission of a role beyond them": {"help", "delete permissions {id FROM permissions WHERE model='dns_zones' AND action='create' AND scope='all'}", "?"},
		"a permission that no role has":                {"help", "create permissions - model=reports action=print scope=all", ""},
	})
}

func TestGuard_T30_nobody_touches_who_may_do_more(t *testing.T) {
	deeds := map[string]deed{
		"a domain administrator elsewhere, by a password": {"gina", "update user_passwords {id FROM user_passwords WHERE user_id=@dina} must_change_on_next_login=true", "?"},
		"a domain administrator here, by a password":      {"gina", "update user_passwords {id FROM user_passwords WHERE user_id=@dave} must_change_on_next_login=true", ""},
		"a user elsewhere, by a password":                 {"gina", "update user_passwords {id FROM user_passwords WHERE user_id=@ulf} must_change_on_next_login=true", ""},
		"a password made another person's":                {"help", "update user_passwords {id FROM user_passwords WHERE user_id=@uma} user_id=@ed service=samba", "?"},
		"a domain administrator moved elsewhere":          {"gina", "update users @dave email=dave@b.example", "?"},
		"a user moved elsewhere":                          {"gina", "update users @uma email=uma@b.example", ""},
		"themselves moved elsewhere":                      {"gina", "update users @gina email=gina@b.example", "email"},
		"a password set for who may do more":              {"help", "create user_passwords - user_id=@ed service=samba password=correct-horse-battery", "?"},
		"oneself":                                         {"help", "update users @help first_name=H", ""},
	}
	for who, refused := range map[string]string{"ed": "?", "boss": "?", "uma": ""} {
		for what, does := range map[string]string{
			"edits": "update users @WHO first_name=X", "locks": "update users @WHO is_locked=true", "deactivates": "update users @WHO is_active=false", "deletes": "delete users @WHO",
			"takes the password of":          "delete user_passwords {id FROM user_passwords WHERE user_id=@WHO}",
			"ends the password of":           "update user_passwords {id FROM user_passwords WHERE user_id=@WHO} expires_at=2020-01-01",
			"ends a session of":              "revoke sessions {id FROM sessions WHERE user_id=@WHO}",
			"redirects the mail address of ": "update users @WHO email=elsewhere@a.example",
		} {
			deeds["help "+what+" "+who] = deed{"help", strings.ReplaceAll(does, "@WHO", "@"+who), refused}
		}
	}
	staff(t).judge(t, deeds)
}

func TestGuard_T30_a_domain_administrator_makes_users_and_domain_administrators(t *testing.T) {
	deeds := map[string]deed{
		"takes user":                   {"dora", "delete user_roles {id FROM user_roles WHERE role_name='user' AND user_id=@uma}", ""},
		"takes what closes a mailbox":  {"dora", "delete user_roles {id FROM user_roles WHERE role_name='no_email'}", "role_name"},
		"gives user to others":         {"dora", "create user_roles - user_id=@ulf role_name=user service=samba", "user_id"},
		"gives a role to themselves":   {"dora", "create user_roles - user_id=@dora role_name=user service=web", "user_id"},
		"takes domain_admin elsewhere": {"dora", "delete user_roles {id FROM user_roles WHERE role_name='domain_admin' AND user_id=@dina}", "?"},
	}
	for role, refused := range map[string]string{
		"user": "", "domain_admin": "", "editor": "role_name", "admin": "role_name", "readonly": "role_name", "moderator": "role_name", "customer": "role_name",
		"no_email": "role_name", "clerk": "role_name", "helpdesk": "role_name",
	} {
		deeds["gives "+role] = deed{"dora", "create user_roles - user_id=@uma role_name=" + role + " service=samba", refused}
	}
	staff(t).judge(t, deeds)
}

func TestGuard_T28_an_alias_takes_no_mail_of_others(t *testing.T) {
	o := staff(t)
	o.role("own_aliases email_aliases:*:own users:read:group")
	o.role("all_aliases email_aliases:*:all users:read:all")
	o.person("olga@a.example", "own_aliases")
	o.person("alan@a.example", "all_aliases")
	alias := func(who, address, refused string) deed {
		return deed{who, "create email_aliases - user_id=@uma destination_email=x@far.example alias_email=" + address, refused}
	}
	own := func(address, refused string) deed {
		return deed{"olga", "create email_aliases - destination_email=x@far.example alias_email=" + address, refused}
	}
	o.judge(t, map[string]deed{
		"of the domain":                           alias("dora", "info@a.example", ""),
		"of the domain in capitals":               alias("dora", "info@A.EXAMPLE", ""),
		"of another domain":                       alias("dora", "info@b.example", "alias_email"),
		"of a domain below":                       alias("dora", "info@sub.a.example", "alias_email"),
		"of a domain that ends alike":             alias("dora", "info@aa.example", "alias_email"),
		"of somebody who may do more":             alias("dora", "BOSS@a.example", "?"),
		"of somebody who may not":                 alias("dora", "uma@a.example", ""),
		"of any domain, by who may do all":        alias("alan", "info@b.example", ""),
		"moved to another domain":                 {"dora", "update email_aliases {id FROM email_aliases} alias_email=info@b.example", "alias_email"},
		"of another domain, turned elsewhere":     {"dora", "update email_aliases {id FROM email_aliases} destination_email=dora@a.example", "alias_email"},
		"of another domain, moved to one's own":   {"dora", "update email_aliases {id FROM email_aliases} alias_email=info@a.example", "alias_email"},
		"of another domain, given up":             {"dora", "delete email_aliases {id FROM email_aliases}", ""},
		"one's own":                               own("olga.o@a.example", ""),
		"one's own of another domain":             own("olga@b.example", "alias_email"),
		"one's own, for a colleague's mailbox":    own("uma@a.example", "alias_email"),
		"one's own, for the mailbox of who leads": own("dora@a.example", "alias_email"),
	})
}

func TestGuard_T30_somebody_remains_who_may_do_everything(t *testing.T) {
	ways := map[string]string{
		"locked": "update users @admin is_locked=true", "deactivated": "update users @admin is_active=false", "deleted": "delete users @admin",
		"password taken":                  "delete user_passwords {id FROM user_passwords WHERE user_id=@admin}",
		"password over":                   "update user_passwords {id FROM user_passwords WHERE user_id=@admin} expires_at=2020-01-01",
		"password over one day":           "update user_passwords {id FROM user_passwords WHERE user_id=@admin} expires_at=2100-01-01",
		"password of another service":     "update user_passwords {id FROM user_passwords WHERE user_id=@admin} service=samba",
		"role taken":                      "delete user_roles {id FROM user_roles WHERE role_name='admin'}",
		"role suspended":                  "update user_roles {id FROM user_roles WHERE role_name='admin'} is_active=false",
		"role over":                       "update user_roles {id FROM user_roles WHERE role_name='admin'} expires_at=2020-01-01",
		"role over one day":               "update user_roles {id FROM user_roles WHERE role_name='admin'} expires_at=2100-01-01",
		"role of another service":         "update user_roles {id FROM user_roles WHERE role_name='admin'} service=apache",
		"another role":                    "update user_roles {id FROM user_roles WHERE role_name='admin'} role_name=editor",
		"role of another person":          "update user_roles {id FROM user_roles WHERE role_name='admin'} user_id=@uma",
		"role without the permission":     "delete role_permissions {id FROM roles WHERE name='admin'},{id FROM permissions WHERE model='*' AND action='*' AND scope='all'}",
		"permission gone (held by ghost)": "delete permissions {id FROM permissions WHERE model='*' AND action='*' AND scope='all'}",
		"role gone":                       "delete roles {id FROM roles WHERE name='admin'}",
	}
	o := newOffice(t)
	o.role("everything *:*:all")
	o.person("uma@a.example")
	o.exec(`DELETE FROM user_passwords WHERE user_id = $1`, o.ids["uma"])
	o.person("ghost@a.example", "everything") // may do everything, but not come in
	o.exec(`DELETE FROM user_passwords WHERE user_id = $1`, o.ids["ghost"])
	for name, does := range ways {
		t.Run("the_only_one_"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			o.T = t
			if got := o.does("ghost", does); got == "" {
				t.Errorf("%s is allowed", does)
			}
		})
	}
	o.T = t
	o.person("second@a.example", "everything")
	always := map[string]bool{"permission gone (held by ghost)": true, "role gone": true}
	for name, does := range ways {
		t.Run("one_of_two_"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			o.T = t
			if got := o.does("ghost", does); (got == "") == always[name] {
				t.Errorf("%s is refused at %q", does, got)
			}
		})
	}
}
