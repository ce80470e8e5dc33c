package models

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// Texts is a text[] column. Nil is NULL, an empty Texts is an empty array. NULL among the elements reads as "".
type Texts []string

// GormDataType names the column type.
func (Texts) GormDataType() string { return "text[]" }

// Scan reads PostgreSQL's text of an array, or NULL.
func (t *Texts) Scan(src any) error {
	var elements pgtype.FlatArray[*string]
	if err := pgtype.NewMap().SQLScanner(&elements).Scan(src); err != nil {
		return fmt.Errorf("scan text[]: %w", err)
	}
	*t = nil
	if elements == nil {
		return nil
	}
	*t = make(Texts, len(elements))
	for i, element := range elements {
		if element != nil {
			(*t)[i] = *element
		}
	}
	return nil
}

// Value returns PostgreSQL's text of the array.
func (t Texts) Value() (driver.Value, error) {
	if t == nil {
		return nil, nil
	}
	text, err := pgtype.NewMap().Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, []string(t), nil)
	if err != nil {
		return nil, fmt.Errorf("encode text[]: %w", err)
	}
	return string(text), nil
}

// JSON is the text of a jsonb column. Nil is NULL; the text null is a JSON value like any other.
type JSON []byte

// GormDataType names the column type.
func (JSON) GormDataType() string { return "jsonb" }

// Scan copies the text of a JSON value, or NULL.
func (j *JSON) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(src)
	case []byte:
		*j = slices.Clone(JSON(src))
	default:
		return fmt.Errorf("scan jsonb: unexpected %T", src)
	}
	return nil
}

// Value returns the text as it is; the database refuses what is not JSON.
func (j JSON) Value() (driver.Value, error) {
	if j == nil {
		return nil, nil
	}
	return string(j), nil
}

// String returns the text.
func (j JSON) String() string { return string(j) }

// MarshalText returns the text.
func (j JSON) MarshalText() ([]byte, error) { return j, nil }

// UnmarshalText copies text, or fails if it is not JSON.
func (j *JSON) UnmarshalText(text []byte) error {
	if !json.Valid(text) {
		return errors.New("this is not JSON")
	}
	*j = slices.Clone(JSON(text))
	return nil
}

// MarshalJSON returns the text, or null for nil.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == nil {
		return []byte("null"), nil
	}
	return j, nil
}

// UnmarshalJSON copies text.
func (j *JSON) UnmarshalJSON(text []byte) error { return j.UnmarshalText(text) }

// Inet is an inet column: an address, or an address within a network. The zero Inet is NULL.
type Inet struct{ netip.Prefix }

// ParseInet reads "192.0.2.7", "192.0.2.7/24" or the same for IPv6; an address without zone.
func ParseInet(text string) (Inet, error) {
	if strings.Contains(text, "/") {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			return Inet{prefix}, nil
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return Inet{}, errors.New("this is not an IP address, such as 192.0.2.7 or 2001:db8::7")
	}
	return InetFrom(addr), nil
}

// InetFrom returns addr alone, without its zone; an invalid addr gives the zero Inet.
func InetFrom(addr netip.Addr) Inet {
	return Inet{netip.PrefixFrom(addr.WithZone(""), addr.BitLen())}
}

// GormDataType names the column type.
func (Inet) GormDataType() string { return "inet" }

// Scan reads PostgreSQL's text of an address, or NULL.
func (i *Inet) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*i = Inet{}
		return nil
	case string:
		return i.set(src)
	default:
		return fmt.Errorf("scan inet: unexpected %T", src)
	}
}

// Value returns PostgreSQL's text of the address.
func (i Inet) Value() (driver.Value, error) {
	if !i.IsValid() {
		return nil, nil
	}
	return i.String(), nil
}

// String returns the address, with the network's length if it is not the address alone, or "" for the zero Inet.
func (i Inet) String() string {
	switch {
	case !i.IsValid():
		return ""
	case i.IsSingleIP():
		return i.Addr().String()
	default:
		return i.Prefix.String()
	}
}

// MarshalText returns the same as String.
func (i Inet) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what ParseInet reads; empty text gives the zero Inet.
func (i *Inet) UnmarshalText(text []byte) error { return i.set(string(text)) }

func (i *Inet) set(text string) error {
	if text == "" {
		*i = Inet{}
		return nil
	}
	parsed, err := ParseInet(text)
	if err == nil {
		*i = parsed
	}
	return err
}
