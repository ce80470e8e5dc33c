package admin

import (
	"context"
	"errors"

	"unified/crud"
	"unified/models"
)

// The roles that other services know by name stay.
func roles() crud.Options[models.Role] {
	return crud.Options[models.Role]{
		Sort: "-Rank,Name",
		Allow: func(_ context.Context, verb crud.Verb, row *models.Role) error {
			if verb == crud.Delete && row.IsBuiltin {
				return errors.New("A built-in role cannot be deleted: other services know it by its name.")
			}
			return nil
		},
	}
}
