package models

import (
	"time"
)

// Role is what people can be given. Who holds several acts with the one of the highest rank.
type Role struct {
	ID          int64      `gorm:"primaryKey"`
	Name        string     `gorm:"size:50;not null;uniqueIndex:uq_roles_name" validate:"required" crud:"name"`
	Rank        int32      `gorm:"not null;default:0"`
	Description *string    `gorm:"type:text"`
	IsBuiltin   bool       `gorm:"not null;default:false" crud:"label:Built in;readonly"`
	PresetAt    *time.Time `crud:"readonly"`
	CreatedAt   time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt   time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns the name.
func (r Role) String() string {
	return r.Name
}
