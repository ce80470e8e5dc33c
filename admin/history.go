package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"unified/crud"
)

// History reads the changes that Record wrote into audit_log. Who made a change, and from where, is told to those who may
// read its entry.
type History struct{}

var _ crud.History = History{}

// recordedRow is a row of audit_log as a change is read from it.
type recordedRow struct {
	ID        int64
	CreatedAt time.Time
	UserID    *int64
	Domain    *string
	Address   *string
	Action    string
	Resource  string
	Data      string
}

// recordedColumns reads what changed. Refusals and sign-ins hold no changes.
const recordedColumns = `
SELECT l.id, l.created_at, l.user_id, u.domain, host(l.ip_address) AS address, l.action, l.resource, l.additional_data::text AS data
FROM audit_log l LEFT JOIN users u ON u.id = l.user_id
WHERE l.success AND jsonb_exists(l.additional_data, 'changes') AND `

// Changes implements [crud.History].
func (History) Changes(ctx context.Context, db *gorm.DB, of crud.HistoryOf) ([]crud.Recorded, error) {
	last := int64(1<<63 - 1)
	if of.Before != "" {
		var err error
		if last, err = strconv.ParseInt(of.Before, 10, 64); err != nil {
			return nil, &crud.Error{Kind: crud.KindBad, Err: err}
		}
	}
	const which = `l.resource = ? AND l.additional_data ->> 'key' = ? AND l.id < ? ORDER BY l.id DESC LIMIT ?`
	return recorded(ctx, db.Raw(recordedColumns+which, of.Table, of.Key, last, of.Limit))
}

// Set implements [crud.History].
func (History) Set(ctx context.Context, db *gorm.DB, set string, limit int) ([]crud.Recorded, error) {
	wanted, err := json.Marshal(map[string]string{"set": set})
	if err != nil {
		return nil, fmt.Errorf("encode a set: %w", err)
	}
	return recorded(ctx, db.Raw(recordedColumns+`l.additional_data @> ?::jsonb ORDER BY l.id LIMIT ?`, string(wanted), limit))
}

func recorded(ctx context.Context, query *gorm.DB) ([]crud.Recorded, error) {
	var rows []recordedRow
	if err := query.WithContext(ctx).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	readable, err := Policy{}.Scope(ctx, "audit_log", crud.Read)
	if err != nil {
		return nil, err
	}
	out := make([]crud.Recorded, len(rows))
	for i, row := range rows {
		if out[i], err = row.change(); err != nil {
			return nil, err
		}
		own := readable.Own != nil && row.UserID != nil && readable.Own == *row.UserID
		group := readable.Group != nil && row.Domain != nil && readable.Group == *row.Domain
		if !readable.All && !own && !group {
			out[i].By, out[i].Address, out[i].Request, out[i].Reason, out[i].Kept = "", "", "", "", true
		}
	}
	return out, nil
}

// change reads what Record wrote.
func (row recordedRow) change() (crud.Recorded, error) {
	var data struct {
		Key, Actor, Request, Set, Reason string
		Beyond                           bool
		Changes                          map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(row.Data), &data); err != nil {
		return crud.Recorded{}, fmt.Errorf("read audit entry %d: %w", row.ID, err)
	}
	out := crud.Recorded{
		Change: crud.Change{Table: row.Resource, Key: data.Key, Verb: crud.Verb(row.Action), Set: data.Set, Reason: data.Reason, Beyond: data.Beyond},
		ID:     strconv.FormatInt(row.ID, 10), At: row.CreatedAt.UTC(), By: data.Actor, Request: data.Request,
	}
	if row.Address != nil {
		out.Address = *row.Address
	}
	for column, text := range data.Changes {
		field := crud.FieldChange{Column: column}
		var values [2]*string
		if json.Unmarshal(text, &values) == nil {
			field.Old, field.New = values[0], values[1]
		} else {
			field.Secret = true
		}
		out.Fields = append(out.Fields, field)
	}
	return out, nil
}
