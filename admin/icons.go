package admin

// Icons returns the icon of each table in the navigation, and of each area, which is that of its other tables.
func Icons() map[string]string {
	return map[string]string{
		"Accounts": "users", "user_passwords": "key", "user_roles": "user-shield", "user_quotas": "gauge", "sessions": "device-desktop", "api_tokens": "plug", "saved_views": "bookmark",
		"Mail": "mail", "email_aliases": "at", "mailbox_events": "bell",
		"Certificates": "certificate", "certificate_files": "files", "certificate_renewals": "rotate-clockwise",
		"certificate_notifications": "bell", "service_certificates": "plug",
		"DNS": "world", "dns_records": "list-details",
		"Access": "shield", "permissions": "lock", "role_permissions": "link", "audit_log": "history",
	}
}
