package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
)

func TestBecause(t *testing.T) {
	t.Parallel()
	w, articles := newsroom(t, 4, crud.Options[article]{})
	ctx, err := crud.Because(t.Context(), "  They asked for it. ")
	if err != nil {
		t.Fatal(err)
	}
	last := func() crud.Change { return w.changes[len(w.changes)-1] }
	if _, err := articles.Submit(ctx, "1", form("rank", "9")); err != nil || last().Reason != "They asked for it." {
		t.Errorf("of a change: %q, %v", last().Reason, err)
	}
	one := crud.Selection{Keys: []string{"2", "3"}}
	survey := survey(t, articles, crud.Delete, one)
	if _, err := articles.Bulk(ctx, crud.Delete, one, survey.Digest, nil); err != nil || last().Reason != "They asked for it." || last().Verb != crud.Delete {
		t.Errorf("of many: %+v, %v", last(), err)
	}
	if _, err := articles.Submit(t.Context(), "1", form("rank", "8")); err != nil || last().Reason != "" {
		t.Errorf("of none: %q, %v", last().Reason, err)
	}
	if none, err := crud.Because(t.Context(), " "); err != nil || none != t.Context() {
		t.Errorf("a reason without letters: %v", err)
	}
	if _, err := crud.Because(t.Context(), strings.Repeat("ü", crud.ReasonLimit)); err != nil {
		t.Errorf("one that just fits: %v", err)
	}
	for name, reason := range map[string]string{"one that is too long": strings.Repeat("x", crud.ReasonLimit+1), "one that is no text": "a\x00b", "one in no encoding": "\xff"} {
		if _, err := crud.Because(t.Context(), reason); err == nil || !strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
