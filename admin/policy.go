package admin

import (
	"context"

	"unified/auth"
	"unified/crud"
)

// Policy decides by the rights of the account in the context: permissions "model:action:scope" with the table as model
// and the verb or action as action. Scope own opens the rows that are the account's, scope group those of its mail
// domain, as the table's Options tell whose they are; who may read some rows reads those too that are shared with a role they hold. Field rules of roles hide columns or make them read-only. Without
// an account everything is denied.
type Policy struct{}

var _ crud.Policy = Policy{}

// Scope returns the rows that the account's permissions for the verb add up to.
func (Policy) Scope(ctx context.Context, table string, verb crud.Verb) (crud.Scope, error) {
	account, ok := auth.From(ctx)
	if !ok {
		return crud.Scope{}, nil
	}
	held := account.Rights.Scopes(table, string(verb))
	if held.Covers(auth.All) {
		return crud.Scope{All: true}, nil
	}
	var scope crud.Scope
	if held.Covers(auth.Own) {
		scope.Own = account.ID
	}
	if held.Covers(auth.Group) && account.Domain != "" {
		scope.Group = account.Domain
	}
	if verb == crud.Read && held != 0 {
		scope.Shared = account.Rights.RoleNames()
	}
	return scope, nil
}

// Fields returns what the field rules of the account's roles leave of the table's columns.
func (Policy) Fields(ctx context.Context, table string, verb crud.Verb) crud.Mask {
	account, _ := auth.From(ctx)
	var mask crud.Mask
	for _, action := range []string{string(verb), string(crud.Read)} { // what may not be read is not in a form either
		for field, access := range account.Rights.Kept(table, action) {
			if mask == nil {
				mask = crud.Mask{}
			}
			if access == auth.FieldHidden {
				mask[field] = crud.Hidden
			} else if mask[field] == crud.Full && action == string(verb) {
				mask[field] = crud.ReadOnly
			}
		}
	}
	return mask
}
