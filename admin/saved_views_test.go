package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"unified/auth"
	"unified/crud"
)

func TestViewBook(t *testing.T) {
	roles, db := book(t)
	app := db.App()
	gorm := app.Gorm
	views := NewViewBook(roles.reg)
	chief, editor, reader := member(t, gorm, "chief", "admin"), member(t, gorm, "ed", "editor"), member(t, gorm, "rita", "readonly")
	nobody := auth.With(t.Context(), auth.Account{ID: 1 << 40, Name: "nobody"})
	listed := func(ctx context.Context) []string {
		t.Helper()
		known, err := views.List(ctx, "users")
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, v := range known {
			text := v.Name + " " + v.Query + " " + v.Role
			if v.Own {
				text += " own"
			}
			if v.Default {
				text += " default"
			}
			out = append(out, text)
		}
		return out
	}
	saved := func(ctx context.Context, view crud.View) {
		t.Helper()
		if err := views.Save(ctx, "users", view); err != nil {
			t.Fatalf("save %+v: %v", view, err)
		}
	}
	is := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	saved(editor, crud.View{Name: "Locked", Query: "filter=is_locked.is%3Atrue", Default: true})
	saved(chief, crud.View{Name: "Fresh", Query: "sort=-created_at", Role: "editor", Default: true})
	saved(reader, crud.View{Name: "Mine", Query: "q=a"})
	is("the editor", listed(editor), "Fresh sort=-created_at editor", "Locked filter=is_locked.is%3Atrue  own default")
	is("the chief, who may read all, sees no others' views on a list", listed(chief), "Fresh sort=-created_at editor own default")
	is("the reader", listed(reader), "Mine q=a  own")
	is("nobody", listed(nobody))
	if elsewhere, err := views.List(editor, "sessions"); err != nil || len(elsewhere) > 0 {
		t.Errorf("of another table there are %v, %v", elsewhere, err)
	}

	t.Run("one_default_takes_the_place_of_another", func(t *testing.T) {
		saved(editor, crud.View{Name: "New", Query: "sort=-id", Default: true})
		is("the editor", listed(editor), "Fresh sort=-created_at editor", "Locked filter=is_locked.is%3Atrue  own", "New sort=-id  own default")
		layout, err := NewLayoutBook(gorm, app.Pool).Load(editor, "users")
		if err != nil || layout != (crud.Layout{Home: "sort=-id"}) {
			t.Errorf("the list opens with %+v, %v", layout, err)
		}
	})
	t.Run("a_view_is_replaced", func(t *testing.T) {
		known, _ := views.List(editor, "users")
		saved(editor, crud.View{Key: known[1].Key, Name: "Locked", Query: "q=x"})
		is("the editor", listed(editor), "Fresh sort=-created_at editor", "Locked q=x  own", "New sort=-id  own default")
		if err := views.Save(editor, "users", crud.View{Key: known[0].Key, Name: "Fresh", Query: "q=mine"}); kindOf(err) != crud.KindForbidden {
			t.Errorf("another's view: %v", err)
		}
	})
	t.Run("what_cannot_be_is_said", func(t *testing.T) {
		for name, test := range map[string]struct {
			ctx         context.Context
			table       string
			view        crud.View
			field, says string
		}{
			"a_name_twice":        {editor, "users", crud.View{Name: "New"}, "user_id", "already"},
			"no_name":             {editor, "users", crud.View{}, "name", "empty"},
			"no_table":            {editor, "nope", crud.View{Name: "x"}, "table_name", `no table "nope"`},
			"no_list":             {editor, "users", crud.View{Name: "x", Query: "after=1"}, "query", `nothing of "after"`},
			"too_long":            {editor, "users", crud.View{Name: "x", Query: "q=" + strings.Repeat("a", viewLimit)}, "query", "longer than"},
			"shared_by_an_editor": {editor, "users", crud.View{Name: "x", Role: "readonly"}, "role_name", "roles:update:all"},
			"shared_with_no_role": {chief, "users", crud.View{Name: "x", Role: "nope"}, "role_name", "no such record"},
		} {
			t.Run(name, func(t *testing.T) {
				err := views.Save(test.ctx, test.table, test.view)
				var known *crud.Error
				if !errors.As(err, &known) || !strings.Contains(known.Fields[test.field], test.says) {
					t.Errorf("Save = %v, want %q at %s", err, test.says, test.field)
				}
			})
		}
		if err := views.Save(nobody, "users", crud.View{Name: "x"}); kindOf(err) != crud.KindForbidden {
			t.Errorf("nobody: %v", err)
		}
	})
	t.Run("roles_are_offered_to_who_may_share", func(t *testing.T) {
		if roles, err := views.Roles(editor); err != nil || roles != nil {
			t.Errorf("the editor is offered %v, %v", roles, err)
		}
		if roles, err := views.Roles(chief); err != nil || !slices.Contains(roles, "editor") {
			t.Errorf("the chief is offered %v, %v", roles, err)
		}
	})
	t.Run("a_shared_view_cannot_be_widened_without_the_right", func(t *testing.T) {
		saved(chief, crud.View{Name: "Hand", Query: "q=a", Role: "editor"})
		if _, err := db.Pool.Exec(t.Context(), `UPDATE saved_views SET user_id = (SELECT id FROM users WHERE username = 'ed') WHERE name = 'Hand'`); err != nil {
			t.Fatal(err)
		}
		known, _ := views.List(editor, "users")
		at := slices.IndexFunc(known, func(v crud.View) bool { return v.Name == "Hand" })
		if err := views.Save(editor, "users", crud.View{Key: known[at].Key, Name: "Hand", Query: "q=b", Role: "editor"}); kindOf(err) != crud.KindInvalid {
			t.Errorf("what others see is changed: %v", err)
		}
		saved(editor, crud.View{Key: known[at].Key, Name: "Hand", Query: "q=b"}) // no longer shared: theirs again
	})
}

// kindOf returns an error's kind; -1 for none.
func kindOf(err error) crud.ErrorKind {
	var known *crud.Error
	if !errors.As(err, &known) {
		return -1
	}
	return known.Kind
}
