package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"
)

// ledger remembers which notes the panel said that it had saved. Nothing in the database keeps a note from being there twice.
type ledger struct {
	word string // what the titles of its notes begin with

	mutex        sync.Mutex
	tried        int
	acknowledged []string
}

// write sends one note and remembers its title if the panel says that it is saved.
func (l *ledger) write(p *person) answer {
	p.t.Helper()
	l.mutex.Lock()
	l.tried++
	title := fmt.Sprintf("%s-%05d", l.word, l.tried)
	l.mutex.Unlock()
	got, err := p.try(http.MethodPost, "/notes", url.Values{"title": {title}})
	if err == nil && got.status == http.StatusOK { // after the redirect to the new note
		l.mutex.Lock()
		l.acknowledged = append(l.acknowledged, title)
		l.mutex.Unlock()
	}
	return got
}

// load writes with several people at a time until it is ended.
func (l *ledger) load(people ...*person) (end func()) {
	stop := make(chan struct{})
	var group sync.WaitGroup
	for _, p := range people {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := l.write(p); got.status != http.StatusOK {
					time.Sleep(20 * time.Millisecond) // the fault is met often enough
				}
			}
		})
	}
	return sync.OnceFunc(func() { close(stop); group.Wait() })
}

// enough waits until so many further writes were acknowledged.
func (l *ledger) enough(t *testing.T, n int) {
	t.Helper()
	l.mutex.Lock()
	want := len(l.acknowledged) + n
	l.mutex.Unlock()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		l.mutex.Lock()
		have := len(l.acknowledged)
		l.mutex.Unlock()
		if have >= want {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("only %d of %d writes are acknowledged", have, want)
		}
	}
}

// check finds every acknowledged note exactly once, and every other at most once.
func (l *ledger) check(p *person) {
	p.t.Helper()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	there := map[string]int{}
	for path := "/notes?size=500&sort=title&q=" + l.word; path != ""; {
		page := p.get(path)
		if page.status != http.StatusOK {
			p.t.Fatalf("%s: %d", path, page.status)
		}
		for _, found := range regexp.MustCompile(`>(`+l.word+`-\d{5})<`).FindAllStringSubmatch(page.body, -1) {
			there[found[1]]++
		}
		path = page.link(p.t, ".pager a[aria-label='Next page']")
	}
	for _, title := range l.acknowledged {
		if there[title] != 1 {
			p.t.Errorf("%s was acknowledged and is there %d times", title, there[title])
		}
	}
	extra := -len(l.acknowledged)
	for title, n := range there {
		extra += min(n, 1)
		if n > 1 {
			p.t.Errorf("%s is there %d times", title, n)
		}
	}
	p.t.Logf("%d writes tried, %d acknowledged and there, %d there without", l.tried, len(l.acknowledged), extra)
}
