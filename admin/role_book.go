package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// RoleBook shows and changes what roles give. Reads go past no policy: a role that may not be seen is not there, and each
// permission that is given or taken is written as a row of role_permissions, with all that this asks.
type RoleBook struct {
	reg *crud.Registry
	db  *gorm.DB
}

// NewRoleBook returns the book of the tables in reg, which are those of db.
func NewRoleBook(reg *crud.Registry, db *gorm.DB) RoleBook { return RoleBook{reg, db} }

// State returns a role by its key in addresses.
func (b RoleBook) State(ctx context.Context, key string) (auth.RoleState, error) {
	return b.state(ctx, b.db.WithContext(ctx), key)
}

func (b RoleBook) state(ctx context.Context, tx *gorm.DB, key string) (auth.RoleState, error) {
	table, ok := b.reg.Table("roles")
	if !ok {
		return auth.RoleState{}, errors.New("roles are not registered")
	}
	if _, err := table.Show(ctx, key); err != nil {
		return auth.RoleState{}, err
	}
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return auth.RoleState{}, fmt.Errorf("the key of a role: %w", err)
	}
	roles, err := loadRoles(tx, []int64{id})
	if err != nil {
		return auth.RoleState{}, unavailable(err)
	}
	if len(roles) == 0 {
		return auth.RoleState{}, &crud.Error{Kind: crud.KindNotFound, Fields: map[string]string{"": "There is no such role."}}
	}
	state := auth.RoleState{Role: roles[0], Mark: mark(roles[0])}
	a, err := acting(ctx, tx)
	if err != nil {
		return state, unavailable(err)
	}
	var refused *crud.Error
	if err := a.changes("", id); errors.As(err, &refused) {
		state.Locked = refused.Error()
	} else if err != nil {
		return state, unavailable(err)
	}
	return state, nil
}

// unavailable is the error of a read that the database could not answer.
func unavailable(err error) error { return &crud.Error{Kind: crud.KindUnavailable, Err: err} }

// mark digests what a role gives and keeps back. loadRoles orders both.
func mark(role auth.Role) string {
	sum := sha256.Sum256(fmt.Append(nil, role.Permissions, role.Fields))
	return hex.EncodeToString(sum[:12])
}

// Preview tells what a change would do to the people who hold the role.
func (b RoleBook) Preview(ctx context.Context, key string, change auth.RoleChange) (auth.RolePreview, error) {
	state, err := b.State(ctx, key)
	if err != nil {
		return auth.RolePreview{}, err
	}
	preview := auth.RolePreview{RoleState: state}
	var holders []struct {
		ID       int64
		Username string
	}
	err = b.db.WithContext(ctx).Raw(`SELECT u.id, u.username FROM users u WHERE u.id IN (SELECT h.user_id FROM user_roles h WHERE h.role_name = ? AND `+inForce+`)
		ORDER BY u.username LIMIT ?`, state.Role.Name, auth.HoldersMost+1).Scan(&holders).Error
	if err != nil {
		return preview, unavailable(err)
	}
	preview.Holders = len(holders)
	holders = holders[:min(len(holders), auth.HoldersMost)]
	ids := make([]int64, len(holders))
	for i, holder := range holders {
		ids[i] = holder.ID
	}
	people, err := rightsOf(b.db.WithContext(ctx), ids...)
	if err != nil {
		return preview, unavailable(err)
	}
	for _, holder := range holders {
		effect := auth.RoleEffect{Person: holder.Username}
		effect.Gains, effect.Loses = people[holder.ID].rights.Effect(state.Role.Name, change)
		preview.People = append(preview.People, effect)
	}
	return preview, nil
}

// Save makes a change to the role as it was when it had this mark, all of it or nothing. A role that was changed
// meanwhile is a Conflict.
func (b RoleBook) Save(ctx context.Context, key, mark string, change auth.RoleChange) error {
	return b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if _, err := alone(ctx, tx); err != nil {
			return err
		}
		state, err := b.state(ctx, tx, key)
		if err != nil {
			return err
		}
		if state.Mark != mark {
			return &crud.Error{Kind: crud.KindConflict, Fields: map[string]string{"": "Somebody else has changed this role meanwhile. Look at it again."}}
		}
		given, ok := b.reg.Table("role_permissions")
		if !ok {
			return errors.New("role_permissions are not registered")
		}
		for _, p := range sorted(change.Takes) {
			id, err := b.number(ctx, tx, p)
			if err != nil {
				return err
			}
			if _, err := given.Delete(ctx, key+","+id); err != nil {
				return err
			}
		}
		for _, p := range sorted(change.Gives) {
			id, err := b.number(ctx, tx, p)
			if err != nil {
				return err
			}
			if _, err := given.Submit(ctx, "", url.Values{"role_id": {key}, "permission_id": {id}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// sorted puts permissions in one order for everybody, so that two who save wait for each other at the same row.
func sorted(permissions []auth.Permission) []auth.Permission {
	return slices.SortedFunc(slices.Values(permissions), func(a, b auth.Permission) int { return cmp.Compare(a.String(), b.String()) })
}

// number returns the key of a permission, which is made if it is not there yet.
func (b RoleBook) number(ctx context.Context, tx *gorm.DB, p auth.Permission) (string, error) {
	var ids []int64
	err := tx.Raw(`SELECT id FROM permissions WHERE model = ? AND action = ? AND scope = ?`, p.Model, p.Action, p.Scope).Scan(&ids).Error
	if err != nil {
		return "", err
	}
	if len(ids) > 0 {
		return strconv.FormatInt(ids[0], 10), nil
	}
	table, ok := b.reg.Table("permissions")
	if !ok {
		return "", errors.New("permissions are not registered")
	}
	saved, err := table.Submit(ctx, "", url.Values{"model": {p.Model}, "action": {p.Action}, "scope": {p.Scope}})
	if err != nil {
		return "", err
	}
	return saved.Key, nil
}
