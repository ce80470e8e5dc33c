package admin

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// secret stands for a value that is never recorded.
type secret struct {
	Secret bool `json:"secret"`
}

// Record writes one row of audit_log for each change, within tx: who did it, in which request, and each column as
// [old, new] in PostgreSQL's own text, null for NULL and {"secret":true} for a secret. The rows of one transaction
// have the same "set", and the "reason" that was given, if one was. A row has no status: the answer is decided after the
// commit, and that the row is there says that it was a good one.
func Record(ctx context.Context, tx *gorm.DB, changes []crud.Change) error {
	account, _ := auth.From(ctx)
	for _, change := range changes {
		entry := auth.Entry{
			By: account, Action: string(change.Verb), Resource: change.Table, Key: change.Key,
			More: map[string]any{"set": change.Set, "changes": columns(change.Fields)},
		}
		if change.Reason != "" {
			entry.More["reason"] = change.Reason
		}
		if change.Beyond {
			entry.More["beyond"] = true
		}
		sql, args, err := entry.Insert(ctx)
		if err == nil {
			err = crud.Later(ctx, tx, sql, args...)
		}
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
