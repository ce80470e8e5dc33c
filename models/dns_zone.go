package models

import (
	"time"
)

// DNSZone is a domain that the name servers answer for, with its SOA values.
type DNSZone struct {
	ID              int64     `gorm:"primaryKey"`
	Domain          string    `gorm:"size:255;not null;uniqueIndex:dns_zones_domain_key;check:dns_zones_domain_format,domain ~ '^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$'" validate:"required,lowercase" crud:"name"`
	SerialNumber    int64     `gorm:"not null;check:dns_zones_serial_number_positive,serial_number > 0"`
	RefreshInterval int32     `gorm:"not null;default:3600;check:dns_zones_refresh_interval_positive,refresh_interval > 0"`
	RetryInterval   int32     `gorm:"not null;default:1800;check:dns_zones_retry_interval_positive,retry_interval > 0"`
	ExpireInterval  int32     `gorm:"not null;default:604800;check:dns_zones_expire_interval_positive,expire_interval > 0"`
	MinimumTTL      int32     `gorm:"not null;default:3600;check:dns_zones_minimum_ttl_positive,minimum_ttl > 0" crud:"label:Minimum TTL"`
	PrimaryNS       string    `gorm:"size:255;not null" validate:"required" crud:"label:Primary name server"`
	AdminEmail      string    `gorm:"size:255;not null;check:dns_zones_admin_email_format,admin_email ~ '^[^@]+@[^@]+\\.[^@]+$'" validate:"required" crud:"label:Admin email"`
	IsActive        bool      `gorm:"not null;default:true" crud:"label:Active"`
	ZoneType        string    `gorm:"size:20;not null;default:'master';check:dns_zones_zone_type_valid,zone_type IN ('master', 'slave', 'stub', 'forward')"`
	CreatedAt       time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt       time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns the domain.
func (z DNSZone) String() string {
	return z.Domain
}
