package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// history is what additional_data of a write's row in audit_log holds.
type history struct {
	Key     string         `json:"key"`
	Actor   string         `json:"actor,omitempty"` // the user name: it stays when the user goes
	Request string         `json:"request,omitempty"`
	Set     string         `json:"set"` // the same for all rows of one transaction
	Changes map[string]any `json:"changes"`
}

// secret stands for a value that is never recorded.
type secret struct {
	Secret bool `json:"secret"`
}

// An actor who deletes their own account is no user any more when the row is written: hence the SELECT.
const insertHistory = `
INSERT INTO audit_log (user_id, session_id, service, action, resource, resource_id, ip_address, user_agent,
                       request_method, request_path, success, additional_data, duration_ms)
VALUES ((SELECT id FROM users WHERE id = ?), nullif(?, ''), 'web', ?, ?, ?, nullif(?, '')::inet, nullif(?, ''),
        nullif(?, ''), nullif(?, ''), true, ?::jsonb, ?)`

// Record writes one row of audit_log for each change, within tx: who did it, in which request, and each column as
// [old, new] in PostgreSQL's own text, null for NULL and {"secret":true} for a secret.
func Record(ctx context.Context, tx *gorm.DB, changes []crud.Change) error {
	account, _ := auth.From(ctx)
	request := auth.RequestFrom(ctx)
	for _, change := range changes {
		data, err := json.Marshal(history{change.Key, account.Name, request.ID, change.Set, columns(change.Fields)})
		if err != nil {
			return fmt.Errorf("record the change of %s %s: %w", change.Table, change.Key, err)
		}
		var elapsed *int64
		if ms, ok := request.Milliseconds(); ok {
			elapsed = &ms
		}
		err = tx.WithContext(ctx).Exec(insertHistory, account.ID, request.SessionID, string(change.Verb), change.Table,
			number(change.Key), request.Address, request.Agent, request.Method, request.Path, string(data), elapsed).Error
		if err != nil {
			return fmt.Errorf("record the change of %s %s: %w", change.Table, change.Key, err)
		}
	}
	return nil
}

func columns(fields []crud.FieldChange) map[string]any {
	changes := make(map[string]any, len(fields))
	for _, field := range fields {
		if field.Secret {
			changes[field.Column] = secret{true}
			continue
		}
		changes[field.Column] = [2]*string{field.Old, field.New}
	}
	return changes
}

// number returns the key if it is one whole number, else nil.
func number(key string) *int64 {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return nil
	}
	return &id
}
