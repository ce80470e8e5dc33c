package models

import (
	"time"
)

// UserRole is a role that a person holds in a service, or in all of them ("global"), perhaps for a time.
type UserRole struct {
	ID            int64     `gorm:"primaryKey"`
	UserID        int64     `gorm:"not null;uniqueIndex:user_roles_user_service_role_unique,priority:1"`
	User          User      `gorm:"foreignKey:UserID;constraint:fk_user_roles_user_id,OnDelete:CASCADE"`
	RoleName      string    `gorm:"size:50;not null;uniqueIndex:user_roles_user_service_role_unique,priority:3" validate:"required" crud:"name"`
	Role          Role      `gorm:"foreignKey:RoleName;references:Name;constraint:fk_user_roles_role_name,OnUpdate:CASCADE"`
	Service       string    `gorm:"size:50;not null;uniqueIndex:user_roles_user_service_role_unique,priority:2;check:user_roles_service_valid,service IN ('apache', 'dovecot', 'webdav', 'samba', 'api', 'global', 'web')" validate:"required" crud:"name"`
	GrantedAt     time.Time `gorm:"not null;default:CURRENT_TIMESTAMP" crud:"readonly"`
	GrantedBy     *int64
	GrantedByUser *User `gorm:"foreignKey:GrantedBy;constraint:fk_user_roles_granted_by,OnDelete:SET NULL"`
	ExpiresAt     *time.Time
	IsActive      bool      `gorm:"not null;default:true" crud:"label:Active"`
	UpdatedAt     time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns role and service, such as "admin for web".
func (r UserRole) String() string {
	return r.RoleName + " for " + r.Service
}
