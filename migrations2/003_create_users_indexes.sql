-- +goose Up
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_domain ON users (domain);
CREATE INDEX idx_users_domain_active ON users (domain, is_active);
CREATE INDEX idx_users_email_active_verified ON users (email, is_active, email_verified);
CREATE INDEX idx_users_email_verification_token ON users (email_verification_token) WHERE email_verification_token IS NOT NULL;
CREATE INDEX idx_users_email_verified ON users (email_verified);
CREATE INDEX idx_users_failed_login_attempts ON users (failed_login_attempts);
CREATE INDEX idx_users_is_active ON users (is_active);
CREATE INDEX idx_users_is_locked ON users (is_locked);
CREATE INDEX idx_users_last_login_at ON users (last_login_at);
CREATE INDEX idx_users_password_reset_token ON users (password_reset_token) WHERE password_reset_token IS NOT NULL;
CREATE UNIQUE INDEX uq_users_lower_username ON users (lower(username));
CREATE UNIQUE INDEX uq_users_lower_email ON users (lower(email));

COMMENT ON INDEX idx_users_created_at IS 'Newest accounts first: ORDER BY created_at.';
COMMENT ON INDEX idx_users_domain IS 'Everybody of a mail domain: WHERE domain = $1.';
COMMENT ON INDEX idx_users_domain_active IS 'Who of a domain may use services: WHERE domain = $1 AND is_active.';
COMMENT ON INDEX idx_users_email_active_verified IS 'Sign-in by address, answered from the index: WHERE email = $1 AND is_active AND email_verified.';
COMMENT ON INDEX idx_users_email_verification_token IS 'The click on a confirmation link: WHERE email_verification_token = $1.';
COMMENT ON INDEX idx_users_email_verified IS 'Who has yet to confirm: WHERE NOT email_verified.';
COMMENT ON INDEX idx_users_failed_login_attempts IS 'Accounts under attack: WHERE failed_login_attempts >= $1.';
COMMENT ON INDEX idx_users_is_active IS 'Closed accounts: WHERE NOT is_active.';
COMMENT ON INDEX idx_users_is_locked IS 'Locked accounts: WHERE is_locked.';
COMMENT ON INDEX idx_users_last_login_at IS 'Accounts unused for long: WHERE last_login_at < $1.';
COMMENT ON INDEX idx_users_password_reset_token IS 'The click on a reset link: WHERE password_reset_token = $1.';
COMMENT ON INDEX uq_users_lower_username IS 'Sign-in by name without regard to case, and no twins by case: WHERE lower(username) = $1.';
COMMENT ON INDEX uq_users_lower_email IS 'Mail lookup without regard to case, and no twins by case: WHERE lower(email) = $1.';

-- +goose Down
DROP INDEX uq_users_lower_email;
DROP INDEX uq_users_lower_username;
DROP INDEX idx_users_password_reset_token;
DROP INDEX idx_users_last_login_at;
DROP INDEX idx_users_is_locked;
DROP INDEX idx_users_is_active;
DROP INDEX idx_users_failed_login_attempts;
DROP INDEX idx_users_email_verified;
DROP INDEX idx_users_email_verification_token;
DROP INDEX idx_users_email_active_verified;
DROP INDEX idx_users_domain_active;
DROP INDEX idx_users_domain;
DROP INDEX idx_users_created_at;
