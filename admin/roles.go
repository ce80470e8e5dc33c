package admin

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"unified/crud"
	"unified/models"
)

// The roles that other services know by name stay, and nobody changes one that they hold or that goes beyond them.
func roles() crud.Options[models.Role] {
	return crud.Options[models.Role]{
		Sort: "-Rank,Name",
		Allow: func(ctx context.Context, tx *gorm.DB, verb crud.Verb, row *models.Role) error {
			if verb == crud.Create {
				return nil
			}
			if verb == crud.Delete && row.IsBuiltin {
				return errors.New("A built-in role cannot be deleted: other services know it by its name.")
			}
			a, err := alone(ctx, tx)
			if err != nil {
				return err
			}
			return a.changes("", row.ID)
		},
		Guard: func(ctx context.Context, tx *gorm.DB, _ crud.Write[models.Role]) error { return remains(ctx, tx, nil) },
	}
}
