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
	crud.Register(accounts, users())
	crud.Register(accounts, userPasswords())
	crud.Register(accounts, crud.Options[models.UserRole]{})
	crud.Register(accounts, crud.Options[models.UserQuota]{Plural: "User quotas"})
	crud.Register(accounts, sessions())

	mail := reg.Area("Mail")
	crud.Register(mail, crud.Options[models.EmailAlias]{})
	crud.Register(mail, mailboxEvents())

	certificates := reg.Area("Certificates")
	crud.Register(certificates, crud.Options[models.Certificate]{})
	crud.Register(certificates, crud.Options[models.CertificateFile]{})
	crud.Register(certificates, crud.Options[models.CertificateRenewal]{})
	crud.Register(certificates, certificateNotifications())
	crud.Register(certificates, crud.Options[models.ServiceCertificate]{})

	dns := reg.Area("DNS")
	crud.Register(dns, crud.Options[models.DNSZone]{})
	crud.Register(dns, dnsRecords())

	access := reg.Area("Access")
	crud.Register(access, roles())
	crud.Register(access, crud.Options[models.Permission]{})
	crud.Register(access, crud.Options[models.RolePermission]{})
	crud.Register(access, auditLog())
}
