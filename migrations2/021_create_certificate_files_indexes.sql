-- +goose Up
CREATE INDEX idx_certificate_files_certificate_id ON certificate_files (certificate_id);
CREATE INDEX idx_certificate_files_created_at ON certificate_files (created_at);
CREATE INDEX idx_certificate_files_file_checksum ON certificate_files (file_checksum);
CREATE INDEX idx_certificate_files_file_path ON certificate_files (file_path);
CREATE INDEX idx_certificate_files_file_size ON certificate_files (file_size);
CREATE INDEX idx_certificate_files_file_type ON certificate_files (file_type);
CREATE INDEX idx_certificate_files_last_verified ON certificate_files (last_verified);
CREATE INDEX idx_certificate_files_needs_verification ON certificate_files (last_verified) WHERE verification_status = 'needs_verification';
CREATE INDEX idx_certificate_files_stale_verification ON certificate_files (certificate_id, last_verified) WHERE verification_status <> 'verified';
CREATE INDEX idx_certificate_files_type_status ON certificate_files (file_type, verification_status);
CREATE INDEX idx_certificate_files_updated_at ON certificate_files (updated_at);
CREATE INDEX idx_certificate_files_verification_status ON certificate_files (verification_status);

COMMENT ON INDEX idx_certificate_files_certificate_id IS 'Files of a certificate, and the cascade when it goes: WHERE certificate_id = $1.';
COMMENT ON INDEX idx_certificate_files_created_at IS 'Newest files first: ORDER BY created_at.';
COMMENT ON INDEX idx_certificate_files_file_checksum IS 'Files of the same content: WHERE file_checksum = $1.';
COMMENT ON INDEX idx_certificate_files_file_path IS 'Whose file this is: WHERE file_path = $1.';
COMMENT ON INDEX idx_certificate_files_file_size IS 'Empty or huge files: ORDER BY file_size.';
COMMENT ON INDEX idx_certificate_files_file_type IS 'Files of a type: WHERE file_type = $1.';
COMMENT ON INDEX idx_certificate_files_last_verified IS 'Longest unverified first: ORDER BY last_verified.';
COMMENT ON INDEX idx_certificate_files_needs_verification IS 'The verification queue: WHERE verification_status = ''needs_verification'' ORDER BY last_verified.';
COMMENT ON INDEX idx_certificate_files_stale_verification IS 'What is wrong with a certificate''s files: WHERE certificate_id = $1 AND verification_status <> ''verified''.';
COMMENT ON INDEX idx_certificate_files_type_status IS 'Missing private keys and the like: WHERE file_type = $1 AND verification_status = $2.';
COMMENT ON INDEX idx_certificate_files_updated_at IS 'Latest changes first: ORDER BY updated_at.';
COMMENT ON INDEX idx_certificate_files_verification_status IS 'Files in a state: WHERE verification_status = $1.';

-- +goose Down
DROP INDEX idx_certificate_files_verification_status;
DROP INDEX idx_certificate_files_updated_at;
DROP INDEX idx_certificate_files_type_status;
DROP INDEX idx_certificate_files_stale_verification;
DROP INDEX idx_certificate_files_needs_verification;
DROP INDEX idx_certificate_files_last_verified;
DROP INDEX idx_certificate_files_file_type;
DROP INDEX idx_certificate_files_file_size;
DROP INDEX idx_certificate_files_file_path;
DROP INDEX idx_certificate_files_file_checksum;
DROP INDEX idx_certificate_files_created_at;
DROP INDEX idx_certificate_files_certificate_id;
