package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

const fillUsers = `
INSERT INTO users (username, email, first_name, last_name, is_active, is_locked, last_login_at)
SELECT 'person' || i, 'person' || i || '@d' || i % 200 || '.example', (ARRAY['Ada', 'Zoë', 'François', 'Mary'])[1 + i % 4],
       (ARRAY['Smith', 'O''Neill', 'Müller', 'Garcia'])[1 + i % 4], i % 15 > 0, i % 50 = 0,
       CASE WHEN i % 6 > 0 THEN timestamptz '2026-01-01Z' + i * interval '77 seconds' END
FROM generate_series($1::bigint + 1, $2) i`

const fillAudit = `
INSERT INTO audit_log (user_id, service, action, resource, resource_id, ip_address, user_agent, request_method, request_path, success,
                       status_code, error_message, additional_data, duration_ms, created_at)
SELECT least.id + i * 7919 % $3, 'web', (ARRAY['create', 'update', 'delete', 'sign_in'])[1 + i % 4], 'users', i,
       ('10.0.' || i % 250 || '.' || i % 199)::inet, 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'POST',
       '/users/' || i, i % 9 > 0, 303, CASE WHEN i % 9 = 0 THEN 'The name is taken.' END,
       jsonb_build_object('key', i::text, 'actor', 'person' || i % 1000), i % 300, timestamptz '2026-01-01Z' + i * interval '7 seconds'
FROM generate_series($1::bigint + 1, $2) i, (SELECT min(id) AS id FROM users) AS least`

// dropIndexes leaves alone the primary key, by which the pages that are measured are read, and the index by which a sign-in counts
// failures. Filling twenty more would take longer than all the rest.
const dropIndexes = `
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT i.indexrelid::regclass AS name FROM pg_index i WHERE i.indrelid = 'audit_log'::regclass AND NOT i.indisprimary
      AND i.indexrelid <> 'idx_audit_log_action_created'::regclass LOOP
    EXECUTE 'DROP INDEX ' || one.name;
  END LOOP;
END $$`

// fill adds the rows that are missing, as the owner. The database is kept, so that only the first run takes its time.
func fill(ctx context.Context, address string, users, audit int) error {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return err
	}
	config.RuntimeParams = map[string]string{"search_path": "unified, public", "synchronous_commit": "off", "timezone": "UTC"}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, table := range []struct {
		name, insert string
		rows         int
		before       string
	}{
		{"users", fillUsers, users, "SELECT 1"},
		{"audit_log", fillAudit, audit, dropIndexes},
	} {
		var there int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+table.name).Scan(&there); err != nil {
			return err
		}
		if there >= table.rows {
			continue
		}
		began := time.Now()
		if _, err := conn.Exec(ctx, table.before); err != nil {
			return err
		}
		args := []any{there, table.rows}
		if table.name == "audit_log" {
			args = append(args, users)
		}
		if _, err := conn.Exec(ctx, table.insert, args...); err != nil {
			return fmt.Errorf("fill %s: %w", table.name, err)
		}
		if _, err := conn.Exec(ctx, "VACUUM ANALYZE "+table.name); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "filled %s with %d rows in %s\n", table.name, table.rows-there, time.Since(began).Round(time.Second))
	}
	return nil
}
