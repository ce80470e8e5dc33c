package config

// Setting describes one environment variable.
type Setting struct {
	Name    string
	Default string // as it would be written; "" for none
	Meaning string // one sentence
	Secret  bool   // its value is never shown
}

// setting is a Setting and the field of Config that it fills.
type setting struct {
	Setting
	alias string // another name, which the setting's own goes before
	field func(*Config) field
}

// Settings lists all settings in the order of the documents.
func Settings() []Setting {
	list := make([]Setting, len(settings))
	for i, s := range settings {
		list[i] = s.Setting
	}
	return list
}

// read returns the name that is set and its value, or the default.
func (s setting) read(lookup func(string) (string, bool)) (name, value string) {
	for _, name := range []string{s.Name, s.alias} {
		if value, ok := lookup(name); ok && name != "" && value != "" {
			return name, value
		}
	}
	return s.Name, s.Default
}

var settings = [...]setting{
	{Setting{"PORT", "8080", "Port of the HTTP server; 0 takes a free one. CLAUDE_INTERNAL_PORT is read where PORT is not set.", false},
		"CLAUDE_INTERNAL_PORT", func(c *Config) field { return integer{&c.Port, 0, 65535} }},
	{Setting{"BIND", "127.0.0.1", "Address to listen on; 0.0.0.0 or :: is every interface.", false},
		"", func(c *Config) field { return bind{&c.Bind} }},
	{Setting{"DATABASE_URL", "", "PostgreSQL and the role that owns the schema; without it a private PostgreSQL is started. Required in production.", true},
		"", func(c *Config) field { return address{&c.DatabaseURL} }},
	{Setting{"DATABASE_URL_APP", "", "The same database for the role that serves; without it one role does both.", true},
		"", func(c *Config) field { return address{&c.DatabaseURLApp} }},
	{Setting{"DB_SCHEMA", "unified", "Schema that holds the tables; it is made if missing.", false},
		"", func(c *Config) field { return schema{&c.Schema} }},
	{Setting{"APP_ENV", "development", "development or production; production starts no private PostgreSQL and makes no accounts but the first.", false},
		"", func(c *Config) field { return environment{&c.Env} }},
	{Setting{"URL_PREFIX", "", "Path that all pages live under, such as /panel.", false},
		"", func(c *Config) field { return prefix{&c.URLPrefix} }},
	{Setting{"CORS_ORIGINS", "", "Origins that may call from a browser, separated by commas, such as https://example.org.", false},
		"", func(c *Config) field { return list{&c.CORSOrigins, origin} }},
	{Setting{"TRUSTED_PROXIES", "", "Addresses or networks whose X-Forwarded-For is believed, separated by commas.", false},
		"", func(c *Config) field { return list{&c.TrustedProxies, network} }},
	{Setting{"ALLOWED_HOSTS", "", "Host names that the server answers to, separated by commas; empty is localhost and every IP address.", false},
		"", func(c *Config) field { return list{&c.AllowedHosts, hostname} }},
	{Setting{"SESSION_IDLE", "2h", "A session ends after so long without a request.", false},
		"", func(c *Config) field { return duration{&c.SessionIdle, minute} }},
	{Setting{"SESSION_MAX", "24h", "A session ends so long after sign-in.", false},
		"", func(c *Config) field { return duration{&c.SessionMax, minute} }},
	{Setting{"AUDIT_RETENTION", "400d", "Age in days from which `unified audit prune` deletes entries of the audit log.", false},
		"", func(c *Config) field { return days{&c.AuditRetention} }},
	{Setting{"REGISTRATION", "false", "Whether people may register themselves; they get the role user, and no mailbox.", false},
		"", func(c *Config) field { return boolean{&c.Registration} }},
	{Setting{"REGISTRATION_DOMAINS", "", "Mail domains, separated by commas, under which any number of people may register, such as gmail.com; they share the domain's group, and can try out which addresses are taken. Under others only the first of a domain may, and nobody if its DNS zone is here.", false},
		"", func(c *Config) field { return list{&c.RegistrationDomains, hostname} }},
	{Setting{"ADMIN_PASSWORD", "", "Password of the first administrator, 12 to 128 characters; without it one is made up and printed once.", true},
		"", func(c *Config) field { return secret{&c.AdminPassword} }},
	{Setting{"LOG_LEVEL", "info", "debug, info, warn or error.", false},
		"", func(c *Config) field { return level{&c.LogLevel} }},
	{Setting{"DEBUG_PAGES", "false", "Whether production has the pages about the program itself, below /debug; development always has.", false},
		"", func(c *Config) field { return boolean{&c.DebugPages} }},
	{Setting{"BRIDGE", "check", "What is done at start about a database that is not what models and migrations say: off, check (compare it and tell the log), or safe (also add what is missing, as far as that can neither fail nor lose anything).", false},
		"", func(c *Config) field { return choice{&c.Bridge, []string{"off", "check", "safe"}} }},
	{Setting{"DATA_DIR", "var", "Folder of the private PostgreSQL and other state.", false},
		"", func(c *Config) field { return text{&c.DataDir} }},
	{Setting{"DB_POOL_SIZE", "10", "Connections to the database at most, 2 to 1000.", false},
		"", func(c *Config) field { return integer{&c.PoolSize, 2, 1000} }},
	{Setting{"DB_CONNECT_TIMEOUT", "3s", "Time to connect to the database.", false},
		"", func(c *Config) field { return duration{&c.ConnectTimeout, millisecond} }},
	{Setting{"DB_WAIT", "10s", "Time to wait at start for a database that does not answer; pages say so meanwhile. 0s ends the program at once.", false},
		"", func(c *Config) field { return duration{&c.DatabaseWait, 0} }},
	{Setting{"DB_STATEMENT_TIMEOUT", "5s", "Time that one statement may take.", false},
		"", func(c *Config) field { return duration{&c.StatementTimeout, millisecond} }},
	{Setting{"DB_LOCK_TIMEOUT", "4s", "Time to wait for a lock.", false},
		"", func(c *Config) field { return duration{&c.LockTimeout, millisecond} }},
	{Setting{"DB_IDLE_TX_TIMEOUT", "1m", "Time that a transaction may do nothing.", false},
		"", func(c *Config) field { return duration{&c.IdleTxTimeout, millisecond} }},
	{Setting{"REQUEST_TIMEOUT", "6s", "Time that a request may take.", false},
		"", func(c *Config) field { return duration{&c.RequestTimeout, millisecond} }},
	{Setting{"SHUTDOWN_DELAY", "0s", "Time in which /readyz already answers 503 before the server stops, for a load balancer to notice.", false},
		"", func(c *Config) field { return duration{&c.ShutdownDelay, 0} }},
	{Setting{"SHUTDOWN_TIMEOUT", "10s", "Time for running requests to end when the server stops.", false},
		"", func(c *Config) field { return duration{&c.ShutdownTimeout, millisecond} }},
}
