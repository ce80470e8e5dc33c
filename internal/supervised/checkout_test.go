package supervised

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is for what happens soon on an idle machine, and at last on a busy one.
const patience = 2 * time.Minute

// checkout is a copy of the sources that a test may change.
type checkout struct {
	base    string // around all that the tests make; everybody may enter
	root    string
	command string // run_server.go, compiled: its exit code can be told, and signals reach it
}

// newCheckout copies to the same place each time, so that Go finds what it compiled there before.
func newCheckout(t *testing.T) checkout {
	t.Helper()
	source, err := filepath.Abs("../..")
	check(t, err)
	sum := sha256.Sum256([]byte(source))
	base := filepath.Join(os.TempDir(), fmt.Sprintf("unified-supervised-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:4])))
	lock, err := os.OpenFile(base+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	check(t, err)
	check(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))
	check(t, os.RemoveAll(base))
	t.Cleanup(func() { _ = errors.Join(os.RemoveAll(base), lock.Close()) })
	c := checkout{base: base, root: filepath.Join(base, "checkout"), command: filepath.Join(base, "run_server")}
	check(t, copyTree(source, c.root))
	check(t, os.Symlink(filepath.Join(source, "node_modules"), filepath.Join(c.root, "node_modules")))
	build := exec.Command("go", "build", "-o", c.command, "run_server.go")
	build.Dir = c.root
	output, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return c
}

func copyTree(from, to string) error {
	skipped := []string{".git", "bin", "var", "docs", "tools", "node_modules", ".env"}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if slices.Contains(skipped, name) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		return copyFile(path, filepath.Join(to, name))
	})
}

// copyFile keeps the time of change, by which make knows what is old.
func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(to, text, 0o644), os.Chtimes(to, info.ModTime(), info.ModTime()))
}

// service is one DATA_DIR of a checkout, with settings that differ from the defaults.
type service struct {
	checkout
	data     string
	port     string
	settings []string
	user     *syscall.Credential // nil: as oneself
}

// service makes one on a free port and stops it with the test.
func (c checkout) service(t *testing.T, data string, settings ...string) *service {
	t.Helper()
	s := &service{checkout: c, data: data, port: freePort(t), settings: settings}
	t.Cleanup(func() {
		if output, code := s.run(t, "stop"); code != 0 {
			t.Errorf("stop: %s", output)
		}
		s.expectNobody(t)
		if place, err := filepath.EvalSymlinks(filepath.Join(data, "service")); err == nil {
			check(t, os.RemoveAll(place))
		}
	})
	return s
}

func (s *service) start(t *testing.T, out io.Writer, args ...string) *exec.Cmd {
	t.Helper()
	command := s.prepare(args...)
	command.Stdout, command.Stderr = out, out
	check(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

func (s *service) prepare(args ...string) *exec.Cmd {
	command := exec.Command(s.command, args...)
	command.Dir = s.root
	command.Env = append(os.Environ(), "PORT="+s.port, "DATA_DIR="+s.data, "DATABASE_URL=", "DATABASE_URL_APP=", "APP_ENV=", "BIND=",
		"URL_PREFIX=", "ALLOWED_HOSTS=", "SHUTDOWN_DELAY=", "UNIFIED_USER=")
	command.Env = append(command.Env, s.settings...)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.user}
	return command
}

// run returns what run_server printed, and its exit code.
func (s *service) run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var output bytes.Buffer
	command := s.prepare(args...)
	command.Stdout, command.Stderr = &output, &output
	var failed *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return output.String(), command.ProcessState.ExitCode()
}

// must runs what has to succeed.
func (s *service) must(t *testing.T, args ...string) string {
	t.Helper()
	output, code := s.run(t, args...)
	if code != 0 {
		t.Fatalf("%v ended with %d:\n%s", args, code, output)
	}
	return output
}

// refused runs what has to fail with these words.
func (s *service) refused(t *testing.T, words string, args ...string) {
	t.Helper()
	if output, code := s.run(t, args...); code == 0 || !strings.Contains(output, words) {
		t.Errorf("%v ended with %d and without %q:\n%s", args, code, words, output)
	}
}

func (s *service) pid(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, "service", name+".pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	check(t, err)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text))) // a file that is being written is empty
	return pid
}

// kill returns once the process is gone: that takes a moment on a busy machine.
func (s *service) kill(t *testing.T, name string) {
	t.Helper()
	pid := s.pid(t, name)
	check(t, syscall.Kill(pid, syscall.SIGKILL))
	until(t, name+" is gone", patience, func() bool {
		environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		return len(environment) == 0
	})
}

// processes are all that belong to the service: of supervisord by their environment, of PostgreSQL by their folder.
func (s *service) processes() []int {
	var found []int
	folder, _ := filepath.EvalSymlinks(filepath.Join(s.data, "service"))
	database, _ := filepath.EvalSymlinks(filepath.Join(s.data, "postgres"))
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		environment, _ := os.ReadFile(filepath.Join(process, "environ"))
		place, _ := os.Readlink(filepath.Join(process, "cwd"))
		if folder != "" && bytes.Contains(environment, []byte("\x00UNIFIED_DIR="+folder+"\x00")) ||
			database != "" && strings.HasPrefix(place, database+"/") {
			pid, _ := strconv.Atoi(filepath.Base(process))
			found = append(found, pid)
		}
	}
	return found
}

func (s *service) expectNobody(t *testing.T) {
	t.Helper()
	for _, pid := range s.processes() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if len(line) > 0 {
			t.Errorf("process %d is left: %q", pid, line)
		}
	}
}

// until waits for a condition.
func until(t *testing.T, what string, limit time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
