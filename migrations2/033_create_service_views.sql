-- +goose Up
CREATE VIEW apache_auth AS
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
COMMENT ON VIEW apache_auth IS 'Who may use the web server: one row a person, with the highest role that Apache knows for apache or global. Without any role row a person is a customer; with none but ended or suspended ones, shut out.';
COMMENT ON COLUMN apache_auth.username IS 'Name the person signs in with.';
COMMENT ON COLUMN apache_auth.password IS 'Hash of the password for the web server.';
COMMENT ON COLUMN apache_auth.role IS 'Highest role that Apache knows, customer where there is none.';
COMMENT ON COLUMN apache_auth.is_active IS 'Always true: nobody else is listed.';
COMMENT ON COLUMN apache_auth.email_verified IS 'Whether the person proved that the address is theirs.';
COMMENT ON COLUMN apache_auth.email IS 'Mail address in lower case.';

CREATE VIEW dovecot_auth AS
SELECT u.username,
       u.domain,
       lower(u.email) AS "user",
       p.password_hash AS password,
       CASE p.hash_scheme WHEN 'BCRYPT' THEN 'BLF-CRYPT' WHEN 'ARGON2' THEN 'ARGON2ID' ELSE p.hash_scheme END AS scheme,
       u.is_active
FROM users u
JOIN user_passwords p ON p.user_id = u.id AND p.service = 'dovecot'
CROSS JOIN LATERAL (
    SELECT count(*) = 0 OR bool_or(r.counts) AND NOT bool_or(r.counts AND r.role_name = 'no_email') AS let_in
    FROM (
        SELECT role_name,
               is_active AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP) AS counts
        FROM user_roles
        WHERE user_id = u.id AND service IN ('dovecot', 'global')
    ) r
) held
WHERE u.is_active
  AND NOT u.is_locked
  AND (p.expires_at IS NULL OR p.expires_at > CURRENT_TIMESTAMP)
  AND held.let_in;
COMMENT ON VIEW dovecot_auth IS 'Who may read mail, by the address in lower case, with the password''s scheme under the name that Dovecot uses. A no_email role for dovecot or global shuts mail whatever else is held.';
COMMENT ON COLUMN dovecot_auth.username IS 'Name of the person.';
COMMENT ON COLUMN dovecot_auth.domain IS 'Mail domain in lower case.';
COMMENT ON COLUMN dovecot_auth."user" IS 'Mail address in lower case: what the person signs in with.';
COMMENT ON COLUMN dovecot_auth.password IS 'Hash of the password for mail.';
COMMENT ON COLUMN dovecot_auth.scheme IS 'Method of the hash, as Dovecot calls it.';
COMMENT ON COLUMN dovecot_auth.is_active IS 'Always true: nobody else is listed.';

CREATE VIEW dovecot_users AS
SELECT u.username,
       u.domain,
       lower(u.email) AS "user",
       coalesce(u.home_directory, '/var/mail/' || u.domain || '/' || u.username) AS home,
       u.system_uid AS uid,
       u.system_gid AS gid,
       u.mailbox_format,
       CASE
           WHEN q.id IS NULL THEN 1073741824
           WHEN q.quota_value IS NOT NULL THEN least(q.quota_value * unit.bytes, 9223372036854775807)::bigint
       END AS quota_bytes
FROM users u
LEFT JOIN (
    user_quotas q
    JOIN (VALUES ('bytes', 1::numeric), ('KB', 1024), ('MB', 1048576), ('GB', 1073741824), ('TB', 1099511627776))
        AS unit (name, bytes) ON unit.name = coalesce(q.quota_unit, 'bytes')
) ON q.user_id = u.id AND q.service = 'dovecot' AND q.quota_type = 'storage'
CROSS JOIN LATERAL (
    SELECT count(*) = 0 OR bool_or(r.counts) AND NOT bool_or(r.counts AND r.role_name = 'no_email') AS let_in
    FROM (
        SELECT role_name,
               is_active AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP) AS counts
        FROM user_roles
        WHERE user_id = u.id AND service IN ('dovecot', 'global')
    ) r
) held
WHERE u.is_active
  AND NOT u.is_locked
  AND held.let_in;
