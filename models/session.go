package models

import (
	"fmt"
	"time"
)

// Session is one sign-in to the panel. TokenHash is the SHA-256 of the cookie's token.
type Session struct {
	ID         int64      `gorm:"primaryKey" crud:"name"`
	UserID     int64      `gorm:"not null"`
	User       User       `gorm:"foreignKey:UserID;constraint:fk_sessions_user_id,OnDelete:CASCADE"`
	TokenHash  []byte     `gorm:"not null;uniqueIndex:uq_sessions_token_hash" crud:"secret;readonly"`
	CreatedAt  time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	LastSeenAt time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP" crud:"readonly"`
	ExpiresAt  time.Time  `gorm:"not null" crud:"readonly"`
	RevokedAt  *time.Time `crud:"readonly"`
	IPAddress  *Inet      `crud:"label:IP address;readonly"`
	UserAgent  *string    `gorm:"type:text" crud:"readonly"`
	Data       JSON       `gorm:"not null;default:'{}'" crud:"readonly"`
}

// String returns the number, such as "session 7".
func (s Session) String() string {
	return fmt.Sprintf("session %d", s.ID)
}
