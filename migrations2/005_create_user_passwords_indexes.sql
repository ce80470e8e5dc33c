-- +goose Up
CREATE INDEX idx_user_passwords_expires_at ON user_passwords (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_user_passwords_hash_scheme ON user_passwords (hash_scheme);
CREATE INDEX idx_user_passwords_must_change ON user_passwords (must_change_on_next_login) WHERE must_change_on_next_login = true;
CREATE INDEX idx_user_passwords_service ON user_passwords (service);
CREATE INDEX idx_user_passwords_user_id ON user_passwords (user_id);

COMMENT ON INDEX idx_user_passwords_expires_at IS 'Passwords about to expire: WHERE expires_at < $1.';
COMMENT ON INDEX idx_user_passwords_hash_scheme IS 'Hashes of a method that should be replaced: WHERE hash_scheme = $1.';
COMMENT ON INDEX idx_user_passwords_must_change IS 'Who has yet to choose a password: WHERE must_change_on_next_login = true.';
COMMENT ON INDEX idx_user_passwords_service IS 'All passwords of a service: WHERE service = $1.';
COMMENT ON INDEX idx_user_passwords_user_id IS 'A person''s passwords, and the cascade when the person goes: WHERE user_id = $1.';

-- +goose Down
DROP INDEX idx_user_passwords_user_id;
DROP INDEX idx_user_passwords_service;
DROP INDEX idx_user_passwords_must_change;
DROP INDEX idx_user_passwords_hash_scheme;
DROP INDEX idx_user_passwords_expires_at;
