-- +goose Up
CREATE INDEX idx_sessions_user_id ON sessions (user_id);
CREATE INDEX idx_sessions_user_id_last_seen_at ON sessions (user_id, last_seen_at) WHERE revoked_at IS NULL;
CREATE INDEX idx_sessions_created_at ON sessions (created_at);
CREATE INDEX idx_sessions_last_seen_at ON sessions (last_seen_at);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);
CREATE INDEX idx_sessions_ip_address ON sessions (ip_address);

COMMENT ON INDEX idx_sessions_user_id IS 'A person''s sessions, and the cascade when the person goes: WHERE user_id = $1.';
COMMENT ON INDEX idx_sessions_user_id_last_seen_at IS 'A person''s open sessions, the oldest first: WHERE user_id = $1 AND revoked_at IS NULL ORDER BY last_seen_at.';
COMMENT ON INDEX idx_sessions_created_at IS 'Latest sign-ins first: ORDER BY created_at DESC.';
COMMENT ON INDEX idx_sessions_last_seen_at IS 'Sessions idle for long: WHERE last_seen_at < $1.';
COMMENT ON INDEX idx_sessions_expires_at IS 'Sweeping what has ended: WHERE expires_at < $1.';
COMMENT ON INDEX idx_sessions_ip_address IS 'Who signed in from an address: WHERE ip_address = $1.';

-- +goose Down
DROP INDEX idx_sessions_ip_address;
DROP INDEX idx_sessions_expires_at;
DROP INDEX idx_sessions_last_seen_at;
DROP INDEX idx_sessions_created_at;
DROP INDEX idx_sessions_user_id_last_seen_at;
DROP INDEX idx_sessions_user_id;
