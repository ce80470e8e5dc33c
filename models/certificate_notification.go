package models

import (
	"fmt"
	"time"
)

// CertificateNotification is a change of a certificate that other services have yet to act on.
type CertificateNotification struct {
	ID               int64 `gorm:"primaryKey" crud:"name"`
	CertificateID    *int64
	Certificate      *Certificate `gorm:"foreignKey:CertificateID;constraint:fk_certificate_notifications_certificate_id,OnDelete:SET NULL"`
	NotificationType string       `gorm:"size:50;not null;check:certificate_notifications_type_valid,notification_type IN ('created', 'updated', 'renewed', 'expired', 'error', 'deleted', 'warning')" validate:"required" crud:"name"`
	Message          *string      `gorm:"type:text"`
	NotificationData JSON
	ProcessedAt      *time.Time `crud:"readonly"`
	ProcessedBy      *string    `gorm:"size:100" crud:"readonly"`
	ErrorMessage     *string    `gorm:"type:text" crud:"readonly"`
	RetryCount       int32      `gorm:"not null;default:0;check:certificate_notifications_retry_count_positive,retry_count >= 0" crud:"readonly"`
	NextRetryAt      *time.Time
	CreatedAt        time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
}

// String returns type and number, such as "renewed 7".
func (n CertificateNotification) String() string {
	return fmt.Sprintf("%s %d", n.NotificationType, n.ID)
}
