package database

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
)

// auditLog is the table whose rows nobody may change once they are written.
const auditLog = "audit_log"

// grant gives the serving role what it needs, in one transaction and however often: rows of every table and of those to
// come, but of the audit log only reading and adding, and of the runner's own tables only reading.
func (s *session) grant(ctx context.Context) error {
	role, err := s.servingRole()
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err, "granting", &s.config.Config)
	}
	defer func() { _ = tx.Rollback() }()
	var statements []string
	if role != s.config.User {
		statements = s.rightsOf(role)
	}
	mended, err := tableExists(ctx, tx, pgx.Identifier{s.target.Schema, runsTable}.Sanitize())
	if err != nil {
		return explain(err, "granting", &s.config.Config)
	}
	if mended && role != s.config.User {
		statements = append(statements, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "+runsTable+" FROM "+quote(role))
	}
	guarded, err := tableExists(ctx, tx, pgx.Identifier{s.target.Schema, auditLog}.Sanitize())
	if err != nil {
		return explain(err, "granting", &s.config.Config)
	}
	if guarded {
		statements = append(statements, s.auditRights(role)...)
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return explain(err, fmt.Sprintf("granting rights to the serving role %q", role), &s.config.Config)
		}
	}
	if err := warnOfSuperuser(ctx, tx, role); err != nil {
		return explain(err, "granting", &s.config.Config)
	}
	return explain(tx.Commit(), "granting", &s.config.Config)
}

func (s *session) servingRole() (string, error) {
	if s.target.AppURL == "" {
		return s.config.User, nil
	}
	config, err := parse(s.target.AppURL)
	if err != nil {
		return "", err
	}
	return config.User, nil
}

func (s *session) rightsOf(role string) []string {
	schema, to := quote(s.target.Schema), " TO "+quote(role)
	return []string{
		"GRANT USAGE ON SCHEMA " + schema + to,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + to,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + schema + to,
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA " + schema + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES" + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT USAGE, SELECT ON SEQUENCES" + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT EXECUTE ON FUNCTIONS" + to,
		"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON " + versionTable + ", " + filesTable + " FROM " + quote(role),
	}
}

// auditRights closes the audit log. Its foreign key sets user_id to NULL as the table's owner, who therefore keeps that.
func (s *session) auditRights(role string) []string {
	statements := []string{"REVOKE UPDATE, DELETE, TRUNCATE ON " + auditLog + " FROM " + quote(role)}
	if role == s.config.User {
		return append(statements, "GRANT UPDATE (user_id) ON "+auditLog+" TO "+quote(role))
	}
	return append(statements, "GRANT ALL ON "+auditLog+" TO "+quote(s.config.User))
}

func tableExists(ctx context.Context, tx *sql.Tx, name string) (bool, error) {
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there)
	return there, err
}

// warnOfSuperuser says that no grant binds a superuser.
func warnOfSuperuser(ctx context.Context, tx *sql.Tx, role string) error {
	var super bool
	if err := tx.QueryRowContext(ctx, "SELECT rolsuper FROM pg_roles WHERE rolname = $1", role).Scan(&super); err != nil {
		return fmt.Errorf("looking at the serving role %q: %w", role, err)
	}
	if super {
		slog.WarnContext(ctx, "the serving role is a superuser: it may change the audit log and everything else", "role", role)
	}
	return nil
}
