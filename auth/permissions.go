package auth

import (
	"fmt"
	"slices"
	"strings"
)

// The scopes of a permission as they are written: one's own rows, the rows of one's group, all rows.
const (
	ScopeOwn   = "own"
	ScopeGroup = "group"
	ScopeAll   = "all"
)

// Any stands for every model, every action or every scope.
const Any = "*"

// Permission allows Action on the rows of Model that lie within Scope. Each may be [Any].
type Permission struct {
	Model, Action, Scope string
}

// ParsePermission reads "model:action:scope". It refuses an empty part and an unknown scope.
func ParsePermission(text string) (Permission, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return Permission{}, fmt.Errorf("permission %q is not of the form model:action:scope", text)
	}
	p := Permission{Model: parts[0], Action: parts[1], Scope: parts[2]}
	if p.scopes() == 0 {
		return Permission{}, fmt.Errorf("permission %q has a scope other than own, group, all and *", text)
	}
	return p, nil
}

// String returns "model:action:scope".
func (p Permission) String() string { return p.Model + ":" + p.Action + ":" + p.Scope }

// scopes returns the rows that the permission opens; none for a scope that nobody knows.
func (p Permission) scopes() Scopes {
	switch p.Scope {
	case ScopeOwn:
		return Own
	case ScopeGroup:
		return Group
	case ScopeAll, Any:
		return All
	}
	return 0
}

// Scopes is a set of scopes. The zero Scopes opens no row.
type Scopes uint8

// The scopes. Own and Group do not contain each other: what belongs to a person may lie outside their group.
const (
	Own Scopes = 1 << iota
	Group
	All
)

// Covers reports whether every row that other opens is open in s too.
func (s Scopes) Covers(other Scopes) bool { return s&All != 0 || other&^s == 0 }

// String returns the scopes as permissions name them, joined by " and ".
func (s Scopes) String() string {
	if s&All != 0 {
		return ScopeAll
	}
	var names []string
	if s&Group != 0 {
		names = append(names, ScopeGroup)
	}
	if s&Own != 0 {
		names = append(names, ScopeOwn)
	}
	return strings.Join(names, " and ")
}
