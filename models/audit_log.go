package models

import (
	"strconv"
	"time"
)

// AuditLog is one entry of the history: who did what to which record. Entries are never changed. Its fields stand in the
// order in which they are read: what happened and what it changed, from where, and then what others are found by.
type AuditLog struct {
	ID             int64     `gorm:"primaryKey"`
	CreatedAt      time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"label:When"`
	AdditionalData JSON      `crud:"label:Details"`
	IPAddress      *Inet     `crud:"label:IP address"`
	UserAgent      *string   `gorm:"type:text"`
	Service        *string   `gorm:"size:50;check:audit_log_service_valid,service IS NULL OR service IN ('apache', 'dovecot', 'webdav', 'samba', 'api', 'web', 'admin')"`
	RequestMethod  *string   `gorm:"size:10;check:audit_log_request_method_valid,request_method IS NULL OR request_method IN ('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')"`
	RequestPath    *string   `gorm:"size:1000"`
	DurationMS     *int32    `gorm:"check:audit_log_duration_positive,duration_ms IS NULL OR duration_ms >= 0" crud:"label:Duration (ms)"`
	Success        bool      `gorm:"not null"`
	StatusCode     *int32    `gorm:"check:audit_log_status_code_valid,status_code IS NULL OR (status_code >= 100 AND status_code <= 599)"`
	ErrorMessage   *string   `gorm:"type:text"`
	UserID         *int64
	User           *User   `gorm:"foreignKey:UserID;constraint:fk_audit_log_user_id,OnDelete:SET NULL"`
	SessionID      *string `gorm:"size:255"`
	Action         string  `gorm:"size:100;not null;check:audit_log_action_not_empty,length(trim(BOTH FROM action)) > 0" validate:"required" crud:"name"`
	Resource       *string `gorm:"size:500" crud:"name"`
	ResourceID     *int64  `crud:"name"`
}

// TableName returns audit_log.
func (AuditLog) TableName() string { return "audit_log" }

// String returns what was done to what, such as "update users 7".
func (a AuditLog) String() string {
	if a.Resource == nil && a.ResourceID == nil {
		return a.Action
	}
	text := append(make([]byte, 0, 80), a.Action...)
	if a.Resource != nil {
		text = append(append(text, ' '), *a.Resource...)
	}
	if a.ResourceID != nil {
		text = strconv.AppendInt(append(text, ' '), *a.ResourceID, 10)
	}
	return string(text)
}
