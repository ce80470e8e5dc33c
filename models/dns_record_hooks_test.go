package models_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"gorm.io/gorm"

	"unified/models"
)

// newZone creates a zone whose serial is ahead of today's, so that each change adds one.
func newZone(t *testing.T, db *gorm.DB, domain string, serial int64) models.DNSZone {
	t.Helper()
	zone := models.DNSZone{Domain: domain, SerialNumber: serial, PrimaryNS: "ns1.example.org", AdminEmail: "dns@example.org"}
	must(t, db.Select("domain", "serial_number", "primary_ns", "admin_email").Create(&zone))
	return zone
}

func newRecord(t *testing.T, db *gorm.DB, domain, value string) models.DNSRecord {
	t.Helper()
	record := models.DNSRecord{ZoneDomain: domain, Name: "www", RecordType: "A", Value: value}
	must(t, db.Select("domain", "name", "record_type", "value").Create(&record))
	must(t, db.First(&record))
	return record
}

func serials(t *testing.T, db *gorm.DB) []int64 {
	t.Helper()
	var serials []int64
	for _, zone := range all[models.DNSZone](t, db) {
		serials = append(serials, zone.SerialNumber)
	}
	return serials
}

func TestDNSRecord_hooks(t *testing.T) {
	const ahead = 4_000_000_000
	cases := map[string]struct {
		write func(t *testing.T, db *gorm.DB, record models.DNSRecord)
		want  []int64 // above ahead, by zone
	}{
		"create":          {nil, []int64{1, 0}},
		"changed_value":   {change(func(r *models.DNSRecord) { r.Value = "192.0.2.9" }, "value"), []int64{2, 0}},
		"changed_to_zero": {change(func(r *models.DNSRecord) { r.IsActive = false }, "is_active"), []int64{2, 0}},
		"nothing_changed": {change(func(*models.DNSRecord) {}, "value", "domain"), []int64{1, 0}},
		"moved":           {change(func(r *models.DNSRecord) { r.ZoneDomain = "example.net" }, "domain"), []int64{2, 1}},
		"delete":          {func(t *testing.T, db *gorm.DB, record models.DNSRecord) { must(t, db.Delete(&record)) }, []int64{2, 0}},
		"rolled_back": {func(t *testing.T, db *gorm.DB, record models.DNSRecord) {
			undone(t, db, func(tx *gorm.DB) {
				newRecord(t, tx, "example.net", "192.0.2.2")
				change(func(r *models.DNSRecord) { r.Value = "192.0.2.9" }, "value")(t, tx, record)
				must(t, tx.Delete(&record))
			})
		}, []int64{1, 0}},
	}
	server := fresh(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db := scratch(t, server.Gorm)
			newZone(t, db, "example.org", ahead)
			newZone(t, db, "example.net", ahead)
			record := newRecord(t, db, "example.org", "192.0.2.1")
			if c.write != nil {
				c.write(t, db, record)
			}
			if got := serials(t, db); !slices.Equal(got, []int64{ahead + c.want[0], ahead + c.want[1]}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestDNSRecord_serial(t *testing.T) {
	db := fresh(t).Gorm
	var today int64
	must(t, db.Raw("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')::bigint * 100 + 1").Scan(&today))
	cases := map[string]struct{ serial, want int64 }{
		"an_old_date_becomes_today":            {2020010105, today},
		"a_counter_becomes_today":              {7, today},
		"today_adds_one":                       {today, today + 1},
		"the_99th_change_of_a_day_goes_on":     {today + 98, today + 99},
		"a_date_to_come_adds_one":              {today + 100, today + 101},
		"beyond_2_to_the_31_adds_one":          {4_000_000_000, 4_000_000_001},
		"the_last_number_is_followed_by_one":   {4294967295, 1},
		"a_number_too_large_comes_into_bounds": {9223372036854775807, 9223372036854775807%4294967295 + 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := scratch(t, db)
			zone := newZone(t, tx, "example.org", c.serial)
			newRecord(t, tx, "example.org", "192.0.2.1")
			must(t, tx.First(&zone))
			if zone.SerialNumber != c.want {
				t.Errorf("%d becomes %d, want %d", c.serial, zone.SerialNumber, c.want)
			}
		})
	}
}

// TestDNSRecord_concurrently moves records both ways between two zones at once: nobody waits in a circle, no raise is lost.
func TestDNSRecord_concurrently(t *testing.T) {
	const ahead, each = 4_000_000_000, 10
	db := fresh(t).Gorm
	zones := []models.DNSZone{newZone(t, db, "example.org", ahead), newZone(t, db, "example.net", ahead)}
	var writers sync.WaitGroup
	failures := make(chan error, 2*each)
	for i := range 2 {
		writers.Go(func() {
			for n := range each {
				record := models.DNSRecord{ZoneDomain: zones[i].Domain, Name: fmt.Sprintf("w%d-%d", i, n), RecordType: "A", Value: "192.0.2.1"}
				err := db.Select("domain", "name", "record_type", "value").Create(&record).Error
				next := record
				next.ZoneDomain = zones[1-i].Domain
				failures <- errors.Join(err, db.Model(&record).Select("domain").Updates(&next).Error)
			}
		})
	}
	writers.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	const raised = each + 2*each // its own records come, and both sides' records move
	if got := serials(t, db); !slices.Equal(got, []int64{ahead + raised, ahead + raised}) {
		t.Errorf("got %v", got)
	}
}
