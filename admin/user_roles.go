package admin

import (
	"context"

	"gorm.io/gorm"

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
				if err := a.grantsByName(row.RoleName); err != nil {
					return err
				}
			}
			return remains(ctx, tx)
		},
	}
}

func (a actor) grantsByName(name string) error {
	var ids []int64
	if err := a.tx.Raw(`SELECT id FROM roles WHERE name = ?`, name).Scan(&ids).Error; err != nil {
		return err
	}
	roles, err := loadRoles(a.tx, ids)
	if err != nil || len(roles) == 0 {
		return err
	}
	return a.grants("role_name", roles[0])
}
