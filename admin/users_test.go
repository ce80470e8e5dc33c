package admin_test

import (
	"net/url"
	"testing"

	"unified/auth"
)

// TestUsers_T58_names_are_stored_in_one_form types a name and an address as some systems write them: letters and accents apart.
func TestUsers_T58_names_are_stored_in_one_form(t *testing.T) {
	o := newOffice(t)
	ctx := auth.With(t.Context(), auth.Account{ID: o.ids["admin"], Rights: auth.Allow(auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll})})
	form := url.Values{"username": {" zoe\u0308"}, "email": {"zoe\u0308@north.example "}}
	saved, err := o.table("users").Submit(ctx, "", form)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.id(`SELECT count(*) FROM users WHERE id::text = $1 AND username = $2 AND email = $2 || '@north.example'`, saved.Key, "zo\u00eb"); got != 1 {
		t.Error("the name is stored as it was typed: whoever types it otherwise would not be found")
	}
	if _, err := o.finds.ByName(t.Context(), "zo\u00eb"); err != nil {
		t.Errorf("signing in finds nobody: %v", err)
	}
	if _, err := o.table("users").Submit(ctx, "", url.Values{"username": {"zo\u00eb"}, "email": {"other@north.example"}}); err == nil {
		t.Error("the same name is taken twice")
	}
}