COMMENT ON VIEW dovecot_users IS 'Mailboxes that exist: where they are, whose files they are and how large they may grow.';
COMMENT ON COLUMN dovecot_users.username IS 'Name of the person.';
COMMENT ON COLUMN dovecot_users.domain IS 'Mail domain in lower case.';
COMMENT ON COLUMN dovecot_users."user" IS 'Mail address in lower case.';
COMMENT ON COLUMN dovecot_users.home IS 'Folder of the mailbox.';
COMMENT ON COLUMN dovecot_users.uid IS 'Numeric user id that owns the files.';
COMMENT ON COLUMN dovecot_users.gid IS 'Numeric group id that owns the files.';
COMMENT ON COLUMN dovecot_users.mailbox_format IS 'How mail is kept on disk: maildir is one file a message, mbox one file a folder.';
COMMENT ON COLUMN dovecot_users.quota_bytes IS 'Storage limit in bytes: 1 GiB where none is set, NULL where it is unlimited.';

CREATE VIEW certificate_status AS
SELECT c.id,
       c.domain,
       c.certificate_type,
       c.subject_alt_names,
       c.issuer,
       c.not_before,
       c.not_after,
       c.is_active,
       c.auto_renew,
       c.last_renewal_success,
       c.renewal_error_message,
       c.not_after - CURRENT_TIMESTAMP AS time_until_expiry,
       CASE
           WHEN c.not_after <= CURRENT_TIMESTAMP THEN 'expired'
           WHEN c.not_after < CURRENT_TIMESTAMP + interval '7 days' THEN 'critical'
           WHEN c.not_after < CURRENT_TIMESTAMP + interval '30 days' THEN 'warning'
           ELSE 'valid'
       END AS expiry_status,
       c.certificate_path,
       c.private_key_path,
       c.fullchain_path,
       (SELECT count(*)
        FROM certificate_renewals r
        WHERE r.certificate_id = c.id
          AND r.success = false
          AND coalesce(r.completed_at, r.started_at, r.scheduled_at) >= CURRENT_TIMESTAMP - interval '30 days'
       ) AS recent_failed_renewals
FROM certificates c;
COMMENT ON VIEW certificate_status IS 'How long each certificate is good for: expired, critical within 7 days, warning within 30, else valid; with the renewals that failed in the last 30 days.';
COMMENT ON COLUMN certificate_status.id IS 'Number of the certificate, given by the database.';
COMMENT ON COLUMN certificate_status.domain IS 'Main name the certificate is for.';
COMMENT ON COLUMN certificate_status.certificate_type IS 'Where the certificate comes from.';
COMMENT ON COLUMN certificate_status.subject_alt_names IS 'All names the certificate is valid for.';
COMMENT ON COLUMN certificate_status.issuer IS 'Authority that signed it.';
COMMENT ON COLUMN certificate_status.not_before IS 'First moment of its validity.';
COMMENT ON COLUMN certificate_status.not_after IS 'Last moment of its validity.';
COMMENT ON COLUMN certificate_status.is_active IS 'Whether services may use it.';
COMMENT ON COLUMN certificate_status.auto_renew IS 'Whether it is renewed without anybody asking.';
COMMENT ON COLUMN certificate_status.last_renewal_success IS 'When renewal last succeeded; empty means never.';
COMMENT ON COLUMN certificate_status.renewal_error_message IS 'Why the last renewal failed.';
COMMENT ON COLUMN certificate_status.time_until_expiry IS 'Time left, negative once it has ended.';
COMMENT ON COLUMN certificate_status.expiry_status IS 'expired, critical, warning or valid.';
COMMENT ON COLUMN certificate_status.certificate_path IS 'File with the certificate alone.';
COMMENT ON COLUMN certificate_status.private_key_path IS 'File with the private key.';
COMMENT ON COLUMN certificate_status.fullchain_path IS 'File with the certificate followed by the intermediate ones.';
COMMENT ON COLUMN certificate_status.recent_failed_renewals IS 'Renewals that failed in the last 30 days.';

CREATE VIEW certificate_file_status AS
SELECT c.domain,
       c.certificate_type,
       f.file_type,
       f.file_path,
       f.file_size,
       f.file_checksum,
       f.file_permissions,
       f.last_verified,
       f.verification_status,
       CURRENT_TIMESTAMP - f.last_verified AS time_since_verification
