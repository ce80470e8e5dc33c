package crud

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ReasonLimit is how many characters the reason of a write may have.
const ReasonLimit = 500

type reasonKey struct{}

// Because returns a context whose writes are recorded with the reason that somebody gave for them; "" is none. The error is a sentence for
// people.
func Because(ctx context.Context, reason string) (context.Context, error) {
	reason = strings.TrimSpace(reason)
	if err := storable(reason); err != nil {
		return ctx, err
	}
	if n := utf8.RuneCountInString(reason); n > ReasonLimit {
		return ctx, fmt.Errorf("The reason has %d characters, and %d are kept.", n, ReasonLimit)
	}
	if reason == "" {
		return ctx, nil
	}
	return context.WithValue(ctx, reasonKey{}, reason), nil
}

func reasonIn(ctx context.Context) string {
	reason, _ := ctx.Value(reasonKey{}).(string)
	return reason
}
