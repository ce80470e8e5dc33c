package admin

import (
	"fmt"
	"sync/atomic"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// inForce is what a row of user_roles, named h, needs to count in the panel now.
const inForce = `h.service IN ('web', 'global') AND h.is_active AND (h.expires_at IS NULL OR h.expires_at > now())`

// standing is what a person may do, and their mail domain.
type standing struct {
	rights auth.Rights
	domain string
}

// rightsOf returns what people may do now, as db sees it, by their numbers; nothing for nobody.
func rightsOf(db *gorm.DB, people ...int64) (map[int64]standing, error) {
	text, args, err := rightsText(db, people)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]standing, len(people))
	var id int64
	var person standing
	var roles []byte
	err = crud.Question{SQL: text, Args: args, Into: crud.Into(&id, &person.domain, &roles)}.Each(db, func() (err error) {
		person.rights, err = auth.ReadRights(roles)
		found[id] = person
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the roles of users %d: %w", people, err)
	}
	return found, nil
}

// rightsWritten are the statements of rightsOf once GORM has written them, which takes longer than to run one: for one person, for two, and
// for any number. PostgreSQL keeps its plan for the first two; that for a list it makes anew each time, which takes four times as long as to
// run it.
var rightsWritten [3]atomic.Pointer[string]

func rightsText(db *gorm.DB, people []int64) (text string, args []any, err error) {
	condition, kept, args := "users.id = ANY(?)", &rightsWritten[2], []any{people}
	switch len(people) {
	case 1:
		condition, kept, args = "users.id = ?", &rightsWritten[0], []any{people[0]}
	case 2:
		condition, kept, args = "users.id IN (?, ?)", &rightsWritten[1], []any{people[0], people[1]}
	}
	if text := kept.Load(); text != nil {
		return *text, args, nil
	}
	written := db.Session(&gorm.Session{DryRun: true, NewDB: true}).Model(&models.User{}).
		Select("users.id, users.domain, (?)", held(db.Session(&gorm.Session{NewDB: true}), "user_roles.user_id = users.id")).
		Where(condition, args...).Find(&[]models.User{})
	if written.Error == nil {
		kept.Store(new(written.Statement.SQL.String()))
	}
	return written.Statement.SQL.String(), args, written.Error
}

// loadRoles returns the roles of these numbers with what they give, in the order of their numbers. A number that no role
// has is passed over.
func loadRoles(db *gorm.DB, ids []int64) ([]auth.Role, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []struct {
		ID   int64
		Name string
	}
	var given []struct {
		RoleID int64
		auth.Permission
	}
	var kept []struct {
		RoleID int64
		auth.FieldRule
	}
	for query, into := range map[string]any{
		`SELECT id, name FROM roles WHERE id IN ? ORDER BY id`: &found,
		`SELECT g.role_id, p.model, p.action, p.scope FROM role_permissions g JOIN permissions p ON p.id = g.permission_id
		WHERE g.role_id IN ? ORDER BY p.model, p.action, p.scope`: &given,
		`SELECT role_id, model, field, access FROM role_fields WHERE role_id IN ? ORDER BY model, field`: &kept,
	} {
		if err := db.Raw(query, ids).Scan(into).Error; err != nil {
			return nil, fmt.Errorf("read roles: %w", err)
		}
	}
	roles, place := make([]auth.Role, len(found)), map[int64]int{}
	for i, role := range found {
		roles[i].Name, place[role.ID] = role.Name, i
	}
	for _, p := range given {
		role := &roles[place[p.RoleID]]
		role.Permissions = append(role.Permissions, p.Permission)
	}
	for _, f := range kept {
		role := &roles[place[f.RoleID]]
		role.Fields = append(role.Fields, f.FieldRule)
	}
	return roles, nil
}
