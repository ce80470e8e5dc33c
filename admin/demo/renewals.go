package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// renewal is a row of certificate_renewals in the making; it is planned if begun is zero.
type renewal struct {
	due, begun time.Time
	problem    string // empty: it worked
	old, new   time.Time
	method, by string
}

// renewals returns what was done and is planned for a certificate got by ACME, the oldest first.
func (c *company) renewals(d dice, x *issued) []renewal {
	var all []renewal
	until := x.cert.NotAfter
	for start := until.Add(-acmeValid); start.After(x.recorded) && len(all) < 6; start = start.Add(-(acmeValid - acmeEarly)) {
		old := start.Add(acmeEarly)
		r := renewal{due: start.Truncate(day), begun: start, old: old, new: start.Add(acmeValid), method: "automatic",
			by: "scheduler"}
		if d.chance(12) {
			r.method, r.by = "manual", c.staff(d).username
		}
		all = append(all, r)
		if d.chance(15) {
			failed := r
			failed.begun, failed.problem = start.Add(-5*time.Hour), renewalProblem
			failed.due = failed.begun.Truncate(day)
			all = append(all, failed)
		}
	}
	slices.Reverse(all)
	if x.overdue {
		for n := 3; n > 0; n-- {
			begun := c.Now.Add(-time.Duration(n-1)*day - 9*time.Hour)
			all = append(all, renewal{due: begun.Truncate(day), begun: begun, problem: renewalProblem, old: until,
				method: "automatic", by: "scheduler"})
		}
		return append(all, renewal{due: c.Now.Add(day), old: until, method: "emergency", by: c.staff(d).username})
	}
	return append(all, renewal{due: until.Add(-acmeEarly), old: until, method: "automatic", by: "scheduler"})
}

func (c *company) makeRenewals() *sheet {
	d := diceOf("renewals")
	sheet := newSheet("certificate_renewals", "certificate_id", "scheduled_at", "started_at", "completed_at", "renewal_method",
		"success", "error_message", "old_not_after", "new_not_after", "triggered_by", "renewal_logs", "duration_seconds",
		"created_at", "updated_at")
	for _, x := range c.issued {
		if x.kind != "letsencrypt" {
			continue
		}
		for _, r := range c.renewals(d, x) {
			if r.begun.IsZero() {
				planned := later(x.recorded, x.cert.NotBefore).Add(time.Minute)
				sheet.add(c.certificateID(x), r.due, nil, nil, r.method, nil, nil, r.old, nil, r.by, nil, nil, planned, planned)
				continue
			}
			seconds := d.between(4, 40)
			var problem, until any
			if until = r.new; r.problem != "" {
				problem, until, seconds = r.problem, nil, seconds+10
			}
			end := r.begun.Add(time.Duration(seconds) * time.Second)
			sheet.add(c.certificateID(x), r.due, r.begun, end, r.method, problem == nil, problem, r.old, until, r.by,
				r.logs(x.domain), seconds, r.due.Add(-day), end)
		}
	}
	return sheet
}

// logs is what the programs printed.
func (r renewal) logs(domain string) string {
	lines := []string{
		"order for " + domain + ", www." + domain + ", mail." + domain,
		"challenge http-01 for " + domain + " published",
	}
	if r.problem != "" {
		return strings.Join(append(lines, "challenge failed: "+r.problem), "\n")
	}
	return strings.Join(append(lines, "challenge accepted", "certificate issued, good until "+r.new.Format(time.DateOnly),
		"services reloaded"), "\n")
}

// notice is a row of certificate_notifications in the making.
type notice struct {
	x       *issued
	kind    string
	message string
	at      time.Time
}

// makeNotifications tells what happened to certificates, in order.
func (c *company) makeNotifications() *sheet {
	d := diceOf("notifications")
	var all []notice
	for _, x := range c.issued {
		name := x.domain + " (" + x.kind + ")"
		all = append(all, notice{x, "created", "Certificate " + name + " created.", x.recorded})
		if x.kind != "letsencrypt" {
			continue
		}
		if x.cert.NotBefore.After(x.recorded) {
			all = append(all, notice{x, "renewed", "Certificate " + name + " renewed.", x.cert.NotBefore.Add(time.Minute)})
		}
		if x.overdue {
			all = append(all, notice{x, "error", "Renewal of " + name + " failed: " + renewalProblem, c.Now.Add(-9 * time.Hour)},
				notice{x, "warning", fmt.Sprintf("Certificate %s ends on %s.", name, x.cert.NotAfter.Format(time.DateOnly)),
					x.cert.NotAfter.Add(-20 * day)})
		}
		if x.cert.NotAfter.Before(c.Now) {
			all = append(all, notice{x, "expired", "Certificate " + name + " has expired.", x.cert.NotAfter})
		}
	}
	slices.SortStableFunc(all, func(a, b notice) int { return a.at.Compare(b.at) })
	sheet := newSheet("certificate_notifications", "certificate_id", "notification_type", "message", "notification_data",
		"processed_at", "processed_by", "error_message", "retry_count", "next_retry_at", "created_at")
	for i, n := range all {
		data := map[string]any{"certificate_id": c.certificateID(n.x), "domain": n.x.domain, "certificate_type": n.x.kind}
		state := c.delivery(d, n.at, len(all)-1-i)
		sheet.add(c.certificateID(n.x), n.kind, n.message, data, state.at, state.by, state.problem, state.retries, state.next, n.at)
	}
	return sheet
}
