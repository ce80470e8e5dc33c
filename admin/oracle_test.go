package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"unified/crud"
)

// The oracle says what the account of a round may do. It is written from the table of owners in the schema's description
// and the wording of permissions alone, in plain Go over rows that the owner of the database loaded as text.

// row is a row as PostgreSQL writes it; a nil value is NULL.
type row map[string]*string

// is returns a column's text, "" for NULL.
func (r row) is(column string) string {
	if r == nil || r[column] == nil {
		return ""
	}
	return *r[column]
}

// world is every row of every table.
type world map[string][]row

// keyColumns are the primary key of a table.
func keyColumns(table string) []string {
	if table == "role_permissions" {
		return []string{"role_id", "permission_id"}
	}
	return []string{"id"}
}

func keyOf(table string, r row) string {
	var values []string
	for _, column := range keyColumns(table) {
		values = append(values, r.is(column))
	}
	return strings.Join(values, ",")
}

// by finds the row of a table in which a column holds a value.
func (w world) by(table, column, value string) row {
	for _, r := range w[table] {
		if r[column] != nil && *r[column] == value {
			return r
		}
	}
	return nil
}

// whose tells who owns a row, and which mail domain it belongs to; "" is nobody and none.
type whose struct {
	own, group func(w world, r row) string
	direct     string // the column that is the owner, if it is one of the row's own beside its key
	shared     string // the column with the role whose holders read it too; "" for none
}

func column(name string) func(world, row) string {
	return func(_ world, r row) string { return r.is(name) }
}

func through(table, foreignKey, name string) func(world, row) string {
	return func(w world, r row) string { return w.by(table, "id", r.is(foreignKey)).is(name) }
}

func owners() map[string]whose {
	person := whose{own: column("user_id"), group: through("users", "user_id", "domain"), direct: "user_id"}
	certificate := whose{own: through("certificates", "certificate_id", "created_by"), group: through("certificates", "certificate_id", "domain")}
	domain := whose{group: column("domain")}
	return map[string]whose{
		"users":          {own: column("id"), group: column("domain")},
		"user_passwords": person, "user_roles": person, "user_quotas": person, "email_aliases": person, "sessions": person, "api_tokens": person, "audit_log": person,
		"saved_views":       {own: column("user_id"), direct: "user_id", shared: "role_name"},
		"mailbox_events":    {own: column("user_id"), group: column("domain"), direct: "user_id"},
		"certificates":      {own: column("created_by"), group: column("domain"), direct: "created_by"},
		"certificate_files": certificate, "certificate_notifications": certificate, "certificate_renewals": certificate,
		"service_certificates": domain, "dns_zones": domain, "dns_records": domain,
		"roles": {}, "permissions": {}, "role_permissions": {}, "role_fields": {},
	}
}

// relations are the columns that point at rows: the table, and its column that they hold.
func relations() map[string]map[string][2]string {
	users, certificates, roles := [2]string{"users", "id"}, [2]string{"certificates", "id"}, [2]string{"roles", "id"}
	person, certificate := map[string][2]string{"user_id": users}, map[string][2]string{"certificate_id": certificates}
	return map[string]map[string][2]string{
		"user_passwords": person, "user_quotas": person, "email_aliases": person, "sessions": person, "api_tokens": person, "audit_log": person, "mailbox_events": person,
		"user_roles":        {"user_id": users, "granted_by": users, "role_name": {"roles", "name"}},
		"saved_views":       {"user_id": users, "role_name": {"roles", "name"}},
		"certificates":      {"created_by": users},
		"certificate_files": certificate, "certificate_notifications": certificate, "certificate_renewals": certificate,
		"dns_records":      {"domain": {"dns_zones", "domain"}},
		"role_permissions": {"role_id": roles, "permission_id": {"permissions", "id"}},
		"role_fields":      {"role_id": roles},
	}
}

// reachOf is what permissions open: every row, those of one's group, one's own, and for reading those that are shared with one.
type reachOf struct{ all, group, own, shared bool }

func (r reachOf) nothing() bool { return r == reachOf{} }

func (r reachOf) contains(other reachOf) bool {
	return r.all || (!other.all && (r.group || !other.group) && (r.own || !other.own))
}

// given adds up the permissions of roles for an action on a model.
func given(roles []heldRole, model, action string) (reach reachOf) {
	for _, role := range roles {
		for _, p := range role.permissions {
			if (p[0] != model && p[0] != "*") || (p[1] != action && p[1] != "*") {
				continue
			}
			switch p[2] {
			case "all", "*":
				reach.all = true
			case "group":
				reach.group = true
			case "own":
				reach.own = true
			}
		}
	}
	return reach
}

// heldRole is a role with its permissions and its field rules as rows have them.
type heldRole struct {
	name        string
	permissions [][3]string // model, action, scope
	rules       [][3]string // model, field, access
}

// role loads a role by its number.
func (w world) role(r row) heldRole {
	role := heldRole{name: r.is("name")}
	for _, link := range w["role_permissions"] {
		if p := w.by("permissions", "id", link.is("permission_id")); link.is("role_id") == r.is("id") {
			role.permissions = append(role.permissions, [3]string{p.is("model"), p.is("action"), p.is("scope")})
		}
	}
	for _, rule := range w["role_fields"] {
		if rule.is("role_id") == r.is("id") {
			role.rules = append(role.rules, [3]string{rule.is("model"), rule.is("field"), rule.is("access")})
		}
	}
	return role
}

