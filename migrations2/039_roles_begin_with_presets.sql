-- +goose Up
ALTER TABLE roles ADD COLUMN preset_at timestamptz;
COMMENT ON COLUMN roles.preset_at IS 'When the role was given the rights that it begins with; what is taken from it later stays taken.';

-- These have theirs already.
UPDATE roles SET preset_at = CURRENT_TIMESTAMP WHERE id IN (SELECT role_id FROM role_permissions);

INSERT INTO roles (name, rank, description, is_builtin) VALUES
    ('domain_admin', 75, 'Runs one mail domain: the people, mail, certificates and zones under it.', true),
    ('editor', 70, 'Looks after all content, but gives nobody rights.', true)
ON CONFLICT (name) DO NOTHING;

ALTER TABLE permissions ADD CONSTRAINT ck_permissions_parts CHECK (model !~ ':' AND action !~ ':');
ALTER TABLE permissions ADD COLUMN name varchar(212) NOT NULL GENERATED ALWAYS AS (model || ':' || action || ':' || scope) STORED;
COMMENT ON COLUMN permissions.name IS 'The right as it is written: model:action:scope.';
COMMENT ON CONSTRAINT ck_permissions_parts ON permissions IS 'Model and action hold no colon: a permission is written model:action:scope.';

-- +goose Down
ALTER TABLE permissions DROP COLUMN name;
ALTER TABLE permissions DROP CONSTRAINT ck_permissions_parts;
DELETE FROM roles r WHERE name IN ('domain_admin', 'editor') AND NOT EXISTS (SELECT FROM user_roles u WHERE u.role_name = r.name);
ALTER TABLE roles DROP COLUMN preset_at;
