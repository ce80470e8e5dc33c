package controllers_test

import (
	"io"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// edited is a form as it is sent with other values in some controls.
func edited(document *goquery.Document, pairs ...string) string {
	sent := filled(document)
	for i := 0; i < len(pairs); i += 2 {
		for j := 0; j < len(sent); j += 2 {
			if sent[j] == pairs[i] {
				sent[j+1], pairs[i] = pairs[i+1], ""
			}
		}
		if pairs[i] != "" {
			sent = append(sent, pairs[i], pairs[i+1])
		}
	}
	return values(sent...)
}

func TestForms_merge(t *testing.T) {
	p := stocked(t)
	open := func() *goquery.Document { return p.page(p.ask("GET", "/books/1/edit", "")) }
	t.Run("what_others_changed_stays_and_is_said", func(t *testing.T) {
		form := open()
		p.exec("UPDATE books SET pages = 11, lent = NOT lent WHERE isbn = '1'")
		answer := p.ask("POST", "/books/1", edited(form, "subtitle", "mine"))
		if got := p.text("SELECT concat_ws(' ', subtitle, pages, lent) FROM books WHERE isbn = '1'"); answer.StatusCode != 303 || got != "mine 11 f" {
			t.Errorf("%d %q", answer.StatusCode, got)
		}
		shown := p.page(p.ask("GET", "/books/1", "", "Cookie", strings.Split(answer.Header.Get("Set-Cookie"), ";")[0]))
		if said := trimmed(shown.Find(".notice")); said != "Saved One. Somebody else changed Lent and Pages meanwhile, which stays so." {
			t.Errorf("it says %q", said)
		}
	})
	t.Run("a_conflict_is_chosen_without_a_script", func(t *testing.T) {
		form := open()
		p.exec("UPDATE books SET pages = 99, subtitle = NULL WHERE isbn = '1'")
		answer := p.ask("POST", "/books/1", edited(form, "pages", "12", "subtitle", "<b>", "blurb", "kept"))
		page := p.page(answer)
		if answer.StatusCode != 409 || trimmed(page.Find("title")) != "Not saved: Edit One · Books · Unified" {
			t.Fatalf("%d %s", answer.StatusCode, trimmed(page.Selection))
		}
		side := func(field string, n int) string {
			return trimmed(page.Find(".field:has([name=" + field + "]) .clash-side").Eq(n))
		}
		if side("pages", 1) != "Theirs 99" || side("pages", 2) != "Before11" || side("subtitle", 1) != "Theirs —no value" || page.Find("[name=pages]").AttrOr("value", "") != "12" ||
			page.Find("[name=blurb]").Text() != "kept" || page.Find(".clash").Length() != 2 {
			t.Errorf("the sides: %q %q %q in %s", side("pages", 1), side("pages", 2), side("subtitle", 1), trimmed(page.Find("form")))
		}
		for _, field := range []string{"pages", "subtitle"} {
			named := page.Find(".clash:has([name="+field+"])").AttrOr("aria-labelledby", "")
			if label := trimmed(page.Find("label[for=" + field + "]")); label == "" || !strings.HasPrefix(trimmed(page.Find("#"+named)), strings.TrimSuffix(label, "*")+": ") {
				t.Errorf("the choice of %s is called %q", field, trimmed(page.Find("#"+named)))
			}
		}
		if again := p.ask("POST", "/books/1", edited(page)); again.StatusCode != 409 {
			t.Errorf("without a choice: %d", again.StatusCode)
		}
		done := p.ask("POST", "/books/1", edited(page, "_keep.pages", "mine", "_keep.subtitle", "theirs"))
		if got := p.text("SELECT concat_ws(' ', pages, blurb, subtitle IS NULL) FROM books WHERE isbn = '1'"); done.StatusCode != 303 || got != "12 kept t" {
			t.Errorf("%d %q", done.StatusCode, got)
		}
	})
	t.Run("what_the_form_showed_is_escaped", func(t *testing.T) {
		p.exec("UPDATE books SET title = 'theirs' WHERE isbn = '1'")
		answer := p.ask("POST", "/books/1", values("_base", `{"seen":{"title":"<script>"}}`, "title", "mine"))
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != 409 || strings.Contains(string(body), "<script>") || !strings.Contains(string(body), "&lt;script&gt;") {
			t.Errorf("T43: %d %s", answer.StatusCode, body)
		}
	})
	t.Run("a_base_that_cannot_be_read_is_said", func(t *testing.T) {
		answer := p.ask("POST", "/books/1", values("_base", `{`, "title", "mine"))
		if page := p.page(answer); answer.StatusCode != 422 || !strings.Contains(trimmed(page.Find(".problems")), "Open it again") {
			t.Errorf("%d", answer.StatusCode)
		}
	})
}

func TestBulk_merge(t *testing.T) {
	p := stocked(t)
	page, _ := p.asked("update", "keys", "1", "keys", "2")
	p.exec("UPDATE books SET subtitle = 'theirs' WHERE isbn = '2'")
	answer := p.ask("POST", "/books/bulk/update", edited(page, "_set", "subtitle", "subtitle", "mine"))
	asked := p.page(answer)
	clash := trimmed(asked.Find(".clash"))
	if answer.StatusCode != 409 || !strings.Contains(clash, "Theirs different values Beforex") || asked.Find("[name=subtitle]").AttrOr("value", "") != "mine" {
		t.Fatalf("%d %s", answer.StatusCode, trimmed(asked.Find("main")))
	}
	done := p.ask("POST", "/books/bulk/update", edited(asked, "_keep.subtitle", "mine"))
	if got := p.text("SELECT string_agg(subtitle, ' ' ORDER BY isbn) FROM books WHERE isbn IN ('1', '2')"); done.StatusCode != 303 || got != "mine mine" {
		t.Errorf("%d %q", done.StatusCode, got)
	}
}
