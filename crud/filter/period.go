package filter

import (
	"strconv"
	"time"

	"gorm.io/gorm/clause"
)

// Periods are the values of This.
var Periods = []string{"day", "week", "month", "year"}

// period is the predicate of a moment, or a day, in a time that is told by its length or name.
func (n Node) period(column Column, at clause.Column, now time.Time) (clause.Expression, error) {
	from, to, ok := bounds(n.Op, n.Values[0], now)
	if !ok {
		return nil, &ValueError{n.Field, n.Values[0], examples[n.Op]}
	}
	if column.Day { // all that it touches
		from, to = date(from), date(to.Add(-time.Microsecond)).AddDate(0, 0, 1)
	}
	from, to = from.UTC(), to.UTC()
	return clause.And(
		clause.Expr{SQL: "? >= ?", Vars: []any{at, from}},
		clause.Expr{SQL: "? < ?", Vars: []any{at, to}},
	), nil
}

var examples = map[Op]string{
	Last: "Write a number and h, d, w, m or y, such as 7d.",
	Next: "Write a number and h, d, w, m or y, such as 30d.",
	This: "Write day, week, month or year.",
	On:   "Write a day such as 2026-01-31.",
}

// bounds returns the first moment of a period and the first after it, by the clocks of the zone in which now is.
func bounds(op Op, text string, now time.Time) (from, to time.Time, ok bool) {
	switch op {
	case On:
		day, err := time.Parse(time.DateOnly, text)
		return midnight(day, now.Location()), midnight(day.AddDate(0, 0, 1), now.Location()), err == nil && day.Year() > 0
	case This:
		first, next, ok := this(text, date(now))
		return midnight(first, now.Location()), midnight(next, now.Location()), ok
	}
	if op == Next {
		to, ok = away(text, now, 1)
		return now, to.Add(time.Microsecond), ok
	}
	from, ok = away(text, now, -1)
	return from, now.Add(time.Microsecond), ok
}

// this returns the first day of the period in which a day lies, and the first after it.
func this(period string, day time.Time) (first, next time.Time, ok bool) {
	switch period {
	case "day":
		return day, day.AddDate(0, 0, 1), true
	case "week": // begins on Monday
		monday := day.AddDate(0, 0, -int(day.Weekday()+6)%7)
		return monday, monday.AddDate(0, 0, 7), true
	case "month":
		first := day.AddDate(0, 0, 1-day.Day())
		return first, first.AddDate(0, 1, 0), true
	case "year":
		first := day.AddDate(0, 0, 1-day.YearDay())
		return first, first.AddDate(1, 0, 0), true
	}
	return day, day, false
}

// midnight is the first moment of a day in a zone; where the clocks skip it, the one after.
func midnight(day time.Time, zone *time.Location) time.Time {
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	for date(at).Before(day) {
		at = at.Add(time.Hour)
	}
	return at
}

// date is the day of a moment by the clocks of its zone, in UTC.
func date(at time.Time) time.Time {
	year, month, day := at.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Span says a value of Last or Next to people: "7 days". What it cannot read it returns as it is.
func Span(text string) string {
	if len(text) < 2 {
		return text
	}
	unit := map[byte]string{'h': "hour", 'd': "day", 'w': "week", 'm': "month", 'y': "year"}[text[len(text)-1]]
	switch n := text[:len(text)-1]; {
	case unit == "":
		return text
	case n == "1":
		return unit
	default:
		return n + " " + unit + "s"
	}
}

// away returns the moment that lies as far away as text says: back if sign is -1, ahead if it is 1.
func away(text string, now time.Time, sign int) (time.Time, bool) {
	if len(text) < 2 {
		return now, false
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	if err != nil || n < 1 || n > 10_000 {
		return now, false
	}
	switch text[len(text)-1] {
	case 'h':
		return now.Add(time.Duration(sign*n) * time.Hour), true
	case 'd':
		return now.AddDate(0, 0, sign*n), true
	case 'w':
		return now.AddDate(0, 0, sign*7*n), true
	case 'm':
		return now.AddDate(0, sign*n, 0), n <= 1200
	case 'y':
		return now.AddDate(sign*n, 0, 0), n <= 100
	}
	return now, false
}
