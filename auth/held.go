package auth

import (
	"encoding/json"
	"fmt"
	"sync"
)

// ReadRights returns what roles add up to, as a [Finder] gives them: JSON, an array of arrays of a name, of permissions, each as
// model, action and scope, and of field rules, each as model, field and access. Null and nothing are none.
func ReadRights(roles []byte) (Rights, error) { return added.read(roles) }

// addUp reads roles.
func addUp(roles []byte) (Rights, error) {
	if len(roles) == 0 {
		return Union(), nil
	}
	var read []heldRole
	if err := json.Unmarshal(roles, &read); err != nil {
		return Rights{}, fmt.Errorf("read what roles give: %w", err)
	}
	all := make([]Role, len(read))
	for i, role := range read {
		all[i] = Role(role)
	}
	return Union(all...), nil
}

// heldRole is a role that is read from JSON.
type heldRole Role

// UnmarshalJSON reads one element.
func (r *heldRole) UnmarshalJSON(text []byte) error {
	var permissions, fields [][3]string
	if err := json.Unmarshal(text, &[]any{&r.Name, &permissions, &fields}); err != nil {
		return err
	}
	for _, p := range permissions {
		r.Permissions = append(r.Permissions, Permission{Model: p[0], Action: p[1], Scope: p[2]})
	}
	for _, f := range fields {
		r.Fields = append(r.Fields, FieldRule{Model: f[0], Field: f[1], Access: f[2]})
	}
	return nil
}

// addedMost is how many rights are remembered; then all are forgotten, and added up again as they are asked for.
const addedMost = 1000

// added is what all roles that were read add up to.
var added sums

// sums remember what roles add up to, by all that is read of them, so that nothing that changes is missed. The zero sums are
// empty and ready.
type sums struct {
	lock   sync.RWMutex
	rights map[string]Rights
}

// read is [ReadRights].
func (a *sums) read(roles []byte) (Rights, error) {
	a.lock.RLock()
	rights, known := a.rights[string(roles)]
	a.lock.RUnlock()
	if known {
		return rights, nil
	}
	rights, err := addUp(roles)
	if err != nil {
		return Rights{}, err
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.rights == nil || len(a.rights) >= addedMost {
		a.rights = map[string]Rights{}
	}
	a.rights[string(roles)] = rights
	return rights, nil
}
