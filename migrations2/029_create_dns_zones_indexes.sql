-- +goose Up
CREATE INDEX idx_dns_zones_active_type ON dns_zones (is_active, zone_type);
CREATE INDEX idx_dns_zones_admin_email ON dns_zones (admin_email);
CREATE INDEX idx_dns_zones_created_at ON dns_zones (created_at);
CREATE INDEX idx_dns_zones_domain_active ON dns_zones (domain, is_active);
CREATE INDEX idx_dns_zones_domain_hierarchy ON dns_zones (reverse(domain));
CREATE INDEX idx_dns_zones_is_active ON dns_zones (is_active);
CREATE INDEX idx_dns_zones_primary_ns ON dns_zones (primary_ns);
CREATE INDEX idx_dns_zones_serial_number ON dns_zones (serial_number);
CREATE INDEX idx_dns_zones_updated_at ON dns_zones (updated_at);
CREATE INDEX idx_dns_zones_zone_type ON dns_zones (zone_type);

COMMENT ON INDEX idx_dns_zones_active_type IS 'Zones a name server loads: WHERE is_active AND zone_type = $1.';
COMMENT ON INDEX idx_dns_zones_admin_email IS 'Zones somebody is responsible for: WHERE admin_email = $1.';
COMMENT ON INDEX idx_dns_zones_created_at IS 'Newest zones first: ORDER BY created_at.';
COMMENT ON INDEX idx_dns_zones_domain_active IS 'Whether a name server answers for a zone: WHERE domain = $1 AND is_active.';
COMMENT ON INDEX idx_dns_zones_domain_hierarchy IS 'Zones below a domain: WHERE reverse(domain) >= $1 AND reverse(domain) < $2.';
COMMENT ON INDEX idx_dns_zones_is_active IS 'Zones out of service: WHERE NOT is_active.';
COMMENT ON INDEX idx_dns_zones_primary_ns IS 'Zones kept at a name server: WHERE primary_ns = $1.';
COMMENT ON INDEX idx_dns_zones_serial_number IS 'Zones by version: ORDER BY serial_number.';
COMMENT ON INDEX idx_dns_zones_updated_at IS 'Latest changes first: ORDER BY updated_at DESC.';
COMMENT ON INDEX idx_dns_zones_zone_type IS 'Zones of a type: WHERE zone_type = $1.';

-- +goose Down
DROP INDEX idx_dns_zones_zone_type;
DROP INDEX idx_dns_zones_updated_at;
DROP INDEX idx_dns_zones_serial_number;
DROP INDEX idx_dns_zones_primary_ns;
DROP INDEX idx_dns_zones_is_active;
DROP INDEX idx_dns_zones_domain_hierarchy;
DROP INDEX idx_dns_zones_domain_active;
DROP INDEX idx_dns_zones_created_at;
DROP INDEX idx_dns_zones_admin_email;
DROP INDEX idx_dns_zones_active_type;
