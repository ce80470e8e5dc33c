package admin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

func TestAnswerBook(t *testing.T) {
	db := testdb.New(t)
	reg := crud.Open(db.App().Gorm, crud.Config{})
	Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	book := NewAnswerBook(reg, db.App().Gorm)
	t.Run("the_key_is_long_and_stays", func(t *testing.T) {
		first, err := book.Key(t.Context())
		second, again := book.Key(t.Context())
		if err != nil || again != nil || len(first) < 32 || string(first) != string(second) {
			t.Errorf("%d bytes, %v, %v", len(first), err, again)
		}
	})
	t.Run("T97_many_at_once_act_once", func(t *testing.T) {
		roles, _ := reg.Table("roles")
		var group sync.WaitGroup
		var made sync.Map
		for i := range 5 {
			group.Go(func() {
				answer, err := book.Once(context.Background(), "one", "", func(ctx context.Context) (string, error) {
					saved, err := roles.Submit(ctx, "", map[string][]string{"name": {"once" + strconv.Itoa(i)}})
					if err != nil {
						return "", err
					}
					return saved.Key, nil
				})
				if err != nil {
					t.Error(err)
				}
				made.Store(answer, true)
			})
		}
		group.Wait()
		var keys []string
		if err := db.Pool.QueryRow(t.Context(), `SELECT array_agg(id::text) FROM roles WHERE name LIKE 'once%'`).Scan(&keys); err != nil {
			t.Fatal(err)
		}
		answers := slices.Collect(maps.Keys(maps.Collect(made.Range)))
		if len(keys) != 1 || len(answers) != 1 || answers[0] != keys[0] {
			t.Errorf("made %v, answered %v", keys, answers)
		}
	})
	t.Run("what_fails_the_second_time_is_answered_as_the_first", func(t *testing.T) {
		roles, _ := reg.Table("roles")
		for range 2 {
			answer, err := book.Once(t.Context(), "three", "", func(ctx context.Context) (string, error) {
				_, err := roles.Submit(ctx, "", map[string][]string{"name": {"unique"}})
				return "Made.", err
			})
			if answer != "Made." || err != nil {
				t.Errorf("%q, %v", answer, err)
			}
		}
	})
	t.Run("what_fails_is_not_decided", func(t *testing.T) {
		failure := errors.New("no")
		if _, err := book.Once(t.Context(), "two", "", func(context.Context) (string, error) { return "", failure }); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		if answer, err := book.Once(t.Context(), "two", "", func(context.Context) (string, error) { return "Done.", nil }); answer != "Done." || err != nil {
			t.Errorf("%q, %v", answer, err)
		}
	})
}

func TestSetQuota(t *testing.T) {
	reg, db := panel(t)
	users := resource(t, reg, "users")
	quota := func() (text string) {
		t.Helper()
		err := db.Pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', service, quota_type, quota_value, quota_unit), ', ') FROM user_quotas`).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, try := range []struct {
		value, unit, want string
	}{{"5", "GB", "dovecot storage 5 GB"}, {"7", "TB", "dovecot storage 7 TB"}, {"", "", "dovecot storage"}} {
		form := map[string][]string{"service": {"dovecot"}, "quota_type": {"storage"}, "quota_value": {try.value}, "quota_unit": {try.unit}, crud.NullParam: {"quota_unit"}}
		if _, err := users.Act(t.Context(), "1", "set_quota", form); err != nil {
			t.Fatal(err)
		}
		if got := quota(); got != try.want {
			t.Errorf("the quota is %s, want %s", got, try.want)
		}
	}
	for field, value := range map[string]string{"service": "gopher", "quota_value": "-1", "quota_unit": "miles"} {
		form := map[string][]string{"service": {"dovecot"}, "quota_type": {"storage"}, "quota_value": {"1"}, "quota_unit": {"GB"}}
		form[field] = []string{value}
		_, err := users.Act(t.Context(), "1", "set_quota", form)
		var known *crud.Error
		if !errors.As(err, &known) || known.Kind != crud.KindInvalid || known.Fields[field] == "" {
			t.Errorf("%s %s: %v", field, value, err)
		}
	}
}

func TestAnswerBook_Requests(t *testing.T) {
	reg, db := panel(t)
	book := NewAnswerBook(reg, db.App().Gorm)
	ada, bob := auth.With(t.Context(), auth.Account{ID: 1}), auth.With(t.Context(), auth.Account{ID: 2})
	say := func(text string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text, nil }
	}
	for _, try := range []struct {
		name         string
		ctx          context.Context
		request, now string
		want         string
	}{
		{"the first", ada, "r", "first", "first"},
		{"the same again", ada, "r", "second", "first"},
		{"another account", bob, "r", "theirs", "theirs"},
	} {
		if got, err := book.Once(try.ctx, "key", try.request, say(try.now)); err != nil || got != try.want {
			t.Errorf("%s: %q, %v", try.name, got, err)
		}
	}
	var known *crud.Error
	if _, err := book.Once(ada, "key", "another", say("x")); !errors.As(err, &known) || known.Kind != crud.KindInvalid {
		t.Errorf("the key with another request: %v", err)
	}
	if _, err := db.Pool.Exec(t.Context(), `UPDATE answers SET created_at = now() - interval '25 hours' WHERE account = 1`); err != nil {
		t.Fatal(err)
	}
	late := NewAnswerBook(reg, db.App().Gorm)
	if got, err := late.Once(ada, "key", "", say("anew")); err != nil || got != "anew" {
		t.Errorf("after a day: %q, %v", got, err)
	}
}
