package admin

import (
	"context"
	"testing"

	"unified/auth"
	"unified/crud"
)

func TestPolicy(t *testing.T) {
	for name, test := range map[string]struct {
		held  string
		verb  crud.Verb
		opens bool
	}{
		"T24_without_permission_no_row": {"roles:read:all", crud.Read, false},
		"the_permission_opens_all_rows": {"users:read:all", crud.Read, true},
		"any_model_and_action":          {"*:*:*", crud.Delete, true},
		"another_verb_opens_none":       {"users:read:all", crud.Update, false},
		"an_action_by_its_name":         {"users:unlock:all", "unlock", true},
		"scope_group_opens_none":        {"users:read:group", crud.Read, false},
		"scope_own_opens_none":          {"users:*:own", crud.Read, false},
	} {
		t.Run(name, func(t *testing.T) {
			permission, err := auth.ParsePermission(test.held)
			if err != nil {
				t.Fatal(err)
			}
			ctx := auth.With(context.Background(), auth.Account{ID: 1, Permissions: auth.Permissions{permission}})
			scope, err := Policy{}.Scope(ctx, "users", test.verb)
			if scope.All != test.opens || err != nil {
				t.Errorf("Scope = %v, %v", scope, err)
			}
		})
	}
	t.Run("T24_without_an_account_everything_is_denied", func(t *testing.T) {
		if scope, err := (Policy{}).Scope(context.Background(), "users", crud.Read); scope.All || err != nil {
			t.Errorf("Scope = %v, %v", scope, err)
		}
	})
	t.Run("no_field_is_masked", func(t *testing.T) {
		if mask := (Policy{}).Fields(context.Background(), "users", crud.Read); mask != nil {
			t.Errorf("Fields = %v", mask)
		}
	})
}
