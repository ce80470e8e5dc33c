package models

import (
	"time"
)

// CertificateFile is one file of a certificate with its checksum and the result of the last comparison.
type CertificateFile struct {
	ID                 int64       `gorm:"primaryKey"`
	CertificateID      int64       `gorm:"not null;uniqueIndex:certificate_files_cert_file_type_unique,priority:1"`
	Certificate        Certificate `gorm:"foreignKey:CertificateID;constraint:fk_certificate_files_certificate_id,OnDelete:CASCADE"`
	FileType           string      `gorm:"size:50;not null;uniqueIndex:certificate_files_cert_file_type_unique,priority:2;check:certificate_files_file_type_valid,file_type IN ('certificate', 'private_key', 'chain', 'fullchain', 'csr', 'account_key')" validate:"required"`
	FilePath           string      `gorm:"size:500;not null" validate:"required" crud:"name"`
	FileSize           int64       `gorm:"not null;check:certificate_files_size_positive,file_size >= 0"`
	FileChecksum       string      `gorm:"size:64;not null;check:certificate_files_checksum_format,file_checksum ~ '^[a-f0-9]{64}$'" validate:"required"`
	FilePermissions    string      `gorm:"size:10;not null;check:certificate_files_permissions_valid,file_permissions ~ '^[0-7]{3}$'" validate:"required"`
	LastVerified       *time.Time  `gorm:"default:CURRENT_TIMESTAMP"`
	VerificationStatus string      `gorm:"size:20;not null;default:'verified';check:certificate_files_verification_status_valid,verification_status IN ('verified', 'needs_verification', 'failed', 'missing')"`
	VerificationError  *string     `gorm:"type:text"`
	CreatedAt          time.Time   `gorm:"not null;default:CURRENT_TIMESTAMP;autoCreateTime:false" crud:"readonly"`
	UpdatedAt          time.Time   `gorm:"not null;default:CURRENT_TIMESTAMP;autoUpdateTime:false" crud:"readonly"`
}

// String returns the path.
func (f CertificateFile) String() string {
	return f.FilePath
}
