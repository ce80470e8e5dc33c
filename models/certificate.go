package models

import (
	"time"
)

// Certificate is a TLS certificate with its validity, files and renewal.
type Certificate struct {
	ID                  int64     `gorm:"primaryKey"`
	Domain              string    `gorm:"size:255;not null;uniqueIndex:certificates_domain_type_unique,priority:1" validate:"required" crud:"name"`
	CertificateType     string    `gorm:"size:50;not null;uniqueIndex:certificates_domain_type_unique,priority:2;check:certificates_type_valid,certificate_type IN ('self-signed', 'letsencrypt', 'manual', 'ca-signed')" validate:"required" crud:"name"`
	SubjectAltNames     Texts     `crud:"label:Subject alternative names"`
	Issuer              *string   `gorm:"size:500"`
	Subject             *string   `gorm:"size:500"`
	NotBefore           time.Time `gorm:"not null"`
	NotAfter            time.Time `gorm:"not null;check:certificates_validity_period,not_after > not_before"`
	CertificatePath     string    `gorm:"size:500;not null" validate:"required"`
	PrivateKeyPath      string    `gorm:"size:500;not null" validate:"required"`
	ChainPath           *string   `gorm:"size:500"`
	FullchainPath       *string   `gorm:"size:500"`
	IsActive            bool      `gorm:"not null;default:true" crud:"label:Active"`
	AutoRenew           bool      `gorm:"not null;default:true"`
	RenewalAttempts     int32     `gorm:"not null;default:0;check:certificates_renewal_attempts_positive,renewal_attempts >= 0"`
	LastRenewalAttempt  *time.Time
	LastRenewalSuccess  *time.Time
	RenewalErrorMessage *string   `gorm:"type:text"`
	ACMEAccountKeyPath  *string   `gorm:"size:500" crud:"label:ACME account key path"`
	ACMEStaging         bool      `gorm:"not null;default:false" crud:"label:ACME staging"`
	ACMEChallengeType   string    `gorm:"size:50;not null;default:'http-01';check:certificates_acme_challenge_valid,acme_challenge_type IN ('http-01', 'dns-01', 'tls-alpn-01')" crud:"label:ACME challenge type"`
	CreatedAt           time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt           time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
	CreatedBy           *int64
	CreatedByUser       *User `gorm:"foreignKey:CreatedBy;constraint:fk_certificates_created_by,OnDelete:SET NULL"`
}

// String returns domain and type, such as "example.org (letsencrypt)".
func (c Certificate) String() string {
	return c.Domain + " (" + c.CertificateType + ")"
}
