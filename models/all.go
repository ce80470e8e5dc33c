// Package models holds the tables of the schema as Go structs, one a file, for GORM and for the panel that reads their
// tags. What a column means is said by its comment in the database.
package models

// All returns a pointer to a zero value of each model, in an order in which what is referred to comes first.
func All() []any {
	return []any{
		&User{}, &Role{}, &Permission{}, &RolePermission{}, &RoleField{}, &UserPassword{}, &UserRole{}, &UserQuota{}, &EmailAlias{},
		&Session{}, &APIToken{}, &AuditLog{}, &MailboxEvent{}, &Certificate{}, &CertificateFile{}, &CertificateNotification{},
		&CertificateRenewal{}, &ServiceCertificate{}, &DNSZone{}, &DNSRecord{}, &SavedView{},
	}
}
