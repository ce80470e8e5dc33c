-- The service schema as it is documented: integer keys, looser columns, other rules. Tables, keys, rules and indexes only.
CREATE TABLE users (
    id serial,
    username varchar(255) NOT NULL,
    email varchar(255) NOT NULL,
    domain varchar(255) NOT NULL,
    first_name varchar(100),
    last_name varchar(100),
    system_uid integer DEFAULT 5000,
    system_gid integer DEFAULT 5000,
    home_directory varchar(500),
    mailbox_format varchar(20) DEFAULT 'maildir',
    is_active boolean DEFAULT true,
    is_locked boolean DEFAULT false,
    email_verified boolean DEFAULT false,
    email_verification_token varchar(255),
    email_verification_expires_at timestamptz,
    password_reset_token varchar(255),
    password_reset_expires_at timestamptz,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    last_login_at timestamptz,
    failed_login_attempts integer DEFAULT 0,
    last_failed_login_at timestamptz,
    CONSTRAINT users_domain_matches_email CHECK (email like ('%@' || (domain))),
    CONSTRAINT users_mailbox_format_valid CHECK (mailbox_format in ('maildir', 'mbox')),
    CONSTRAINT users_system_gid_positive CHECK (system_gid > 0),
    CONSTRAINT users_system_uid_positive CHECK (system_uid > 0),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_username_key UNIQUE (username)
);
CREATE TABLE user_passwords (
    id serial,
    user_id integer NOT NULL,
    service varchar(50) NOT NULL,
    password_hash text NOT NULL,
    hash_scheme varchar(50) NOT NULL,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    expires_at timestamptz,
    must_change_on_next_login boolean DEFAULT false,
    CONSTRAINT user_passwords_hash_scheme_valid CHECK (hash_scheme in ('PLAIN', 'CRYPT', 'SHA256', 'SSHA', 'BCRYPT', 'PBKDF2', 'ARGON2')),
    CONSTRAINT user_passwords_service_valid CHECK (service in ('apache', 'dovecot', 'webdav', 'samba', 'api')),
    CONSTRAINT user_passwords_pkey PRIMARY KEY (id),
    CONSTRAINT user_passwords_user_service_unique UNIQUE (user_id, service)
);
CREATE TABLE user_roles (
    id serial,
    user_id integer NOT NULL,
    role_name varchar(50) NOT NULL,
    service varchar(50) NOT NULL,
    granted_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    granted_by integer,
    expires_at timestamptz,
    is_active boolean DEFAULT true,
    CONSTRAINT user_roles_role_name_valid CHECK (role_name in ('admin', 'user', 'customer', 'moderator', 'no_email', 'readonly')),
    CONSTRAINT user_roles_service_valid CHECK (service in ('apache', 'dovecot', 'webdav', 'samba', 'api', 'global')),
    CONSTRAINT user_roles_pkey PRIMARY KEY (id),
    CONSTRAINT user_roles_user_service_role_unique UNIQUE (user_id, service, role_name)
);
CREATE TABLE user_quotas (
    id serial,
    user_id integer NOT NULL,
    service varchar(50) NOT NULL,
    quota_type varchar(50) NOT NULL,
    quota_value bigint,
    quota_unit varchar(20),
    current_usage bigint DEFAULT 0,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT user_quotas_current_usage_positive CHECK (current_usage >= 0),
    CONSTRAINT user_quotas_quota_type_valid CHECK (quota_type in ('storage', 'bandwidth', 'connections', 'files', 'messages')),
    CONSTRAINT user_quotas_quota_unit_valid CHECK (quota_unit in ('bytes', 'KB', 'MB', 'GB', 'TB', 'count', 'per_hour', 'per_day')),
    CONSTRAINT user_quotas_quota_value_positive CHECK ((quota_value IS NULL) OR (quota_value >= 0)),
    CONSTRAINT user_quotas_service_valid CHECK (service in ('dovecot', 'apache', 'webdav', 'samba', 'api')),
    CONSTRAINT user_quotas_pkey PRIMARY KEY (id),
    CONSTRAINT user_quotas_user_service_type_unique UNIQUE (user_id, service, quota_type)
);
CREATE TABLE email_aliases (
    id serial,
    user_id integer NOT NULL,
    alias_email varchar(255) NOT NULL,
    destination_email varchar(255) NOT NULL,
    is_primary boolean DEFAULT false,
    is_active boolean DEFAULT true,
    is_catch_all boolean DEFAULT false,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT email_aliases_alias_email_format CHECK (alias_email ~ '^[^@]+@[^@]+\.[^@]+$'),
    CONSTRAINT email_aliases_destination_email_format CHECK (destination_email ~ '^[^@]+@[^@]+\.[^@]+$'),
    CONSTRAINT email_aliases_not_self_reference CHECK (alias_email <> (destination_email)),
    CONSTRAINT email_aliases_pkey PRIMARY KEY (id),
    CONSTRAINT email_aliases_alias_email_key UNIQUE (alias_email)
);
CREATE TABLE audit_log (
    id serial,
    user_id integer,
    session_id varchar(255),
    service varchar(50),
    action varchar(100) NOT NULL,
    resource varchar(500),
    resource_id integer,
    ip_address inet,
    user_agent text,
    request_method varchar(10),
    request_path varchar(1000),
    success boolean NOT NULL,
    status_code integer,
    error_message text,
    additional_data jsonb,
    duration_ms integer,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT audit_log_action_not_empty CHECK (length(TRIM(BOTH FROM action)) > 0),
    CONSTRAINT audit_log_duration_positive CHECK ((duration_ms IS NULL) OR (duration_ms >= 0)),
    CONSTRAINT audit_log_request_method_valid CHECK ((request_method IS NULL) OR (request_method in ('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'))),
    CONSTRAINT audit_log_service_valid CHECK ((service IS NULL) OR (service in ('apache', 'dovecot', 'webdav', 'samba', 'api', 'web', 'admin'))),
    CONSTRAINT audit_log_status_code_valid CHECK ((status_code IS NULL) OR ((status_code >= 100) AND (status_code <= 599))),
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE TABLE mailbox_events (
    id serial,
    event_type varchar(50) NOT NULL,
    user_id integer,
    username varchar(255),
    email varchar(255),
    domain varchar(255),
    home_directory varchar(500),
    event_data jsonb,
    processed boolean DEFAULT false,
    processed_at timestamptz,
    processed_by varchar(100),
    error_message text,
    retry_count integer DEFAULT 0,
    next_retry_at timestamptz,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT mailbox_events_email_format CHECK ((email IS NULL) OR (email ~ '^[^@]+@[^@]+\.[^@]+$')),
    CONSTRAINT mailbox_events_event_type_valid CHECK (event_type in ('created', 'updated', 'deleted', 'quota_exceeded', 'quota_warning')),
    CONSTRAINT mailbox_events_retry_count_positive CHECK (retry_count >= 0),
    CONSTRAINT mailbox_events_pkey PRIMARY KEY (id)
);
CREATE TABLE certificates (
    id serial,
    domain varchar(255) NOT NULL,
    certificate_type varchar(50) NOT NULL,
    subject_alt_names text[],
    issuer varchar(500),
    subject varchar(500),
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    certificate_path varchar(500) NOT NULL,
    private_key_path varchar(500) NOT NULL,
    chain_path varchar(500),
    fullchain_path varchar(500),
    is_active boolean DEFAULT true,
    auto_renew boolean DEFAULT true,
    renewal_attempts integer DEFAULT 0,
    last_renewal_attempt timestamptz,
    last_renewal_success timestamptz,
    renewal_error_message text,
    acme_account_key_path varchar(500),
    acme_staging boolean DEFAULT false,
    acme_challenge_type varchar(50) DEFAULT 'http-01',
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    created_by integer,
    CONSTRAINT certificates_acme_challenge_valid CHECK (acme_challenge_type in ('http-01', 'dns-01', 'tls-alpn-01')),
    CONSTRAINT certificates_renewal_attempts_positive CHECK (renewal_attempts >= 0),
    CONSTRAINT certificates_type_valid CHECK (certificate_type in ('self-signed', 'letsencrypt', 'manual', 'ca-signed')),
    CONSTRAINT certificates_validity_period CHECK (not_after > not_before),
    CONSTRAINT certificates_pkey PRIMARY KEY (id),
    CONSTRAINT certificates_domain_type_unique UNIQUE (domain, certificate_type)
);
CREATE TABLE certificate_files (
    id serial,
    certificate_id integer NOT NULL,
    file_type varchar(50) NOT NULL,
    file_path varchar(500) NOT NULL,
    file_size bigint NOT NULL,
    file_checksum varchar(64) NOT NULL,
    file_permissions varchar(10) NOT NULL,
    last_verified timestamptz DEFAULT CURRENT_TIMESTAMP,
    verification_status varchar(20) DEFAULT 'verified',
    verification_error text,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT certificate_files_checksum_format CHECK (file_checksum ~ '^[a-f0-9]{64}$'),
    CONSTRAINT certificate_files_file_type_valid CHECK (file_type in ('certificate', 'private_key', 'chain', 'fullchain', 'csr', 'account_key')),
    CONSTRAINT certificate_files_permissions_valid CHECK (file_permissions ~ '^[0-7]{3}$'),
    CONSTRAINT certificate_files_size_positive CHECK (file_size >= 0),
    CONSTRAINT certificate_files_verification_status_valid CHECK (verification_status in ('verified', 'needs_verification', 'failed', 'missing')),
    CONSTRAINT certificate_files_pkey PRIMARY KEY (id),
    CONSTRAINT certificate_files_cert_file_type_unique UNIQUE (certificate_id, file_type)
);
CREATE TABLE certificate_notifications (
    id serial,
    certificate_id integer NOT NULL,
    notification_type varchar(50) NOT NULL,
    message text,
    notification_data jsonb,
    processed_at timestamptz,
    processed_by varchar(100),
    error_message text,
    retry_count integer DEFAULT 0,
    next_retry_at timestamptz,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT certificate_notifications_retry_count_positive CHECK (retry_count >= 0),
    CONSTRAINT certificate_notifications_type_valid CHECK (notification_type in ('created', 'updated', 'renewed', 'expired', 'error', 'deleted', 'warning')),
    CONSTRAINT certificate_notifications_pkey PRIMARY KEY (id)
);
CREATE TABLE certificate_renewals (
    id serial,
    certificate_id integer NOT NULL,
    scheduled_at timestamptz NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    renewal_method varchar(50) NOT NULL,
    success boolean,
    error_message text,
    old_not_after timestamptz,
    new_not_after timestamptz,
    triggered_by varchar(100),
    renewal_logs text,
    duration_seconds integer,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT certificate_renewals_duration_positive CHECK ((duration_seconds IS NULL) OR (duration_seconds >= 0)),
    CONSTRAINT certificate_renewals_renewal_method_valid CHECK (renewal_method in ('automatic', 'manual', 'forced', 'emergency')),
    CONSTRAINT certificate_renewals_validity_check CHECK ((old_not_after IS NULL) OR (new_not_after IS NULL) OR (new_not_after > old_not_after)),
    CONSTRAINT certificate_renewals_pkey PRIMARY KEY (id)
);
CREATE TABLE service_certificates (
    id serial,
    service_name varchar(100) NOT NULL,
    domain varchar(255) NOT NULL,
    certificate_type varchar(50) NOT NULL,
    ssl_enabled boolean DEFAULT false,
    certificate_path varchar(500),
    private_key_path varchar(500),
    chain_path varchar(500),
    is_active boolean DEFAULT true,
    last_updated timestamptz DEFAULT CURRENT_TIMESTAMP,
    last_reload timestamptz,
    ssl_protocols text[],
    ssl_ciphers text,
    hsts_enabled boolean DEFAULT false,
    hsts_max_age integer DEFAULT 31536000,
    last_health_check timestamptz,
    health_status varchar(20) DEFAULT 'unknown',
    health_error text,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT service_certificates_certificate_type_valid CHECK (certificate_type in ('live', 'staged', 'self-signed', 'none', 'manual')),
    CONSTRAINT service_certificates_health_status_valid CHECK (health_status in ('healthy', 'warning', 'critical', 'unknown')),
    CONSTRAINT service_certificates_hsts_max_age_positive CHECK ((hsts_max_age IS NULL) OR (hsts_max_age > 0)),
    CONSTRAINT service_certificates_service_name_valid CHECK (service_name in ('apache', 'nginx', 'mail', 'postfix', 'dovecot', 'webdav', 'api', 'admin')),
    CONSTRAINT service_certificates_pkey PRIMARY KEY (id),
    CONSTRAINT service_certificates_service_domain_unique UNIQUE (service_name, domain)
);
CREATE TABLE dns_zones (
    id serial,
    domain varchar(255) NOT NULL,
    serial_number bigint NOT NULL,
    refresh_interval integer NOT NULL DEFAULT 3600,
    retry_interval integer NOT NULL DEFAULT 1800,
    expire_interval integer NOT NULL DEFAULT 604800,
    minimum_ttl integer NOT NULL DEFAULT 3600,
    primary_ns varchar(255) NOT NULL,
    admin_email varchar(255) NOT NULL,
    is_active boolean DEFAULT true,
    zone_type varchar(20) DEFAULT 'master',
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT dns_zones_admin_email_format CHECK (admin_email ~ '^[^@]+@[^@]+\.[^@]+$'),
    CONSTRAINT dns_zones_domain_format CHECK (domain ~ '^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$'),
    CONSTRAINT dns_zones_expire_interval_positive CHECK (expire_interval > 0),
    CONSTRAINT dns_zones_minimum_ttl_positive CHECK (minimum_ttl > 0),
    CONSTRAINT dns_zones_refresh_interval_positive CHECK (refresh_interval > 0),
    CONSTRAINT dns_zones_retry_interval_positive CHECK (retry_interval > 0),
    CONSTRAINT dns_zones_serial_number_positive CHECK (serial_number > 0),
    CONSTRAINT dns_zones_zone_type_valid CHECK (zone_type in ('master', 'slave', 'stub', 'forward')),
    CONSTRAINT dns_zones_pkey PRIMARY KEY (id),
    CONSTRAINT dns_zones_domain_key UNIQUE (domain)
);
CREATE TABLE dns_records (
    id serial,
    domain varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    record_type varchar(10) NOT NULL,
    value text NOT NULL,
    ttl integer NOT NULL DEFAULT 3600,
    priority integer,
    weight integer,
    port integer,
    is_active boolean DEFAULT true,
    is_system_record boolean DEFAULT false,
    created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT dns_records_domain_format CHECK (domain ~ '^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$'),
    CONSTRAINT dns_records_mx_priority CHECK ((record_type <> 'MX') OR (priority IS NOT NULL)),
    CONSTRAINT dns_records_port_valid CHECK ((port IS NULL) OR ((port > 0) AND (port <= 65535))),
    CONSTRAINT dns_records_priority_positive CHECK ((priority IS NULL) OR (priority >= 0)),
    CONSTRAINT dns_records_record_type_valid CHECK (record_type in ('A', 'AAAA', 'CNAME', 'MX', 'TXT', 'SRV', 'NS', 'PTR', 'SOA', 'CAA', 'DKIM', 'SPF')),
    CONSTRAINT dns_records_srv_priority_weight_port CHECK ((record_type <> 'SRV') OR ((priority IS NOT NULL) AND (weight IS NOT NULL) AND (port IS NOT NULL))),
    CONSTRAINT dns_records_ttl_positive CHECK (ttl > 0),
    CONSTRAINT dns_records_value_not_empty CHECK (length(TRIM(BOTH FROM value)) > 0),
    CONSTRAINT dns_records_weight_positive CHECK ((weight IS NULL) OR (weight >= 0)),
    CONSTRAINT dns_records_pkey PRIMARY KEY (id),
    CONSTRAINT dns_records_domain_name_type_unique UNIQUE (domain, name, record_type)
);
ALTER TABLE user_passwords ADD CONSTRAINT fk_user_passwords_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE user_roles ADD CONSTRAINT fk_user_roles_granted_by FOREIGN KEY (granted_by) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE user_roles ADD CONSTRAINT fk_user_roles_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE user_quotas ADD CONSTRAINT fk_user_quotas_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE email_aliases ADD CONSTRAINT fk_email_aliases_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE audit_log ADD CONSTRAINT fk_audit_log_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE mailbox_events ADD CONSTRAINT fk_mailbox_events_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE certificates ADD CONSTRAINT fk_certificates_created_by FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE certificate_files ADD CONSTRAINT fk_certificate_files_certificate_id FOREIGN KEY (certificate_id) REFERENCES certificates(id) ON DELETE CASCADE;
ALTER TABLE certificate_notifications ADD CONSTRAINT fk_certificate_notifications_certificate_id FOREIGN KEY (certificate_id) REFERENCES certificates(id) ON DELETE CASCADE;
ALTER TABLE certificate_renewals ADD CONSTRAINT fk_certificate_renewals_certificate_id FOREIGN KEY (certificate_id) REFERENCES certificates(id) ON DELETE CASCADE;
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_domain ON users (domain);
CREATE INDEX idx_users_domain_active ON users (domain, is_active);
CREATE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_email_active_verified ON users (email, is_active, email_verified);
CREATE INDEX idx_users_email_verification_token ON users (email_verification_token) WHERE email_verification_token IS NOT NULL;
CREATE INDEX idx_users_email_verified ON users (email_verified);
CREATE INDEX idx_users_failed_login_attempts ON users (failed_login_attempts);
CREATE INDEX idx_users_is_active ON users (is_active);
CREATE INDEX idx_users_is_locked ON users (is_locked);
CREATE INDEX idx_users_last_login_at ON users (last_login_at);
CREATE INDEX idx_users_password_reset_token ON users (password_reset_token) WHERE password_reset_token IS NOT NULL;
CREATE INDEX idx_users_username ON users (username);
CREATE INDEX idx_user_passwords_expires_at ON user_passwords (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_user_passwords_hash_scheme ON user_passwords (hash_scheme);
CREATE INDEX idx_user_passwords_must_change ON user_passwords (must_change_on_next_login) WHERE must_change_on_next_login = true;
CREATE INDEX idx_user_passwords_service ON user_passwords (service);
CREATE INDEX idx_user_passwords_user_id ON user_passwords (user_id);
CREATE INDEX idx_user_passwords_user_service ON user_passwords (user_id, service);
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
CREATE INDEX idx_user_quotas_current_usage ON user_quotas (current_usage);
CREATE INDEX idx_user_quotas_quota_type ON user_quotas (quota_type);
CREATE INDEX idx_user_quotas_service ON user_quotas (service);
CREATE INDEX idx_user_quotas_service_type ON user_quotas (service, quota_type);
CREATE INDEX idx_user_quotas_updated_at ON user_quotas (updated_at);
CREATE INDEX idx_user_quotas_user_id ON user_quotas (user_id);
CREATE INDEX idx_user_quotas_user_service ON user_quotas (user_id, service);
CREATE INDEX idx_user_quotas_user_service_type ON user_quotas (user_id, service, quota_type);
CREATE INDEX idx_email_aliases_alias_active ON email_aliases (alias_email, is_active);
CREATE INDEX idx_email_aliases_alias_domain ON email_aliases (split_part(alias_email, '@', 2));
CREATE INDEX idx_email_aliases_alias_email ON email_aliases (alias_email);
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
CREATE INDEX idx_audit_log_action ON audit_log (action);
CREATE INDEX idx_audit_log_action_created ON audit_log (action, created_at);
CREATE INDEX idx_audit_log_additional_data_gin ON audit_log USING gin (additional_data);
CREATE INDEX idx_audit_log_created_at ON audit_log (created_at);
CREATE INDEX idx_audit_log_created_at_desc ON audit_log (created_at desc);
CREATE INDEX idx_audit_log_duration_ms ON audit_log (duration_ms) WHERE duration_ms IS NOT NULL;
CREATE INDEX idx_audit_log_errors ON audit_log (user_id, action, created_at) WHERE success = false;
CREATE INDEX idx_audit_log_ip_address ON audit_log (ip_address);
CREATE INDEX idx_audit_log_ip_created ON audit_log (ip_address, created_at);
CREATE INDEX idx_audit_log_resource ON audit_log (resource);
CREATE INDEX idx_audit_log_resource_id ON audit_log (resource_id);
CREATE INDEX idx_audit_log_resource_resource_id ON audit_log (resource, resource_id);
CREATE INDEX idx_audit_log_service ON audit_log (service);
CREATE INDEX idx_audit_log_service_created ON audit_log (service, created_at);
CREATE INDEX idx_audit_log_session_id ON audit_log (session_id);
CREATE INDEX idx_audit_log_success ON audit_log (success);
CREATE INDEX idx_audit_log_success_false ON audit_log (success) WHERE success = false;
CREATE INDEX idx_audit_log_user_created ON audit_log (user_id, created_at);
CREATE INDEX idx_audit_log_user_id ON audit_log (user_id);
CREATE INDEX idx_mailbox_events_created_at ON mailbox_events (created_at);
CREATE INDEX idx_mailbox_events_domain ON mailbox_events (domain);
CREATE INDEX idx_mailbox_events_errors ON mailbox_events (error_message) WHERE error_message IS NOT NULL;
CREATE INDEX idx_mailbox_events_event_data_gin ON mailbox_events USING gin (event_data);
CREATE INDEX idx_mailbox_events_event_type ON mailbox_events (event_type);
CREATE INDEX idx_mailbox_events_next_retry ON mailbox_events (next_retry_at) WHERE next_retry_at IS NOT NULL;
CREATE INDEX idx_mailbox_events_processed ON mailbox_events (processed);
CREATE INDEX idx_mailbox_events_processed_at ON mailbox_events (processed_at);
CREATE INDEX idx_mailbox_events_processed_by ON mailbox_events (processed_by);
CREATE INDEX idx_mailbox_events_processed_false ON mailbox_events (processed, created_at) WHERE processed = false;
CREATE INDEX idx_mailbox_events_retry_count ON mailbox_events (retry_count);
CREATE INDEX idx_mailbox_events_unprocessed_retry ON mailbox_events (processed, next_retry_at, created_at) WHERE processed = false;
CREATE INDEX idx_mailbox_events_user_id ON mailbox_events (user_id);
CREATE INDEX idx_mailbox_events_username ON mailbox_events (username);
CREATE INDEX idx_certificates_acme_challenge_type ON certificates (acme_challenge_type) WHERE certificate_type = 'letsencrypt';
CREATE INDEX idx_certificates_acme_staging ON certificates (acme_staging) WHERE certificate_type = 'letsencrypt';
CREATE INDEX idx_certificates_auto_renew ON certificates (auto_renew);
CREATE INDEX idx_certificates_certificate_type ON certificates (certificate_type);
CREATE INDEX idx_certificates_created_at ON certificates (created_at);
CREATE INDEX idx_certificates_created_by ON certificates (created_by);
CREATE INDEX idx_certificates_domain ON certificates (domain);
CREATE INDEX idx_certificates_domain_active ON certificates (domain, is_active);
CREATE INDEX idx_certificates_expiry_active ON certificates (not_after, is_active) WHERE is_active = true;
CREATE INDEX idx_certificates_is_active ON certificates (is_active);
CREATE INDEX idx_certificates_last_renewal_attempt ON certificates (last_renewal_attempt);
CREATE INDEX idx_certificates_last_renewal_success ON certificates (last_renewal_success);
CREATE INDEX idx_certificates_not_after ON certificates (not_after);
CREATE INDEX idx_certificates_renewal_attempts ON certificates (renewal_attempts);
CREATE INDEX idx_certificates_type_active ON certificates (certificate_type, is_active);
CREATE INDEX idx_certificates_updated_at ON certificates (updated_at);
CREATE INDEX idx_certificate_files_cert_type ON certificate_files (certificate_id, file_type);
CREATE INDEX idx_certificate_files_certificate_id ON certificate_files (certificate_id);
CREATE INDEX idx_certificate_files_created_at ON certificate_files (created_at);
CREATE INDEX idx_certificate_files_file_checksum ON certificate_files (file_checksum);
CREATE INDEX idx_certificate_files_file_path ON certificate_files (file_path);
CREATE INDEX idx_certificate_files_file_size ON certificate_files (file_size);
CREATE INDEX idx_certificate_files_file_type ON certificate_files (file_type);
CREATE INDEX idx_certificate_files_last_verified ON certificate_files (last_verified);
CREATE INDEX idx_certificate_files_needs_verification ON certificate_files (last_verified) WHERE verification_status = 'needs_verification';
CREATE INDEX idx_certificate_files_type_status ON certificate_files (file_type, verification_status);
CREATE INDEX idx_certificate_files_updated_at ON certificate_files (updated_at);
CREATE INDEX idx_certificate_files_verification_status ON certificate_files (verification_status);
CREATE INDEX idx_certificate_notifications_cert_type_created ON certificate_notifications (certificate_id, notification_type, created_at);
CREATE INDEX idx_certificate_notifications_certificate_id ON certificate_notifications (certificate_id);
CREATE INDEX idx_certificate_notifications_created_at ON certificate_notifications (created_at);
CREATE INDEX idx_certificate_notifications_data_gin ON certificate_notifications USING gin (notification_data);
CREATE INDEX idx_certificate_notifications_errors ON certificate_notifications (error_message) WHERE error_message IS NOT NULL;
CREATE INDEX idx_certificate_notifications_next_retry ON certificate_notifications (next_retry_at) WHERE next_retry_at IS NOT NULL;
CREATE INDEX idx_certificate_notifications_notification_type ON certificate_notifications (notification_type);
CREATE INDEX idx_certificate_notifications_processed_at ON certificate_notifications (processed_at);
CREATE INDEX idx_certificate_notifications_processed_by ON certificate_notifications (processed_by);
CREATE INDEX idx_certificate_notifications_retry_count ON certificate_notifications (retry_count);
CREATE INDEX idx_certificate_notifications_unprocessed ON certificate_notifications (created_at) WHERE processed_at IS NULL;
CREATE INDEX idx_certificate_notifications_unprocessed_retry ON certificate_notifications (processed_at, next_retry_at, created_at) WHERE processed_at IS NULL;
CREATE INDEX idx_certificate_renewals_cert_success_completed ON certificate_renewals (certificate_id, success, completed_at);
CREATE INDEX idx_certificate_renewals_certificate_id ON certificate_renewals (certificate_id);
CREATE INDEX idx_certificate_renewals_completed_at ON certificate_renewals (completed_at);
CREATE INDEX idx_certificate_renewals_created_at ON certificate_renewals (created_at);
CREATE INDEX idx_certificate_renewals_duration ON certificate_renewals (duration_seconds) WHERE duration_seconds IS NOT NULL;
CREATE INDEX idx_certificate_renewals_failed ON certificate_renewals (certificate_id, success, completed_at) WHERE success = false;
CREATE INDEX idx_certificate_renewals_method_success ON certificate_renewals (renewal_method, success);
CREATE INDEX idx_certificate_renewals_pending ON certificate_renewals (scheduled_at, started_at) WHERE completed_at IS NULL;
CREATE INDEX idx_certificate_renewals_recent ON certificate_renewals (certificate_id, completed_at desc) WHERE success = true;
CREATE INDEX idx_certificate_renewals_renewal_method ON certificate_renewals (renewal_method);
CREATE INDEX idx_certificate_renewals_scheduled_at ON certificate_renewals (scheduled_at);
CREATE INDEX idx_certificate_renewals_started_at ON certificate_renewals (started_at);
CREATE INDEX idx_certificate_renewals_success ON certificate_renewals (success);
CREATE INDEX idx_certificate_renewals_triggered_by ON certificate_renewals (triggered_by);
CREATE INDEX idx_service_certificates_certificate_type ON service_certificates (certificate_type);
CREATE INDEX idx_service_certificates_created_at ON service_certificates (created_at);
CREATE INDEX idx_service_certificates_domain ON service_certificates (domain);
CREATE INDEX idx_service_certificates_domain_active ON service_certificates (domain, is_active);
CREATE INDEX idx_service_certificates_health_errors ON service_certificates (health_error) WHERE health_error IS NOT NULL;
CREATE INDEX idx_service_certificates_health_status ON service_certificates (health_status);
CREATE INDEX idx_service_certificates_hsts_enabled ON service_certificates (hsts_enabled) WHERE hsts_enabled = true;
CREATE INDEX idx_service_certificates_is_active ON service_certificates (is_active);
CREATE INDEX idx_service_certificates_last_health_check ON service_certificates (last_health_check);
CREATE INDEX idx_service_certificates_last_reload ON service_certificates (last_reload);
CREATE INDEX idx_service_certificates_last_updated ON service_certificates (last_updated);
CREATE INDEX idx_service_certificates_service_active ON service_certificates (service_name, is_active);
CREATE INDEX idx_service_certificates_service_domain ON service_certificates (service_name, domain);
CREATE INDEX idx_service_certificates_service_name ON service_certificates (service_name);
CREATE INDEX idx_service_certificates_ssl_active ON service_certificates (ssl_enabled, is_active);
CREATE INDEX idx_service_certificates_ssl_enabled ON service_certificates (ssl_enabled);
CREATE INDEX idx_service_certificates_type_service ON service_certificates (certificate_type, service_name);
CREATE INDEX idx_dns_zones_active_type ON dns_zones (is_active, zone_type);
CREATE INDEX idx_dns_zones_admin_email ON dns_zones (admin_email);
CREATE INDEX idx_dns_zones_created_at ON dns_zones (created_at);
CREATE INDEX idx_dns_zones_domain ON dns_zones (domain);
CREATE INDEX idx_dns_zones_domain_active ON dns_zones (domain, is_active);
CREATE INDEX idx_dns_zones_domain_hierarchy ON dns_zones (reverse(domain));
CREATE INDEX idx_dns_zones_is_active ON dns_zones (is_active);
CREATE INDEX idx_dns_zones_primary_ns ON dns_zones (primary_ns);
CREATE INDEX idx_dns_zones_serial_number ON dns_zones (serial_number);
CREATE INDEX idx_dns_zones_updated_at ON dns_zones (updated_at);
CREATE INDEX idx_dns_zones_zone_type ON dns_zones (zone_type);
CREATE INDEX idx_dns_records_created_at ON dns_records (created_at);
CREATE INDEX idx_dns_records_domain ON dns_records (domain);
CREATE INDEX idx_dns_records_domain_active ON dns_records (domain, is_active);
CREATE INDEX idx_dns_records_domain_name ON dns_records (domain, name);
CREATE INDEX idx_dns_records_domain_name_type ON dns_records (domain, name, record_type);
CREATE INDEX idx_dns_records_domain_type ON dns_records (domain, record_type);
CREATE INDEX idx_dns_records_is_active ON dns_records (is_active);
CREATE INDEX idx_dns_records_is_system_record ON dns_records (is_system_record);
CREATE INDEX idx_dns_records_mx_priority ON dns_records (domain, priority) WHERE record_type = 'MX';
CREATE INDEX idx_dns_records_name ON dns_records (name);
CREATE INDEX idx_dns_records_name_active ON dns_records (name, is_active);
CREATE INDEX idx_dns_records_ns_records ON dns_records (domain, value) WHERE record_type = 'NS';
CREATE INDEX idx_dns_records_record_type ON dns_records (record_type);
CREATE INDEX idx_dns_records_resolution ON dns_records (domain, name, record_type, is_active);
CREATE INDEX idx_dns_records_srv_priority_weight ON dns_records (domain, priority, weight, port) WHERE record_type = 'SRV';
CREATE INDEX idx_dns_records_ttl ON dns_records (ttl);
CREATE INDEX idx_dns_records_type_active ON dns_records (record_type, is_active);
CREATE INDEX idx_dns_records_updated_at ON dns_records (updated_at);
CREATE INDEX idx_dns_records_value ON dns_records (value);
CREATE INDEX idx_dns_records_value_hash ON dns_records (md5(value)) WHERE length(value) > 100;
