package auth

import (
	"fmt"
	"slices"
	"strings"
)

// The scopes of a permission, from the narrowest: one's own rows, the rows of one's group, all rows.
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
	if p.reach() == 0 {
		return Permission{}, fmt.Errorf("permission %q has a scope other than own, group, all and *", text)
	}
	return p, nil
}

// String returns "model:action:scope".
func (p Permission) String() string { return p.Model + ":" + p.Action + ":" + p.Scope }

// reach orders scopes; 0 is a scope that allows nothing.
func (p Permission) reach() int {
	if p.Scope == Any {
		return 3
	}
	return 1 + slices.Index([]string{ScopeOwn, ScopeGroup, ScopeAll}, p.Scope)
}

// Permissions are all that an account may do. The zero Permissions allow nothing.
type Permissions []Permission

// Allows returns the widest scope in which action on model is allowed: [ScopeAll], [ScopeGroup] or [ScopeOwn].
// ok is false if it is not allowed at all.
func (ps Permissions) Allows(model, action string) (scope string, ok bool) {
	widest := 0
	for _, p := range ps {
		if (p.Model == model || p.Model == Any) && (p.Action == action || p.Action == Any) {
			widest = max(widest, p.reach())
		}
	}
	return []string{"", ScopeOwn, ScopeGroup, ScopeAll}[widest], widest > 0
}
