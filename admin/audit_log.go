package admin

import (
	"unified/crud"
	"unified/models"
)

// The log is only read: the serving role may not even change it.
func auditLog() crud.Options[models.AuditLog] {
	return crud.Options[models.AuditLog]{
		Singular: "audit entry",
		Plural:   "Audit log",
		List:     []string{"CreatedAt", "User", "Action", "Resource", "ResourceID", "Success", "StatusCode", "IPAddress"},
		Search:   []string{"Action", "Resource", "RequestPath"},
		Verbs:    []crud.Verb{crud.Read},
		Own:      "UserID",
		Group:    "User.Domain",
	}
}
