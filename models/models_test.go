package models_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm/schema"

	"unified/internal/testdb"
	"unified/models"
)

func TestModels_String(t *testing.T) {
	users, alice := "users", "alice"
	for want, row := range map[string]fmt.Stringer{
		"alice":                models.User{Username: "alice"},
		"dovecot password":     models.UserPassword{Service: "dovecot"},
		"admin for web":        models.UserRole{RoleName: "admin", Service: "web"},
		"dovecot storage":      models.UserQuota{Service: "dovecot", QuotaType: "storage"},
		"a@example.org":        models.EmailAlias{AliasEmail: "a@example.org"},
		"session 7":            models.Session{ID: 7},
		"update users":         models.AuditLog{Action: "update", Resource: &users},
		"login":                models.AuditLog{Action: "login"},
		"created alice":        models.MailboxEvent{EventType: "created", Username: &alice},
		"deleted":              models.MailboxEvent{EventType: "deleted"},
		"example.org (manual)": models.Certificate{Domain: "example.org", CertificateType: "manual"},
		"/etc/c.pem":           models.CertificateFile{FilePath: "/etc/c.pem"},
		"renewed 7":            models.CertificateNotification{ID: 7, NotificationType: "renewed"},
		"automatic 2026-01-31": models.CertificateRenewal{RenewalMethod: "automatic", ScheduledAt: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)},
		"nginx example.org":    models.ServiceCertificate{ServiceName: "nginx", Domain: "example.org"},
		"example.org":          models.DNSZone{Domain: "example.org"},
		"www example.org A":    models.DNSRecord{Name: "www", ZoneDomain: "example.org", RecordType: "A"},
		"admin":                models.Role{Name: "admin"},
		"users:read:all":       models.Permission{Model: "users", Action: "read", Scope: "all"},
		"role 3, permission 7": models.RolePermission{RoleID: 3, PermissionID: 7},
	} {
		t.Run(want, func(t *testing.T) {
			if got := row.String(); got != want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestModels_secrets(t *testing.T) {
	var secret []string
	for _, model := range models.All() {
		parsed, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range parsed.Fields {
			if slices.Contains(strings.Split(field.Tag.Get("crud"), ";"), "secret") {
				secret = append(secret, parsed.Table+"."+field.DBName)
			}
		}
	}
	want := []string{"users.email_verification_token", "users.password_reset_token", "user_passwords.password_hash", "sessions.token_hash", "api_tokens.token_hash"}
	if !slices.Equal(secret, want) {
		t.Errorf("got %v", secret)
	}
}

func TestModels_relations(t *testing.T) {
	db := scratch(t, testdb.New(t).Gorm)
	user := newUser(t, db)
	must(t, db.Create(&models.UserRole{UserID: user.ID, RoleName: "admin", Service: "web", GrantedBy: &user.ID}))
	newZone(t, db, "example.org", 1)
	newRecord(t, db, "example.org", "192.0.2.1")

	var role models.UserRole
	must(t, db.Preload("User").Preload("Role").Preload("GrantedByUser").First(&role))
	if role.User.Username != "alice" || role.Role.Rank != 100 || role.GrantedByUser.Username != "alice" {
		t.Errorf("got %+v", role)
	}
	var record models.DNSRecord
	must(t, db.Preload("Zone").First(&record))
	if record.Zone.Domain != "example.org" {
		t.Errorf("got %+v", record.Zone)
	}
}
