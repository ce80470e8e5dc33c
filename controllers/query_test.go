package controllers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzListAddress shows that nothing behind a list's question mark is more than a wrong address.
func FuzzListAddress(f *testing.F) {
	for _, seed := range []string{
		"", "q=a&sort=-title,shelf_id&size=500", "filter=lent.is:true;(pages.gt:1|title.contains:%22)", "after=%00", "before=W10", "last=1&after=x", "size=0", "size=99999999999999999999",
		"fields=title,,title", "fields=code", "_field=title&_op=any&_value=,", "_or=x&_field=lent&_op=is&_value=1", "_op=last:&_field=bought", "count=exact&q=%ff", ";;", "%", "a=1&a=2", "sort=-", "sort=--title",
		"filter=pages.is:1e9999", "filter=bought.next:9999999y", "filter=((((((((((", "q=title:%22&q=", "after=" + "AAAA", "view=1", "back=%2500",
	} {
		f.Add(seed)
	}
	p := newPanel(f)
	f.Fuzz(func(t *testing.T, raw string) {
		for _, path := range []string{"/books", "/books/export", "/books/columns", "/books/2/edit"} {
			request := httptest.NewRequest(http.MethodGet, path, http.NoBody)
			request.URL.RawQuery = raw
			answer := httptest.NewRecorder()
			p.ServeHTTP(answer, request)
			if answer.Code >= http.StatusInternalServerError {
				t.Errorf("%s?%s: %d", path, raw, answer.Code)
			}
		}
	})
}
