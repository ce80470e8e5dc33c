package admin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/crud/filter"
	"unified/models"
)

// savedViewsTable is a table of everybody: each role of people opens one's own rows.
const savedViewsTable = "saved_views"

// sharing is what sharing a view takes: it puts something before all who hold a role.
var sharing = auth.Permission{Model: "roles", Action: string(crud.Update), Scope: auth.ScopeAll}

// A view belongs to who saved it, and can be read by those who hold the role that it is shared with.
func savedViews(find func(table string) (crud.Resource, bool)) crud.Options[models.SavedView] {
	return crud.Options[models.SavedView]{
		List:   []string{"Name", "Table", "User", "Role", "IsDefault", "UpdatedAt"},
		Search: []string{"Name", "Table"},
		Sort:   "Name",
		Own:    "UserID",
		Shared: "RoleName",
		Guard: func(ctx context.Context, tx *gorm.DB, write crud.Write[models.SavedView]) error {
			if write.New == nil {
				return nil
			}
			if _, ok := find(write.New.Table); !ok {
				return refuse("table_name", "There is no table %q.", write.New.Table)
			}
			if err := fitsList(write.New.Query); err != nil {
				return err
			}
			a, err := acting(ctx, tx)
			if err != nil {
				return err
			}
			if shares(write) && !a.Rights.Covers(sharing) {
				return refuse("role_name", "Sharing a view with a role needs the permission %s.", sharing)
			}
			return nil
		},
	}
}

// shares reports whether others see something else after a write.
func shares(write crud.Write[models.SavedView]) bool {
	row, old := write.New, write.Old
	if row.RoleName == nil {
		return false
	}
	return old == nil || old.RoleName == nil || *old.RoleName != *row.RoleName ||
		old.Name != row.Name || old.Query != row.Query || old.Table != row.Table || old.UserID != row.UserID
}

// viewLimit is how many bytes a view's address may have.
const viewLimit = 8000

// fitsList refuses what no list's address says.
func fitsList(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil || len(query) > viewLimit {
		return refuse("query", "This is no address of a list, or longer than %d letters.", viewLimit)
	}
	for name := range values {
		if !slices.Contains([]string{"q", "filter", "sort", "fields", "size"}, name) {
			return refuse("query", "A view keeps q, filter, sort, fields and size of a list, and knows nothing of %q.", name)
		}
	}
	return nil
}

// ViewBook lists and saves the views of the account in the context, through the registered table: its permissions, its rules
// and the audit log apply.
type ViewBook struct{ reg *crud.Registry }

// NewViewBook returns the book of the tables in reg.
func NewViewBook(reg *crud.Registry) ViewBook { return ViewBook{reg} }

func (b ViewBook) views() (crud.Resource, error) {
	if views, ok := b.reg.Table(savedViewsTable); ok {
		return views, nil
	}
	return nil, errors.New("saved views are not registered")
}

// List returns the account's own views of a table and those that are shared with a role it holds, by name; none without the
// permission to read them.
func (b ViewBook) List(ctx context.Context, table string) ([]crud.View, error) {
	views, err := b.views()
	account, ok := auth.From(ctx)
	if err != nil || !ok || !views.Can(ctx, crud.Read) {
		return nil, err
	}
	id := strconv.FormatInt(account.ID, 10)
	mine := filter.Node{Field: "user_id", Op: filter.Is, Values: []string{id}}
	if roles := account.Rights.RoleNames(); len(roles) > 0 {
		mine = filter.Node{Or: true, Nodes: []filter.Node{mine, {Field: "role_name", Op: filter.Any, Values: roles}}}
	}
	list, err := views.List(ctx, crud.Query{
		Filter: filter.All(filter.Node{Field: "table_name", Op: filter.Is, Values: []string{table}}, mine).String(),
		Fields: "name,query,role_name,user_id,is_default", Size: crud.PageSizeMax,
	})
	if err != nil {
		return nil, fmt.Errorf("read the views of %s: %w", table, err)
	}
	out := make([]crud.View, len(list.Rows))
	for i, row := range list.Rows {
		cell := row.Cells
		own := keyIn(cell[3]) == id
		out[i] = crud.View{Key: row.Key, Name: cell[0].Text, Query: cell[1].Text, Role: cell[2].Text, Own: own, Default: own && cell[4].Text == "true"}
	}
	return out, nil
}

// keyIn is the key that the cell of a relation holds.
func keyIn(cell crud.Cell) string {
	if cell.Ref != nil {
		return cell.Ref.Key
	}
	return cell.Text
}

// Roles returns roles that the account may share a view with; none without the permission.
func (b ViewBook) Roles(ctx context.Context) (roles []string, err error) {
	views, err := b.views()
	account, _ := auth.From(ctx)
	if err != nil || !account.Rights.Covers(sharing) {
		return nil, err
	}
	choices, err := views.Choices(ctx, "role_name", "")
	if err != nil {
		return nil, err
	}
	for _, choice := range choices.Items {
		roles = append(roles, choice.Value)
	}
	return roles, nil
}

// Save writes a view of a table: a new one if its Key is "", else in place of that one. One that is the default takes the place
// of the one before.
func (b ViewBook) Save(ctx context.Context, table string, view crud.View) error {
	views, err := b.views()
	if err != nil {
		return err
	}
	form := url.Values{
		"table_name": {table}, "name": {view.Name}, "query": {view.Query}, "role_name": {view.Role}, "is_default": {strconv.FormatBool(view.Default)},
	}
	account, _ := auth.From(ctx)
	if view.Key == "" && account.Rights.Scopes(savedViewsTable, string(crud.Create)).Covers(auth.All) { // else the scope decides whose it is
		form.Set("user_id", strconv.FormatInt(account.ID, 10))
	}
	return b.reg.Together(ctx, func(ctx context.Context, _ *gorm.DB) error {
		if view.Default {
			if err := b.forgetDefault(ctx, views, table); err != nil {
				return err
			}
		}
		_, err := views.Submit(ctx, view.Key, form)
		return err
	})
}

func (b ViewBook) forgetDefault(ctx context.Context, views crud.Resource, table string) error {
	known, err := b.List(ctx, table)
	for _, view := range known {
		if err == nil && view.Default {
			_, err = views.Submit(ctx, view.Key, url.Values{"is_default": {"false"}})
		}
	}
	return err
}
