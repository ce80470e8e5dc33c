-- +goose Up
CREATE TABLE role_permissions (
    role_id       bigint NOT NULL,
    permission_id bigint NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission_id),
    CONSTRAINT fk_role_permissions_role_id FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT fk_role_permissions_permission_id FOREIGN KEY (permission_id) REFERENCES permissions (id) ON DELETE CASCADE
);

COMMENT ON TABLE role_permissions IS 'Role permissions: which rights each role gives.';
COMMENT ON COLUMN role_permissions.role_id IS 'Role that gives the right.';
COMMENT ON COLUMN role_permissions.permission_id IS 'Right that is given.';
COMMENT ON COLUMN role_permissions.created_at IS 'When the right was added to the role.';

COMMENT ON CONSTRAINT role_permissions_pkey ON role_permissions IS 'A role gives a right once.';
COMMENT ON CONSTRAINT fk_role_permissions_role_id ON role_permissions IS 'What a role gives goes with the role.';
COMMENT ON CONSTRAINT fk_role_permissions_permission_id ON role_permissions IS 'What is given goes with the permission.';

CREATE INDEX idx_role_permissions_permission_id ON role_permissions (permission_id);

COMMENT ON INDEX idx_role_permissions_permission_id IS 'Roles that give a right, and the cascade when it goes: WHERE permission_id = $1.';

-- +goose Down
DROP TABLE role_permissions;
