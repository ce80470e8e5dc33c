package models

import (
	"time"
)

// ServiceCertificate says which certificate a service presents for a domain, and how.
type ServiceCertificate struct {
	ID              int64     `gorm:"primaryKey"`
	ServiceName     string    `gorm:"size:100;not null;uniqueIndex:service_certificates_service_domain_unique,priority:1;check:service_certificates_service_name_valid,service_name IN ('apache', 'nginx', 'mail', 'postfix', 'dovecot', 'webdav', 'api', 'admin')" validate:"required" crud:"name"`
	Domain          string    `gorm:"size:255;not null;uniqueIndex:service_certificates_service_domain_unique,priority:2" validate:"required" crud:"name"`
	CertificateType string    `gorm:"size:50;not null;check:service_certificates_certificate_type_valid,certificate_type IN ('live', 'staged', 'self-signed', 'none', 'manual')" validate:"required"`
	SSLEnabled      bool      `gorm:"not null;default:false" crud:"label:SSL enabled"`
	CertificatePath *string   `gorm:"size:500"`
	PrivateKeyPath  *string   `gorm:"size:500"`
	ChainPath       *string   `gorm:"size:500"`
	IsActive        bool      `gorm:"not null;default:true" crud:"label:Active"`
	LastUpdated     time.Time `gorm:"not null;default:CURRENT_TIMESTAMP" crud:"readonly"`
	LastReload      *time.Time
	SSLProtocols    Texts   `crud:"label:SSL protocols"`
	SSLCiphers      *string `gorm:"type:text" crud:"label:SSL ciphers"`
	HSTSEnabled     bool    `gorm:"not null;default:false" crud:"label:HSTS enabled"`
	HSTSMaxAge      *int32  `gorm:"default:31536000;check:service_certificates_hsts_max_age_positive,hsts_max_age IS NULL OR hsts_max_age > 0" crud:"label:HSTS max age"`
	LastHealthCheck *time.Time
	HealthStatus    string    `gorm:"size:20;not null;default:'unknown';check:service_certificates_health_status_valid,health_status IN ('healthy', 'warning', 'critical', 'unknown')"`
	HealthError     *string   `gorm:"type:text"`
	CreatedAt       time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
}

// String returns service and domain, such as "nginx example.org".
func (s ServiceCertificate) String() string {
	return s.ServiceName + " " + s.Domain
}
