package admin

import (
	"context"

	"unified/auth"
	"unified/crud"
)

// Policy decides by the permissions of the account in the context, "model:action:scope" with the table as model and
// the verb or action as action. Scope all opens every row. Scopes own and group open none: a narrower right is never
// read as a wider one. Without an account everything is denied. No field is masked.
type Policy struct{}

var _ crud.Policy = Policy{}

// Scope returns every row if the account has the permission in scope all, else none.
func (Policy) Scope(ctx context.Context, table string, verb crud.Verb) (crud.Scope, error) {
	account, ok := auth.From(ctx)
	if !ok {
		return crud.Scope{}, nil
	}
	scope, _ := account.Permissions.Allows(table, string(verb))
	return crud.Scope{All: scope == auth.ScopeAll}, nil
}

// Fields returns nil.
func (Policy) Fields(context.Context, string, crud.Verb) crud.Mask { return nil }
