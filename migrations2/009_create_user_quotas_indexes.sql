-- +goose Up
CREATE INDEX idx_user_quotas_current_usage ON user_quotas (current_usage);
CREATE INDEX idx_user_quotas_quota_type ON user_quotas (quota_type);
CREATE INDEX idx_user_quotas_service ON user_quotas (service);
CREATE INDEX idx_user_quotas_service_type ON user_quotas (service, quota_type);
CREATE INDEX idx_user_quotas_updated_at ON user_quotas (updated_at);
CREATE INDEX idx_user_quotas_user_id ON user_quotas (user_id);
CREATE INDEX idx_user_quotas_user_service ON user_quotas (user_id, service);
CREATE INDEX idx_user_quotas_usage_ratio ON user_quotas ((current_usage::double precision / nullif(quota_value, 0)::double precision)) WHERE quota_value > 0;

COMMENT ON INDEX idx_user_quotas_current_usage IS 'Heaviest users first: ORDER BY current_usage DESC.';
COMMENT ON INDEX idx_user_quotas_quota_type IS 'All limits of a type: WHERE quota_type = $1.';
COMMENT ON INDEX idx_user_quotas_service IS 'All limits of a service: WHERE service = $1.';
COMMENT ON INDEX idx_user_quotas_service_type IS 'A service reading its limits: WHERE service = $1 AND quota_type = $2.';
COMMENT ON INDEX idx_user_quotas_updated_at IS 'Latest changes first: ORDER BY updated_at.';
COMMENT ON INDEX idx_user_quotas_user_id IS 'A person''s limits, and the cascade when the person goes: WHERE user_id = $1.';
COMMENT ON INDEX idx_user_quotas_user_service IS 'A person''s limits in a service: WHERE user_id = $1 AND service = $2.';
COMMENT ON INDEX idx_user_quotas_usage_ratio IS 'Who is nearly full: WHERE quota_value > 0 AND current_usage::float8 / nullif(quota_value, 0)::float8 > $1.';

-- +goose Down
DROP INDEX idx_user_quotas_usage_ratio;
DROP INDEX idx_user_quotas_user_service;
DROP INDEX idx_user_quotas_user_id;
DROP INDEX idx_user_quotas_updated_at;
DROP INDEX idx_user_quotas_service_type;
DROP INDEX idx_user_quotas_service;
DROP INDEX idx_user_quotas_quota_type;
DROP INDEX idx_user_quotas_current_usage;
