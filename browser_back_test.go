package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// back goes to the page before, as its button does.
func (d desk) back() {
	d.t.Helper()
	if _, err := chromedp.RunResponse(d.within(), chromedp.NavigateBack()); err != nil {
		d.t.Fatalf("go back from %s: %v", d.path(), err)
	}
}

// TestBrowser_Back goes back to pages whose rows are others by then: what was ticked or chosen before is not put into what stands there now.
func TestBrowser_Back(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.run(`INSERT INTO user_quotas (user_id, service, quota_type, quota_value)
		SELECT id, 'dovecot', q, 5 FROM users, unnest(ARRAY['storage', 'bandwidth', 'files']) q WHERE username = 'zoe'`)
	d.visit(d.zoe() + "/edit")
	d.click(`[name="user_quotas.0._remove"]`)
	d.click("[type=checkbox][name=is_locked]")
	d.follow("button[data-save]")
	d.holds("2", `SELECT count(*)::text FROM user_quotas`)
	d.run(`UPDATE users SET is_locked = false WHERE username = 'zoe'`)
	d.back()
	d.fill("first_name", "Changed")
	d.follow("button[data-save]")
	d.holds("2 Changed false bandwidth storage", `SELECT count(*) || ' ' || first_name || ' ' || is_locked || ' ' || string_agg(quota_type, ' ' ORDER BY quota_type)
		FROM users u JOIN user_quotas q ON q.user_id = u.id WHERE username = 'zoe' GROUP BY u.id`)

	d.visit("/user_quotas")
	d.click(`#list tbody [name=keys]`)
	d.follow("#list tbody th a")
	d.run(`DELETE FROM user_quotas WHERE id = (SELECT max(id) FROM user_quotas)`)
	d.back()
	if ticked := evaluate[int](d.browser, `document.querySelectorAll("#list [name=keys]:checked").length`); ticked != 0 {
		t.Errorf("%d rows are ticked that nobody ticked", ticked)
	}
}

// TestBrowser_BackToLinks goes back to two lists whose rows have changed sides.
func TestBrowser_BackToLinks(t *testing.T) {
	t.Parallel()
	d := newSongs(t)
	d.visit("/songs/1/links/moods")
	d.click(`[name=add]`)
	d.follow("#relink button")
	d.holds("2", "SELECT count(*)::text FROM song_moods")
	d.back()
	if ticked := evaluate[int](d.browser, `document.querySelectorAll("[form=relink]:checked").length`); ticked != 0 {
		t.Errorf("%d links are ticked that nobody ticked", ticked)
	}
}
