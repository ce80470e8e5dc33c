-- +goose Up
CREATE INDEX idx_users_search ON users USING gin (username gin_trgm_ops, email gin_trgm_ops, first_name gin_trgm_ops, last_name gin_trgm_ops);
CREATE INDEX idx_email_aliases_search ON email_aliases USING gin (alias_email gin_trgm_ops, destination_email gin_trgm_ops);
CREATE INDEX idx_mailbox_events_search ON mailbox_events USING gin (username gin_trgm_ops, domain gin_trgm_ops);
CREATE INDEX idx_audit_log_search ON audit_log USING gin (action gin_trgm_ops, resource gin_trgm_ops, request_path gin_trgm_ops);
CREATE INDEX idx_dns_records_search ON dns_records USING gin (domain gin_trgm_ops, name gin_trgm_ops, record_type gin_trgm_ops, value gin_trgm_ops);

COMMENT ON INDEX idx_users_search IS 'The search of the panel, for words anywhere in names and addresses: WHERE username ILIKE ''%'' || $1 || ''%''.';
COMMENT ON INDEX idx_email_aliases_search IS 'The search of the panel, for words anywhere in addresses: WHERE alias_email ILIKE ''%'' || $1 || ''%''.';
COMMENT ON INDEX idx_mailbox_events_search IS 'The search of the panel, for words anywhere in names: WHERE username ILIKE ''%'' || $1 || ''%''.';
COMMENT ON INDEX idx_audit_log_search IS 'The search of the panel, for words anywhere in what was done: WHERE action ILIKE ''%'' || $1 || ''%''.';
COMMENT ON INDEX idx_dns_records_search IS 'The search of the panel, for words anywhere in records: WHERE name ILIKE ''%'' || $1 || ''%''.';

-- +goose Down
DROP INDEX idx_dns_records_search;
DROP INDEX idx_audit_log_search;
DROP INDEX idx_mailbox_events_search;
DROP INDEX idx_email_aliases_search;
DROP INDEX idx_users_search;
