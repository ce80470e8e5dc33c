package database_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/database"
)

// TestMain lets the test program play another process: see helper.
func TestMain(m *testing.M) {
	if play, ok := helpers[os.Getenv("UNIFIED_HELPER")]; ok {
		os.Exit(play())
	}
	os.Exit(m.Run())
}

var helpers = map[string]func() int{"own": helpOwn, "keep": helpKeep, "migrate": helpMigrate}

// helper starts this program again to do what helpers names, and returns it with its output.
func helper(t *testing.T, name string, env ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "UNIFIED_HELPER="+name)...)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(output)
}

// helpOwn owns a cluster until it is killed.
func helpOwn() int {
	running, err := database.Cluster{Dir: os.Getenv("UNIFIED_DIR")}.Start(context.Background())
	if err != nil || !running.Owned() {
		fmt.Fprintln(os.Stderr, "no owner:", err)
		return 1
	}
	fmt.Println("owned")
	select {}
}

// folder is a place for a cluster, which is stopped and removed after the test wherever it ended up.
func folder(t *testing.T) string {
	t.Helper()
	parent := t.TempDir()
	for _, dir := range []string{parent, filepath.Dir(parent)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return cleaned(t, filepath.Join(parent, "postgres"))
}

func cleaned(t *testing.T, dir string) string {
	t.Helper()
	t.Cleanup(func() {
		if err := (database.Cluster{Dir: dir}).Halt(context.Background()); err != nil {
			t.Error(err)
		}
		if place, err := filepath.EvalSymlinks(dir); err == nil {
			if err := os.RemoveAll(place); err != nil {
				t.Error(err)
			}
		}
	})
	return dir
}

func start(t *testing.T, cluster database.Cluster) *database.Running {
	t.Helper()
	running, err := cluster.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return running
}

func query(t *testing.T, address, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var text string
	if err := conn.QueryRow(t.Context(), statement).Scan(&text); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return text
}

func refused(t *testing.T, address string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		return true
	}
	return conn.Close(t.Context()) != nil
}

// postmaster is the number of the server's process.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	pid := noted(dir)
	if pid == 0 {
		t.Fatal("postmaster.pid names no process")
	}
	return pid
}

// noted is the number in postmaster.pid, 0 while there is none.
func noted(dir string) int {
	paths, _ := filepath.Glob(filepath.Join(dir, "data-*", "postmaster.pid"))
	if len(paths) != 1 {
		return 0
	}
	text, _ := os.ReadFile(paths[0])
	line, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}

// working tells a live process from one that is gone or only waits to be reaped.
func working(pid int) bool {
	_, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	return err == nil
}

const startTime = "SELECT pg_postmaster_start_time()::text"

