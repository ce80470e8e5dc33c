package models_test

import (
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"unified/models"
)

// newCertificate creates a certificate and returns it as it is stored.
func newCertificate(t *testing.T, db *gorm.DB) models.Certificate {
	t.Helper()
	certificate := models.Certificate{
		Domain: "example.org", CertificateType: "manual", NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
		CertificatePath: "/c", PrivateKeyPath: "/k",
	}
	must(t, db.Select("domain", "certificate_type", "not_before", "not_after", "certificate_path", "private_key_path").Create(&certificate))
	must(t, db.First(&certificate))
	return certificate
}

func TestCertificate_hooks(t *testing.T) {
	cases := map[string]struct {
		write func(t *testing.T, db *gorm.DB, certificate models.Certificate)
		want  string // the notification, "" for none
	}{
		"create": {nil, `# created {"domain": "example.org", "certificate_id": #, "certificate_type": "manual"}`},
		"changed_path": {change(func(c *models.Certificate) { c.CertificatePath = "/other" }, "certificate_path"),
			`# updated {"domain": "example.org", "certificate_id": #, "certificate_type": "manual"}`},
		"changed_domain": {change(func(c *models.Certificate) { c.Domain = "example.net" }, "domain"),
			`# updated {"domain": "example.net", "certificate_id": #, "certificate_type": "manual"}`},
		"changed_names": {change(func(c *models.Certificate) { c.SubjectAltNames = models.Texts{"a", "b"} }, "subject_alt_names"),
			`# updated {"domain": "example.org", "certificate_id": #, "certificate_type": "manual"}`},
		"nothing_changed": {change(func(*models.Certificate) {}, "domain", "not_after"), ""},
		"delete": {func(t *testing.T, db *gorm.DB, certificate models.Certificate) { must(t, db.Delete(&certificate)) },
			`NULL deleted {"domain": "example.org", "certificate_id": #, "certificate_type": "manual"}`},
	}
	server := fresh(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db := scratch(t, server.Gorm)
			certificate := newCertificate(t, db)
			if c.write != nil {
				must(t, db.Exec("DELETE FROM certificate_notifications"))
				c.write(t, db, certificate)
			}
			var got string
			for _, n := range all[models.CertificateNotification](t, db) {
				about := "NULL"
				if n.CertificateID != nil {
					about = fmt.Sprint(*n.CertificateID)
				}
				got += fmt.Sprint(about, " ", n.NotificationType, " ", n.NotificationData)
			}
			if want := numbered(c.want, certificate.ID); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestCertificate_hooks_rolled_back(t *testing.T) {
	server := fresh(t)
	db := server.Gorm
	changes := listener(t, server, "certificate_changes")
	undone(t, db, func(tx *gorm.DB) {
		certificate := newCertificate(t, tx)
		change(func(c *models.Certificate) { c.Domain = "example.net" }, "domain")(t, tx, certificate)
		must(t, tx.Delete(&certificate))
	})
	if left := all[models.CertificateNotification](t, db); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	certificate := newCertificate(t, db)
	if got, want := changes(), fmt.Sprintf(`{"id":%d,"table":"certificates"}`, certificate.ID); got != want {
		t.Errorf("the first notification is %s, want %s", got, want)
	}
}
