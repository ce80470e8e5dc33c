// Package config reads the program's settings from the environment and a .env file, checks all of them at once, and
// lists them for the documents that name them.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"
)

// Env says what the program is run for. The zero Env is Development.
type Env int

// The two environments. Production demands what Development makes up.
const (
	Development Env = iota
	Production
)

// String returns the value of APP_ENV that means e.
func (e Env) String() string {
	if e == Production {
		return "production"
	}
	return "development"
}

// Config is a checked set of settings. Printed or logged it never shows a password.
type Config struct {
	Port           int
	Bind           string // an address of this machine, or "localhost"
	DatabaseURL    string // "" is the private PostgreSQL
	DatabaseURLApp string // "" is DatabaseURL's role, or the private PostgreSQL's
	Schema         string
	Env            Env
	URLPrefix      string // "" or "/x", never with a slash at its end
	CORSOrigins    []string
	TrustedProxies []string // addresses and networks
	AllowedHosts   []string // in lower case, without port; empty is localhost and every IP address
	SessionIdle    time.Duration
	SessionMax     time.Duration
	AuditRetention time.Duration
	AdminPassword  string // "" makes one up
	LogLevel       slog.Level
	DebugPages     bool
	Bridge         string // off, check or safe
	DataDir        string // where a private PostgreSQL and other state live

	Registration        bool
	RegistrationDomains []string // in lower case

	PoolSize         int
	ConnectTimeout   time.Duration
	DatabaseWait     time.Duration
	StatementTimeout time.Duration
	LockTimeout      time.Duration
	IdleTxTimeout    time.Duration
	RequestTimeout   time.Duration
	ShutdownDelay    time.Duration
	ShutdownTimeout  time.Duration
}

// Load reads every setting through lookup, such as os.LookupEnv. A missing or empty variable means the default. The
// error joins all mistakes, each naming the variable, its value (of secrets not), and what is expected.
func Load(lookup func(string) (string, bool)) (*Config, error) {
	c := &Config{}
	var mistakes []error
	for _, s := range settings {
		name, value := s.read(lookup)
		err := s.field(c).parse(value)
		switch {
		case err == nil:
		case s.Secret:
			mistakes = append(mistakes, fmt.Errorf("%s: expected %w", name, err))
		default:
			mistakes = append(mistakes, fmt.Errorf("%s=%q: expected %w", name, value, err))
		}
	}
	if len(mistakes) == 0 {
		mistakes = c.contradictions()
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return c, nil
}

// contradictions are mistakes of settings that are right by themselves.
func (c *Config) contradictions() []error {
	var mistakes []error
	if c.Env == Production && c.DatabaseURL == "" {
		mistakes = append(mistakes, errors.New("DATABASE_URL is required when APP_ENV is production"))
	}
	if c.DatabaseURL == "" && c.DatabaseURLApp != "" {
		mistakes = append(mistakes, errors.New("DATABASE_URL_APP is set without DATABASE_URL; set both, or none for the private PostgreSQL"))
	}
	if c.SessionMax < c.SessionIdle {
		mistakes = append(mistakes, fmt.Errorf("SESSION_MAX=%q: expected at least SESSION_IDLE, which is %s", c.SessionMax, c.SessionIdle))
	}
	return mistakes
}

// Address is what the server listens on: host and port.
func (c Config) Address() string { return net.JoinHostPort(c.Bind, strconv.Itoa(c.Port)) }

// Loopback tells whether only this machine reaches the server.
func (c Config) Loopback() bool {
	ip := net.ParseIP(c.Bind)
	return c.Bind == "localhost" || ip != nil && ip.IsLoopback()
}

// Values returns every setting as it is in force, by name; secrets are replaced by "(set)", and passwords within addresses
// by "xxxxx".
func (c Config) Values() map[string]string {
	values := make(map[string]string, len(settings))
	for _, s := range settings {
		values[s.Name] = s.shown(&c)
	}
	return values
}

// LogValue is the settings as a group, in the order of Settings.
func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, len(settings))
	for i, s := range settings {
		attrs[i] = slog.String(s.Name, s.shown(&c))
	}
	return slog.GroupValue(attrs...)
}

// String is one line of NAME=value pairs.
func (c Config) String() string { return c.LogValue().String() }

// GoString is String, so that %#v shows no password either.
func (c Config) GoString() string { return c.String() }

// shown is a setting's value fit for a log.
func (s setting) shown(c *Config) string {
	value := s.field(c).format()
	if !s.Secret || value == "" {
		return value
	}
	address, err := url.Parse(value)
	if err != nil || address.Host == "" {
		return "(set)"
	}
	query := address.Query()
	for name := range query {
		if name == "password" || name == "sslpassword" {
			query.Set(name, "xxxxx")
		}
	}
	address.RawQuery = query.Encode()
	return address.Redacted()
}
