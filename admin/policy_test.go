package admin

import (
	"context"
	"strings"
	"testing"

	"unified/auth"
	"unified/crud"
)

func TestPolicy_Scope(t *testing.T) {
	for name, test := range map[string]struct {
		held string
		verb crud.Verb
		want crud.Scope
	}{
		"T24_without_permission_no_row":           {"roles:read:all", crud.Read, crud.Scope{}},
		"the_permission_opens_all_rows":           {"users:read:all", crud.Read, crud.Scope{All: true}},
		"another_verb_opens_none":                 {"users:read:all", crud.Update, crud.Scope{}},
		"an_action_by_its_name":                   {"users:unlock:own", "unlock", crud.Scope{Own: int64(7)}},
		"T27_scope_group_is_the_account's_domain": {"users:read:group", crud.Read, crud.Scope{Group: "example.org"}},
		"T27_scope_own_is_the_account_itself":     {"users:*:own", crud.Read, crud.Scope{Own: int64(7)}},
		"own_and_group_add_up":                    {"users:read:own users:*:group", crud.Read, crud.Scope{Own: int64(7), Group: "example.org"}},
	} {
		t.Run(name, func(t *testing.T) {
			scope, err := Policy{}.Scope(auth.With(context.Background(), holder(t, test.held)), "users", test.verb)
			if !scope.Equal(test.want) || err != nil {
				t.Errorf("Scope = %v, %v, want %v", scope, err, test.want)
			}
		})
	}
	t.Run("T24_without_an_account_everything_is_denied", func(t *testing.T) {
		if scope, err := (Policy{}).Scope(context.Background(), "users", crud.Read); !scope.IsZero() || err != nil {
			t.Errorf("Scope = %v, %v", scope, err)
		}
	})
}

// holder is an account that holds these permissions, separated by spaces.
func holder(t *testing.T, held string) auth.Account {
	t.Helper()
	var permissions []auth.Permission
	for text := range strings.FieldsSeq(held) {
		p, err := auth.ParsePermission(text)
		if err != nil {
			t.Fatal(err)
		}
		permissions = append(permissions, p)
	}
	return auth.Account{ID: 7, Name: "seven", Domain: "example.org", Rights: auth.Allow(permissions...)}
}

func TestPolicy_Fields(t *testing.T) {
	everything := []auth.Permission{{Model: "*", Action: "*", Scope: "all"}}
	ctx := auth.With(context.Background(), auth.Account{Rights: auth.Union(auth.Role{Permissions: everything, Fields: []auth.FieldRule{
		{Model: "users", Field: "email", Access: auth.FieldHidden}, {Model: "users", Field: "is_active", Access: auth.FieldReadOnly},
	}})})
	for name, test := range map[string]struct {
		table, field string
		want         crud.Access
	}{
		"T33_hidden":       {"users", "email", crud.Hidden},
		"T29_read_only":    {"users", "is_active", crud.ReadOnly},
		"no_rule":          {"users", "username", crud.Full},
		"another's_column": {"sessions", "email", crud.Full},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Policy{}).Fields(ctx, test.table, crud.Update)[test.field]; got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
