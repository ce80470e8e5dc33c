package auth

import "slices"

// The accesses of a FieldRule, the narrower first.
const (
	FieldHidden   = "hidden"
	FieldReadOnly = "read-only"
)

// Role is something that a person holds, with what it gives and what it keeps back.
type Role struct {
	Name        string
	Permissions []Permission
	Fields      []FieldRule
}

// FieldRule keeps one column of a model back from what a role allows.
type FieldRule struct {
	Model, Field string
	Access       string // what is left: [FieldHidden] nothing, [FieldReadOnly] looking
}

// Rights are all that an account may do: what its roles add up to. The zero Rights allow nothing.
type Rights struct {
	roles []Role
	names []string // of the roles
	each  []grants // of each role
	all   grants
	ruled bool    // some role has field rules
	whole *Rights // what these were narrowed from; nil if they were not
}

// Grant is a permission, and the role that gives it.
type Grant struct {
	Role string
	Permission
}

// grants are what roles give by what it is for, as permissions name it: model or action may be Any.
type grants map[[2]string]given

// given are scopes, and the grants that add up to them.
type given struct {
	scopes Scopes
	by     []Grant
}

func (g grants) add(role string, p Permission) {
	at := [2]string{p.Model, p.Action}
	g[at] = given{g[at].scopes | p.scopes(), append(g[at].by, Grant{role, p})}
}

func (g grants) on(model, action string) (scopes Scopes) {
	names := about(model, action)
	for i := len(names) - 1; i >= 0; i-- { // the widest first
		if scopes |= g[names[i]].scopes; scopes.Covers(All) { // there is no more
			break
		}
	}
	return scopes
}

// about names all that permissions for an action on a model are for.
func about(model, action string) [4][2]string {
	return [4][2]string{{model, action}, {Any, action}, {model, Any}, {Any, Any}}
}

// Union returns what roles add up to.
func Union(roles ...Role) Rights {
	r := Rights{roles: roles, each: make([]grants, len(roles)), all: grants{}}
	for i, role := range roles {
		if role.Name != "" {
			r.names = append(r.names, role.Name)
		}
		r.each[i] = grants{}
		for _, p := range role.Permissions {
			r.each[i].add(role.Name, p)
			r.all.add(role.Name, p)
		}
		r.ruled = r.ruled || len(role.Fields) > 0
	}
	return r
}

// Allow returns rights that hold these permissions and nothing else, without any field rule.
func Allow(permissions ...Permission) Rights { return Union(Role{Permissions: permissions}) }

// Roles returns the roles that the rights are the union of. It must not be changed.
func (r Rights) Roles() []Role { return r.roles }

// RoleNames returns the names of the roles. It must not be changed.
func (r Rights) RoleNames() []string { return r.names }

// Scopes returns the rows of model on which action is allowed.
func (r Rights) Scopes(model, action string) Scopes { return r.all.on(model, action) }

// Grants returns what Scopes adds up, with the roles that give it: what is narrower too.
func (r Rights) Grants(model, action string) []Grant {
	var by []Grant
	asked := map[[2]string]bool{} // a model or action may be Any itself
	for _, at := range about(model, action) {
		if !asked[at] {
			by = append(by, r.all[at].by...)
		}
		asked[at] = true
	}
	return by
}

// Keepers returns the names of the roles that keep a column of the model back.
func (r Rights) Keepers(model, field string) []string {
	var names []string
	for _, role := range r.roles {
		if slices.ContainsFunc(role.Fields, func(rule FieldRule) bool { return rule.Model == model && rule.Field == field }) {
			names = append(names, role.Name)
		}
	}
	return names
}

// Covers reports whether the rights contain the permission: a right to any model or action only if they are for any
// themselves.
func (r Rights) Covers(p Permission) bool {
	wanted := p.scopes()
	return wanted != 0 && r.Scopes(p.Model, p.Action).Covers(wanted)
}

// CoversRole reports whether the rights contain all that the role gives, with every field that they lack kept back by
// the role too. If not, beyond names the first thing that goes beyond them, as model:action:scope or model.field.
func (r Rights) CoversRole(role Role) (beyond string, ok bool) {
	for _, p := range role.Permissions {
		if !r.Covers(p) {
			return p.String(), false
		}
	}
	own := Union(role)
	for _, model := range r.ruledModels() {
		for _, p := range role.Permissions {
			if p.Model != model && p.Model != Any {
				continue
			}
			left := own.Kept(model, p.Action)
			for field, access := range r.Kept(model, p.Action) {
				if left[field] != access && left[field] != FieldHidden {
					return model + "." + field, false
				}
			}
		}
	}
	return "", true
}

// ruledModels returns the models that some role has field rules for.
func (r Rights) ruledModels() []string {
	seen := map[string]bool{}
	var models []string
	for _, role := range r.roles {
		for _, rule := range role.Fields {
			if !seen[rule.Model] {
				seen[rule.Model] = true
				models = append(models, rule.Model)
			}
		}
	}
	return models
}

// Kept returns what is left of the fields of model that action does not fully reach; nil if it reaches all. Roles add
// up: a field is open if the roles that leave it open reach every row that all of them together reach. A rule counts on
// every row if it counts on one.
func (r Rights) Kept(model, action string) map[string]string {
	if !r.ruled {
		return nil
	}
	all := r.Scopes(model, action)
	var kept map[string]string
	if r.whole != nil {
		kept = r.whole.Kept(model, action)
	}
	for _, role := range r.roles {
		for _, rule := range role.Fields {
			if rule.Model != model || kept[rule.Field] == FieldHidden {
				continue
			}
			if access := r.left(model, action, rule.Field, all); access != "" {
				if kept == nil {
					kept = map[string]string{}
				}
				kept[rule.Field] = access
			}
		}
	}
	return kept
}

// left returns what the roles together leave of one field; "" is all of it.
func (r Rights) left(model, action, field string, all Scopes) string {
	var seen, open Scopes
	for i, role := range r.roles {
		given := r.each[i].on(model, action)
		access := ""
		for _, rule := range role.Fields {
			if rule.Model == model && rule.Field == field {
				access = rule.Access
			}
		}
		if access != FieldHidden {
			seen |= given
		}
		if access == "" {
			open |= given
		}
	}
	switch {
	case !seen.Covers(all):
		return FieldHidden
	case !open.Covers(all):
		return FieldReadOnly
	}
	return ""
}
