package admin

import (
	"encoding/json"
	"net/http"

	"unified/crud"
	"unified/models"
)

// The log is only read: the serving role may not even change it.
func auditLog() crud.Options[models.AuditLog] {
	return crud.Options[models.AuditLog]{
		Singular: "audit entry",
		Plural:   "Audit log",
		List:     []string{"What", "Who", "CreatedAt", "Result", "IPAddress"},
		Search:   []string{"Action", "Resource", "RequestPath"},
		Columns: []crud.Column[models.AuditLog]{
			{Label: "What", Reads: []string{"Action", "Resource"}, Value: func(row *models.AuditLog) string { return row.String() }},
			{Label: "Who", Reads: []string{"UserID", "AdditionalData"}, Relation: "User", Value: actorOf},
			{Label: "Result", Reads: []string{"Success", "StatusCode", "ErrorMessage"}, Value: resultOf},
		},
		Verbs: []crud.Verb{crud.Read},
		Own:   "UserID",
		Group: "User.Domain",
	}
}

// actorOf returns the name that an entry keeps of who acted, for when the person is gone.
func actorOf(row *models.AuditLog) string {
	var data struct {
		Actor string `json:"actor"`
	}
	if row.AdditionalData == nil || json.Unmarshal(row.AdditionalData, &data) != nil {
		return ""
	}
	return data.Actor
}

// resultOf says in words how it ended, and why if it was not done.
func resultOf(row *models.AuditLog) string {
	result := "Failed"
	switch {
	case row.Success:
		return "Done"
	case row.StatusCode != nil && *row.StatusCode == http.StatusForbidden:
		result = "Denied"
	}
	if row.ErrorMessage != nil {
		result += ": " + *row.ErrorMessage
	}
	return result
}
