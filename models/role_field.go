package models

import (
	"time"
)

// RoleField keeps one column of a table back from a role.
type RoleField struct {
	ID        int64     `gorm:"primaryKey"`
	RoleID    int64     `gorm:"not null;uniqueIndex:uq_role_fields_role_id_model_field,priority:1"`
	Role      Role      `gorm:"foreignKey:RoleID;constraint:fk_role_fields_role_id,OnDelete:CASCADE"`
	Model     string    `gorm:"size:100;not null;uniqueIndex:uq_role_fields_role_id_model_field,priority:2" validate:"required" crud:"name"`
	Field     string    `gorm:"size:100;not null;uniqueIndex:uq_role_fields_role_id_model_field,priority:3" validate:"required" crud:"name"`
	Access    string    `gorm:"size:10;not null;check:ck_role_fields_access,access IN ('hidden', 'read-only')" validate:"required" crud:"name"`
	CreatedAt time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns table, column and what is left of it, such as "users.email hidden".
func (r RoleField) String() string {
	return r.Model + "." + r.Field + " " + r.Access
}