func TestCluster_Start(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	first := start(t, database.Cluster{Dir: dir})

	t.Run("the_first_owns_it", func(t *testing.T) {
		if !first.Owned() {
			t.Error("not owned")
		}
	})
	t.Run("it_listens_on_loopback_alone", func(t *testing.T) {
		if got := query(t, first.SuperURL, "SELECT current_setting('listen_addresses') || current_setting('unix_socket_directories')"); got != "127.0.0.1" {
			t.Errorf("listens on %q", got)
		}
	})
	t.Run("a_wrong_password_is_refused", func(t *testing.T) {
		address, err := url.Parse(first.SuperURL)
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("postgres", "wrong")
		if !refused(t, address.String()) {
			t.Error("let in")
		}
	})
	t.Run("passwords_are_for_the_owner_of_the_files", func(t *testing.T) {
		paths, err := filepath.Glob(filepath.Join(dir, "*.password"))
		if err != nil || len(paths) != 3 {
			t.Fatalf("%v, %v", paths, err)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	})
	t.Run("roles_are_no_superusers", func(t *testing.T) {
		if got := query(t, first.OwnerURL, "SELECT string_agg(rolname, ',' ORDER BY 1) FROM pg_roles WHERE rolsuper"); got != "postgres" {
			t.Errorf("superusers: %s", got)
		}
	})
	t.Run("a_second_attaches_and_does_not_stop_it", func(t *testing.T) {
		second := start(t, database.Cluster{Dir: dir})
		if second.Owned() || second.AppURL != first.AppURL {
			t.Errorf("owned: %v", second.Owned())
		}
		if err := second.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		query(t, first.AppURL, startTime)
	})
	t.Run("stop_leaves_no_process", func(t *testing.T) {
		pid := postmaster(t, dir)
		if err := first.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if working(pid) || !refused(t, first.AppURL) {
			t.Errorf("process %d is still there", pid)
		}
		if err := first.Stop(t.Context()); err != nil {
			t.Errorf("a second stop: %v", err)
		}
	})
	t.Run("a_later_start_finds_the_data", func(t *testing.T) {
		later := start(t, database.Cluster{Dir: dir})
		if !later.Owned() {
			t.Error("not owned")
		}
		query(t, later.AppURL, startTime)
	})
}

func TestCluster_recovers(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	cluster := database.Cluster{Dir: dir}

	t.Run("a_server_whose_owner_was_killed_is_adopted", func(t *testing.T) {
		owner, output := helper(t, "own", "UNIFIED_DIR="+dir)
		if line, err := output.ReadString('\n'); err != nil || line != "owned\n" {
			t.Fatalf("the helper says %q, %v", line, err)
		}
		attached := start(t, cluster)
		began := query(t, attached.AppURL, startTime)
		if attached.Owned() {
			t.Error("owned beside a live owner")
		}
		if err := owner.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = owner.Wait()
		adopted := start(t, cluster)
		if !adopted.Owned() || query(t, adopted.AppURL, startTime) != began {
			t.Errorf("owned: %v; the same server: %v", adopted.Owned(), query(t, adopted.AppURL, startTime) == began)
		}
		pid := postmaster(t, dir)
		if err := adopted.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if working(pid) {
			t.Errorf("process %d is still there", pid)
		}
	})
	t.Run("a_killed_server_is_started_again", func(t *testing.T) {
		running := start(t, cluster)
		if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := running.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := start(t, cluster)
		query(t, again.AppURL, startTime)
		if err := again.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a_postmaster_pid_of_another_program_is_stale", func(t *testing.T) {
		data, err := filepath.Glob(filepath.Join(dir, "data-*"))
		if err != nil || len(data) != 1 {
			t.Fatal(data, err)
		}
		path := filepath.Join(data[0], "postmaster.pid")
		if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"+data[0]+"\n1\n5432\n\n\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		again := start(t, cluster)
		query(t, again.AppURL, startTime)
		if err := again.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("it_is_stopped_after_the_end_of_the_context", func(t *testing.T) {
		running := start(t, cluster)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := running.Stop(ctx); err != nil {
			t.Errorf("stopping after the end of its context: %v", err)
		}
	})
	t.Run("passwords_of_other_data_are_named_as_the_cause", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "postgres.password"), []byte("other"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := cluster.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "do not belong to the data") {
			t.Errorf("got %v", err)
		}
	})
}

func TestCluster_Test_runs_until_halted(t *testing.T) {
	t.Parallel()
	parent := t.TempDir() // closed to the server's user
	dir := cleaned(t, filepath.Join(parent, "postgres"))
	cluster := database.Cluster{Dir: dir, Test: true}

	running := start(t, cluster)
	if running.Owned() {
		t.Error("a test cluster has an owner")
	}
	if err := running.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, cluster).OwnerURL, "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	if info, err := os.Lstat(dir); err != nil || (info.Mode()&os.ModeSymlink != 0) != (os.Geteuid() == 0) {
		t.Errorf("%v, %v: only root's server lives elsewhere", info.Mode(), err)
	}
	pid := postmaster(t, dir)
	if err := cluster.Halt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if working(pid) || !refused(t, running.AppURL) {
		t.Errorf("process %d is still there", pid)
	}
	if err := cluster.Halt(t.Context()); err != nil {
		t.Errorf("halting what is not there: %v", err)
	}
}
