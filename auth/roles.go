package auth

import "slices"

// RoleChange is what is given to a role and taken from it.
type RoleChange struct {
	Gives, Takes []Permission
}

// Applied returns the permissions of a role after the change.
func (c RoleChange) Applied(to []Permission) []Permission {
	left := slices.DeleteFunc(slices.Clone(to), func(p Permission) bool { return slices.Contains(c.Takes, p) })
	return append(left, c.Gives...)
}

// RoleEffect is what a change of a role means for one person who holds it.
type RoleEffect struct {
	Person       string // the user name
	Gains, Loses []Permission
}

// Effect returns what a change of one of its roles does to the rights. What another role gives too is neither gained
// nor lost.
func (r Rights) Effect(role string, change RoleChange) (gains, loses []Permission) {
	roles := slices.Clone(r.roles)
	for i := range roles {
		if roles[i].Name == role {
			roles[i].Permissions = change.Applied(roles[i].Permissions)
		}
	}
	after := Union(roles...)
	for _, p := range change.Gives {
		if !r.Covers(p) && after.Covers(p) {
			gains = append(gains, p)
		}
	}
	for _, p := range change.Takes {
		if r.Covers(p) && !after.Covers(p) {
			loses = append(loses, p)
		}
	}
	return gains, loses
}

// RoleState is a role as a page shows it before a change.
type RoleState struct {
	Role   Role
	Mark   string // changes whenever what the role gives does
	Locked string // why the account may not change it, a sentence; "" if it may
}

// RolePreview is what a change of a role would do, before it is done.
type RolePreview struct {
	RoleState
	People  []RoleEffect // of those who hold it in the panel now, the first by name
	Holders int          // how many these are, at most HoldersMost+1
}

// HoldersMost is how many people a preview names.
const HoldersMost = 50
