package auth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
)

// How often a sign-in may fail within [failuresCount] before the next has to wait: of one name from one network, of one
// network, and of one name from everywhere. The wait doubles with each failure more, from a second to [DelayMost] at most.
const (
	FailuresPerPair    = 5
	FailuresPerNetwork = 30
	FailuresPerName    = 30
	FailuresEverywhere = 300 // beyond it each name has one try from a network
	DelayMost          = time.Minute
)

// signIn is the action of audit_log under which each sign-in stands, and each refusal of one.
const signIn = "sign_in"

// throttled is the action of those whom the limits kept out. They are not counted again: else who waits would wait on.
const throttled = "sign_in_throttled"

// delay returns the seconds until the fullest limit lets the next attempt in, 0 if all do. Who has a session from this
// network is not kept out by what others do elsewhere with the name.
const delay = `
WITH near AS (
	SELECT created_at, additional_data -> 'try' AS try FROM audit_log
	WHERE action = 'sign_in' AND NOT success AND created_at > now() - interval '15 minutes'
	  AND (ip_address <<= nullif($1::text, '')::inet OR ($1::text = '' AND ip_address IS NULL))
), wide AS (
	SELECT created_at FROM audit_log
	WHERE additional_data @> jsonb_build_object('try', $2::integer) AND action = 'sign_in' AND NOT success
	  AND created_at > now() - interval '15 minutes'
	  AND NOT EXISTS (SELECT FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE (lower(u.username) = lower($3::text) OR lower(u.email) = lower($3::text)) AND s.ip_address <<= nullif($1::text, '')::inet)
), flood AS (
	SELECT count(*) >= $7::integer AS everywhere FROM (SELECT FROM audit_log
		WHERE action = 'sign_in' AND created_at > now() - interval '5 minutes' AND NOT success LIMIT $7::integer) f
), limits (failures, last, free) AS (
	SELECT count(*), max(created_at), (SELECT CASE WHEN everywhere THEN 1 ELSE $4::integer END FROM flood)
	FROM near WHERE try = to_jsonb($2::integer)
	UNION ALL SELECT count(*), max(created_at), $5::integer FROM near
	UNION ALL SELECT count(*), max(created_at), $6::integer FROM wide)
SELECT coalesce(max(ceil(extract(epoch FROM last - now()) + least($8::integer, 2 ^ least(failures - free, 6)))), 0)::bigint
FROM limits WHERE failures >= free`

// admits returns [Throttled] if a limit makes the next attempt wait. What is counted is in the database, so that all
// instances count alike.
func (g *Gate) admits(ctx context.Context, name string) error {
	var seconds int64
	err := g.pool.QueryRow(ctx, delay, RequestFrom(ctx).Network(), bucket(name), name, FailuresPerPair, FailuresPerNetwork, FailuresPerName,
		FailuresEverywhere, int(DelayMost.Seconds())).Scan(&seconds)
	if err != nil {
		return failure("count the failures", err)
	}
	if seconds > 0 {
		return Throttled{time.Duration(seconds) * time.Second}
	}
	return nil
}

// bucket is one of 4096 that a name falls into, whatever its case and the spaces around it: enough to tell names apart, too
// few to find out what was typed. Names that nobody has are counted by it like others.
func bucket(name string) int {
	sum := sha256.Sum256([]byte(strings.ToLower(plainName(name))))
	return int(binary.BigEndian.Uint16(sum[:2]) >> 4)
}
