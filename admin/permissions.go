package admin

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// A permission is its name: to change it would change every role that has it.
func permissions() crud.Options[models.Permission] {
	return crud.Options[models.Permission]{
		Sort:  "Model,Action,Scope",
		Verbs: []crud.Verb{crud.Read, crud.Create, crud.Delete},
		Allow: func(ctx context.Context, tx *gorm.DB, verb crud.Verb, row *models.Permission) error {
			if verb != crud.Delete {
				return nil
			}
			a, err := alone(ctx, tx)
			if err != nil {
				return err
			}
			var held []int64 // by the roles that have it, which lose it too
			if err := tx.Raw(`SELECT role_id FROM role_permissions WHERE permission_id = ?`, row.ID).Scan(&held).Error; err != nil {
				return err
			}
			for _, role := range held {
				var refusal *crud.Error
				if err := a.changes("", role); errors.As(err, &refusal) {
					return refuse("", "A role that has this permission is not yours to change: you hold it, or it gives more than you have.")
				} else if err != nil {
					return err
				}
			}
			return nil
		},
		Guard: func(ctx context.Context, tx *gorm.DB, _ crud.Write[models.Permission]) error {
			return remains(ctx, tx, nil)
		},
	}
}

// What a role gives is changed by those who have all of it themselves, before and after, but do not hold it.
func rolePermissions() crud.Options[models.RolePermission] {
	return crud.Options[models.RolePermission]{
		Verbs: []crud.Verb{crud.Read, crud.Create, crud.Delete},
		Allow: func(ctx context.Context, tx *gorm.DB, _ crud.Verb, row *models.RolePermission) error {
			return changing(ctx, tx, row.RoleID)
		},
		Guard: func(ctx context.Context, tx *gorm.DB, write crud.Write[models.RolePermission]) error {
			if write.New != nil {
				if err := given(ctx, tx, write.New.PermissionID); err != nil {
					return err
				}
				if err := changing(ctx, tx, write.New.RoleID); err != nil {
					return err
				}
			}
			return remains(ctx, tx, nil)
		},
	}
}

// What a role keeps back is changed by the same people.
func roleFields() crud.Options[models.RoleField] {
	return crud.Options[models.RoleField]{
		Singular: "field rule",
		Sort:     "RoleID,Model,Field",
		Allow: func(ctx context.Context, tx *gorm.DB, _ crud.Verb, row *models.RoleField) error {
			return changing(ctx, tx, row.RoleID)
		},
		Guard: func(ctx context.Context, tx *gorm.DB, write crud.Write[models.RoleField]) error {
			for _, row := range []*models.RoleField{write.Old, write.New} {
				if row == nil {
					continue
				}
				if err := changing(ctx, tx, row.RoleID); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// changing refuses to change what is in a role that goes beyond the actor as it is now, or that they hold.
func changing(ctx context.Context, tx *gorm.DB, role int64) error {
	a, err := alone(ctx, tx)
	if err != nil {
		return err
	}
	return a.changes("role_id", role)
}

// given refuses to give a permission that the actor lacks.
func given(ctx context.Context, tx *gorm.DB, id int64) error {
	a, err := acting(ctx, tx)
	if err != nil {
		return err
	}
	var permission auth.Permission
	if err := a.tx.Raw(`SELECT model, action, scope FROM permissions WHERE id = ?`, id).Scan(&permission).Error; err != nil {
		return err
	}
	if !a.Rights.Covers(permission) {
		return refuse("permission_id", "You do not have %s yourself.", permission)
	}
	return nil
}
