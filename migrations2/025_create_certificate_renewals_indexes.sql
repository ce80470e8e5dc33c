-- +goose Up
CREATE INDEX idx_certificate_renewals_cert_success_completed ON certificate_renewals (certificate_id, success, completed_at);
CREATE INDEX idx_certificate_renewals_certificate_id ON certificate_renewals (certificate_id);
CREATE INDEX idx_certificate_renewals_completed_at ON certificate_renewals (completed_at);
CREATE INDEX idx_certificate_renewals_created_at ON certificate_renewals (created_at);
CREATE INDEX idx_certificate_renewals_duration ON certificate_renewals (duration_seconds) WHERE duration_seconds IS NOT NULL;
CREATE INDEX idx_certificate_renewals_failed ON certificate_renewals (certificate_id, success, completed_at) WHERE success = false;
CREATE INDEX idx_certificate_renewals_method_success ON certificate_renewals (renewal_method, success);
CREATE INDEX idx_certificate_renewals_pending ON certificate_renewals (scheduled_at, started_at) WHERE completed_at IS NULL;
CREATE INDEX idx_certificate_renewals_recent ON certificate_renewals (certificate_id, completed_at DESC) WHERE success = true;
CREATE INDEX idx_certificate_renewals_renewal_method ON certificate_renewals (renewal_method);
CREATE INDEX idx_certificate_renewals_scheduled_at ON certificate_renewals (scheduled_at);
CREATE INDEX idx_certificate_renewals_started_at ON certificate_renewals (started_at);
CREATE INDEX idx_certificate_renewals_success ON certificate_renewals (success);
CREATE INDEX idx_certificate_renewals_triggered_by ON certificate_renewals (triggered_by);

COMMENT ON INDEX idx_certificate_renewals_cert_success_completed IS 'Last good or bad renewal of a certificate: WHERE certificate_id = $1 AND success = $2 ORDER BY completed_at DESC.';
COMMENT ON INDEX idx_certificate_renewals_certificate_id IS 'Renewals of a certificate, and the cascade when it goes: WHERE certificate_id = $1.';
COMMENT ON INDEX idx_certificate_renewals_completed_at IS 'Latest ended first: ORDER BY completed_at DESC.';
COMMENT ON INDEX idx_certificate_renewals_created_at IS 'Latest planned first: ORDER BY created_at DESC.';
COMMENT ON INDEX idx_certificate_renewals_duration IS 'Slowest renewals: ORDER BY duration_seconds DESC.';
COMMENT ON INDEX idx_certificate_renewals_failed IS 'Failures of a certificate, counted by certificate_status: WHERE certificate_id = $1 AND success = false.';
COMMENT ON INDEX idx_certificate_renewals_method_success IS 'How well a method works: WHERE renewal_method = $1 AND success = $2.';
COMMENT ON INDEX idx_certificate_renewals_pending IS 'What is due or running: WHERE completed_at IS NULL AND scheduled_at <= $1.';
COMMENT ON INDEX idx_certificate_renewals_recent IS 'Last success of a certificate: WHERE certificate_id = $1 AND success = true ORDER BY completed_at DESC LIMIT 1.';
COMMENT ON INDEX idx_certificate_renewals_renewal_method IS 'Renewals of a method: WHERE renewal_method = $1.';
COMMENT ON INDEX idx_certificate_renewals_scheduled_at IS 'The calendar: WHERE scheduled_at BETWEEN $1 AND $2.';
COMMENT ON INDEX idx_certificate_renewals_started_at IS 'Latest begun first: ORDER BY started_at DESC.';
COMMENT ON INDEX idx_certificate_renewals_success IS 'Renewals by result: WHERE success = $1.';
COMMENT ON INDEX idx_certificate_renewals_triggered_by IS 'What somebody asked for: WHERE triggered_by = $1.';

-- +goose Down
DROP INDEX idx_certificate_renewals_triggered_by;
DROP INDEX idx_certificate_renewals_success;
DROP INDEX idx_certificate_renewals_started_at;
DROP INDEX idx_certificate_renewals_scheduled_at;
DROP INDEX idx_certificate_renewals_renewal_method;
DROP INDEX idx_certificate_renewals_recent;
DROP INDEX idx_certificate_renewals_pending;
DROP INDEX idx_certificate_renewals_method_success;
DROP INDEX idx_certificate_renewals_failed;
DROP INDEX idx_certificate_renewals_duration;
DROP INDEX idx_certificate_renewals_created_at;
DROP INDEX idx_certificate_renewals_completed_at;
DROP INDEX idx_certificate_renewals_certificate_id;
DROP INDEX idx_certificate_renewals_cert_success_completed;
