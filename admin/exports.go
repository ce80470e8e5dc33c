package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// exported is what additional_data of an export's row in audit_log holds.
type exported struct {
	Actor   string   `json:"actor,omitempty"`
	Request string   `json:"request,omitempty"`
	Format  string   `json:"format"`
	Rows    int64    `json:"rows"`
	Search  string   `json:"search,omitempty"`
	Filter  string   `json:"filter,omitempty"`
	Sort    string   `json:"sort,omitempty"`
	Fields  []string `json:"fields,omitempty"` // none: all that may be seen
	Keys    []string `json:"keys,omitempty"`   // none: all that match
	Labels  bool     `json:"labels,omitempty"`
}

const insertExported = `
INSERT INTO audit_log (user_id, session_id, service, action, resource, ip_address, user_agent, request_method, request_path,
                       success, error_message, additional_data, duration_ms)
VALUES ((SELECT id FROM users WHERE id = ?), nullif(?, ''), 'web', 'export', ?, nullif(?, '')::inet, nullif(?, ''),
        nullif(?, ''), nullif(?, ''), ?, nullif(?, ''), ?::jsonb, ?)`

// RecordExport writes one row of audit_log for an export: who asked for which rows, how many they got, and why not all of
// them if it stopped on the way.
func RecordExport(ctx context.Context, db *gorm.DB, e crud.Exported) error {
	account, _ := auth.From(ctx)
	request := auth.RequestFrom(ctx)
	data, err := json.Marshal(exported{
		Actor: account.Name, Request: request.ID, Format: e.Options.Format, Rows: e.Rows, Search: e.Query.Search, Filter: e.Query.Filter,
		Sort: e.Query.Sort, Fields: e.Options.Fields, Keys: e.Options.Keys, Labels: e.Options.Labels,
	})
	if err != nil {
		return err
	}
	var elapsed *int64
	if ms, ok := request.Milliseconds(); ok {
		elapsed = &ms
	}
	return db.WithContext(ctx).Exec(insertExported, account.ID, request.SessionID, e.Table, request.Address, request.Agent,
		request.Method, request.Path, e.Err == nil, why(e), string(data), elapsed).Error
}

// why says where an export stopped, without a driver's words; "" for a whole one.
func why(e crud.Exported) string {
	var known *crud.Error
	switch {
	case e.Err == nil:
		return ""
	case errors.As(e.Err, &known):
		return fmt.Sprintf("Stopped after %d rows: %s", e.Rows, known.Error())
	}
	return fmt.Sprintf("Stopped after %d rows.", e.Rows)
}
