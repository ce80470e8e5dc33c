package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"unified/config"
)

func lookup(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  map[string]string
		read func(*config.Config) any
		want any
	}{
		"default_address":                     {nil, func(c *config.Config) any { return c.Address() }, "127.0.0.1:8080"},
		"default_is_loopback":                 {nil, func(c *config.Config) any { return c.Loopback() }, true},
		"default_schema":                      {nil, func(c *config.Config) any { return c.Schema }, "unified"},
		"default_environment":                 {nil, func(c *config.Config) any { return c.Env }, config.Development},
		"default_session":                     {nil, func(c *config.Config) any { return c.SessionIdle }, 2 * time.Hour},
		"default_retention":                   {nil, func(c *config.Config) any { return c.AuditRetention }, 400 * 24 * time.Hour},
		"retention_is_shown_in_days":          {map[string]string{"AUDIT_RETENTION": "36500d"}, func(c *config.Config) any { return c.Values()["AUDIT_RETENTION"] }, "36500d"},
		"empty_means_default":                 {map[string]string{"PORT": ""}, func(c *config.Config) any { return c.Port }, 8080},
		"other_name_of_the_port":              {map[string]string{"CLAUDE_INTERNAL_PORT": "81"}, func(c *config.Config) any { return c.Port }, 81},
		"port_goes_before_its_other_name":     {map[string]string{"PORT": "80", "CLAUDE_INTERNAL_PORT": "81"}, func(c *config.Config) any { return c.Port }, 80},
		"any_interface_is_not_loopback":       {map[string]string{"BIND": "::"}, func(c *config.Config) any { return c.Loopback() }, false},
		"prefix_gets_one_slash_before":        {map[string]string{"URL_PREFIX": "a/b/"}, func(c *config.Config) any { return c.URLPrefix }, "/a/b"},
		"prefix_of_a_slash_is_none":           {map[string]string{"URL_PREFIX": "/"}, func(c *config.Config) any { return c.URLPrefix }, ""},
		"lists_are_split_and_trimmed":         {map[string]string{"ALLOWED_HOSTS": "A.example, b.example,"}, func(c *config.Config) any { return c.AllowedHosts }, []string{"a.example", "b.example"}},
		"origin_loses_its_last_slash":         {map[string]string{"CORS_ORIGINS": "https://A.example/"}, func(c *config.Config) any { return c.CORSOrigins }, []string{"https://a.example"}},
		"proxies_are_addresses_and_networks":  {map[string]string{"TRUSTED_PROXIES": "::1,10.0.0.0/8"}, func(c *config.Config) any { return c.TrustedProxies }, []string{"::1", "10.0.0.0/8"}},
		"log_level_in_any_case":               {map[string]string{"LOG_LEVEL": "Warn"}, func(c *config.Config) any { return c.LogLevel }, slog.LevelWarn},
		"registration_by_yes":                 {map[string]string{"REGISTRATION": "yes"}, func(c *config.Config) any { return c.Registration }, true},
		"registration_domains_in_lower_case":  {map[string]string{"REGISTRATION_DOMAINS": "Example.org"}, func(c *config.Config) any { return c.RegistrationDomains }, []string{"example.org"}},
		"schema_of_any_letters":               {map[string]string{"DB_SCHEMA": `We "ird`}, func(c *config.Config) any { return c.Schema }, `We "ird`},
		"production_with_its_database_is_let": {map[string]string{"APP_ENV": "production", "DATABASE_URL": "postgres://u:p@h/d"}, func(c *config.Config) any { return c.Env }, config.Production},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(lookup(test.env))
			if err != nil {
				t.Fatal(err)
			}
			if got := test.read(c); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestLoad_mistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  map[string]string
		want []string // one in each line
	}{
		"all_are_told_at_once": {
			map[string]string{"PORT": "http", "SESSION_IDLE": "1", "APP_ENV": "prod"},
			[]string{`PORT="http": expected a number from 0 to 65535`, `APP_ENV="prod": expected development or production`, `SESSION_IDLE="1": expected a time such as`},
		},
		"other_name_is_named":               {map[string]string{"CLAUDE_INTERNAL_PORT": "x"}, []string{`CLAUDE_INTERNAL_PORT="x"`}},
		"retention_of_nothing":              {map[string]string{"AUDIT_RETENTION": "0d"}, []string{`AUDIT_RETENTION="0d": expected a number of days such as 400d`}},
		"port_past_the_end":                 {map[string]string{"PORT": "65536"}, []string{`PORT="65536"`}},
		"host_name_to_bind":                 {map[string]string{"BIND": "example.org"}, []string{`BIND="example.org": expected an IP address`}},
		"other_kind_of_database":            {map[string]string{"DATABASE_URL": "mysql://u:geheim@h/d"}, []string{"DATABASE_URL: expected an address of the form"}},
		"database_address_that_is_no_url":   {map[string]string{"DATABASE_URL": "postgres://u:geheim%@h/d"}, []string{"DATABASE_URL: expected"}},
		"serving_role_without_owner":        {map[string]string{"DATABASE_URL_APP": "postgres://u:p@h/d"}, []string{"DATABASE_URL_APP is set without DATABASE_URL"}},
		"production_without_a_database":     {map[string]string{"APP_ENV": "production"}, []string{"DATABASE_URL is required"}},
		"short_admin_password":              {map[string]string{"ADMIN_PASSWORD": "geheim"}, []string{"ADMIN_PASSWORD: expected 12 to 128 characters, not 6"}},
		"schema_of_the_system":              {map[string]string{"DB_SCHEMA": "pg_x"}, []string{`DB_SCHEMA="pg_x"`}},
		"session_idle_longer_than_its_life": {map[string]string{"SESSION_IDLE": "48h"}, []string{"SESSION_MAX"}},
		"prefix_with_a_space":               {map[string]string{"URL_PREFIX": "/a b"}, []string{`URL_PREFIX="/a b"`}},
		"origin_with_a_path":                {map[string]string{"CORS_ORIGINS": "https://a.example/x"}, []string{"CORS_ORIGINS="}},
		"any_origin":                        {map[string]string{"CORS_ORIGINS": "*"}, []string{`CORS_ORIGINS="*"`}},
		"proxy_by_name":                     {map[string]string{"TRUSTED_PROXIES": "proxy"}, []string{"TRUSTED_PROXIES="}},
		"host_with_port":                    {map[string]string{"ALLOWED_HOSTS": "a:1"}, []string{"ALLOWED_HOSTS="}},
		"registration_domain_with_an_at":    {map[string]string{"REGISTRATION_DOMAINS": "a@b.example"}, []string{"REGISTRATION_DOMAINS="}},
		"unknown_log_level":                 {map[string]string{"LOG_LEVEL": "info+1"}, []string{"LOG_LEVEL="}},
		"none_of_the_choices":               {map[string]string{"BRIDGE": "yes"}, []string{`BRIDGE="yes": expected off, check or safe`}},
		"neither_true_nor_false":            {map[string]string{"DEBUG_PAGES": "maybe"}, []string{`DEBUG_PAGES="maybe": expected true or false`}},
		"pool_of_one":                       {map[string]string{"DB_POOL_SIZE": "1"}, []string{"DB_POOL_SIZE="}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(lookup(test.env))
			if err == nil {
				t.Fatalf("got %v, want an error", c)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %d mistakes", lines, len(test.want))
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("got %q, want %q in it", lines[i], want)
				}
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
}

func TestConfig_hides_secrets(t *testing.T) {
	t.Parallel()
	c, err := config.Load(lookup(map[string]string{
		"DATABASE_URL":     "postgres://u:geheim@h/d?sslmode=disable&sslpassword=geheim",
		"DATABASE_URL_APP": "postgres://u@h/d?password=geheim",
		"ADMIN_PASSWORD":   "geheimgeheim",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "pointer", c, "value", *c)
	outputs := []string{fmt.Sprint(c), fmt.Sprintf("%+v", *c), fmt.Sprintf("%#v", c), fmt.Sprint(c.Values()), log.String()}
	for _, output := range outputs {
		if strings.Contains(output, "geheim") || !strings.Contains(output, "ADMIN_PASSWORD") {
			t.Errorf("got %s", output)
		}
	}
}

func TestDotEnv(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, ".env")
	if err := os.WriteFile(path, []byte("# comment\nPORT=81\nBIND='::1'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	find, err := config.DotEnv(path, lookup(map[string]string{"PORT": "80"}))
	if err != nil {
		t.Fatal(err)
	}
	if port, _ := find("PORT"); port != "80" {
		t.Errorf("PORT is %q; the environment goes before the file", port)
	}
	if bind, _ := find("BIND"); bind != "::1" {
		t.Errorf("BIND is %q, want the file's", bind)
	}
	if _, ok := find("DB_SCHEMA"); ok {
		t.Error("DB_SCHEMA is in neither")
	}
	if _, err := config.DotEnv(filepath.Join(dir, "missing"), lookup(nil)); err != nil {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("ADMIN_PASSWORD geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.DotEnv(path, lookup(nil)); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a line that cannot be read: got %v, want an error without its text", err)
	}
}
