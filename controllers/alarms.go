package controllers

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// alarms tells those who may see the debug pages that people are found by the second way, because a model is broken.
func (d Door) alarms(ctx context.Context) []string {
	if d.Twice == nil || !debugs(ctx) {
		return nil
	}
	var sentences []string
	for _, trouble := range d.Twice.Troubles(ctx) {
		cause, _, _ := strings.Cut(trouble.Cause.Error(), "\n")
		sentences = append(sentences, fmt.Sprintf("The models do not fit the database: %s were looked for in plain SQL %s since %s. %s",
			trouble.Looking, plural(trouble.Count, "time"), trouble.Since.UTC().Format(time.DateTime+" UTC"), cause))
	}
	return sentences
}
