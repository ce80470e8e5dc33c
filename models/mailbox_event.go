package models

import (
	"time"
)

// MailboxEvent is a change of a mailbox that other services have yet to act on.
type MailboxEvent struct {
	ID            int64  `gorm:"primaryKey"`
	EventType     string `gorm:"size:50;not null;check:mailbox_events_event_type_valid,event_type IN ('created', 'updated', 'deleted', 'quota_exceeded', 'quota_warning')" validate:"required" crud:"name"`
	UserID        *int64
	User          *User   `gorm:"foreignKey:UserID;constraint:fk_mailbox_events_user_id,OnDelete:SET NULL"`
	Username      *string `gorm:"size:255" crud:"name"`
	Email         *string `gorm:"size:255;check:mailbox_events_email_format,email IS NULL OR email ~ '^[^@]+@[^@]+\\.[^@]+$'"`
	Domain        *string `gorm:"size:255"`
	HomeDirectory *string `gorm:"size:500"`
	EventData     JSON
	Processed     bool       `gorm:"not null;default:false" crud:"readonly"`
	ProcessedAt   *time.Time `crud:"readonly"`
	ProcessedBy   *string    `gorm:"size:100" crud:"readonly"`
	ErrorMessage  *string    `gorm:"type:text" crud:"readonly"`
	RetryCount    int32      `gorm:"not null;default:0;check:mailbox_events_retry_count_positive,retry_count >= 0" crud:"readonly"`
	NextRetryAt   *time.Time
	CreatedAt     time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
}

// String returns type and name, such as "created alice".
func (e MailboxEvent) String() string {
	if e.Username == nil {
		return e.EventType
	}
	return e.EventType + " " + *e.Username
}
