package admin

import (
	"unified/crud"
	"unified/models"
)

func users() crud.Options[models.User] {
	return crud.Options[models.User]{
		List:   []string{"Username", "Email", "Domain", "FirstName", "LastName", "IsActive", "IsLocked", "LastLoginAt"},
		Search: []string{"Username", "Email", "FirstName", "LastName"},
	}
}
