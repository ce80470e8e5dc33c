package main

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPrivate_OwnServer kills and stops the private PostgreSQL that serve started.
func TestPrivate_OwnServer(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	settings := map[string]string{"DATA_DIR": data, "PORT": freePort(t)}
	program := spawn(t, settings, "serve")
	program.says("ready at")
	p := visitor(t, "http://127.0.0.1:"+settings["PORT"])
	p.signIn()
	dir := filepath.Join(data, "postgres")
	_, port := postmaster(dir)
	written := &ledger{word: "own"}
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "stopped by hand": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			end := written.load(p)
			written.enough(t, 10)
			old, began := strike(t, dir, signal), time.Now()
			written.enough(t, 10)
			t.Logf("writes go on after %s", time.Since(began).Round(time.Millisecond))
			end()
			p.recovers()
			written.check(p)
			if now := successor(t, dir, old); now != port {
				t.Errorf("it listens on %d, no longer on %d", now, port)
			}
		})
	}
	p.t = t
	program.says("the private PostgreSQL runs again")
	pid, _ := postmaster(dir)
	program.stop()
	if syscall.Kill(pid, 0) == nil {
		t.Errorf("the server (process %d) is left", pid)
	}
}

// TestPrivate_AnotherOwner is as under supervisord: one process runs the private PostgreSQL, another serves.
func TestPrivate_AnotherOwner(t *testing.T) {
	t.Parallel()
	data := openFolder(t)
	settings := map[string]string{"DATA_DIR": data, "PORT": freePort(t), "DB_CONNECT_TIMEOUT": "1s"}
	owner := spawn(t, settings, "postgres")
	owner.says("PostgreSQL is ready")
	program := spawn(t, settings, "serve")
	program.says("ready at")
	p := visitor(t, "http://127.0.0.1:"+settings["PORT"])
	p.signIn()
	dir := filepath.Join(data, "postgres")
	written := &ledger{word: "shared"}
	step := func(name string, fault func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			p.t = t
			end := written.load(p)
			written.enough(t, 5)
			fault(t)
			p.recovers()
			written.enough(t, 5)
			end()
			written.check(p)
		})
	}
	step("the owner starts it again", func(t *testing.T) { strike(t, dir, syscall.SIGKILL) })
	step("on another port if its own is taken", func(t *testing.T) {
		if err := owner.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		_, port := postmaster(dir)
		old := strike(t, dir, syscall.SIGKILL)
		defer takePort(t, port).Close()
		if err := owner.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if now := successor(t, dir, old); now == port {
			t.Errorf("it is still on port %d", now)
		}
		p.recovers()
	})
	step("the owner is killed and the server lives on", func(t *testing.T) {
		owner.kill()
		if got := p.get("/notes"); got.status != http.StatusOK {
			t.Errorf("/notes: %d", got.status)
		}
		program.says("this process owns it now")
	})
	step("the survivor starts it again", func(t *testing.T) { strike(t, dir, syscall.SIGKILL) })
	owner = spawn(t, settings, "postgres")
	owner.says("PostgreSQL is ready")
	step("beside one who only attached too", func(t *testing.T) { strike(t, dir, syscall.SIGINT) })
	p.t = t
	program.stop()
	owner.says("this process owns it now")
	owner.says("the private PostgreSQL runs again")
	owner.stop()
	if left, _ := filepath.Glob(filepath.Join(dir, "data-*", "postmaster.pid")); len(left) > 0 {
		t.Errorf("the server is left: %v", left)
	}
}

// takePort listens on a port as soon as it is free.
func takePort(t *testing.T, port int) net.Listener {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return listener
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal(err)
		}
	}
}
