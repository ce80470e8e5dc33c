-- +goose Up
CREATE INDEX idx_user_roles_expires_at ON user_roles (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_user_roles_granted_at ON user_roles (granted_at);
CREATE INDEX idx_user_roles_granted_by ON user_roles (granted_by) WHERE granted_by IS NOT NULL;
CREATE INDEX idx_user_roles_is_active ON user_roles (is_active);
CREATE INDEX idx_user_roles_role_name ON user_roles (role_name);
CREATE INDEX idx_user_roles_service ON user_roles (service);
CREATE INDEX idx_user_roles_service_role ON user_roles (service, role_name);
CREATE INDEX idx_user_roles_user_id ON user_roles (user_id);
CREATE INDEX idx_user_roles_user_service ON user_roles (user_id, service);
CREATE INDEX idx_user_roles_user_service_active ON user_roles (user_id, service, is_active);

COMMENT ON INDEX idx_user_roles_expires_at IS 'Roles about to end: WHERE expires_at < $1.';
COMMENT ON INDEX idx_user_roles_granted_at IS 'Latest grants first: ORDER BY granted_at.';
COMMENT ON INDEX idx_user_roles_granted_by IS 'What somebody granted, and the SET NULL when that person goes: WHERE granted_by = $1.';
COMMENT ON INDEX idx_user_roles_is_active IS 'Suspended roles: WHERE NOT is_active.';
COMMENT ON INDEX idx_user_roles_role_name IS 'Holders of a role, and the cascade of a renamed role: WHERE role_name = $1.';
COMMENT ON INDEX idx_user_roles_service IS 'Roles of a service: WHERE service = $1.';
COMMENT ON INDEX idx_user_roles_service_role IS 'Administrators of a service: WHERE service = $1 AND role_name = $2.';
COMMENT ON INDEX idx_user_roles_user_id IS 'A person''s roles, and the cascade when the person goes: WHERE user_id = $1.';
COMMENT ON INDEX idx_user_roles_user_service IS 'Roles at sign-in to a service: WHERE user_id = $1 AND service IN ($2, ''global'').';
COMMENT ON INDEX idx_user_roles_user_service_active IS 'Roles that count at sign-in: WHERE user_id = $1 AND service = $2 AND is_active.';

-- +goose Down
DROP INDEX idx_user_roles_user_service_active;
DROP INDEX idx_user_roles_user_service;
DROP INDEX idx_user_roles_user_id;
DROP INDEX idx_user_roles_service_role;
DROP INDEX idx_user_roles_service;
DROP INDEX idx_user_roles_role_name;
DROP INDEX idx_user_roles_is_active;
DROP INDEX idx_user_roles_granted_by;
DROP INDEX idx_user_roles_granted_at;
DROP INDEX idx_user_roles_expires_at;
