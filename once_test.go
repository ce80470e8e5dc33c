package main

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"unified/internal/testdb"
)

// TestOnce_ManyAtOnceOnTwoInstances sends one form many times at the same time, to two instances of the program. All are
// answered alike, and one row is made.
func TestOnce_ManyAtOnceOnTwoInstances(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	first, second := start(t, onDatabase(db)), start(t, onDatabase(db))
	p := visitor(t, first.url)
	p.signIn()
	action, form := p.get("/users/new").form(t, "form[data-guard]")
	form.Set("username", "twin")
	form.Set("email", "twin@mail.example")
	var lock sync.Mutex
	var group sync.WaitGroup
	said := map[string]int{}
	for i := range 8 {
		group.Go(func() {
			other := *p
			other.base = []string{first.url, second.url}[i%2]
			other.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			got, err := other.try(http.MethodPost, action, form)
			if err != nil {
				t.Error(err)
				return
			}
			lock.Lock()
			defer lock.Unlock()
			said[http.StatusText(got.status)+" "+got.header.Get("Location")]++
		})
	}
	group.Wait()
	if len(said) != 1 {
		t.Errorf("they are answered differently: %v", said)
	}
	var rows int
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM users WHERE username = 'twin'`).Scan(&rows)
	if err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
	if other := p.send(http.MethodPost, action, url.Values{"_form": form["_form"], "username": {"other"}, "email": {"other@mail.example"}}); other.status != http.StatusOK {
		t.Errorf("another form is not carried out: %d", other.status)
	}
}