// inForce are the roles that count in the panel for a person at a moment.
func (w world) inForce(user string, at time.Time) []heldRole {
	var roles []heldRole
	for _, h := range w["user_roles"] {
		counts := h.is("user_id") == user && (h.is("service") == "web" || h.is("service") == "global") && h.is("is_active") == "t" && lasts(h, at)
		if counts && !slices.ContainsFunc(roles, func(r heldRole) bool { return r.name == h.is("role_name") }) {
			roles = append(roles, w.role(w.by("roles", "name", h.is("role_name"))))
		}
	}
	return roles
}

// lasts reports whether a row's expires_at lies after a moment.
func lasts(r row, at time.Time) bool {
	if r["expires_at"] == nil {
		return true
	}
	ends, err := time.Parse("2006-01-02 15:04:05.999999-07", r.is("expires_at"))
	return err == nil && ends.After(at)
}

// left returns what roles together leave of a field: "" all of it, "read-only" or "hidden".
func left(roles []heldRole, model, action, field string) string {
	var seen, set []heldRole // the roles that let it be seen, and be set
	for _, role := range roles {
		access := ""
		for _, rule := range role.rules {
			if rule[0] == model && rule[1] == field {
				access = rule[2]
			}
		}
		if access != "hidden" {
			seen = append(seen, role)
		}
		if access == "" {
			set = append(set, role)
		}
	}
	all := given(roles, model, action)
	switch {
	case !given(seen, model, action).contains(all):
		return "hidden"
	case !given(set, model, action).contains(all):
		return "read-only"
	}
	return ""
}

// oracle is the judge of one account.
type oracle struct {
	world
	me     row
	roles  []heldRole
	tables map[string]*crud.Table
}

// reach is what the account's permissions for a verb come to on a table.
func (o oracle) reach(table, verb string) reachOf {
	known := slices.Contains(o.tables[table].Verbs, crud.Verb(verb))
	for _, action := range o.tables[table].Actions {
		known = known || action.Name == verb
	}
	if !known {
		return reachOf{}
	}
	reach, owner := given(o.roles, table, verb), owners()[table]
	reach.shared = owner.shared != "" && verb == "read" && !reach.nothing() && !reach.all
	reach.own = reach.own && owner.own != nil && !reach.all
	reach.group = reach.group && owner.group != nil && !reach.all
	return reach
}

// can reports whether a verb is open on any row. Whatever is done to a row takes reading it.
func (o oracle) can(table, verb string) bool {
	return !o.reach(table, verb).nothing() && (verb == "create" || !o.reach(table, "read").nothing())
}

// may reports whether the verb may touch the row, as it stands in the world w.
func (o oracle) may(w world, table, verb string, r row) bool {
	holds := func(reach reachOf) bool {
		owner := owners()[table]
		shared := reach.shared && slices.ContainsFunc(o.roles, func(role heldRole) bool { return role.name == r.is(owner.shared) })
		return reach.all || shared || (reach.own && owner.own(w, r) == o.me.is("id")) || (reach.group && owner.group(w, r) == o.me.is("domain"))
	}
	return holds(o.reach(table, verb)) && (verb == "create" || holds(o.reach(table, "read")))
}

// readable are the rows that may be read.
func (o oracle) readable(table string) []row {
	var rows []row
	for _, r := range o.world[table] {
		if o.may(o.world, table, "read", r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// hidden reports whether a verb sees nothing of a column. A row's key is its address and never hidden.
func (o oracle) hidden(table, verb, name string) bool {
	if slices.Contains(keyColumns(table), name) {
		return false
	}
	return left(o.roles, table, verb, name) == "hidden" || left(o.roles, table, "read", name) == "hidden"
}

// decided returns the column that the scope leaves no choice about: who may only touch their own rows keeps them.
func (o oracle) decided(table, verb string) string {
	if reach := o.reach(table, verb); reach.own && !reach.group {
		return owners()[table].direct
	}
	return ""
}

// settable are the columns that a form of the verb holds.
func (o oracle) settable(table, verb string) []string {
	var names []string
	for _, f := range o.tables[table].Fields {
		kept := left(o.roles, table, verb, f.Name) != "" || left(o.roles, table, "read", f.Name) == "hidden"
		if !f.ReadOnly && !kept && f.Name != o.decided(table, verb) {
			names = append(names, f.Name)
		}
	}
	return names
}

// shown are the columns that reading shows.
func (o oracle) shown(table string) []string {
	var names []string
	for _, f := range o.tables[table].Fields {
		if !f.Secret && !o.hidden(table, "read", f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// refers returns the row that a relation points at if the account may see that it does.
func (o oracle) refers(table, name, value string) row {
	to, ok := relations()[table][name]
	if !ok || o.hidden(to[0], "read", to[1]) {
		return nil
	}
	for _, r := range o.readable(to[0]) {
		if r.is(to[1]) == value {
			return r
		}
	}
	return nil
}

// places counts where each marked text stands that the account may read.
func (o oracle) places() map[string]bool {
	known := map[string]bool{}
	for table := range o.world {
		columns := o.shown(table)
		for _, r := range o.readable(table) {
			for _, name := range columns {
				for _, mark := range marks.FindAllString(r.is(name), -1) {
					known[mark] = true
				}
			}
		}
	}
	return known
}

// String says who the account is and what it holds, for a failure.
func (o oracle) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "user %s of %s", o.me.is("id"), o.me.is("domain"))
	for _, role := range o.roles {
		fmt.Fprintf(&b, "\n  %s: %v, keeps %v", role.name, role.permissions, role.rules)
	}
	return b.String()
}
