package auth

import "slices"

// Within returns what of the rights lies within the limits too: the rows that both open, and no field that the rights keep back.
func (r Rights) Within(limits []Permission) Rights {
	roles := make([]Role, len(r.roles))
	for i, role := range r.roles {
		roles[i] = Role{Name: role.Name, Fields: role.Fields}
		for _, given := range role.Permissions {
			for _, limit := range limits {
				if both, ok := given.meet(limit); ok && !slices.Contains(roles[i].Permissions, both) {
					roles[i].Permissions = append(roles[i].Permissions, both)
				}
			}
		}
	}
	narrowed := Union(roles...)
	narrowed.whole = &r
	return narrowed
}

// Whole returns the rights that these were narrowed from, or these.
func (r Rights) Whole() Rights {
	if r.whole != nil {
		return *r.whole
	}
	return r
}

// meet returns what both permissions allow; ok is false if that is nothing, or nothing that one permission can say, as the rows
// that are one's own and of one's group.
func (p Permission) meet(other Permission) (both Permission, ok bool) {
	narrower := func(a, b string) (string, bool) {
		if a == Any {
			return b, true
		}
		return a, b == Any || a == b
	}
	model, sameModel := narrower(p.Model, other.Model)
	action, sameAction := narrower(p.Action, other.Action)
	both = Permission{Model: model, Action: action, Scope: p.Scope}
	if p.scopes() == All {
		both.Scope = other.Scope
	}
	return both, sameModel && sameAction && both.scopes() != 0 && (p.scopes() == All || other.scopes().Covers(p.scopes()))
}
