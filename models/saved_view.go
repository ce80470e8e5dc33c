package models

import "time"

// SavedView is a list as it was filtered, sorted and laid out, under a name.
type SavedView struct {
	ID        int64     `gorm:"primaryKey"`
	UserID    int64     `gorm:"not null;uniqueIndex:uq_saved_views_user_id_table_name_name,priority:1;uniqueIndex:uq_saved_views_user_id_table_name_default,priority:1,where:is_default"`
	User      User      `gorm:"foreignKey:UserID;constraint:fk_saved_views_user_id,OnDelete:CASCADE"`
	Table     string    `gorm:"column:table_name;size:100;not null;uniqueIndex:uq_saved_views_user_id_table_name_name,priority:2;uniqueIndex:uq_saved_views_user_id_table_name_default,priority:2;index:idx_saved_views_role_name,priority:2" validate:"required"`
	Name      string    `gorm:"size:100;not null;uniqueIndex:uq_saved_views_user_id_table_name_name,priority:3" validate:"required" crud:"name"`
	Query     string    `gorm:"type:text;not null;default:''"`
	RoleName  *string   `gorm:"size:50;index:idx_saved_views_role_name,priority:1" crud:"label:Shared with"`
	Role      *Role     `gorm:"foreignKey:RoleName;references:Name;constraint:fk_saved_views_role_name,OnUpdate:CASCADE,OnDelete:SET NULL"`
	IsDefault bool      `gorm:"not null;default:false" crud:"label:Default"`
	CreatedAt time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns the name.
func (v SavedView) String() string { return v.Name }
