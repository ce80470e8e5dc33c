package models

import (
	"time"
)

// UserPassword is the hash of the password that opens one service to one person.
type UserPassword struct {
	ID                    int64     `gorm:"primaryKey"`
	UserID                int64     `gorm:"not null;uniqueIndex:user_passwords_user_service_unique,priority:1"`
	User                  User      `gorm:"foreignKey:UserID;constraint:fk_user_passwords_user_id,OnDelete:CASCADE"`
	Service               string    `gorm:"size:50;not null;uniqueIndex:user_passwords_user_service_unique,priority:2;check:user_passwords_service_valid,service IN ('apache', 'dovecot', 'webdav', 'samba', 'api', 'web')" validate:"required" crud:"name"`
	PasswordHash          string    `gorm:"type:text;not null" crud:"secret"`
	HashScheme            string    `gorm:"size:50;not null;check:user_passwords_hash_scheme_valid,hash_scheme IN ('CRYPT', 'SHA256', 'SSHA', 'BCRYPT', 'PBKDF2', 'ARGON2')" crud:"readonly"`
	CreatedAt             time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt             time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
	ExpiresAt             *time.Time
	MustChangeOnNextLogin bool `gorm:"not null;default:false"`
}

// String returns the service, such as "dovecot password".
func (p UserPassword) String() string {
	return p.Service + " password"
}
