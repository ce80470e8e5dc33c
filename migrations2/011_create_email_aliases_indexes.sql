-- +goose Up
CREATE INDEX idx_email_aliases_alias_active ON email_aliases (alias_email, is_active);
CREATE INDEX idx_email_aliases_alias_domain ON email_aliases (split_part(alias_email, '@', 2));
CREATE INDEX idx_email_aliases_created_at ON email_aliases (created_at);
CREATE INDEX idx_email_aliases_destination_domain ON email_aliases (split_part(destination_email, '@', 2));
CREATE INDEX idx_email_aliases_destination_email ON email_aliases (destination_email);
CREATE INDEX idx_email_aliases_is_active ON email_aliases (is_active);
CREATE INDEX idx_email_aliases_is_catch_all ON email_aliases (is_catch_all) WHERE is_catch_all = true;
CREATE INDEX idx_email_aliases_is_primary ON email_aliases (is_primary) WHERE is_primary = true;
CREATE INDEX idx_email_aliases_updated_at ON email_aliases (updated_at);
CREATE INDEX idx_email_aliases_user_active ON email_aliases (user_id, is_active);
CREATE INDEX idx_email_aliases_user_id ON email_aliases (user_id);
CREATE UNIQUE INDEX idx_email_aliases_user_primary ON email_aliases (user_id) WHERE is_primary = true;
CREATE INDEX idx_email_aliases_lower_alias_email ON email_aliases (lower(alias_email));

COMMENT ON INDEX idx_email_aliases_alias_active IS 'The mail server asking for an address: WHERE alias_email = $1 AND is_active.';
COMMENT ON INDEX idx_email_aliases_alias_domain IS 'Aliases in a domain: WHERE split_part(alias_email, ''@'', 2) = $1.';
COMMENT ON INDEX idx_email_aliases_created_at IS 'Newest aliases first: ORDER BY created_at.';
COMMENT ON INDEX idx_email_aliases_destination_domain IS 'What leaves for a domain: WHERE split_part(destination_email, ''@'', 2) = $1.';
COMMENT ON INDEX idx_email_aliases_destination_email IS 'What arrives at an address: WHERE destination_email = $1.';
COMMENT ON INDEX idx_email_aliases_is_active IS 'Aliases switched off: WHERE NOT is_active.';
COMMENT ON INDEX idx_email_aliases_is_catch_all IS 'Catch-all aliases: WHERE is_catch_all = true.';
COMMENT ON INDEX idx_email_aliases_is_primary IS 'Preferred senders: WHERE is_primary = true.';
COMMENT ON INDEX idx_email_aliases_updated_at IS 'Latest changes first: ORDER BY updated_at.';
COMMENT ON INDEX idx_email_aliases_user_active IS 'A person''s working aliases: WHERE user_id = $1 AND is_active.';
COMMENT ON INDEX idx_email_aliases_user_id IS 'A person''s aliases, and the cascade when the person goes: WHERE user_id = $1.';
COMMENT ON INDEX idx_email_aliases_user_primary IS 'The one preferred sender of a person: WHERE user_id = $1 AND is_primary = true.';
COMMENT ON INDEX idx_email_aliases_lower_alias_email IS 'The mail server asking without regard to case, through mail_aliases: WHERE lower(alias_email) = $1.';

-- +goose Down
DROP INDEX idx_email_aliases_lower_alias_email;
DROP INDEX idx_email_aliases_user_primary;
DROP INDEX idx_email_aliases_user_id;
DROP INDEX idx_email_aliases_user_active;
DROP INDEX idx_email_aliases_updated_at;
DROP INDEX idx_email_aliases_is_primary;
DROP INDEX idx_email_aliases_is_catch_all;
DROP INDEX idx_email_aliases_is_active;
DROP INDEX idx_email_aliases_destination_email;
DROP INDEX idx_email_aliases_destination_domain;
DROP INDEX idx_email_aliases_created_at;
DROP INDEX idx_email_aliases_alias_domain;
DROP INDEX idx_email_aliases_alias_active;
