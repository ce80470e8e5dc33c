package admin

import (
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
)

// inForce is what a row of user_roles, named h, needs to count in the panel now.
const inForce = `h.service IN ('web', 'global') AND h.is_active AND (h.expires_at IS NULL OR h.expires_at > now())`

// rightsOf returns what a person may do now, as db sees it.
func rightsOf(db *gorm.DB, userID int64) (auth.Rights, error) {
	var roles []byte
	if err := held(db, "user_roles.user_id = ?", userID).Row().Scan(&roles); err != nil {
		return auth.Rights{}, fmt.Errorf("read the roles of user %d: %w", userID, err)
	}
	return auth.ReadRights(roles)
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
