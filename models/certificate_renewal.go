package models

import (
	"time"
)

// CertificateRenewal is one planned or finished renewal of a certificate.
type CertificateRenewal struct {
	ID              int64       `gorm:"primaryKey"`
	CertificateID   int64       `gorm:"not null"`
	Certificate     Certificate `gorm:"foreignKey:CertificateID;constraint:fk_certificate_renewals_certificate_id,OnDelete:CASCADE"`
	ScheduledAt     time.Time   `gorm:"not null" crud:"name"`
	StartedAt       *time.Time
	CompletedAt     *time.Time
	RenewalMethod   string `gorm:"size:50;not null;check:certificate_renewals_renewal_method_valid,renewal_method IN ('automatic', 'manual', 'forced', 'emergency')" validate:"required" crud:"name"`
	Success         *bool
	ErrorMessage    *string `gorm:"type:text"`
	OldNotAfter     *time.Time
	NewNotAfter     *time.Time `gorm:"check:certificate_renewals_validity_check,old_not_after IS NULL OR new_not_after IS NULL OR new_not_after > old_not_after"`
	TriggeredBy     *string    `gorm:"size:100"`
	RenewalLogs     *string    `gorm:"type:text"`
	DurationSeconds *int32     `gorm:"check:certificate_renewals_duration_positive,duration_seconds IS NULL OR duration_seconds >= 0" crud:"label:Duration (s)"`
	CreatedAt       time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt       time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns method and day, such as "automatic 2026-01-31".
func (r CertificateRenewal) String() string {
	return r.RenewalMethod + " " + r.ScheduledAt.UTC().Format(time.DateOnly)
}
