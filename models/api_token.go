package models

import "time"

// APIToken is what a program asks with in somebody's name. TokenHash is the SHA-256 of the token.
type APIToken struct {
	ID            int64      `gorm:"primaryKey"`
	UserID        int64      `gorm:"not null;uniqueIndex:uq_api_tokens_user_id_name,priority:1,where:revoked_at IS NULL;index:idx_api_tokens_user_id"`
	User          User       `gorm:"foreignKey:UserID;constraint:fk_api_tokens_user_id,OnDelete:CASCADE"`
	Name          string     `gorm:"size:100;not null;uniqueIndex:uq_api_tokens_user_id_name,priority:2" validate:"required" crud:"name"`
	TokenHash     []byte     `gorm:"not null;uniqueIndex:uq_api_tokens_token_hash" crud:"secret;readonly"`
	Permissions   Texts      `gorm:"not null" crud:"readonly"`
	CreatedAt     time.Time  `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	ExpiresAt     time.Time  `gorm:"not null;index:idx_api_tokens_expires_at" crud:"readonly"`
	LastUsedAt    *time.Time `crud:"readonly"`
	LastIPAddress *Inet      `crud:"label:Last IP address;readonly"`
	RevokedAt     *time.Time `crud:"readonly"`
}

// String returns the name.
func (t APIToken) String() string { return t.Name }
