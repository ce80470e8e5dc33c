-- +goose Up
CREATE INDEX idx_mailbox_events_created_at ON mailbox_events (created_at);
CREATE INDEX idx_mailbox_events_domain ON mailbox_events (domain);
CREATE INDEX idx_mailbox_events_errors ON mailbox_events (id) WHERE error_message IS NOT NULL;
CREATE INDEX idx_mailbox_events_event_data_gin ON mailbox_events USING gin (event_data);
CREATE INDEX idx_mailbox_events_event_type ON mailbox_events (event_type);
CREATE INDEX idx_mailbox_events_next_retry ON mailbox_events (next_retry_at) WHERE next_retry_at IS NOT NULL;
CREATE INDEX idx_mailbox_events_processed ON mailbox_events (processed);
CREATE INDEX idx_mailbox_events_processed_at ON mailbox_events (processed_at);
CREATE INDEX idx_mailbox_events_processed_by ON mailbox_events (processed_by);
CREATE INDEX idx_mailbox_events_processed_false ON mailbox_events (processed, created_at) WHERE processed = false;
CREATE INDEX idx_mailbox_events_retry_count ON mailbox_events (retry_count);
CREATE INDEX idx_mailbox_events_unprocessed_retry ON mailbox_events (processed, next_retry_at, created_at) WHERE processed = false;
CREATE INDEX idx_mailbox_events_user_id ON mailbox_events (user_id);
CREATE INDEX idx_mailbox_events_username ON mailbox_events (username);

COMMENT ON INDEX idx_mailbox_events_created_at IS 'Latest events first: ORDER BY created_at DESC.';
COMMENT ON INDEX idx_mailbox_events_domain IS 'Events of a mail domain: WHERE domain = $1.';
COMMENT ON INDEX idx_mailbox_events_errors IS 'Events that failed: WHERE error_message IS NOT NULL ORDER BY id.';
COMMENT ON INDEX idx_mailbox_events_event_data_gin IS 'Events by what they hold: WHERE event_data @> $1.';
COMMENT ON INDEX idx_mailbox_events_event_type IS 'Events of a type: WHERE event_type = $1.';
COMMENT ON INDEX idx_mailbox_events_next_retry IS 'What is due again: WHERE next_retry_at <= $1.';
COMMENT ON INDEX idx_mailbox_events_processed IS 'Events by state: WHERE processed = $1.';
COMMENT ON INDEX idx_mailbox_events_processed_at IS 'Sweeping what is done: WHERE processed_at < $1.';
COMMENT ON INDEX idx_mailbox_events_processed_by IS 'What a service did: WHERE processed_by = $1.';
COMMENT ON INDEX idx_mailbox_events_processed_false IS 'The queue in order: WHERE processed = false ORDER BY created_at.';
COMMENT ON INDEX idx_mailbox_events_retry_count IS 'Events that keep failing: WHERE retry_count >= $1.';
COMMENT ON INDEX idx_mailbox_events_unprocessed_retry IS 'The next event to work on: WHERE processed = false AND next_retry_at <= $1 ORDER BY next_retry_at, created_at.';
COMMENT ON INDEX idx_mailbox_events_user_id IS 'Events of a person, and the SET NULL when the person goes: WHERE user_id = $1.';
COMMENT ON INDEX idx_mailbox_events_username IS 'Events of a name, also after the person is gone: WHERE username = $1.';

-- +goose Down
DROP INDEX idx_mailbox_events_username;
DROP INDEX idx_mailbox_events_user_id;
DROP INDEX idx_mailbox_events_unprocessed_retry;
DROP INDEX idx_mailbox_events_retry_count;
DROP INDEX idx_mailbox_events_processed_false;
DROP INDEX idx_mailbox_events_processed_by;
DROP INDEX idx_mailbox_events_processed_at;
DROP INDEX idx_mailbox_events_processed;
DROP INDEX idx_mailbox_events_next_retry;
DROP INDEX idx_mailbox_events_event_type;
DROP INDEX idx_mailbox_events_event_data_gin;
DROP INDEX idx_mailbox_events_errors;
DROP INDEX idx_mailbox_events_domain;
DROP INDEX idx_mailbox_events_created_at;
