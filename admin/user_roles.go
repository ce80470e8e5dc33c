package admin

import (
	"context"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// Whoever gives or takes a role must have all that it gives, and nobody does so for themselves.
func userRoles() crud.Options[models.UserRole] {
	return crud.Options[models.UserRole]{
		Own:   "UserID",
		Group: "User.Domain",
		Guard: func(ctx context.Context, tx *gorm.DB, write crud.Write[models.UserRole]) error {
			a, err := alone(ctx, tx)
			if err != nil {
				return err
			}
			for _, row := range []*models.UserRole{write.Old, write.New} {
				if row == nil {
					continue
				}
				if row.UserID == a.ID {
					return refuse("user_id", "Nobody changes their own roles: ask somebody else who may.")
				}
				if err := a.hands(write.Verb, row); err != nil {
					return err
				}
			}
			if write.New != nil && write.New.IsActive {
				return remains(ctx, tx, write.New.ExpiresAt)
			}
			return remains(ctx, tx, nil)
		},
	}
}

// hands refuses to give or take a role that goes beyond the actor. One that gives nothing here stands for something in
// other services that cannot be compared: that takes a right to everybody's roles.
func (a actor) hands(verb crud.Verb, row *models.UserRole) error {
	var ids []int64
	if err := a.tx.Raw(`SELECT id FROM roles WHERE name = ?`, row.RoleName).Scan(&ids).Error; err != nil {
		return err
	}
	roles, err := loadRoles(a.tx, ids)
	if err != nil || len(roles) == 0 {
		return err
	}
	if len(roles[0].Permissions) == 0 && !a.Rights.Scopes("user_roles", string(verb)).Covers(auth.All) {
		return refuse("role_name", "The role %s is for other services: only somebody who may change everybody's roles gives or takes it.", row.RoleName)
	}
	domain, err := a.domainOf(row.UserID)
	if err != nil {
		return err
	}
	return a.grants("role_name", a.seen(roles[0], domain))
}
