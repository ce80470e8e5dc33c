package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	auditLog   = "audit_log"
	perPerson  = 250 // rows of history
	historical = 90  // days
	// batch is how many rows are copied between two messages of progress.
	batch = 25_000
)

// entry is a row of audit_log; empty texts and nil values are NULL.
type entry struct {
	user, session          any
	service, action        string
	resource               string
	resourceID, address    any
	agent, method, path    string
	failure                string // empty: it succeeded
	status, data, duration any
	at                     time.Time
}

func (e entry) cells(id int64) []any {
	null := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	return []any{id, e.user, e.session, null(e.service), e.action, null(e.resource), e.resourceID, e.address, null(e.agent),
		null(e.method), null(e.path), e.failure == "", e.status, null(e.failure), e.data, e.duration, e.at}
}

// history is the rows of audit_log, of which only the times and the writes are held in memory.
type history struct {
	*company
	dice
	moments []time.Time
	writes  map[int]entry // by place among the moments
	callers []*person     // who uses services, the busiest first
	visits  map[any][]int // rows of sessions by user
}

// planHistory decides when something happened and what was written then; the rows written to are marked as changed.
func (c *company) planHistory() *history {
	h := &history{company: c, dice: diceOf("history"), writes: map[int]entry{}, visits: map[any][]int{}}
	h.moments = h.times(c.Users * perPerson)
	for _, p := range c.people {
		if p.opens() {
			h.callers = append(h.callers, p)
		}
	}
	h.Shuffle(len(h.callers), func(i, j int) { h.callers[i], h.callers[j] = h.callers[j], h.callers[i] })
	for row := range h.sheets["sessions"].rows {
		user := *h.sheets["sessions"].cell(row, "user_id")
		h.visits[user] = append(h.visits[user], row)
	}
	h.planWrites()
	last := len(h.moments) - 1
	h.moments[last] = c.Now
	h.writes[last] = entry{service: markService, action: markAction, resource: markResource}
	return h
}

// times returns count moments in order: few at night, fewer at weekends.
func (h *history) times(count int) []time.Time {
	ofHour := [24]float64{3, 2, 2, 2, 3, 6, 14, 30, 52, 60, 58, 54, 44, 52, 56, 54, 48, 38, 28, 24, 20, 14, 8, 5}
	weights, total := make([]float64, historical*24), 0.0
	begin := h.Now.Add(-historical * day)
	for i := range weights {
		hour := begin.Add(time.Duration(i) * time.Hour)
		weights[i] = ofHour[hour.Hour()] * (0.85 + 0.3*h.Float64())
		if weekday := hour.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			weights[i] *= 0.4
		}
		total += weights[i]
	}
	moments, sum := make([]time.Time, 0, count), 0.0
	for i, weight := range weights {
		sum += weight
		first, hour := len(moments), begin.Add(time.Duration(i)*time.Hour)
		for len(moments) < int(sum/total*float64(count)) {
			moments = append(moments, h.during(hour, hour.Add(time.Hour)))
		}
		slices.SortFunc(moments[first:], time.Time.Compare)
	}
	for len(moments) < count { // what rounding left over
		moments = append(moments, h.Now)
	}
	return moments
}

// sessionAt returns the session that somebody had at a moment, nil if none is known.
func (h *history) sessionAt(user any, at time.Time) any {
	sessions := h.sheets["sessions"]
	for _, row := range h.visits[user] {
		begun, _ := (*sessions.cell(row, "created_at")).(time.Time)
		seen, _ := (*sessions.cell(row, "last_seen_at")).(time.Time)
		if !at.Before(begun) && !at.After(seen) {
			return strconv.FormatInt(sessions.id(row), 10)
		}
	}
	return nil
}

// copy sends the rows in batches, each with the next keys, and returns how many they are.
func (h *history) copy(ctx context.Context, tx pgx.Tx) (int, error) {
	columns := []string{"id", "user_id", "session_id", "service", "action", "resource", "resource_id", "ip_address",
		"user_agent", "request_method", "request_path", "success", "status_code", "error_message", "additional_data",
		"duration_ms", "created_at"}
	for done := 0; done < len(h.moments); done += batch {
		h.Progress(fmt.Sprintf("history: %d of %d rows", done, len(h.moments)))
		ids, err := reserve(ctx, tx, auditLog, min(batch, len(h.moments)-done))
		if err != nil {
			return 0, err
		}
		rows := pgx.CopyFromSlice(len(ids), func(i int) ([]any, error) {
			e, planned := h.writes[done+i]
			if !planned {
				e = h.routine(h.moments[done+i])
			}
			e.at = h.moments[done+i]
			if e.service == "web" {
				e.session = h.sessionAt(e.user, e.at)
			}
			return e.cells(ids[i]), nil
		})
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{auditLog}, columns, rows); err != nil {
			return 0, fmt.Errorf("copy %s: %w", auditLog, err)
		}
	}
	return len(h.moments), nil
}
