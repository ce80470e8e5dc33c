package controllers

import (
	"context"
	"strings"

	"unified/crud"
)

// meanwhile says what others changed in a record while its form was filled in, each in a sentence of its own; "" for nothing.
func meanwhile(ctx context.Context, saved *crud.Saved) string {
	var text strings.Builder
	for _, other := range saved.Meanwhile {
		who := "Somebody else"
		switch other.By {
		case "":
		case accountName(ctx):
			who = "You"
		default:
			who = isolated(other.By)
		}
		text.WriteString(" " + who + " changed " + listed(other.Fields) + " meanwhile, which stays so.")
	}
	return text.String()
}

// listed joins names as a sentence does: "Title, Note and Rank".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
