package demo

import (
	"fmt"
	"slices"
	"time"
)

// departed is somebody whose account was deleted.
type departed struct {
	person

	id   int64
	left time.Time
}

// departures returns how many of a company of so many people left during its history.
func departures(users int) int { return users / 25 }

// makeDeparted invents who had these keys.
func (c *company) makeDeparted(ids []int64) []departed {
	d, all := diceOf("departed"), make([]departed, 0, len(ids))
	for i, id := range ids {
		gone := departed{id: id, left: d.during(c.Now.Add(-85*day), c.Now.Add(-day))}
		gone.first, gone.last = pick(d, firstNames), pick(d, lastNames)
		gone.username = fmt.Sprintf("%s.%s.%d", plain(gone.first), plain(gone.last), i+1)
		gone.domain = pick(d, c.domains)
		gone.email = gone.username + "@" + gone.domain
		gone.folder = "/var/mail/" + gone.domain + "/" + gone.username
		gone.created = gone.left.Add(-time.Duration(d.between(30, 700)) * day)
		all = append(all, gone)
	}
	return all
}

// event is a row of mailbox_events in the making.
type event struct {
	kind string
	user any
	who  *person
	data map[string]any
	at   time.Time
}

// makeEvents tells what happened to mailboxes, in order; services have acted on most of it.
func (c *company) makeEvents() ([]*sheet, error) {
	d := diceOf("events")
	var all []event
	for _, p := range c.people {
		all = append(all, event{"created", c.userID(p), p, nil, p.created})
		if d.chance(15) {
			old := map[string]any{"old_email": p.email, "old_home_directory": "/home/vmail/" + p.username}
			all = append(all, event{"updated", c.userID(p), p, old, d.during(p.created, c.Now)})
		}
	}
	for i := range c.gone {
		gone := &c.gone[i]
		all = append(all, event{"created", nil, &gone.person, nil, gone.created},
			event{"deleted", nil, &gone.person, map[string]any{"user_id": gone.id}, gone.left})
	}
	all = append(all, c.quotaEvents(d)...)
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	events := newSheet("mailbox_events", "event_type", "user_id", "username", "email", "domain", "home_directory",
		"event_data", "processed", "processed_at", "processed_by", "error_message", "retry_count", "next_retry_at", "created_at")
	for i, e := range all {
		state := c.delivery(d, e.at, len(all)-1-i)
		events.add(e.kind, e.user, e.who.username, e.who.email, e.who.domain, e.who.folder, facts(e.data), state.at != nil, state.at,
			state.by, state.problem, state.retries, state.next, e.at)
	}
	return []*sheet{events}, nil
}

// quotaEvents warns of mailboxes that are nearly full or more than full.
func (c *company) quotaEvents(d dice) []event {
	var all []event
	quotas, people := c.sheets["user_quotas"], map[int64]*person{}
	for _, p := range c.people {
		people[c.userID(p)] = p
	}
	for row := range quotas.rows {
		user, _ := (*quotas.cell(row, "user_id")).(int64)
		limit, limited := (*quotas.cell(row, "quota_value")).(int64)
		usage, _ := (*quotas.cell(row, "current_usage")).(int64)
		if *quotas.cell(row, "service") != "dovecot" || *quotas.cell(row, "quota_type") != "storage" || !limited ||
			usage*10 < limit*9 {
			continue
		}
		kind := "quota_warning"
		if usage > limit {
			kind = "quota_exceeded"
		}
		p, data := people[user], map[string]any{"limit_mb": limit, "usage_mb": usage}
		all = append(all, event{kind, user, p, data, d.during(later(p.created, c.Now.Add(-9*day)), c.Now)})
	}
	return all
}

// state is how far a row of an outbox got.
type state struct{ at, by, problem, retries, next any }

// delivery invents the state of a row written at a moment, with so many rows after it: most are done within seconds, a
// few of the latest failed and the last two wait.
func (c *company) delivery(d dice, at time.Time, after int) state {
	switch age := c.Now.Sub(at); {
	case after < 2:
		return state{retries: 0}
	case age < 10*day && d.chance(12):
		return state{problem: "connect to the worker: connection refused", retries: d.between(1, 6),
			next: c.Now.Add(time.Duration(d.between(5, 120)) * time.Minute)}
	}
	done := at.Add(time.Duration(d.between(200, 9000)) * time.Millisecond)
	return state{at: done, by: fmt.Sprintf("worker-%d", d.between(1, 3)), retries: 0}
}

// facts returns what a jsonb cell holds: NULL for none.
func facts(all map[string]any) any {
	if all == nil {
		return nil
	}
	return all
}
