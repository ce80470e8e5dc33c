// Package admin says what the panel does with each table, and connects crud to the people and the log of this database.
// It is the only package beside main that names models.
package admin

import (
	"unified/crud"
	"unified/models"
)

// Register adds every table, in menu order. The zero Options are a complete panel; a table's own file says more.
func Register(reg *crud.Registry) {
	accounts := reg.Area("Accounts")
	crud.Register(accounts, users(reg.Table))
	crud.Register(accounts, userPasswords())
	crud.Register(accounts, userRoles())
	crud.Register(accounts, crud.Options[models.UserQuota]{Plural: "User quotas", Own: "UserID", Group: "User.Domain"})
	crud.Register(accounts, sessions())
	crud.Register(accounts, apiTokens())
	crud.Register(accounts, savedViews(reg.Table))

	mail := reg.Area("Mail")
	crud.Register(mail, emailAliases())
	crud.Register(mail, mailboxEvents())

	certificates := reg.Area("Certificates")
	crud.Register(certificates, crud.Options[models.Certificate]{Own: "CreatedBy", Group: "Domain"})
	crud.Register(certificates, crud.Options[models.CertificateFile]{Own: "Certificate.CreatedBy", Group: "Certificate.Domain"})
	crud.Register(certificates, crud.Options[models.CertificateRenewal]{Own: "Certificate.CreatedBy", Group: "Certificate.Domain"})
	crud.Register(certificates, certificateNotifications())
	crud.Register(certificates, crud.Options[models.ServiceCertificate]{Group: "Domain"})

	dns := reg.Area("DNS")
	crud.Register(dns, crud.Options[models.DNSZone]{Group: "Domain"})
	crud.Register(dns, dnsRecords())

	rights := reg.Area(access)
	crud.Register(rights, roles())
	crud.Register(rights, permissions())
	crud.Register(rights, rolePermissions())
	crud.Register(rights, roleFields(reg.Table))
	crud.Register(rights, auditLog())
}
