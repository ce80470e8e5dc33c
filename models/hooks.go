package models

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
)

// The hooks in this package write rows beside the change that caused them, in its transaction. They rely on three
// forms of a write: tx.Create(&row), tx.Model(&old).Select(columns).Updates(new) with a loaded old row and a whole
// new one, and tx.Delete(&loaded).

// updated returns the new row of a running tx.Model(&old).Updates(new).
func updated[T any](tx *gorm.DB) (*T, error) {
	switch row := tx.Statement.Dest.(type) {
	case *T:
		return row, nil
	case T:
		return &row, nil
	default:
		return nil, fmt.Errorf("update %s: the new row is a %T", tx.Statement.Table, row)
	}
}

// notify tells listeners on channel which row changed, once the transaction commits.
func notify(tx *gorm.DB, channel, table string, id int64) error {
	payload, err := encode(map[string]any{"table": table, "id": id})
	if err != nil {
		return err
	}
	if err := tx.Exec("SELECT pg_notify(?, ?)", channel, payload).Error; err != nil {
		return fmt.Errorf("notify %s: %w", channel, err)
	}
	return nil
}

// encode returns facts as a JSON column holds them.
func encode(facts map[string]any) (JSON, error) {
	text, err := json.Marshal(facts)
	if err != nil {
		return nil, fmt.Errorf("encode %v: %w", facts, err)
	}
	return text, nil
}

// Refusal is an error of a hook that refuses values: a sentence for each column.
type Refusal map[string]string

// Error returns the sentences.
func (r Refusal) Error() string { return fmt.Sprint(map[string]string(r)) }

// FieldErrors returns the sentences by column.
func (r Refusal) FieldErrors() map[string]string { return r }
