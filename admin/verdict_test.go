package admin_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var moments = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d$`)

// verdict says why a write is refused, "" if it is allowed, "missing" if it is answered like one to a row that is not
// there; and the row as it is stored afterwards.
func (r *round) verdict(a attempt) (refused string, after row) {
	if !r.can(a.table, a.verb) {
		return "no right", nil
	}
	var before row
	if a.verb != "create" {
		before = r.stored(a.table, a.key)
		switch {
		case before == nil || !r.may(r.world, a.table, "read", before):
			return "missing", nil
		case !r.may(r.world, a.table, a.verb, before):
			return "out of reach", nil
		}
		if reason := r.guarded(a, r.world, before); reason != "" {
			return reason, nil
		}
	}
	if a.verb == "delete" {
		return r.deleted(a, before), nil
	}
	after = r.written(a, before)
	if reason := r.typed(a, after); reason != "" {
		return reason, nil
	}
	if a.verb != "create" && maps.EqualFunc(before, after, equalTexts) {
		return "", after // nothing to write
	}
	if reason := r.pointing(a, before, after); reason != "" {
		return reason, nil
	}
	if a.verb == "create" || a.verb == "update" {
		if reason := r.guarded(a, r.world, after); a.verb == "update" && reason != "" && a.table != "user_roles" {
			return reason, nil
		}
	}
	next := r.changed(a.table, before, after)
	switch {
	case r.taken(a.table, before, after):
		return "taken", nil
	case !r.may(next, a.table, a.verb, after):
		return "out of reach afterwards", nil
	}
	return r.guardedAfter(a, next, before, after), after
}

// equalTexts reports whether two columns hold the same.
func equalTexts(x, y *string) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }

// written is the row as the values make it, with what the scope decides and the database fills in.
func (r *round) written(a attempt, before row) row {
	after := row{}
	maps.Copy(after, before)
	for name, value := range a.values {
		switch {
		case value == "true", value == "false":
			value = value[:1]
		case moments.MatchString(value):
			value += ":00+00"
		}
		after[name] = &value
	}
	if name := r.decided(a.table, a.verb); a.verb == "create" && name != "" {
		me := r.me.is("id")
		after[name] = &me
	}
	if a.table == "users" && after["email"] != nil {
		domain := strings.ToLower(after.is("email")[strings.LastIndex(after.is("email"), "@")+1:])
		after["domain"] = &domain
	}
	if before == nil { // what the database fills in
		for name, text := range map[string]string{"id": "new", "is_active": "t"} {
			if after[name] == nil {
				after[name] = &text
			}
		}
	}
	return after
}

// typed refuses fields that the form does not hold, and a new row that lacks what it needs.
func (r *round) typed(a attempt, after row) string {
	if a.verb != "create" && a.verb != "update" {
		return ""
	}
	settable := r.settable(a.table, a.verb)
	for name := range a.values {
		if !slices.Contains(settable, name) {
			return "no field " + name
		}
	}
	if a.verb == "create" {
		if a.table == "user_passwords" {
			return "a password has to be typed"
		}
		for _, f := range r.oracle.tables[a.table].Fields {
			if f.Required && after[f.Name] == nil {
				return "no " + f.Name
			}
		}
	}
	return ""
}

// pointing refuses a relation to a row that may not be read, or is not there.
func (r *round) pointing(a attempt, before, after row) string {
	for name, to := range relations()[a.table] {
		if after[name] == nil || (before != nil && before.is(name) == after.is(name)) {
			continue
		}
		if r.world.by(to[0], to[1], after.is(name)) == nil || (name != r.decided(a.table, a.verb) && r.refers(a.table, name, after.is(name)) == nil) {
			return "nothing to refer to at " + name
		}
	}
	return ""
}

// taken reports whether a unique key of the table has the row's values already.
func (r *round) taken(table string, before, after row) bool {
	for _, key := range map[string][][]string{
		"user_passwords": {{"user_id", "service"}}, "user_roles": {{"user_id", "service", "role_name"}}, "user_quotas": {{"user_id", "service", "quota_type"}},
		"certificates": {{"domain", "certificate_type"}}, "certificate_files": {{"certificate_id", "file_type"}}, "service_certificates": {{"service_name", "domain"}},
		"dns_zones": {{"domain"}}, "role_permissions": {{"role_id", "permission_id"}}, "email_aliases": {{"alias_email"}}, "roles": {{"name"}},
		"permissions": {{"model", "action", "scope"}},
	}[table] {
		for _, x := range r.world[table] {
			if (before == nil || keyOf(table, x) != keyOf(table, before)) && !slices.ContainsFunc(key, func(name string) bool { return x.is(name) != after.is(name) }) {
				return true
			}
		}
	}
	return false
}

// changed is the world with a row in place of another; nil is none.
func (r *round) changed(table string, before, after row) world {
	next := world{}
	maps.Copy(next, r.world)
	next[table] = nil
	for _, x := range r.world[table] {
		if before == nil || keyOf(table, x) != keyOf(table, before) {
			next[table] = append(next[table], x)
		}
	}
	if after != nil {
		next[table] = append(next[table], after)
	}
	if old, now := before.is("name"), after.is("name"); table == "roles" && before != nil && after != nil && old != now {
		next["user_roles"] = nil // the name follows
		for _, x := range r.world["user_roles"] {
			if x = maps.Clone(x); x.is("role_name") == old {
				x["role_name"] = &now
			}
			next["user_roles"] = append(next["user_roles"], x)
		}
	}
	return next
}

// deleted says why a row cannot be deleted.
func (r *round) deleted(a attempt, before row) string {
	if a.table == "roles" && (before.is("is_builtin") == "t" || r.world.by("user_roles", "role_name", before.is("name")) != nil) {
		return "in use"
	}
	return r.guardedAfter(a, r.changed(a.table, before, nil), before, nil)
}

// beyond names a right of a role that the account does not have over somebody of a domain, "" if there is none.
func (o oracle) beyond(role heldRole, domain string) string {
	for _, p := range role.permissions {
		scope := p[2]
		if scope == "group" && domain != o.me.is("domain") {
			scope = "all" // another group's rows are some among all
		}
		needed := given([]heldRole{{permissions: [][3]string{{"x", "x", scope}}}}, "x", "x")
		if needed.nothing() || !given(o.roles, p[0], p[1]).contains(needed) {
			return fmt.Sprint(p)
		}
		for _, held := range o.roles {
			for _, rule := range held.rules {
				kept := left(o.roles, rule[0], p[1], rule[1])
				its := left([]heldRole{role}, rule[0], p[1], rule[1])
				if (p[0] == rule[0] || p[0] == "*") && kept != "" && its != kept && its != "hidden" {
					return rule[0] + "." + rule[1]
				}
			}
		}
	}
	return ""
}

// exceeds reports whether a person may do more than the account.
func (o oracle) exceeds(w world, user string) bool {
	if user == o.me.is("id") {
		return false
	}
	return slices.ContainsFunc(w.inForce(user, time.Now()), func(role heldRole) bool {
		return o.beyond(role, w.by("users", "id", user).is("domain")) != ""
	})
}
