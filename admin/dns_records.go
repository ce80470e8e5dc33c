package admin

import (
	"unified/crud"
	"unified/models"
)

// Records stand in the order of a zone file: by zone, name and type.
func dnsRecords() crud.Options[models.DNSRecord] {
	return crud.Options[models.DNSRecord]{
		List:   []string{"Name", "Zone", "RecordType", "Value", "Priority", "TTL", "IsActive"},
		Search: []string{"Zone", "Name", "RecordType", "Value"},
		Sort:   "Zone,Name,RecordType",
		Group:  "ZoneDomain",
	}
}
