package database_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"unified/database"
)

// helpKeep keeps a cluster until it is killed.
func helpKeep() int {
	running, err := database.Cluster{Dir: os.Getenv("UNIFIED_DIR")}.Start(context.Background())
	if err != nil || !running.Owned() {
		fmt.Fprintln(os.Stderr, "no owner:", err)
		return 1
	}
	fmt.Println("owned")
	fmt.Fprintln(os.Stderr, running.Keep(context.Background(), slog.New(slog.DiscardHandler)))
	return 1
}

// kept is a running server that is looked after until end is called or the test ends.
type kept struct {
	*database.Running
	t     *testing.T
	dir   string
	log   *bytes.Buffer // to be read after end
	end   context.CancelFunc
	ended chan error
}

func keep(t *testing.T, dir string) *kept {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	k := &kept{start(t, database.Cluster{Dir: dir}), t, dir, new(bytes.Buffer), end, make(chan error, 1)}
	go func() {
		k.ended <- k.Keep(ctx, slog.New(slog.NewTextHandler(k.log, nil)))
		close(k.ended)
	}()
	t.Cleanup(func() {
		end()
		if err := <-k.ended; err != nil {
			t.Error(err)
		}
		if err := k.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return k
}

// pool is a pool that follows the server.
func (k *kept) pool() *database.DB {
	k.t.Helper()
	db, err := database.Open(k.t.Context(), k.AppURL, "public", database.Options{Port: k.Port, PoolSize: 2, ConnectTimeout: time.Second})
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(db.Close)
	return db
}

// back waits until the pool gets in again, and fails if the server there is the old one.
func (k *kept) back(db *database.DB, old int) {
	k.t.Helper()
	began := time.Now()
	for noted(k.dir) == old || db.Ready(k.t.Context()) != nil {
		if time.Since(began) > 15*time.Second {
			k.t.Fatalf("the server does not come back: %v", db.Ready(k.t.Context()))
		}
		time.Sleep(10 * time.Millisecond)
	}
	k.Owned() // waits until it is noted
	k.t.Logf("back after %s on port %d", time.Since(began).Round(time.Millisecond), k.Port())
}

// signal sends the server a signal and returns its number.
func (k *kept) signal(signal syscall.Signal) int {
	k.t.Helper()
	pid := postmaster(k.t, k.dir)
	if err := syscall.Kill(pid, signal); err != nil {
		k.t.Fatal(err)
	}
	return pid
}

func TestKeep_ByItsOwner(t *testing.T) {
	t.Parallel()
	k := keep(t, folder(t))
	db, port := k.pool(), k.Port()
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped_by_hand": syscall.SIGINT} {
		t.Run("a_server_that_was_"+name+"_is_back_on_its_port", func(t *testing.T) {
			k.t = t
			k.back(db, k.signal(signal))
			if k.Port() != port {
				t.Errorf("it listens on %d, no longer on %d", k.Port(), port)
			}
		})
	}
	t.Run("a_later_start_takes_the_same_port", func(t *testing.T) {
		k.end()
		if err := <-k.ended; err != nil {
			t.Error(err)
		}
		if !strings.Contains(k.log.String(), "ended by itself") || !strings.Contains(k.log.String(), "runs again") {
			t.Errorf("the log says %s", k.log)
		}
		if err := k.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		later := start(t, database.Cluster{Dir: k.dir})
		if later.Port() != port {
			t.Errorf("it listens on %d, no longer on %d", later.Port(), port)
		}
		if err := later.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestKeep_NotWhileStopping(t *testing.T) {
	t.Parallel()
	k := keep(t, folder(t))
	k.end()
	if err := <-k.ended; err != nil {
		t.Error(err)
	}
	pid := k.signal(syscall.SIGKILL)
	if err := k.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if working(pid) || noted(k.dir) != pid {
		t.Error("a server runs")
	}
}

func TestKeep_WithoutData(t *testing.T) {
	t.Parallel()
	k := keep(t, folder(t))
	data, err := filepath.Glob(filepath.Join(k.dir, "data-*"))
	if err != nil || len(data) != 1 {
		t.Fatal(data, err)
	}
	if err := os.Rename(filepath.Join(data[0], "PG_VERSION"), filepath.Join(data[0], "PG_VERSION.away")); err != nil {
		t.Fatal(err)
	}
	k.signal(syscall.SIGKILL)
	if err := <-k.ended; err == nil || !strings.Contains(err.Error(), "the data are gone") {
		t.Errorf("got %v", err)
	}
}

func TestKeep_ByASurvivor(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner, output := helper(t, "keep", "UNIFIED_DIR="+dir)
	t.Cleanup(func() { _ = owner.Process.Kill() })
	if line, err := output.ReadString('\n'); err != nil || line != "owned\n" {
		t.Fatalf("the helper says %q, %v", line, err)
	}
	k := keep(t, dir)
	db := k.pool()

	t.Run("what_the_owner_starts_again_is_found_on_another_port", func(t *testing.T) {
		k.t = t
		if err := owner.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		old, port := k.signal(syscall.SIGKILL), k.Port()
		taken := take(t, port)
		if err := owner.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		k.back(db, old)
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
		if k.Port() == port || k.Owned() {
			t.Errorf("port %d, owned: %v", k.Port(), k.Owned())
		}
	})
	t.Run("what_a_dead_owner_left_is_adopted", func(t *testing.T) {
		k.t = t
		began := query(t, at(k.AppURL, k.Port()), startTime)
		if err := owner.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = owner.Wait()
		for until := time.Now().Add(15 * time.Second); !k.Owned(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("it is not adopted")
			}
		}
		if query(t, at(k.AppURL, k.Port()), startTime) != began {
			t.Error("it was started anew")
		}
	})
	t.Run("and_started_again_when_it_ends", func(t *testing.T) {
		k.t = t
		k.back(db, k.signal(syscall.SIGKILL))
	})
}

// take listens on a port as soon as it is free.
func take(t *testing.T, port int) net.Listener {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return listener
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal(err)
		}
	}
}

// at is the address of the same server on another port.
func at(address string, port int) string {
	before, rest, _ := strings.Cut(address, "@127.0.0.1:")
	_, path, _ := strings.Cut(rest, "/")
	return fmt.Sprintf("%s@127.0.0.1:%d/%s", before, port, path)
}
