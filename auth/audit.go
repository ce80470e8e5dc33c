package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
)

// FailuresPerMinute is how many failures of one network and action are recorded in a minute. A flood must not fill the
// log.
const FailuresPerMinute = 20

// Entry is a row of audit_log before it is written: who did or asked for what, with which result. The request of the
// context it is written in adds where it came from and how long it took.
type Entry struct {
	By       Account        // who acts, of which the number and the name count; zero: nobody, or nobody known
	Session  int64          // zero: that of the request
	Service  string         // as in audit_log.service; "web" if empty
	Action   string         // required
	Resource string         // the table; empty for none
	Key      string         // the row's, as in addresses; empty: no single row
	Status   int            // of the answer; zero where none is decided when the row is written
	Failure  string         // why it was not done, without a driver's words and typed values; empty: it was
	Most     int            // of these failures in a minute; FailuresPerMinute if 0
	More     map[string]any // further members of additional_data
}

// An account that is gone by the time the row is written is no user any more: hence the SELECT.
const insertEntry = `
INSERT INTO audit_log (user_id, session_id, service, action, resource, resource_id, ip_address, user_agent,
                       request_method, request_path, success, status_code, error_message, additional_data, duration_ms)
SELECT (SELECT id FROM users WHERE id = $1), nullif($2, ''), $3::text, $4::text, nullif($5, ''), $6::bigint, a.address,
       nullif($8, ''), nullif($9, ''), nullif($10, ''), $11 = '', nullif($12::integer, 0), nullif($11, ''), $13::jsonb, $14::bigint
FROM (SELECT nullif($7, '')::inet AS address, nullif($16, '')::inet AS network) a
WHERE $11 = '' OR $15 > (
	SELECT count(*) FROM audit_log l
	WHERE (l.ip_address <<= a.network OR (a.network IS NULL AND l.ip_address IS NULL))
	  AND l.created_at > now() - interval '1 minute' AND l.action = $4::text AND NOT l.success)
RETURNING id`

// Insert returns the statement that writes the entry and returns the row's number; none if it is a failure beyond
// [FailuresPerMinute]. It is the only one that writes the log.
func (e Entry) Insert(ctx context.Context) (sql string, args []any, err error) {
	request := RequestFrom(ctx)
	data := maps.Clone(e.More)
	if data == nil {
		data = map[string]any{}
	}
	for name, text := range map[string]string{"key": clean(e.Key, 1000), "actor": e.By.Name, "program": e.By.Program, "request": request.ID} {
		if text != "" {
			data[name] = text
		}
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return "", nil, fmt.Errorf("encode the audit entry of %s %s: %w", e.Action, e.Resource, err)
	}
	session := request.SessionID
	if e.Session != 0 {
		session = strconv.FormatInt(e.Session, 10)
	}
	var number, elapsed *int64
	if id, err := strconv.ParseInt(e.Key, 10, 64); err == nil {
		number = &id
	}
	if ms, ok := request.Milliseconds(); ok {
		elapsed = &ms
	}
	return insertEntry, []any{e.By.ID, session, cmp.Or(e.Service, "web"), e.Action, e.Resource, number, request.Address,
		request.Agent, request.Method, request.Path, clean(e.Failure, 1000), e.Status, string(encoded), elapsed,
		cmp.Or(e.Most, FailuresPerMinute), request.Network()}, nil
}

// Note writes an entry that belongs to no other write, such as a refusal.
func (g *Gate) Note(ctx context.Context, entry Entry) error {
	sql, args, err := entry.Insert(ctx)
	if err != nil {
		return err
	}
	_, err = g.pool.Exec(ctx, sql, args...)
	return failure("record "+entry.Action, err)
}