FROM certificate_files f
JOIN certificates c ON c.id = f.certificate_id;
COMMENT ON VIEW certificate_file_status IS 'The files of each certificate and how long ago they were verified.';
COMMENT ON COLUMN certificate_file_status.domain IS 'Main name of the certificate.';
COMMENT ON COLUMN certificate_file_status.certificate_type IS 'Where the certificate comes from.';
COMMENT ON COLUMN certificate_file_status.file_type IS 'What the file holds.';
COMMENT ON COLUMN certificate_file_status.file_path IS 'Where the file is on the server.';
COMMENT ON COLUMN certificate_file_status.file_size IS 'Size in bytes.';
COMMENT ON COLUMN certificate_file_status.file_checksum IS 'SHA-256 of the content: 64 digits and letters a to f.';
COMMENT ON COLUMN certificate_file_status.file_permissions IS 'Access rights as three octal digits, such as 600.';
COMMENT ON COLUMN certificate_file_status.last_verified IS 'When the file was last compared with its checksum; empty means never.';
COMMENT ON COLUMN certificate_file_status.verification_status IS 'Result of the last comparison.';
COMMENT ON COLUMN certificate_file_status.time_since_verification IS 'Time since the last comparison, empty for never.';

CREATE VIEW mail_aliases AS
SELECT lower(a.alias_email) AS alias_email,
       a.destination_email,
       u.username,
       u.domain,
       a.is_primary,
       a.is_catch_all,
       a.created_at
FROM email_aliases a
JOIN users u ON u.id = a.user_id
WHERE a.is_active
  AND u.is_active
  AND NOT u.is_locked
  AND NOT EXISTS (
      SELECT FROM user_roles r
      WHERE r.user_id = u.id
        AND r.service IN ('dovecot', 'global')
        AND r.role_name = 'no_email'
        AND r.is_active
        AND (r.expires_at IS NULL OR r.expires_at > CURRENT_TIMESTAMP)
  );
COMMENT ON VIEW mail_aliases IS 'Aliases in force, by their address in lower case: those of locked, inactive or no_email people are left out.';
COMMENT ON COLUMN mail_aliases.alias_email IS 'Address that receives the mail, in lower case.';
COMMENT ON COLUMN mail_aliases.destination_email IS 'Address the mail is handed on to.';
COMMENT ON COLUMN mail_aliases.username IS 'Person the alias belongs to.';
COMMENT ON COLUMN mail_aliases.domain IS 'Mail domain of that person.';
COMMENT ON COLUMN mail_aliases.is_primary IS 'Whether this is the person''s preferred sender; one alias a person at most.';
COMMENT ON COLUMN mail_aliases.is_catch_all IS 'Whether mail to every unknown name of the domain goes here too.';
COMMENT ON COLUMN mail_aliases.created_at IS 'When the alias was made.';

CREATE VIEW audit_summary AS
SELECT date_trunc('hour', created_at) AS event_hour,
       service,
       action,
       success,
       count(*) AS event_count,
       count(DISTINCT user_id) AS unique_users,
       count(DISTINCT ip_address) AS unique_ips
FROM audit_log
WHERE created_at >= CURRENT_TIMESTAMP - interval '24 hours'
GROUP BY date_trunc('hour', created_at), service, action, success;
COMMENT ON VIEW audit_summary IS 'What happened in the last 24 hours, counted by hour, service, action and result.';
COMMENT ON COLUMN audit_summary.event_hour IS 'Hour in which it happened.';
COMMENT ON COLUMN audit_summary.service IS 'Service it happened in.';
COMMENT ON COLUMN audit_summary.action IS 'What was done, such as create, update, delete or login.';
COMMENT ON COLUMN audit_summary.success IS 'Whether it was done; false for failures and refusals.';
COMMENT ON COLUMN audit_summary.event_count IS 'Entries of that hour.';
COMMENT ON COLUMN audit_summary.unique_users IS 'Different people among them.';
COMMENT ON COLUMN audit_summary.unique_ips IS 'Different addresses among them.';

-- +goose Down
DROP VIEW audit_summary;
DROP VIEW mail_aliases;
DROP VIEW certificate_file_status;
DROP VIEW certificate_status;
DROP VIEW dovecot_users;
DROP VIEW dovecot_auth;
DROP VIEW apache_auth;
