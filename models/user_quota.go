package models

import (
	"time"
)

// UserQuota limits how much of a service a person may use. A nil QuotaValue is no limit.
type UserQuota struct {
	ID           int64     `gorm:"primaryKey"`
	UserID       int64     `gorm:"not null;uniqueIndex:user_quotas_user_service_type_unique,priority:1"`
	User         User      `gorm:"foreignKey:UserID;constraint:fk_user_quotas_user_id,OnDelete:CASCADE"`
	Service      string    `gorm:"size:50;not null;uniqueIndex:user_quotas_user_service_type_unique,priority:2;check:user_quotas_service_valid,service IN ('dovecot', 'apache', 'webdav', 'samba', 'api')" validate:"required" crud:"name"`
	QuotaType    string    `gorm:"size:50;not null;uniqueIndex:user_quotas_user_service_type_unique,priority:3;check:user_quotas_quota_type_valid,quota_type IN ('storage', 'bandwidth', 'connections', 'files', 'messages')" validate:"required" crud:"name"`
	QuotaValue   *int64    `gorm:"check:user_quotas_quota_value_positive,quota_value IS NULL OR quota_value >= 0"`
	QuotaUnit    *string   `gorm:"size:20;check:user_quotas_quota_unit_valid,quota_unit IN ('bytes', 'KB', 'MB', 'GB', 'TB', 'count', 'per_hour', 'per_day')"`
	CurrentUsage int64     `gorm:"not null;default:0;check:user_quotas_current_usage_positive,current_usage >= 0"`
	CreatedAt    time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt    time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// TableName returns user_quotas.
func (UserQuota) TableName() string { return "user_quotas" }

// String returns service and type, such as "dovecot storage".
func (q UserQuota) String() string {
	return q.Service + " " + q.QuotaType
}
