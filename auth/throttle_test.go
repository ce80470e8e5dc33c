package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"unified/auth"
)

// fails lets sign-ins of a name fail, each from the next of these addresses, until one is throttled; it returns how many
// were not, and how long to wait.
func (h *house) fails(name string, most int, addresses ...string) (denied int, wait time.Duration) {
	h.t.Helper()
	for i := range most {
		b := h.browser()
		b.from = addresses[i%len(addresses)]
		err := b.signIn(name, "something else")
		var throttled auth.Throttled
		if errors.As(err, &throttled) {
			return denied, throttled.Retry
		}
		if !errors.Is(err, auth.ErrDenied) {
			h.t.Fatal(err)
		}
		denied++
	}
	return denied, 0
}

// past lets the failures so far have happened earlier.
func (h *house) past(seconds int) {
	h.t.Helper()
	h.exec(`UPDATE audit_log SET created_at = created_at - make_interval(secs => $1)`, seconds)
}

func TestGate_throttle(t *testing.T) { bothWays(t, throttles) }

func throttles(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	again := auth.NewGate(h.served, h.finder, h.store) // another instance on the same database
	fresh := func() { h.exec(`DELETE FROM audit_log`) }
	h.person("alice")
	t.Run("T61_one_name_from_one_address", func(t *testing.T) {
		fresh()
		denied, wait := h.fails("alice", 20, "192.0.2.7")
		if denied != auth.FailuresPerPair || wait <= 0 || wait > 2*time.Second {
			t.Errorf("after %d failures a wait of %s", denied, wait)
		}
		if got := h.number(`SELECT count(*) FROM audit_log WHERE action = 'sign_in_throttled'`); got != 1 {
			t.Errorf("the log says so %d times", got)
		}
	})
	t.Run("T61_instances_and_restarts_count_together", func(t *testing.T) {
		var throttled auth.Throttled
		if err := again.SignIn(nil, h.browser().request(), "alice", good); !errors.As(err, &throttled) {
			t.Errorf("another instance: %v", err)
		}
	})
	t.Run("T62_spaces_case_and_form_make_no_other_name", func(t *testing.T) {
		var throttled auth.Throttled
		for _, name := range []string{" alice", "ALICE\t"} {
			if err := h.browser().signIn(name, good); !errors.As(err, &throttled) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
	t.Run("T63_another_address_is_let_in", func(t *testing.T) {
		b := h.browser()
		b.from = "198.51.100.1"
		if err := b.signIn("alice", good); err != nil || b.account() != "alice" {
			t.Error(err)
		}
	})
	t.Run("T63_the_wait_is_capped_and_ends", func(t *testing.T) {
		fresh()
		for range 12 {
			h.fails("alice", 20, "192.0.2.7")
			h.past(61) // nobody waits longer
		}
		if denied, _ := h.fails("alice", 1, "192.0.2.7"); denied != 1 {
			t.Error("61 seconds after the last failure the next attempt is not let in")
		}
		var throttled auth.Throttled
		if err := h.browser().signIn("alice", good); !errors.As(err, &throttled) || throttled.Retry > auth.DelayMost || throttled.Retry < 50*time.Second {
			t.Errorf("after many failures: %v", err)
		}
		h.past(61)
		if err := h.browser().signIn("alice", good); err != nil {
			t.Errorf("the right password after the wait: %v", err)
		}
	})
	t.Run("T63_a_session_stays_and_its_network_is_known", func(t *testing.T) {
		b, _ := h.signedIn("known")
		fresh()
		addresses := make([]string, 40)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("203.0.113.%d", i)
		}
		if denied, wait := h.fails("known", 40, addresses...); denied != auth.FailuresPerName || wait <= 0 {
			t.Errorf("from everywhere %d failures, a wait of %s", denied, wait)
		}
		if b.account() != "known" {
			t.Error("the session ended")
		}
		if err := h.browser().signIn("known", good); err != nil {
			t.Errorf("from where the person is signed in: %v", err)
		}
	})
	t.Run("T61_many_names_from_one_address", func(t *testing.T) {
		fresh()
		denied := 0
		for i := range 60 {
			n, wait := h.fails(fmt.Sprint("name", i), 1, "192.0.2.9")
			if denied += n; wait > 0 {
				break
			}
			if i < auth.FailuresPerNetwork-1 {
				h.past(4) // the log takes 20 failures a minute of one network
			}
		}
		if denied != auth.FailuresPerNetwork {
			t.Errorf("%d failures before the wait", denied)
		}
	})
	t.Run("T60_a_name_that_nobody_has_waits_alike", func(t *testing.T) {
		fresh()
		there, waitThere := h.fails("alice", 20, "192.0.2.7")
		fresh()
		missing, waitMissing := h.fails("nobody-here", 20, "192.0.2.7")
		if there != missing || waitThere != waitMissing {
			t.Errorf("%d failures and %s, or %d and %s", there, waitThere, missing, waitMissing)
		}
	})
	t.Run("T60_a_name_that_nobody_has_takes_as_long", func(t *testing.T) {
		h.exec(`UPDATE user_passwords SET password_hash = $2 WHERE user_id = $1`, h.person("slow"), auth.Argon2id(good))
		shortest := map[string]time.Duration{}
		for range 5 {
			for _, name := range []string{"slow", "nobody-here"} {
				fresh()
				began := time.Now()
				if err := h.browser().signIn(name, "something else"); !errors.Is(err, auth.ErrDenied) {
					t.Fatal(err)
				}
				if took := time.Since(began); shortest[name] == 0 || took < shortest[name] {
					shortest[name] = took
				}
			}
		}
		if there, missing := shortest["slow"], shortest["nobody-here"]; missing < there/2 || missing > 2*there {
			t.Errorf("a wrong password takes %s, a name that nobody has %s", there, missing)
		}
	})
	t.Run("T64_few_hashes_are_computed_at_a_time", func(t *testing.T) {
		fresh()
		most := max(1, runtime.GOMAXPROCS(0)/2)
		inside := make(chan bool, 100)
		held, release := context.WithCancel(t.Context())
		slow := auth.NewGate(h.served, changes{h.finder, func() { inside <- true; <-held.Done() }}, h.store)
		var all sync.WaitGroup
		for i := range most + 5 {
			all.Go(func() {
				b := h.browser()
				b.from = fmt.Sprintf("198.51.100.%d", i)
				_ = slow.SignIn(httptest.NewRecorder(), b.request(), "alice", "something else")
			})
		}
		for range most {
			<-inside
		}
		time.Sleep(100 * time.Millisecond) // for one too many
		if more := len(inside); more != 0 {
			t.Errorf("%d sign-ins at a time, want at most %d", most+more, most)
		}
		release()
		all.Wait()
	})
	t.Run("T58_one_form_of_a_name", func(t *testing.T) {
		fresh()
		h.person("zo\u00eb")
		for _, typed := range []string{"zo\u00eb", "zoe\u0308", "ZO\u00cb "} {
			b := h.browser()
			if err := b.signIn(typed, good); err != nil || b.account() != "zo\u00eb" {
				t.Errorf("%q: %v", typed, err)
			}
		}
		for _, other := range []string{"zo\u00eb\u200b", "zoe", "\u202ezo\u00eb"} {
			if err := h.browser().signIn(other, good); !errors.Is(err, auth.ErrDenied) {
				t.Errorf("%q: %v", other, err)
			}
		}
	})
}

func TestGate_SignIn_T65_old_hashes_are_replaced(t *testing.T) { bothWays(t, replaces) }

func replaces(t *testing.T, newHouse builder) {
	h := newHouse(t, auth.StoreOptions{})
	old, err := bcrypt.GenerateFromPassword([]byte(good), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	stored := func(id int64) string {
		return h.text(`SELECT hash_scheme || ' ' || password_hash FROM user_passwords WHERE user_id = $1`, id)
	}
	for name, hash := range map[string][2]string{"bcrypt": {"BCRYPT", string(old)}, "cheap": {"ARGON2", cheap(good)}} {
		t.Run(name, func(t *testing.T) {
			id := h.person(name)
			h.exec(`UPDATE user_passwords SET hash_scheme = $2, password_hash = $3 WHERE user_id = $1`, id, hash[0], hash[1])
			if err := h.browser().signIn(name, "something else"); !errors.Is(err, auth.ErrDenied) || stored(id) != hash[0]+" "+hash[1] {
				t.Errorf("a wrong password: %v, %s", err, stored(id))
			}
			if err := h.browser().signIn(name, good); err != nil {
				t.Fatal(err)
			}
			upgraded := stored(id)
			if !strings.HasPrefix(upgraded, "ARGON2 $argon2id$v=19$m=19456,t=2,p=1$") {
				t.Errorf("stored is %s", upgraded)
			}
			if err := h.browser().signIn(name, good); err != nil || stored(id) != upgraded {
				t.Errorf("again: %v, %s", err, stored(id))
			}
		})
	}
	t.Run("a_password_that_was_set_meanwhile_stays", func(t *testing.T) {
		id := h.person("meanwhile")
		slow := changes{h.finder, func() { h.exec(`UPDATE user_passwords SET password_hash = 'another' WHERE user_id = $1`, id) }}
		if err := auth.NewGate(h.served, slow, h.store).SignIn(httptest.NewRecorder(), h.browser().request(), "meanwhile", good); err != nil {
			t.Fatal(err)
		}
		if stored(id) != "ARGON2 another" {
			t.Errorf("stored is %s", stored(id))
		}
	})
}

// changes is a finder after which somebody changes something.
type changes struct {
	auth.Finder
	then func()
}

func (c changes) ByName(ctx context.Context, name string) (auth.Person, error) {
	p, err := c.Finder.ByName(ctx, name)
	c.then()
	return p, err
}
