package models

import (
	"time"
)

// Permission is a single right: an action on a model, within a scope. "*" stands for any.
type Permission struct {
	ID        int64     `gorm:"primaryKey"`
	Model     string    `gorm:"size:100;not null;uniqueIndex:uq_permissions_model_action_scope,priority:1;check:ck_permissions_parts,model !~ ':' AND action !~ ':'" validate:"required" crud:"name"`
	Action    string    `gorm:"size:100;not null;uniqueIndex:uq_permissions_model_action_scope,priority:2" validate:"required" crud:"name"`
	Scope     string    `gorm:"size:10;not null;uniqueIndex:uq_permissions_model_action_scope,priority:3;check:ck_permissions_scope,scope IN ('all', 'group', 'own', '*')" validate:"required" crud:"name"`
	Name      string    `gorm:"->;default:(-);size:212;not null;generated:model || ':' || action || ':' || scope"`
	CreatedAt time.Time `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
}

// String returns model, action and scope, such as "users:read:all". Name holds the same, made by the database.
func (p Permission) String() string {
	return p.Model + ":" + p.Action + ":" + p.Scope
}
