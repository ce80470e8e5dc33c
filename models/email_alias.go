package models

import (
	"time"
)

// EmailAlias hands the mail for one address on to another.
type EmailAlias struct {
	ID               int64     `gorm:"primaryKey"`
	UserID           int64     `gorm:"not null;uniqueIndex:idx_email_aliases_user_primary,where:is_primary = true"`
	User             User      `gorm:"foreignKey:UserID;constraint:fk_email_aliases_user_id,OnDelete:CASCADE"`
	AliasEmail       string    `gorm:"size:255;not null;uniqueIndex:email_aliases_alias_email_key;check:email_aliases_alias_email_format,alias_email ~ '^[^@]+@[^@]+\\.[^@]+$'" validate:"required" crud:"name"`
	DestinationEmail string    `gorm:"size:255;not null;check:email_aliases_destination_email_format,destination_email ~ '^[^@]+@[^@]+\\.[^@]+$'" validate:"required,nefield=AliasEmail"`
	IsPrimary        bool      `gorm:"not null;default:false" crud:"label:Primary"`
	IsActive         bool      `gorm:"not null;default:true" crud:"label:Active"`
	IsCatchAll       bool      `gorm:"not null;default:false" crud:"label:Catch-all"`
	CreatedAt        time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt        time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns the address that receives the mail.
func (a EmailAlias) String() string {
	return a.AliasEmail
}
