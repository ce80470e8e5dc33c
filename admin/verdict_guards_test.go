package admin_test

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// guarded says why a row of the tables about accounts and rights must not be touched, as it is before a write.
func (r *round) guarded(a attempt, w world, x row) string {
	switch a.table {
	case "users":
		if r.exceeds(w, x.is("id")) {
			return "may do more"
		}
	case "sessions", "api_tokens":
		if r.exceeds(w, x.is("user_id")) {
			return "may do more"
		}
	case "roles":
		return r.unchangeable(w, x)
	case "role_permissions", "role_fields":
		return r.unchangeable(w, w.by("roles", "id", x.is("role_id")))
	case "permissions":
		for _, link := range w["role_permissions"] {
			if reason := r.unchangeable(w, w.by("roles", "id", link.is("role_id"))); link.is("permission_id") == x.is("id") && reason != "" {
				return reason
			}
		}
	}
	return ""
}

// unchangeable says why what a role gives or keeps back is not for the account to change.
func (r *round) unchangeable(w world, role row) string {
	if role == nil {
		return ""
	}
	if slices.ContainsFunc(r.roles, func(held heldRole) bool { return held.name == role.is("name") }) {
		return "held"
	}
	domains := []string{r.me.is("domain")}
	for _, h := range w["user_roles"] {
		if h.is("role_name") == role.is("name") {
			domains = append(domains, w.by("users", "id", h.is("user_id")).is("domain"))
		}
	}
	for _, domain := range domains {
		if r.beyond(w.role(role), domain) != "" {
			return "goes beyond"
		}
	}
	return ""
}

// guardedAfter says why a write of these tables must not stay; one of before and after may be nil.
func (r *round) guardedAfter(a attempt, next world, before, after row) string {
	rows := slices.DeleteFunc([]row{before, after}, func(x row) bool { return x == nil })
	for _, x := range rows {
		switch a.table {
		case "user_passwords":
			if r.exceeds(next, x.is("user_id")) {
				return "may do more"
			}
		case "user_roles":
			if reason := r.handed(a.verb, next, x); reason != "" {
				return reason
			}
		case "role_permissions", "role_fields":
			if reason := r.unchangeable(next, next.by("roles", "id", x.is("role_id"))); reason != "" {
				return reason
			}
			if p := next.by("permissions", "id", x.is("permission_id")); a.verb == "create" && p != nil &&
				r.beyond(heldRole{permissions: [][3]string{{p.is("model"), p.is("action"), p.is("scope")}}}, r.me.is("domain")) != "" {
				return "not theirs to give"
			}
		case "saved_views":
			if after != nil && after["role_name"] != nil && !given(r.roles, "roles", "update").all && !maps.EqualFunc(before, after, equalTexts) {
				return "not theirs to share"
			}
		case "email_aliases":
			if reason := r.aliased(a.verb, next, x); after != nil && reason != "" {
				return reason
			}
		}
	}
	if a.table == "users" && before != nil && after != nil && before.is("id") == r.me.is("id") && before.is("email") != after.is("email") {
		return "one's own address"
	}
	if a.table == "users" && before != nil && after != nil && before.is("domain") != after.is("domain") {
		grouped := slices.ContainsFunc(r.roles, func(role heldRole) bool {
			return slices.ContainsFunc(role.permissions, func(p [3]string) bool { return p[2] == "group" })
		})
		if me := before.is("id") == r.me.is("id"); me && (grouped || !r.reach("users", "update").all) || r.exceeds(next, before.is("id")) {
			return "moved to more"
		}
	}
	if slices.Contains([]string{"users", "user_passwords", "user_roles", "roles", "permissions", "role_permissions"}, a.table) &&
		given(r.roles, "*", "*").all && r.administrators(next) == 0 {
		return "nobody is left"
	}
	return ""
}

// handed says why a role is not for the account to give or take.
func (r *round) handed(verb string, w world, x row) string {
	role := w.role(w.by("roles", "name", x.is("role_name")))
	switch {
	case x.is("user_id") == r.me.is("id"):
		return "their own"
	case len(role.permissions) == 0 && !r.reach("user_roles", verb).all:
		return "for other services"
	case r.beyond(role, w.by("users", "id", x.is("user_id")).is("domain")) != "":
		return "goes beyond"
	}
	return ""
}

// aliased says why an address is not for the account to redirect.
func (r *round) aliased(verb string, w world, x row) string {
	reach, address := r.reach("email_aliases", verb), strings.ToLower(x.is("alias_email"))
	if reach.all {
		return ""
	}
	if !strings.HasSuffix(address, "@"+r.me.is("domain")) {
		return "another domain"
	}
	for _, person := range w["users"] {
		if strings.ToLower(person.is("email")) == address && person.is("id") != r.me.is("id") && (!reach.group || r.exceeds(w, person.is("id"))) {
			return "another's mailbox"
		}
	}
	return ""
}

// administrators counts who can sign in and may do everything.
func (r *round) administrators(w world) int {
	count := 0
	for _, person := range w["users"] {
		password := slices.ContainsFunc(w["user_passwords"], func(p row) bool {
			return p.is("user_id") == person.is("id") && p.is("service") == "web" && lasts(p, time.Now())
		})
		if password && person.is("is_active") == "t" && person.is("is_locked") != "t" && given(w.inForce(person.is("id"), time.Now()), "*", "*").all {
			count++
		}
	}
	return count
}
