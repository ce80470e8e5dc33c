package models

import (
	"time"
)

// DNSRecord is one answer of a zone.
type DNSRecord struct {
	ID             int64     `gorm:"primaryKey"`
	ZoneDomain     string    `gorm:"column:domain;size:255;not null;uniqueIndex:uq_dns_records_rdata,priority:1;uniqueIndex:uq_dns_records_cname,priority:1,where:record_type = 'CNAME';check:dns_records_domain_format,domain ~ '^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$'" validate:"required,lowercase" crud:"name;label:Zone"`
	Zone           DNSZone   `gorm:"foreignKey:ZoneDomain;references:Domain;constraint:fk_dns_records_domain,OnUpdate:CASCADE,OnDelete:CASCADE"`
	Name           string    `gorm:"size:255;not null;uniqueIndex:uq_dns_records_rdata,expression:lower(name),priority:2;uniqueIndex:uq_dns_records_cname,expression:lower(name),priority:2" validate:"required" crud:"name"`
	RecordType     string    `gorm:"size:10;not null;uniqueIndex:uq_dns_records_rdata,priority:3;check:dns_records_record_type_valid,record_type IN ('A', 'AAAA', 'CNAME', 'MX', 'TXT', 'SRV', 'NS', 'PTR', 'SOA', 'CAA', 'DKIM', 'SPF')" validate:"required" crud:"name"`
	Value          string    `gorm:"type:text;not null;uniqueIndex:uq_dns_records_rdata,expression:md5(value),priority:4;check:dns_records_value_not_empty,length(trim(BOTH FROM value)) > 0" validate:"required"`
	TTL            int32     `gorm:"not null;default:3600;check:dns_records_ttl_positive,ttl > 0" crud:"label:TTL"`
	Priority       *int32    `gorm:"uniqueIndex:uq_dns_records_rdata,expression:coalesce(priority\\, -1),priority:5;check:dns_records_mx_priority,record_type <> 'MX' OR priority IS NOT NULL" validate:"omitempty,gte=0" crud:"showIf:RecordType=MX|SRV"`
	Weight         *int32    `gorm:"uniqueIndex:uq_dns_records_rdata,expression:coalesce(weight\\, -1),priority:6;check:dns_records_srv_priority_weight_port,record_type <> 'SRV' OR (priority IS NOT NULL AND weight IS NOT NULL AND port IS NOT NULL)" validate:"omitempty,gte=0" crud:"showIf:RecordType=SRV"`
	Port           *int32    `gorm:"uniqueIndex:uq_dns_records_rdata,expression:coalesce(port\\, -1),priority:7;check:dns_records_port_valid,port IS NULL OR (port > 0 AND port <= 65535)" crud:"showIf:RecordType=SRV"`
	IsActive       bool      `gorm:"not null;default:true" crud:"label:Active"`
	IsSystemRecord bool      `gorm:"not null;default:false" crud:"label:System record"`
	CreatedAt      time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt      time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns name, zone and type, such as "www example.org A".
func (r DNSRecord) String() string {
	return r.Name + " " + r.ZoneDomain + " " + r.RecordType
}
