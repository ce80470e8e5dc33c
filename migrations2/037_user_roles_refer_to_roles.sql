-- +goose Up
ALTER TABLE user_roles
    DROP CONSTRAINT user_roles_role_name_valid,
    ADD CONSTRAINT fk_user_roles_role_name FOREIGN KEY (role_name) REFERENCES roles (name) ON UPDATE CASCADE;
COMMENT ON CONSTRAINT fk_user_roles_role_name ON user_roles IS 'The role is one of those in roles and is renamed with it.';

CREATE OR REPLACE VIEW apache_auth AS
SELECT u.username,
       p.password_hash AS password,
       coalesce(held.role_name, 'customer') AS role,
       u.is_active,
       u.email_verified,
       lower(u.email) AS email
FROM users u
JOIN user_passwords p ON p.user_id = u.id AND p.service = 'apache'
CROSS JOIN LATERAL (
    SELECT count(*) = 0 OR bool_or(r.counts) AS let_in,
           (array_agg(r.role_name ORDER BY r.rank DESC, r.role_name) FILTER (WHERE r.counts AND r.known))[1] AS role_name
    FROM (
        SELECT g.role_name,
               g.is_active AND (g.expires_at IS NULL OR g.expires_at > CURRENT_TIMESTAMP) AS counts,
               g.role_name IN ('readonly', 'customer', 'user', 'moderator', 'admin') AS known,
               o.rank
        FROM user_roles g
        JOIN roles o ON o.name = g.role_name
        WHERE g.user_id = u.id AND g.service IN ('apache', 'global')
    ) r
) held
WHERE u.is_active
  AND NOT u.is_locked
  AND (p.expires_at IS NULL OR p.expires_at > CURRENT_TIMESTAMP)
  AND held.let_in;

-- +goose Down
CREATE OR REPLACE VIEW apache_auth AS
SELECT u.username,
       p.password_hash AS password,
       coalesce(held.role_name, 'customer') AS role,
       u.is_active,
       u.email_verified,
       lower(u.email) AS email
FROM users u
JOIN user_passwords p ON p.user_id = u.id AND p.service = 'apache'
CROSS JOIN LATERAL (
    SELECT count(*) = 0 OR bool_or(r.counts) AS let_in,
           (array_agg(r.role_name ORDER BY r.rank DESC, r.role_name) FILTER (WHERE r.counts AND r.known))[1] AS role_name
    FROM (
        SELECT role_name,
               is_active AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP) AS counts,
               role_name <> 'no_email' AS known,
               array_position(ARRAY['readonly', 'customer', 'user', 'moderator', 'admin'], role_name::text) AS rank
        FROM user_roles
        WHERE user_id = u.id AND service IN ('apache', 'global')
    ) r
) held
WHERE u.is_active
  AND NOT u.is_locked
  AND (p.expires_at IS NULL OR p.expires_at > CURRENT_TIMESTAMP)
  AND held.let_in;

ALTER TABLE user_roles
    DROP CONSTRAINT fk_user_roles_role_name,
    ADD CONSTRAINT user_roles_role_name_valid CHECK (role_name IN ('admin', 'user', 'customer', 'moderator', 'no_email', 'readonly'));
COMMENT ON CONSTRAINT user_roles_role_name_valid ON user_roles IS 'The role is admin, user, customer, moderator, no_email or readonly.';
