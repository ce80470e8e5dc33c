-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN jsonb_populate_record(NEW, jsonb_build_object(coalesce(TG_ARGV[0], 'updated_at'), CURRENT_TIMESTAMP));
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION update_updated_at_column() IS 'Sets updated_at, or the column that the trigger names, to the present moment.';

CREATE TRIGGER trigger_users_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_users_updated_at ON users IS 'Keeps updated_at.';

CREATE TRIGGER trigger_user_passwords_updated_at BEFORE UPDATE ON user_passwords
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_user_passwords_updated_at ON user_passwords IS 'Keeps updated_at.';

CREATE TRIGGER trigger_user_roles_updated_at BEFORE UPDATE ON user_roles
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_user_roles_updated_at ON user_roles IS 'Keeps updated_at.';

CREATE TRIGGER trigger_user_quotas_updated_at BEFORE UPDATE ON user_quotas
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_user_quotas_updated_at ON user_quotas IS 'Keeps updated_at.';

CREATE TRIGGER trigger_email_aliases_updated_at BEFORE UPDATE ON email_aliases
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_email_aliases_updated_at ON email_aliases IS 'Keeps updated_at.';

CREATE TRIGGER trigger_certificates_updated_at BEFORE UPDATE ON certificates
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_certificates_updated_at ON certificates IS 'Keeps updated_at.';

CREATE TRIGGER trigger_certificate_files_updated_at BEFORE UPDATE ON certificate_files
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_certificate_files_updated_at ON certificate_files IS 'Keeps updated_at.';

CREATE TRIGGER trigger_certificate_renewals_updated_at BEFORE UPDATE ON certificate_renewals
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_certificate_renewals_updated_at ON certificate_renewals IS 'Keeps updated_at.';

CREATE TRIGGER trigger_service_certificates_updated_at BEFORE UPDATE ON service_certificates
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column('last_updated');
COMMENT ON TRIGGER trigger_service_certificates_updated_at ON service_certificates IS 'Keeps last_updated.';

CREATE TRIGGER trigger_dns_zones_updated_at BEFORE UPDATE ON dns_zones
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_dns_zones_updated_at ON dns_zones IS 'Keeps updated_at.';

CREATE TRIGGER trigger_dns_records_updated_at BEFORE UPDATE ON dns_records
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
COMMENT ON TRIGGER trigger_dns_records_updated_at ON dns_records IS 'Keeps updated_at.';

-- +goose Down
DROP TRIGGER trigger_dns_records_updated_at ON dns_records;
DROP TRIGGER trigger_dns_zones_updated_at ON dns_zones;
DROP TRIGGER trigger_service_certificates_updated_at ON service_certificates;
DROP TRIGGER trigger_certificate_renewals_updated_at ON certificate_renewals;
DROP TRIGGER trigger_certificate_files_updated_at ON certificate_files;
DROP TRIGGER trigger_certificates_updated_at ON certificates;
DROP TRIGGER trigger_email_aliases_updated_at ON email_aliases;
DROP TRIGGER trigger_user_quotas_updated_at ON user_quotas;
DROP TRIGGER trigger_user_roles_updated_at ON user_roles;
DROP TRIGGER trigger_user_passwords_updated_at ON user_passwords;
DROP TRIGGER trigger_users_updated_at ON users;
DROP FUNCTION update_updated_at_column();
