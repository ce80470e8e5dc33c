package models

import (
	"time"
)

// User is one person with one mailbox. Domain is taken from Email by the database.
type User struct {
	ID                         int64   `gorm:"primaryKey"`
	Username                   string  `gorm:"size:255;not null;uniqueIndex:users_username_key;uniqueIndex:uq_users_lower_username,expression:lower(username);check:ck_users_folder_names,username !~ '/' AND username NOT IN ('.', '..') AND split_part(email, '@', -1) !~ '/'" validate:"required" crud:"name;nfc"`
	Email                      string  `gorm:"size:255;not null;uniqueIndex:users_email_key;uniqueIndex:uq_users_lower_email,expression:lower(email);check:ck_users_email_format,email ~ '^[^@]+@[^@]+\\.[^@]+$'" validate:"required" crud:"nfc"`
	Domain                     string  `gorm:"->;default:(-);size:255;not null;generated:lower(split_part(email, '@', -1))"`
	FirstName                  *string `gorm:"size:100"`
	LastName                   *string `gorm:"size:100"`
	SystemUID                  int32   `gorm:"not null;default:5000;check:users_system_uid_positive,system_uid > 0" crud:"label:System UID"`
	SystemGID                  int32   `gorm:"column:system_gid;not null;default:5000;check:users_system_gid_positive,system_gid > 0" crud:"label:System GID"`
	HomeDirectory              *string `gorm:"size:500"`
	MailboxFormat              string  `gorm:"size:20;not null;default:'maildir';check:users_mailbox_format_valid,mailbox_format IN ('maildir', 'mbox')"`
	IsActive                   bool    `gorm:"not null;default:true" crud:"label:Active"`
	IsLocked                   bool    `gorm:"not null;default:false" crud:"label:Locked"`
	EmailVerified              bool    `gorm:"not null;default:false" crud:"label:Email verified"`
	EmailVerificationToken     *string `gorm:"size:255" crud:"secret;readonly"`
	EmailVerificationExpiresAt *time.Time
	PasswordResetToken         *string `gorm:"size:255" crud:"secret;readonly"`
	PasswordResetExpiresAt     *time.Time
	CreatedAt                  time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt                  time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
	LastLoginAt                *time.Time `crud:"readonly"`
	FailedLoginAttempts        int32      `gorm:"not null;default:0" crud:"readonly"`
	LastFailedLoginAt          *time.Time `crud:"readonly"`
}

// String returns the username.
func (u User) String() string {
	return u.Username
}
