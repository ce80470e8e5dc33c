package models_test

import (
	"database/sql/driver"
	"slices"
	"testing"

	"unified/internal/testdb"
	"unified/models"
)

// TestTypes_round_trip stores values in a real column and reads them back through the models.
func TestTypes_round_trip(t *testing.T) {
	server := testdb.New(t)
	t.Run("texts", func(t *testing.T) {
		for name, want := range map[string]models.Texts{
			"NULL": nil, "empty": {}, "one": {"a"}, "empty_text": {""}, "awkward": {`a,b`, `"quoted"`, `back\slash`, "{}", "NULL", "new\nline", "é"},
		} {
			t.Run(name, func(t *testing.T) {
				db := scratch(t, server.Gorm)
				certificate := newCertificate(t, db)
				change(func(c *models.Certificate) { c.SubjectAltNames = want }, "subject_alt_names")(t, db, certificate)
				got := all[models.Certificate](t, db)[0].SubjectAltNames
				if !slices.Equal(got, want) || (got == nil) != (want == nil) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	})
	t.Run("json", func(t *testing.T) {
		for name, want := range map[string]string{
			"NULL": "NULL", "null": "null", "number": "12345678901234567890.10", "object": `{"a": [1, "é\""], "b": null}`,
		} {
			t.Run(name, func(t *testing.T) {
				db := scratch(t, server.Gorm)
				entry := models.AuditLog{Action: "try", Success: true}
				if want != "NULL" {
					entry.AdditionalData = models.JSON(want)
				}
				must(t, db.Create(&entry))
				got := all[models.AuditLog](t, db)[0].AdditionalData
				if (got == nil) != (want == "NULL") || got != nil && got.String() != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	})
	t.Run("inet", func(t *testing.T) {
		for _, want := range []string{"192.0.2.7", "192.0.2.7/24", "2001:db8::7", "2001:db8::/32", "::ffff:192.0.2.7", "0.0.0.0/0"} {
			t.Run(want, func(t *testing.T) {
				db := scratch(t, server.Gorm)
				address, err := models.ParseInet(want)
				if err != nil {
					t.Fatal(err)
				}
				must(t, db.Create(&models.AuditLog{Action: "try", IPAddress: &address}))
				stored := lines(t, db, "SELECT ip_address::text FROM audit_log WHERE ip_address = ?::inet", want)
				if got := all[models.AuditLog](t, db)[0].IPAddress.String(); got != want || len(stored) != 1 {
					t.Errorf("got %s, want %s; stored %v", got, want, stored)
				}
			})
		}
	})
}

func TestTypes_NULL(t *testing.T) {
	for name, value := range map[string]driver.Valuer{"texts": models.Texts(nil), "json": models.JSON(nil), "inet": models.Inet{}} {
		t.Run(name, func(t *testing.T) {
			if got, err := value.Value(); got != nil || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	t.Run("an_element_reads_as_empty_text", func(t *testing.T) {
		var texts models.Texts
		if err := texts.Scan("{a,NULL}"); err != nil || !slices.Equal(texts, models.Texts{"a", ""}) {
			t.Errorf("got %q, %v", texts, err)
		}
	})
}

func TestTypes_refused(t *testing.T) {
	for _, text := range []string{"", "x", "192.0.2", "192.0.2.7/33", "fe80::1%eth0", "192.0.2.7 "} {
		t.Run("inet_"+text, func(t *testing.T) {
			if got, err := models.ParseInet(text); err == nil {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("json", func(t *testing.T) {
		var value models.JSON
		if err := value.UnmarshalText([]byte("{")); err == nil {
			t.Errorf("got %s", value)
		}
	})
}
