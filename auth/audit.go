package auth

import (
	"cmp"
	"context"
	"strconv"
)

// failuresPerMinute is how many failures of one network are recorded in a minute. A flood must not fill the log.
const failuresPerMinute = 20

// entry is a row of audit_log about signing in or out, or about a registration that was refused.
type entry struct {
	action  string
	person  Person // zero: unknown
	session int64  // zero: that of the request
	reason  string // why it failed; empty: it did not
	most    int    // of these failures in a minute; failuresPerMinute if 0
}

const insertEntry = `
INSERT INTO audit_log (user_id, session_id, service, action, ip_address, user_agent, request_method, request_path,
                       success, error_message, duration_ms, additional_data)
SELECT (SELECT id FROM users WHERE id = $1), nullif($2, ''), 'web', $3::text, a.address, nullif($5, ''), nullif($6, ''),
       nullif($7, ''), $8 = '', nullif($8, ''), $9::bigint,
       jsonb_strip_nulls(jsonb_build_object('actor', nullif($10, ''), 'request', nullif($11, '')))
FROM (SELECT nullif($4, '')::inet AS address, nullif($13, '')::inet AS network) a
WHERE $8 = '' OR $12 > (
	SELECT count(*) FROM audit_log l
	WHERE (l.ip_address <<= a.network OR (a.network IS NULL AND l.ip_address IS NULL))
	  AND l.created_at > now() - interval '1 minute' AND l.action = $3::text AND NOT l.success)`

// insert returns the statement that writes e, with what ctx knows of the request. The name that somebody typed is not
// recorded unless it is a person's: people type passwords there.
func (e entry) insert(ctx context.Context) (sql string, args []any) {
	request := RequestFrom(ctx)
	session := request.SessionID
	if e.session != 0 {
		session = strconv.FormatInt(e.session, 10)
	}
	var elapsed *int64
	if ms, ok := request.Milliseconds(); ok {
		elapsed = &ms
	}
	return insertEntry, []any{e.person.ID, session, e.action, request.Address, request.Agent, request.Method,
		request.Path, e.reason, elapsed, e.person.Name, request.ID, cmp.Or(e.most, failuresPerMinute), request.Network()}
}
