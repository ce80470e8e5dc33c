package models

import (
	"fmt"

	"gorm.io/gorm"
)

// AfterCreate writes a "created" notification.
func (c *Certificate) AfterCreate(tx *gorm.DB) error {
	return c.tell(tx, "created")
}

// BeforeUpdate writes an "updated" notification if anything changes; it names the domain as it will be.
func (c *Certificate) BeforeUpdate(tx *gorm.DB) error {
	if !tx.Statement.Changed() {
		return nil
	}
	next := *c
	if tx.Statement.Changed("Domain", "CertificateType") {
		row, err := updated[Certificate](tx)
		if err != nil {
			return err
		}
		if tx.Statement.Changed("Domain") {
			next.Domain = row.Domain
		}
		if tx.Statement.Changed("CertificateType") {
			next.CertificateType = row.CertificateType
		}
	}
	return next.tell(tx, "updated")
}

// BeforeDelete writes a "deleted" notification, which names the certificate that it can no longer refer to.
func (c *Certificate) BeforeDelete(tx *gorm.DB) error {
	return c.tell(tx, "deleted")
}

// tell writes a notification of the kind and notifies listeners.
func (c *Certificate) tell(tx *gorm.DB, kind string) error {
	data, err := encode(map[string]any{
		"certificate_id": c.ID, "domain": c.Domain, "certificate_type": c.CertificateType,
	})
	if err != nil {
		return err
	}
	message := fmt.Sprintf("Certificate %s %s.", c, kind)
	notification := CertificateNotification{
		CertificateID: &c.ID, NotificationType: kind, Message: &message, NotificationData: data,
	}
	if kind == "deleted" {
		notification.CertificateID = nil
	}
	columns := []string{"CertificateID", "NotificationType", "Message", "NotificationData"}
	if err := tx.Select(columns).Create(&notification).Error; err != nil {
		return fmt.Errorf("write certificate notification: %w", err)
	}
	return notify(tx, "certificate_changes", "certificates", c.ID)
}
