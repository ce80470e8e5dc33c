package database_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"unified/database"
	"unified/internal/testdb"
)

func sqlFile(up, down string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + "\n-- +goose Down\n" + down + "\n")}
}

// small is a set of migrations with what the grants look for.
func small() fstest.MapFS {
	return fstest.MapFS{
		"001_create_users_table.sql": sqlFile("CREATE TABLE users (id bigint PRIMARY KEY, name text);", "DROP TABLE users;"),
		"002_create_audit_log_table.sql": sqlFile(
			"CREATE TABLE audit_log (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE SET NULL);", "DROP TABLE audit_log;"),
		"003_create_users_indexes.sql": sqlFile("CREATE INDEX idx_users_name ON users USING gin (name gin_trgm_ops);", "DROP INDEX idx_users_name;"),
	}
}

// slow is small with a file that takes its time.
func slow() fstest.MapFS {
	files := small()
	files["004_slow.sql"] = sqlFile("CREATE TABLE slow (id bigint PRIMARY KEY);\nSELECT pg_sleep(2);", "DROP TABLE slow;")
	return files
}

func migrate(t *testing.T, target database.Target, files fstest.MapFS, want int) {
	t.Helper()
	if applied, err := database.Migrate(t.Context(), target, files); err != nil || applied != want {
		t.Fatalf("applied %d, error %v; want %d", applied, err, want)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	t.Run("applies_once_and_notes_it", func(t *testing.T) {
		t.Parallel()
		db := testdb.Empty(t)
		migrate(t, db.Target(), small(), 3)
		migrate(t, db.Target(), small(), 0)
		list, err := database.Status(t.Context(), db.Target(), small())
		if err != nil || len(list) != 3 {
			t.Fatalf("%v, %v", list, err)
		}
		for _, m := range list {
			if !m.Applied || m.Changed || m.AppliedAt.IsZero() {
				t.Errorf("%+v", m)
			}
		}
	})
	t.Run("goes_down_and_up_again", func(t *testing.T) {
		t.Parallel()
		target := testdb.Empty(t).Target()
		migrate(t, target, small(), 3)
		for _, step := range []struct{ steps, want int }{{1, 1}, {database.All, 2}, {1, 0}} {
			if undone, err := database.Down(t.Context(), target, small(), step.steps); err != nil || undone != step.want {
				t.Fatalf("undone %d, error %v; want %d", undone, err, step.want)
			}
		}
		migrate(t, target, small(), 3)
	})
	t.Run("down_of_an_older_program_says_that_it_lacks_the_file", func(t *testing.T) {
		t.Parallel()
		target, older := testdb.Empty(t).Target(), small()
		migrate(t, target, small(), 3)
		delete(older, "003_create_users_indexes.sql")
		migrate(t, target, older, 0)
		undone, err := database.Down(t.Context(), target, older, 2)
		if undone != 0 || err == nil || !strings.Contains(err.Error(), "undo it with the program that applied it") {
			t.Errorf("undone %d, error %v", undone, err)
		}
	})
	t.Run("schema_of_any_name", func(t *testing.T) {
		t.Parallel()
		target := testdb.Empty(t).Target()
		for _, target.Schema = range []string{`We "ird; name`, "second"} {
			migrate(t, target, small(), 3)
		}
	})
	t.Run("an_edited_file_is_refused", func(t *testing.T) {
		t.Parallel()
		target := testdb.Empty(t).Target()
		migrate(t, target, small(), 3)
		edited := small()
		edited["001_create_users_table.sql"].Data = append(edited["001_create_users_table.sql"].Data, '\n')
		edited["004_more.sql"] = sqlFile("CREATE TABLE more ();", "DROP TABLE more;")
		applied, err := database.Migrate(t.Context(), target, edited)
		if err == nil || applied != 0 || !strings.Contains(err.Error(), "edited after having been applied: 001_create_users_table.sql;") {
			t.Fatalf("applied %d, error %v", applied, err)
		}
		list, err := database.Status(t.Context(), target, edited)
		if err != nil || !list[0].Changed || list[3].Applied {
			t.Errorf("%+v, %v", list, err)
		}
	})
	t.Run("T102_a_file_that_fails_half_way_leaves_nothing_and_goes_through_once_corrected", func(t *testing.T) {
		t.Parallel()
		db := testdb.Empty(t)
		files := small()
		files["004_half.sql"] = sqlFile("CREATE TABLE half (id bigint PRIMARY KEY);\nINSERT INTO half VALUES (1);\nALTER TABLE users ADD half_id bigint REFERENCES half;\nINSERT INTO nowhere VALUES (1);", "DROP TABLE half CASCADE;")
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				if _, err := database.Migrate(t.Context(), db.Target(), files); err == nil || !strings.Contains(err.Error(), "004_half.sql") {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		var left, locks int
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM (
			SELECT 1 FROM pg_class WHERE relname LIKE 'half%' UNION ALL
			SELECT 1 FROM pg_attribute WHERE attname = 'half_id' UNION ALL
			SELECT 1 FROM unified.schema_files WHERE version > 3 UNION ALL
			SELECT 1 FROM unified.goose_db_version WHERE version_id > 3) x`).Scan(&left)
		if err != nil || left != 0 {
			t.Errorf("%d things are left, %v", left, err)
		}
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) { // PostgreSQL lets a lock go soon after its connection is closed
			err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks
				WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&locks)
			if err == nil && locks == 0 {
				break
			}
			if err != nil || time.Since(began) > 20*time.Second {
				t.Fatalf("%d locks are left, %v", locks, err)
			}
		}
		files["004_half.sql"] = sqlFile("CREATE TABLE half (id bigint PRIMARY KEY);\nINSERT INTO half VALUES (1);", "DROP TABLE half;")
		migrate(t, db.Target(), files, 1)
		migrate(t, db.Target(), files, 0)
	})
	t.Run("T102_a_runner_that_was_killed_half_way_leaves_nothing", func(t *testing.T) {
		t.Parallel()
		db := testdb.Empty(t)
		cmd, _ := helper(t, "migrate", "UNIFIED_OWNER="+db.OwnerURL, "UNIFIED_APP="+db.AppURL, "UNIFIED_SLOW=1")
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			var sleeping bool
			err := db.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
				AND state = 'active' AND query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid())`).Scan(&sleeping)
			if err != nil || time.Since(began) > 20*time.Second {
				t.Fatalf("the runner does not get to the slow file: %v", err)
			}
			if sleeping {
				break
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		files := slow()
		files["004_slow.sql"] = sqlFile("CREATE TABLE slow (id bigint PRIMARY KEY);", "DROP TABLE slow;") // fails if it is there
		migrate(t, db.Target(), files, 1)
	})
	t.Run("a_failing_file_is_named_and_those_before_it_stay", func(t *testing.T) {
		t.Parallel()
		target := testdb.Empty(t).Target()
		files := small()
		files["004_wrong.sql"] = sqlFile("CREATE TABL x ();", "")
		_, err := database.Migrate(t.Context(), target, files)
		if err == nil || !strings.Contains(err.Error(), "migration 004_wrong.sql: ") || !strings.Contains(err.Error(), `syntax error at or near "TABL"`) {
			t.Fatalf("got %v", err)
		}
		migrate(t, target, small(), 0)
	})
	t.Run("extensions_of_another_schema_are_found", func(t *testing.T) {
		t.Parallel()
		db := testdb.Empty(t)
		if err := db.Gorm.Exec(`CREATE SCHEMA "Else"; CREATE EXTENSION pg_trgm SCHEMA "Else"`).Error; err != nil {
			t.Fatal(err)
		}
		migrate(t, db.Target(), small(), 3)
		opened, err := database.Open(t.Context(), db.AppURL, db.Schema, database.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		var path string
		if err := opened.Pool.QueryRow(t.Context(), "SHOW search_path").Scan(&path); err != nil || path != `"unified", "Else"` {
			t.Errorf("search path %s, %v", path, err)
		}
	})
	t.Run("nothing_is_made_by_asking_for_the_status", func(t *testing.T) {
		t.Parallel()
		db := testdb.Empty(t)
		list, err := database.Status(t.Context(), db.Target(), small())
		if err != nil || len(list) != 3 || list[0].Applied {
			t.Fatalf("%v, %v", list, err)
		}
		var there bool
		if err := db.Gorm.Raw("SELECT to_regnamespace('unified') IS NOT NULL").Scan(&there).Error; err != nil || there {
			t.Errorf("schema there: %v, %v", there, err)
		}
	})
}

func TestMigrate_at_once(t *testing.T) {
	t.Parallel()
	t.Run("T102_of_four_runners_one_applies", func(t *testing.T) {
		t.Parallel()
		target := testdb.Empty(t).Target()
		var group sync.WaitGroup
		results := make(chan int, 4)
		for range 4 {
			group.Go(func() {
				applied, err := database.Migrate(t.Context(), target, small())
				if err != nil {
					t.Error(err)
				}
				results <- applied
			})
		}
		group.Wait()
		close(results)
		checkOneApplied(t, results)
	})
	t.Run("T102_of_four_processes_on_an_empty_server_one_applies", func(t *testing.T) {
		t.Parallel()
		target := missingDatabase(t)
		var group sync.WaitGroup
		results := make(chan int, 4)
		for range 4 {
			cmd, output := helper(t, "migrate", "UNIFIED_OWNER="+target.OwnerURL, "UNIFIED_APP="+target.AppURL)
			group.Go(func() {
				var applied int
				if _, err := fmt.Fscan(output, &applied); err != nil {
					t.Error(err)
				}
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
				results <- applied
			})
		}
		group.Wait()
		close(results)
		checkOneApplied(t, results)
	})
}

func checkOneApplied(t *testing.T, results <-chan int) {
	t.Helper()
	counts := make(map[int]int)
	for applied := range results {
		counts[applied]++
	}
	if counts[3] != 1 || counts[0] != 3 {
		t.Errorf("files applied, and by how many: %v", counts)
	}
}

// helpMigrate does what a starting program does.
func helpMigrate() int {
	target := database.Target{OwnerURL: os.Getenv("UNIFIED_OWNER"), AppURL: os.Getenv("UNIFIED_APP"), Schema: "unified"}
	if err := database.Ensure(context.Background(), target); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	files := small()
	if os.Getenv("UNIFIED_SLOW") != "" {
		files = slow()
	}
	applied, err := database.Migrate(context.Background(), target, files)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(applied)
	return 0
}

func TestNewMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, want := range []string{"001_create_a.sql", "002_create_a.sql"} {
		if path, err := database.NewMigration(dir, "create_a", "", ""); err != nil || path != filepath.Join(dir, want) {
			t.Fatalf("got %s, %v; want %s", path, err, want)
		}
	}
	for _, name := range []string{"", "Create", "../x", "a b"} {
		if _, err := database.NewMigration(dir, name, "", ""); err == nil {
			t.Errorf("the name %q is taken", name)
		}
	}
	migrate(t, testdb.Empty(t).Target(), fstest.MapFS{"001_create_a.sql": sqlFile("", "")}, 1)
}
