package controllers

import (
	"context"
	"strings"
	"testing"

	"unified/auth"
	"unified/crud"
)

func TestTicket(t *testing.T) {
	key := func(text string) Decisions {
		return Decisions{Key: func(context.Context) ([]byte, error) { return []byte(text), nil }}
	}
	site := &Site{config: defaults(Config{Decisions: key("one")})}
	ada := auth.With(t.Context(), auth.Account{ID: 1, Name: "ada"})
	sealed, err := site.seal(ada, ticket{Table: "books", Verb: crud.Delete, Rows: crud.Selection{Keys: []string{"a~%2Fb"}}, Count: 1, Digest: "x"})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("another_instance_with_the_key_reads_it", func(t *testing.T) {
		got, err := (&Site{config: defaults(Config{Decisions: key("one")})}).unseal(ada, sealed)
		if err != nil || got.Table != "books" || got.Rows.Keys[0] != "a~%2Fb" || got.Digest != "x" || len(got.ID) < 20 {
			t.Errorf("%+v, %v", got, err)
		}
	})
	text, mark, _ := strings.Cut(sealed, ".")
	other := auth.With(t.Context(), auth.Account{ID: 2, Name: "ada"})
	for name, test := range map[string]struct {
		site   *Site
		ctx    context.Context
		sealed string
	}{
		"somebody_else":   {site, other, sealed},
		"nobody":          {site, t.Context(), sealed},
		"another_key":     {&Site{config: defaults(Config{Decisions: key("two")})}, ada, sealed},
		"a_changed_text":  {site, ada, text + "A." + mark},
		"no_signature":    {site, ada, text},
		"nothing":         {site, ada, ""},
		"an_empty_mark":   {site, ada, text + "."},
		"another_ending":  {site, ada, text + "." + mark + "A"},
		"only_the_signed": {site, ada, "." + mark},
	} {
		t.Run("T29_refused_for_"+name, func(t *testing.T) {
			if got, err := test.site.unseal(test.ctx, test.sealed); err == nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}
