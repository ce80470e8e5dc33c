package demo

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"unified/internal/testdb"
)

const bundle = "/etc/ssl/certs/ca-certificates.crt"

// small is a company that is quick to fill; its history ends now, so that the views of the last hours see it.
func small() Options { return Options{Users: 20, Now: time.Now(), Bundle: bundle} }

// quickly makes hashes that open nothing.
func quickly() (hashes, error) { return hashes{"no password", "$argon2id$", "$2a$"}, nil }

// filled returns a database with a company, filled by the serving role.
func filled(t *testing.T, options Options) (*testdb.DB, Summary) {
	t.Helper()
	db := testdb.New(t)
	summary, err := fill(t.Context(), db.App().Pool, options, quickly)
	if err != nil {
		t.Fatal(err)
	}
	return db, summary
}

func ask[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) []T {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const tables = `SELECT relname::text FROM pg_class WHERE relnamespace = 'unified'::regnamespace AND relkind = 'r'
	AND relname NOT IN ('goose_db_version', 'schema_files', 'signing_keys', 'answers', 'list_settings', 'user_settings', 'query_shapes') ORDER BY 1`

// contents returns the number of rows and a digest of each table; secrets and the hashes of them are no part of it.
func contents(t *testing.T, pool *pgxpool.Pool) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range ask[string](t, pool, tables) {
		all[table] = ask[string](t, pool, `SELECT format('%s rows, %s', count(*), md5(string_agg(line, E'\n' ORDER BY line)))
			FROM (SELECT (to_jsonb(r) - '{password_hash,token_hash,email_verification_token,password_reset_token}'::text[])::text
				AS line FROM `+table+` r) l`)[0]
	}
	return all
}

func TestFill(t *testing.T) {
	t.Parallel()
	options := small()
	first, summary := filled(t, options)
	before := contents(t, first.Pool)
	t.Run("every_table_has_rows", func(t *testing.T) {
		if len(before) != 21 {
			t.Errorf("%d tables", len(before))
		}
		for table := range before {
			if !ask[bool](t, first.Pool, `SELECT EXISTS (SELECT FROM `+table+`)`)[0] {
				t.Errorf("%s is empty", table)
			}
		}
	})
	t.Run("the_summary_counts_the_rows", func(t *testing.T) {
		for _, count := range summary.Rows {
			if n := ask[int](t, first.Pool, `SELECT count(*)::int FROM `+count.Table)[0]; n != count.Rows {
				t.Errorf("%s: %d rows, told %d", count.Table, n, count.Rows)
			}
		}
		if got := ask[int](t, first.Pool, `SELECT count(*)::int FROM audit_log`)[0]; got != 20*perPerson {
			t.Errorf("%d rows of history", got)
		}
	})
	t.Run("the_next_keys_are_free", func(t *testing.T) {
		for table := range before {
			if table == "role_permissions" {
				continue
			}
			if !ask[bool](t, first.Pool, `SELECT nextval(pg_get_serial_sequence($1, 'id')) > max(id) FROM `+table, table)[0] {
				t.Errorf("%s: the next key is taken", table)
			}
		}
	})
	t.Run("a_second_time_changes_nothing_and_says_so", func(t *testing.T) {
		again, err := Fill(t.Context(), first.App().Pool, options)
		if err != nil || !again.AlreadyThere || again.String() == summary.String() {
			t.Errorf("Fill = %v, %v", again, err)
		}
		differ(t, before, contents(t, first.Pool))
	})
	t.Run("the_same_options_give_the_same_rows", func(t *testing.T) {
		second, _ := filled(t, options)
		differ(t, before, contents(t, second.Pool))
	})
}

func differ(t *testing.T, want, got map[string]string) {
	t.Helper()
	for table, rows := range want {
		if got[table] != rows {
			t.Errorf("%s: %s, then %s", table, rows, got[table])
		}
	}
}

func TestFill_size(t *testing.T) {
	t.Parallel()
	for _, users := range []int{1, 7} {
		t.Run(fmt.Sprintf("%d_people_make_a_smaller_company", users), func(t *testing.T) {
			t.Parallel()
			db, _ := filled(t, Options{Users: users})
			got := ask[int](t, db.Pool, `SELECT count(*)::int FROM users UNION ALL SELECT count(*)::int FROM audit_log`)
			if got[0] != users || got[1] != users*perPerson {
				t.Errorf("users and rows of history: %v", got)
			}
		})
	}
	t.Run("fewer_than_none_is_refused", func(t *testing.T) {
		if _, err := Fill(t.Context(), nil, Options{Users: -1}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("zero_options_are_200_people_and_today", func(t *testing.T) {
		got, err := Options{}.withDefaults()
		today := time.Now().UTC().Format(time.DateOnly) + " 00:00:00"
		if err != nil || got.Users != 200 || got.Now.Format(time.DateTime) != today || got.Bundle != bundle {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestFill_concurrently(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	var all sync.WaitGroup
	var there [2]bool
	for i := range there {
		pool := db.App().Pool
		all.Go(func() {
			summary, err := fill(t.Context(), pool, Options{Users: 2}, quickly)
			if err != nil {
				t.Error(err)
			}
			there[i] = summary.AlreadyThere
		})
	}
	all.Wait()
	t.Run("one_fills", func(t *testing.T) {
		if there[0] == there[1] {
			t.Errorf("already there: %v", there)
		}
	})
}

func TestFill_failure(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	options := Options{Users: 3}
	c := &company{Options: options, domains: domainNames(domainsOf(3))}
	c.makePeople()
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO users (username, email) VALUES ($1, 'somebody@example.com')`, c.people[2].username)
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, db.Pool)
	t.Run("somebody_of_the_same_name_leaves_all_as_it_was", func(t *testing.T) {
		if _, err := fill(t.Context(), db.App().Pool, options, quickly); err == nil {
			t.Error("no error")
		}
		differ(t, before, contents(t, db.Pool))
	})
}
