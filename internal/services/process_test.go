//go:build services

package services

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or to end.
const patience = 30 * time.Second

// server is a process of the test's own. It ends with the test, also with one that is killed.
type server struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// launch starts a program whose messages go to a file.
func launch(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	log, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if cmd.Stdout == nil {
		cmd.Stdout = log
	}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	s := &server{cmd: cmd, log: path, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the signal comes with the end of the thread that started the process
		defer close(s.ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Errorf("%s does not end", s.cmd.Path)
	}
	if t.Failed() {
		t.Logf("%s wrote:\n%s", s.cmd.Path, s.messages())
	}
}

// messages is the end of what the server wrote.
func (s *server) messages() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-8000):])
}

// await returns once something listens at a loopback port.
func (s *server) await(t *testing.T, port int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		conn, err := net.DialTimeout("tcp", loopback(port), time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-s.ended:
			t.Fatalf("%s ended:\n%s", s.cmd.Path, s.messages())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen: %v\n%s", s.cmd.Path, err, s.messages())
		}
	}
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// ports is how many freePort has tried.
var ports atomic.Int32

// freePort returns a port that nobody listens on just now, from below those that the system gives away by itself: another server of the
// tests would be given it before the one that it is meant for begins. Each is returned once.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + (os.Getpid()+int(ports.Add(1)))%10_000
		if listener, err := net.Listen("tcp", loopback(port)); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}
