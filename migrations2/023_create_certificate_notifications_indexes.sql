-- +goose Up
CREATE INDEX idx_certificate_notifications_cert_type_created ON certificate_notifications (certificate_id, notification_type, created_at);
CREATE INDEX idx_certificate_notifications_certificate_id ON certificate_notifications (certificate_id);
CREATE INDEX idx_certificate_notifications_created_at ON certificate_notifications (created_at);
CREATE INDEX idx_certificate_notifications_data_gin ON certificate_notifications USING gin (notification_data);
CREATE INDEX idx_certificate_notifications_errors ON certificate_notifications (id) WHERE error_message IS NOT NULL;
CREATE INDEX idx_certificate_notifications_next_retry ON certificate_notifications (next_retry_at) WHERE next_retry_at IS NOT NULL;
CREATE INDEX idx_certificate_notifications_notification_type ON certificate_notifications (notification_type);
CREATE INDEX idx_certificate_notifications_processed_at ON certificate_notifications (processed_at);
CREATE INDEX idx_certificate_notifications_processed_by ON certificate_notifications (processed_by);
CREATE INDEX idx_certificate_notifications_retry_count ON certificate_notifications (retry_count);
CREATE INDEX idx_certificate_notifications_unprocessed ON certificate_notifications (created_at) WHERE processed_at IS NULL;
CREATE INDEX idx_certificate_notifications_unprocessed_retry ON certificate_notifications (processed_at, next_retry_at, created_at) WHERE processed_at IS NULL;

COMMENT ON INDEX idx_certificate_notifications_cert_type_created IS 'Latest notice of a type for a certificate: WHERE certificate_id = $1 AND notification_type = $2 ORDER BY created_at DESC.';
COMMENT ON INDEX idx_certificate_notifications_certificate_id IS 'Notices of a certificate, and the SET NULL when it goes: WHERE certificate_id = $1.';
COMMENT ON INDEX idx_certificate_notifications_created_at IS 'Latest notices first: ORDER BY created_at DESC.';
COMMENT ON INDEX idx_certificate_notifications_data_gin IS 'Notices by what they hold, such as a deleted certificate''s domain: WHERE notification_data @> $1.';
COMMENT ON INDEX idx_certificate_notifications_errors IS 'Notices that failed: WHERE error_message IS NOT NULL ORDER BY id.';
COMMENT ON INDEX idx_certificate_notifications_next_retry IS 'What is due again: WHERE next_retry_at <= $1.';
COMMENT ON INDEX idx_certificate_notifications_notification_type IS 'Notices of a type: WHERE notification_type = $1.';
COMMENT ON INDEX idx_certificate_notifications_processed_at IS 'Sweeping what is done: WHERE processed_at < $1.';
COMMENT ON INDEX idx_certificate_notifications_processed_by IS 'What a service did: WHERE processed_by = $1.';
COMMENT ON INDEX idx_certificate_notifications_retry_count IS 'Notices that keep failing: WHERE retry_count >= $1.';
COMMENT ON INDEX idx_certificate_notifications_unprocessed IS 'The queue in order: WHERE processed_at IS NULL ORDER BY created_at.';
COMMENT ON INDEX idx_certificate_notifications_unprocessed_retry IS 'The next notice to work on: WHERE processed_at IS NULL AND next_retry_at <= $1 ORDER BY next_retry_at, created_at.';

-- +goose Down
DROP INDEX idx_certificate_notifications_unprocessed_retry;
DROP INDEX idx_certificate_notifications_unprocessed;
DROP INDEX idx_certificate_notifications_retry_count;
DROP INDEX idx_certificate_notifications_processed_by;
DROP INDEX idx_certificate_notifications_processed_at;
DROP INDEX idx_certificate_notifications_notification_type;
DROP INDEX idx_certificate_notifications_next_retry;
DROP INDEX idx_certificate_notifications_errors;
DROP INDEX idx_certificate_notifications_data_gin;
DROP INDEX idx_certificate_notifications_created_at;
DROP INDEX idx_certificate_notifications_certificate_id;
DROP INDEX idx_certificate_notifications_cert_type_created;
