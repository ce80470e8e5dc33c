package demo

import (
	"crypto/sha256"
	"math/rand/v2"
	"time"
)

// dice make the choices of one area. The same area is always given the same ones, whatever other areas ask for.
type dice struct{ *rand.Rand }

func diceOf(area string) dice {
	return dice{rand.New(rand.NewChaCha8(sha256.Sum256([]byte("demo " + area))))} //nolint:gosec // repeatable on purpose; never for secrets
}

// chance is true percent times out of a hundred.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// between returns a whole number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// skewed returns an index below n; low ones are much more frequent.
func (d dice) skewed(n int) int {
	f := d.Float64()
	return int(f * f * float64(n))
}

// during returns a moment from begin on and before end, or begin if end is not later.
func (d dice) during(begin, end time.Time) time.Time {
	span := end.Sub(begin).Microseconds()
	if span <= 0 {
		return begin
	}
	return begin.Add(time.Duration(d.Int64N(span)) * time.Microsecond)
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// code returns a text of so many letters and digits.
func (d dice) code(length int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	text := make([]byte, length)
	for i := range text {
		text[i] = digits[d.IntN(len(digits))]
	}
	return string(text)
}
