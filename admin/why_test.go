package admin_test

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// TestWhy_agrees_with_what_the_panel_does asks of random people, rows and verbs why, and does it.
func TestWhy_agrees_with_what_the_panel_does(t *testing.T) {
	told := map[bool]int{}
	everyRound(t, func(r *round) {
		for _, name := range r.focus {
			listed := r.keys(name)
			for _, x := range r.world[name] {
				key := keyOf(name, x)
				why := r.why(name, key)
				for _, v := range why.Verdicts {
					told[v.May()]++
					r.agrees(name, key, v, slices.Contains(listed, key))
				}
				r.keepsBack(name, why)
			}
			for _, v := range r.why(name, "").Verdicts {
				if want := r.can(name, string(v.Verb)); v.May() != want || want != (len(v.Grounds) > 0) {
					r.Errorf("%s %s of any row: %v by %v, want %v", v.Verb, name, v.May(), v.Grounds, want)
				}
			}
		}
		if now := r.load(); !reflect.DeepEqual(now, r.world) {
			r.Error("to ask why has changed something")
		}
	})
	t.Logf("verdicts: %v", told)
	if told[true] < 100 || told[false] < 100 {
		t.Errorf("too few verdicts to tell anything: %v", told)
	}
}

// why asks as the administrator about the account of the round.
func (r *round) why(table, key string) *crud.Why {
	r.Helper()
	administrator := auth.Account{ID: people + 1, Name: "administrator", Rights: auth.Allow(auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll})}
	account, _ := auth.From(r.ctx)
	why, err := r.table(table).Why(auth.With(r.Context(), administrator), func(ctx context.Context) context.Context { return auth.With(ctx, account) }, key)
	if err != nil {
		r.Fatalf("why %s %s: %v", table, key, err)
	}
	return why
}

// keys are those of the rows on the pages of a table's list; none where it is not opened.
func (r *round) keys(table string) (keys []string) {
	r.Helper()
	query := crud.Query{Size: crud.PageSizeMax}
	list, err := r.table(table).List(r.ctx, query)
	if err != nil {
		return nil
	}
	for _, x := range list.Rows {
		keys = append(keys, x.Key)
	}
	return keys
}

// agrees compares a verdict with the oracle, and with what the panel answers when it is asked.
func (r *round) agrees(table, key string, v crud.Verdict, listed bool) {
	r.Helper()
	refused := ""
	switch v.Verb {
	case crud.Read:
		if !r.may(r.world, table, "read", r.stored(table, key)) {
			refused = "not readable"
		}
		if v.May() != listed {
			r.Errorf("read %s %s: %v, but that the list holds it is %v", table, key, v.May(), listed)
		}
	case crud.Create:
		if !r.can(table, "create") {
			refused = "no right"
		}
	default:
		refused, _ = r.verdict(attempt{table: table, verb: string(v.Verb), key: key})
	}
	if v.May() != (refused == "") || v.Unknown {
		r.Errorf("%s %s %s: %v %v, the oracle says %q\n%s", v.Verb, table, key, v.May(), v.Refusal, refused, r.oracle)
	}
	met := slices.ContainsFunc(v.Grounds, func(g crud.Ground) bool { return g.Met })
	if v.May() && v.Verb != crud.Create && !met {
		r.Errorf("%s %s %s is open by no ground: %+v", v.Verb, table, key, v.Grounds)
	}
	if v.Verb == crud.Read && met != v.May() {
		r.Errorf("read %s %s: %v, but the grounds say %+v", table, key, v.May(), v.Grounds)
	}
	if err, tried := r.panel(table, key, v.Verb); tried && (err == nil) != v.May() {
		r.Errorf("%s %s %s: %v %v, the panel answers %v", v.Verb, table, key, v.May(), v.Refusal, err)
	}
}

// panel does a verb as a page does, and undoes it. tried is false for what takes something to be typed.
func (r *round) panel(table, key string, verb crud.Verb) (answer error, tried bool) {
	r.Helper()
	undone := errors.New("undone")
	err := r.reg.Together(r.ctx, func(ctx context.Context, _ *gorm.DB) error {
		tried = true
		switch verb {
		case crud.Read:
			_, answer = r.table(table).Show(ctx, key)
		case crud.Update:
			_, answer = r.table(table).Submit(ctx, key, url.Values{})
		case crud.Delete:
			_, answer = r.table(table).Delete(ctx, key)
		default:
			tried = false
		}
		return undone
	})
	if !errors.Is(err, undone) {
		r.Fatal(err)
	}
	return answer, tried
}

// keepsBack compares the columns that are kept back with the oracle's.
func (r *round) keepsBack(table string, why *crud.Why) {
	r.Helper()
	shown := r.shown(table)
	for _, f := range r.stage.tables[table].Fields {
		at := slices.IndexFunc(why.Limits, func(l crud.Limit) bool { return l.Name == f.Name })
		hidden := at >= 0 && why.Limits[at].Access == crud.Hidden
		if !f.Secret && hidden == slices.Contains(shown, f.Name) {
			r.Errorf("%s.%s is hidden: %v, the oracle says otherwise", table, f.Name, hidden)
		}
		for _, verb := range []string{"create", "update"} {
			if f.Secret || f.ReadOnly || hidden || !r.can(table, verb) {
				continue
			}
			kept := at >= 0 && slices.Contains(why.Limits[at].Verbs, crud.Verb(verb))
			if settable := slices.Contains(r.settable(table, verb), f.Name); kept == settable {
				r.Errorf("%s.%s is kept from %s: %v, the oracle says that it is settable: %v", table, f.Name, verb, kept, settable)
			}
		}
	}
}
