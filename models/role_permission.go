package models

import (
	"fmt"
	"time"
)

// RolePermission says that a role gives a permission.
type RolePermission struct {
	RoleID       int64      `gorm:"primaryKey;autoIncrement:false" crud:"name"`
	Role         Role       `gorm:"foreignKey:RoleID;constraint:fk_role_permissions_role_id,OnDelete:CASCADE"`
	PermissionID int64      `gorm:"primaryKey;autoIncrement:false" crud:"name"`
	Permission   Permission `gorm:"foreignKey:PermissionID;constraint:fk_role_permissions_permission_id,OnDelete:CASCADE"`
	CreatedAt    time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
}

// String returns both numbers, such as "role 3, permission 7".
func (r RolePermission) String() string {
	return fmt.Sprintf("role %d, permission %d", r.RoleID, r.PermissionID)
}
