package crud

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ZoneParam is the form parameter that names the time zone in which the form's moments are written; UTC without it.
const ZoneParam = "_zone"

type zoneKey struct{}

// InZone returns a context in which forms and show pages write moments in a time zone.
func InZone(ctx context.Context, zone *time.Location) context.Context {
	return context.WithValue(ctx, zoneKey{}, zone)
}

// zoneOf is the zone of a form: that of what was sent, else that of the context, else UTC.
func zoneOf(ctx context.Context, typed url.Values) (*time.Location, error) {
	if name := typed.Get(ZoneParam); name != "" {
		zone, err := Zone(name)
		if err != nil {
			return time.UTC, &Error{Kind: KindInvalid, Fields: map[string]string{"": err.Error()}}
		}
		return zone, nil
	}
	if zone, ok := ctx.Value(zoneKey{}).(*time.Location); ok && len(typed) == 0 {
		return zone, nil
	}
	return time.UTC, nil
}

// Zone finds a time zone by its name in the IANA database, such as "Europe/Berlin". The error is a sentence for people.
func Zone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || zone == time.Local || len(name) > 64 {
		return nil, fmt.Errorf("There is no time zone %q.", name)
	}
	return zone, nil
}

// inZone writes a moment, given in UTC as a form does, in a zone. What the zone cannot say exactly, such as an hour that
// comes twice, stays in UTC with a Z behind it.
func inZone(text string, zone *time.Location) string {
	moment, err := time.Parse(timeLayout, text)
	if err != nil || zone == time.UTC {
		return text
	}
	local := moment.In(zone).Format(timeLayout)
	if back, err := fromZone(local, zone); err == nil && back == text {
		return local
	}
	return text + "Z"
}

// fromZone reads what was typed in a zone and writes it in UTC. What brings its own zone, or is no time, stays as it is.
func fromZone(text string, zone *time.Location) (string, error) {
	if zone == time.UTC {
		return text, nil
	}
	plain := strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, layout := range timeLayouts {
		wall, err := time.Parse(layout, plain)
		if err != nil || strings.HasSuffix(layout, "Z07:00") {
			continue
		}
		moment := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
		if !sameClock(moment, wall) {
			return "", fmt.Errorf("The clocks in %s skip this time: choose one before or after.", zone)
		}
		if other := twin(moment, wall); !other.IsZero() {
			return "", fmt.Errorf("This time comes twice in %s: write which one you mean, %s or %s.", zone,
				moment.Format("15:04Z07:00"), other.Format("15:04Z07:00"))
		}
		return moment.UTC().Truncate(time.Microsecond).Format(timeLayout), nil
	}
	return text, nil
}

func sameClock(a, wall time.Time) bool {
	return a.Day() == wall.Day() && a.Hour() == wall.Hour() && a.Minute() == wall.Minute() && a.Second() == wall.Second()
}

// twin is another moment at which the clocks show the same; zero if there is none.
func twin(moment, wall time.Time) time.Time {
	for _, shift := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		if other := moment.Add(shift); sameClock(other, wall) {
			return other
		}
	}
	return time.Time{}
}
