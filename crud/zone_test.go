package crud

import (
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	berlin, err := Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ typed, utc, says string }{
		{"2026-05-31 14:30", "2026-05-31T12:30:00", ""},
		{"2026-01-31T14:30:05.123456", "2026-01-31T13:30:05.123456", ""},
		{"2026-05-31", "2026-05-30T22:00:00", ""},
		{"2026-05-31T14:30Z", "2026-05-31T14:30Z", ""}, // brings its own zone
		{"2026-10-25 02:30", "", "comes twice in Europe/Berlin"},
		{"2026-10-25 03:00", "2026-10-25T02:00:00", ""},
		{"2026-03-29 02:30", "", "skip this time"},
		{"soon", "soon", ""},
	} {
		got, err := fromZone(c.typed, berlin)
		if got != c.utc || (err == nil) != (c.says == "") {
			t.Errorf("%s: got %q, %v", c.typed, got, err)
		}
	}
	for utc, want := range map[string]string{
		"2026-05-31T12:30:00": "2026-05-31T14:30:00", "2026-10-25T00:30:00": "2026-10-25T00:30:00Z", "2026-10-25T01:30:00": "2026-10-25T01:30:00Z",
		"0001-01-01T00:00:00": "0001-01-01T00:53:28", "9999-12-31T23:59:59": "9999-12-31T23:59:59Z", "": "",
	} {
		got := inZone(utc, berlin)
		if got != want {
			t.Errorf("%s is shown as %q, want %q", utc, got, want)
		}
		if back, err := fromZone(got, berlin); err != nil || back != utc && back != utc+"Z" {
			t.Errorf("%s comes back as %q, %v", utc, back, err)
		}
	}
	for _, name := range []string{"", "Local", "Nowhere/City", "../../etc/passwd", "/etc/localtime"} {
		if zone, err := Zone(name); err == nil {
			t.Errorf("%q is the zone %v", name, zone)
		}
	}
	if zone, err := zoneOf(InZone(t.Context(), berlin), nil); err != nil || zone != berlin {
		t.Errorf("got %v, %v", zone, err)
	}
	if zone, _ := zoneOf(InZone(t.Context(), berlin), map[string][]string{"a": {"b"}}); zone != time.UTC {
		t.Errorf("a form that names no zone is read in %v", zone)
	}
}
