package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// field is one field of a Config as text. Errors of parse complete the words "expected …" and never repeat the value.
type field interface {
	parse(value string) error
	format() string
}

// The shortest durations that make sense.
const (
	millisecond = time.Millisecond
	minute      = time.Minute
)

type text struct{ to *string }

func (f text) parse(value string) error { *f.to = value; return nil }
func (f text) format() string           { return *f.to }

type integer struct {
	to       *int
	min, max int
}

func (f integer) parse(value string) error {
	number, err := strconv.Atoi(value)
	if err != nil || number < f.min || number > f.max {
		return fmt.Errorf("a number from %d to %d", f.min, f.max)
	}
	*f.to = number
	return nil
}

func (f integer) format() string { return strconv.Itoa(*f.to) }

type boolean struct{ to *bool }

func (f boolean) parse(value string) error {
	switch strings.ToLower(value) {
	case "true", "1", "yes", "on":
		*f.to = true
	case "false", "0", "no", "off":
		*f.to = false
	default:
		return errors.New("true or false")
	}
	return nil
}

func (f boolean) format() string { return strconv.FormatBool(*f.to) }

type duration struct {
	to  *time.Duration
	min time.Duration
}

func (f duration) parse(value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < f.min {
		return fmt.Errorf("a time such as 30s, 5m or 2h, at least %s", f.min)
	}
	*f.to = d
	return nil
}

func (f duration) format() string { return f.to.String() }

// daysMax is how many days make sense: a hundred years.
const daysMax = 36500

// ParseDays reads a number of days such as "400d", from 1 to 36500. Its error completes the words "expected …".
func ParseDays(text string) (time.Duration, error) {
	digits, ok := strings.CutSuffix(text, "d")
	number, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || number < 1 || number > daysMax {
		return 0, fmt.Errorf("a number of days such as 400d, from 1d to %dd", daysMax)
	}
	return time.Duration(number) * 24 * time.Hour, nil
}

type days struct{ to *time.Duration }

func (f days) parse(value string) (err error) {
	*f.to, err = ParseDays(value)
	return err
}

func (f days) format() string { return strconv.Itoa(int(f.to.Hours()/24)) + "d" }

type environment struct{ to *Env }

func (f environment) parse(value string) error {
	for _, env := range []Env{Development, Production} {
		if value == env.String() {
			*f.to = env
			return nil
		}
	}
	return errors.New("development or production")
}

func (f environment) format() string { return f.to.String() }

// choice is one of a few words.
type choice struct {
	to    *string
	among []string
}

func (f choice) parse(value string) error {
	if !slices.Contains(f.among, value) {
		return errors.New(strings.Join(f.among[:len(f.among)-1], ", ") + " or " + f.among[len(f.among)-1])
	}
	*f.to = value
	return nil
}

func (f choice) format() string { return *f.to }

type level struct{ to *slog.Level }

func (f level) parse(value string) error {
	if !regexp.MustCompile(`(?i)^(debug|info|warn|error)$`).MatchString(value) {
		return errors.New("debug, info, warn or error")
	}
	return f.to.UnmarshalText([]byte(value))
}

func (f level) format() string { return strings.ToLower(f.to.String()) }

type bind struct{ to *string }

func (f bind) parse(value string) error {
	if net.ParseIP(value) == nil && value != "localhost" {
		return errors.New("an IP address or localhost")
	}
	*f.to = value
	return nil
}

func (f bind) format() string { return *f.to }

type schema struct{ to *string }

// parse refuses what PostgreSQL would cut off or keeps for itself.
func (f schema) parse(value string) error {
	if len(value) > 63 || strings.ContainsRune(value, 0) || !utf8.ValidString(value) || strings.HasPrefix(value, "pg_") ||
		value == "information_schema" {
		return errors.New("a schema name of at most 63 bytes that does not begin with pg_")
	}
	*f.to = value
	return nil
}

func (f schema) format() string { return *f.to }

type address struct{ to *string }

func (f address) parse(value string) error {
	if value == "" {
		*f.to = ""
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || strings.Trim(u.Path, "/") == "" {
		return errors.New("an address of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters of the password written as %XX")
	}
	*f.to = value
	return nil
}

func (f address) format() string { return *f.to }

type secret struct{ to *string }

func (f secret) parse(value string) error {
	if n := utf8.RuneCountInString(value); value != "" && (n < 12 || n > 128) {
		return fmt.Errorf("12 to 128 characters, not %d", n)
	}
	*f.to = value
	return nil
}

func (f secret) format() string { return *f.to }

type prefix struct{ to *string }

var prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

func (f prefix) parse(value string) error {
	clean := strings.TrimSuffix(path.Clean("/"+value), "/")
	if !prefixForm.MatchString(clean) || strings.Contains(value, "..") {
		return errors.New("a path of letters, digits and . _ ~ - such as /panel")
	}
	*f.to = clean
	return nil
}

func (f prefix) format() string { return *f.to }

// list is values separated by commas, each checked and normalised by item.
type list struct {
	to   *[]string
	item func(string) (string, error)
}

func (f list) parse(value string) error {
	var items []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		item, err := f.item(part)
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	*f.to = items
	return nil
}

func (f list) format() string { return strings.Join(*f.to, ",") }

func origin(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != strings.TrimSuffix(value, "/") {
		return "", errors.New("origins such as https://example.org or http://localhost:3000, separated by commas")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func network(value string) (string, error) {
	if _, err := netip.ParseAddr(value); err == nil {
		return value, nil
	}
	if _, err := netip.ParsePrefix(value); err == nil {
		return value, nil
	}
	return "", errors.New("addresses such as 10.0.0.1 or networks such as 10.0.0.0/8, separated by commas")
}

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

func hostname(value string) (string, error) {
	value = strings.ToLower(value)
	if _, err := netip.ParseAddr(strings.Trim(value, "[]")); err == nil {
		return strings.Trim(value, "[]"), nil
	}
	if !hostForm.MatchString(value) {
		return "", errors.New("host names without port, such as panel.example.org, separated by commas")
	}
	return value, nil
}
