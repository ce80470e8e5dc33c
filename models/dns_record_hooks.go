package models

import (
	"fmt"

	"gorm.io/gorm"
)

// BeforeCreate raises the serial of the zone.
func (r *DNSRecord) BeforeCreate(tx *gorm.DB) error {
	return raiseSerials(tx, r.ZoneDomain)
}

// BeforeUpdate raises the serial of the zone if anything changes, and of both zones if the record moves.
func (r *DNSRecord) BeforeUpdate(tx *gorm.DB) error {
	if !tx.Statement.Changed() {
		return nil
	}
	if !tx.Statement.Changed("ZoneDomain") {
		return raiseSerials(tx, r.ZoneDomain)
	}
	row, err := updated[DNSRecord](tx)
	if err != nil {
		return err
	}
	return raiseSerials(tx, r.ZoneDomain, row.ZoneDomain)
}

// BeforeDelete raises the serial of the zone.
func (r *DNSRecord) BeforeDelete(tx *gorm.DB) error {
	return raiseSerials(tx, r.ZoneDomain)
}

// raiseSerials sets the serial of each zone to the first of today (UTC, 2026013101) if that is ahead, else to the next
// number. Ahead is meant as in RFC 1982: less than 2^31 in front. After 2^32-1 comes 1, as 0 is no serial here.
// Zones are locked in the order of their ids, so that two records moving opposite ways cannot wait for each other.
func raiseSerials(tx *gorm.DB, domains ...string) error {
	const raise = `
		WITH today AS (
			SELECT to_char(CURRENT_TIMESTAMP AT TIME ZONE 'UTC', 'YYYYMMDD01')::bigint AS serial
		), locked AS MATERIALIZED (
			SELECT id FROM dns_zones WHERE domain IN ? ORDER BY id FOR UPDATE
		)
		UPDATE dns_zones z
		SET serial_number = CASE
			WHEN today.serial > z.serial_number AND today.serial - z.serial_number < 2147483648 THEN today.serial
			ELSE z.serial_number % 4294967295 + 1
		END
		FROM locked, today
		WHERE z.id = locked.id`
	if err := tx.Exec(raise, domains).Error; err != nil {
		return fmt.Errorf("raise serial of %v: %w", domains, err)
	}
	return nil
}
