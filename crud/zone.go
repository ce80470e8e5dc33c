package crud

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// ZoneParam is the form parameter that names the time zone in which the form's moments are written; UTC without it.
const ZoneParam = "_zone"

type zoneKey struct{}

// InZone returns a context in which lists, records, forms and exports write moments in a time zone, and filters and searches read days
// and clock times in it.
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
	if len(typed) == 0 {
		return ZoneIn(ctx), nil
	}
	return time.UTC, nil
}

// drawnIn is the zone in which a form is drawn. One that came from no zone that there is comes back in UTC, and what was typed stays.
func drawnIn(ctx context.Context, typed url.Values) *time.Location {
	zone, _ := zoneOf(ctx, typed)
	return zone
}

// zone is that of the moments in the form and its lines; "" if there are none.
func (f *Form) zone() string {
	all := slices.Clone(f.Groups)
	for _, lines := range f.Lines {
		for _, line := range lines.Lines {
			all = append(all, Group[Input]{Fields: line.Fields})
		}
	}
	for _, group := range all {
		for _, in := range group.Fields {
			if in.Zone != "" {
				return in.Zone
			}
		}
	}
	return ""
}

// ZoneIn returns the zone that InZone gave a context, UTC for others.
func ZoneIn(ctx context.Context) *time.Location {
	if zone, ok := ctx.Value(zoneKey{}).(*time.Location); ok {
		return zone
	}
	return time.UTC
}

// zones are those that were asked for, by name: a file has to be read for each.
var zones = struct {
	sync.RWMutex
	known map[string]*time.Location
}{known: map[string]*time.Location{}}

// Zone finds a time zone by its name in the IANA database, such as "Europe/Berlin". The error is a sentence for people.
func Zone(name string) (*time.Location, error) {
	zones.RLock()
	zone := zones.known[name]
	zones.RUnlock()
	if zone != nil {
		return zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || zone == time.Local || len(name) > 64 || strings.Contains(name, "//") || strings.Contains(name, "./") {
		return nil, fmt.Errorf("There is no time zone %q.", name)
	}
	zones.Lock()
	defer zones.Unlock()
	zones.known[name] = zone
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
