package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program play the program itself, in a process of its own that a test can kill.
func TestMain(m *testing.M) {
	if os.Getenv("UNIFIED_HELPER") == "" {
		os.Exit(m.Run())
	}
	os.Exit(play())
}

func play() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	register := withNotes
	if os.Getenv("UNIFIED_PANICS") != "" {
		register = withPanic
	}
	files, err := noteFiles()
	if err == nil {
		err = run(ctx, env{Args: os.Args[1:], Lookup: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr, Migrations: files, Register: register})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "unified:", err)
		return 1
	}
	return 0
}

// process is the program in a process of its own. It serves notes too.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log safeBuffer
}

// spawn starts a command of the program with these settings and nothing else. It is killed with the test.
func spawn(t *testing.T, settings map[string]string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = []string{"UNIFIED_HELPER=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LOG_LEVEL=warn"}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if said := p.log.String(); t.Failed() {
			t.Logf("%v said at last:\n%s", args, said[max(0, len(said)-4000):])
		}
	})
	return p
}

// kill ends the process as a crash would: it gets to do nothing more.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// stop asks the process to end and checks that it does so in order and in time.
func (p *process) stop() {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil || time.Since(began) > 30*time.Second {
		p.t.Errorf("it ended with %v after %s:\n%s", err, time.Since(began), p.log.String())
	}
}

// says waits until the process has said something.
func (p *process) says(words string) {
	p.t.Helper()
	for began := time.Now(); !strings.Contains(p.log.String(), words); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			p.t.Fatalf("it does not say %q:\n%s", words, p.log.String())
		}
	}
}

// openFolder is a folder that the user of a private server may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "unified-test-") //nolint:usetesting // that of the test is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// postmaster is the number of the private server's process, and its port; 0 while there is none.
func postmaster(dir string) (pid, port int) {
	paths, _ := filepath.Glob(filepath.Join(dir, "data-*", "postmaster.pid"))
	if len(paths) != 1 {
		return 0, 0
	}
	text, _ := os.ReadFile(paths[0])
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 {
		return 0, 0
	}
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	port, _ = strconv.Atoi(strings.TrimSpace(lines[3]))
	return pid, port
}

// successor waits for another server than the one with this number and returns its port.
func successor(t *testing.T, dir string, old int) (port int) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if pid, port := postmaster(dir); pid != old && port != 0 {
			return port
		}
		if time.Since(began) > time.Minute {
			t.Fatal("no other server is started")
		}
	}
}

// strike sends the private server a signal, waits until it is gone, and returns its number.
func strike(t *testing.T, dir string, signal syscall.Signal) (pid int) {
	t.Helper()
	pid, _ = postmaster(dir)
	if pid == 0 {
		t.Fatal("no server runs")
	}
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err != nil {
			return pid
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("the server (process %d) does not end", pid)
		}
	}
}

// freePort returns a port that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
