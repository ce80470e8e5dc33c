package supervised

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"unified/database"
)

func TestRunServer(t *testing.T) {
	c := newCheckout(t)
	mine := c.service(t, filepath.Join(c.root, "var"))
	mine.refused(t, "the server is stopped", "status")
	mine.refused(t, "there are no logs", "logs")
	t.Run("start_builds_and_waits_until_the_server_is_ready", func(t *testing.T) { firstStart(t, mine) })
	t.Run("restart_leaves_the_server_alone_if_the_build_fails", func(t *testing.T) { failingBuild(t, mine) })
	t.Run("at_once", func(t *testing.T) {
		t.Run("a_killed_server_is_back_and_a_killed_supervisord_leaves_nothing", func(t *testing.T) { t.Parallel(); kills(t, mine) })
		t.Run("what_is_wrong_is_said", func(t *testing.T) { t.Parallel(); mistakes(t, c) })
		t.Run("an_ordinary_user_may_start_it_in_a_deep_folder", func(t *testing.T) { t.Parallel(); ordinaryUser(t, c) })
		if os.Geteuid() == 0 {
			t.Run("what_the_ordinary_user_of_root_cannot_reach_is_copied", func(t *testing.T) { t.Parallel(); unreachable(t, c) })
		}
	})
	t.Run("reload_builds_after_each_change_and_shares_the_database", func(t *testing.T) { reload(t, mine) })
}

func firstStart(t *testing.T, s *service) {
	output := s.must(t, "start")
	if code := s.get(t, "/readyz"); code != http.StatusOK {
		t.Errorf("/readyz answers %d after start", code)
	}
	for _, words := range []string{`server +RUNNING +pid \d+, uptime 0:0`, `postgres +RUNNING`, `Unified is ready at`, `The server is ready at http://127.0.0.1:` + s.port + "/"} {
		if !regexp.MustCompile(words).MatchString(output) {
			t.Errorf("start does not say %q:\n%s", words, output)
		}
	}
	for _, name := range []string{"supervisor.sock", "supervisord.pid", "supervisord.log", "server.log", "postgres.log"} {
		_, err := os.Stat(filepath.Join(s.data, "service", name))
		check(t, err)
	}
	for _, pid := range s.processes() {
		info, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
		if err == nil && info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Errorf("process %d runs as root", pid)
		}
	}
	before := s.pid(t, "server")
	if output := s.must(t, "start"); !strings.Contains(output, "runs already") || s.pid(t, "server") != before {
		t.Errorf("a second start does not leave the server alone:\n%s", output)
	}
}

func failingBuild(t *testing.T, s *service) {
	before, broken := s.pid(t, "server"), filepath.Join(s.root, "config", "broken.go")
	check(t, os.WriteFile(broken, []byte("package config\n\nvar x int = true\n"), 0o644))
	s.refused(t, "the build failed (make build: exit status 2); the server goes on with the old program", "restart")
	check(t, os.Remove(broken))
	if s.pid(t, "server") != before || s.get(t, "/readyz") != http.StatusOK {
		t.Error("the old server does not go on")
	}
	if s.must(t, "restart"); s.pid(t, "server") == before {
		t.Error("restart does not replace the server")
	}
}

func kills(t *testing.T, s *service) {
	var log lines
	s.start(t, &log, "logs", "-f")
	until(t, "logs shows the log", patience, func() bool { return log.count("Unified is ready") > 0 })
	shown, before := log.count("Unified is ready"), s.pid(t, "server")
	s.kill(t, "server")
	until(t, "a new server", 2*time.Second, func() bool { pid := s.pid(t, "server"); return pid != 0 && pid != before })
	until(t, "logs follows the log", patience, func() bool { return log.count("Unified is ready") > shown })
	s.must(t, "status")
	databaseKills(t, s)

	s.kill(t, "supervisord")
	s.refused(t, "supervisord was killed and left process", "status")
	s.kill(t, "postgres")
	s.must(t, "stop")
	s.expectNobody(t)
	s.must(t, "stop")
}

// databaseKills kills the process that owns the private PostgreSQL, then that itself: the server goes on with it.
func databaseKills(t *testing.T, s *service) {
	server, owner := s.pid(t, "server"), s.pid(t, "postgres")
	s.kill(t, "postgres")
	until(t, "a new owner", patience, func() bool { pid := s.pid(t, "postgres"); return pid != 0 && pid != owner })
	old := s.postmaster()
	check(t, syscall.Kill(old, syscall.SIGKILL))
	began := time.Now()
	until(t, "a new PostgreSQL", patience, func() bool {
		pid := s.postmaster()
		return pid != 0 && pid != old && s.get(t, "/readyz") == http.StatusOK
	})
	t.Logf("ready again after %s", time.Since(began).Round(time.Millisecond))
	if s.pid(t, "server") != server {
		t.Error("the server was restarted")
	}
}

// postmaster is the number of the private PostgreSQL's process, 0 while there is none.
func (s *service) postmaster() int {
	paths, _ := filepath.Glob(filepath.Join(s.data, "postgres", "data-*", "postmaster.pid"))
	if len(paths) == 0 {
		return 0
	}
	text, _ := os.ReadFile(paths[0])
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

func mistakes(t *testing.T, c checkout) {
	data := filepath.Join(c.base, "mistakes")
	s := c.service(t, data, "DATABASE_URL=postgres://nobody:secret@127.0.0.1:1/unified", "DB_WAIT=0s")
	s.refused(t, "no PostgreSQL listens at 127.0.0.1:1", "start")
	s.must(t, "stop")
	s.expectNobody(t)

	listener, err := net.Listen("tcp", "127.0.0.1:"+s.port)
	check(t, err)
	s.refused(t, "port "+s.port+" is taken by another program", "start")
	check(t, listener.Close())

	for setting, words := range map[string]string{
		"PATH=" + c.base:   "supervisor is not installed",
		"PORT=0":           "PORT=0 takes any free port",
		"SESSION_IDLE=now": `SESSION_IDLE="now": expected`,
	} {
		wrong := *s
		wrong.settings = append([]string{setting}, s.settings...)
		wrong.refused(t, words, "start")
	}
	production := *s
	production.settings = append([]string{"APP_ENV=production"}, s.settings...)
	production.refused(t, "-reload is for development", "start", "-reload")
	s.refused(t, `there is no command "begin"`, "begin")
}

// ordinaryUser runs as nobody if the test is root, else as oneself.
func ordinaryUser(t *testing.T, c checkout) {
	deep := filepath.Join(c.base, "user", strings.Repeat("deep/", 25))
	check(t, os.MkdirAll(deep, 0o755))
	cluster := database.Cluster{Dir: filepath.Join(c.base, "postgres"), Test: true}
	running, err := cluster.Start(t.Context())
	check(t, err)
	t.Cleanup(func() { check(t, cluster.Halt(context.Background())) })
	s := c.service(t, deep, "DATABASE_URL="+running.OwnerURL, "DATABASE_URL_APP="+running.AppURL)
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		check(t, err)
		uid, err := strconv.Atoi(nobody.Uid)
		check(t, err)
		check(t, os.Chown(deep, uid, -1))
		s.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	s.must(t, "start")
	s.must(t, "stop")
	s.expectNobody(t)
}

func unreachable(t *testing.T, c checkout) {
	data := filepath.Join(c.base, "closed", "var")
	check(t, os.MkdirAll(data, 0o755))
	check(t, os.Chmod(filepath.Dir(data), 0o700))
	s := c.service(t, data)
	s.must(t, "start")
	place, err := os.Readlink(filepath.Join(data, "service"))
	if err != nil || !strings.HasPrefix(place, "/var/lib/unified/service-") {
		t.Errorf("the service runs in %q (%v)", place, err)
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", s.pid(t, "server")))
	if err != nil || program != filepath.Join(place, "unified") {
		t.Errorf("the server is %q (%v)", program, err)
	}
	s.must(t, "stop")
	s.expectNobody(t)
}

// reload runs beside a server that was started by hand and owns the database.
func reload(t *testing.T, s *service) {
	byHand := *s
	byHand.port, byHand.command = freePort(t), filepath.Join(s.root, "bin", "unified")
	serve := byHand.start(t, io.Discard, "serve")
	until(t, "the server that was started by hand", patience, func() bool { return byHand.get(t, "/readyz") == http.StatusOK })

	var output lines
	watch := s.start(t, &output, "start", "-reload")
	until(t, "the watch", patience, func() bool { return output.count("Watching the sources") == 1 })
	before := s.pid(t, "server")
	changes := []struct{ file, text string }{
		{"config/broken.go", "package config\n\nvar x int = true\n"},
		{"migrations2/999_reload.sql", "-- +goose Up\nCREATE TABLE reloads (id bigint PRIMARY KEY);\n-- +goose Down\nDROP TABLE reloads;\n"},
		{"views/layouts/reload.html", "{{define \"reload\"}}{{end}}\n"},
		{"static/src/reload.css", ".reload { color: red }\n"},
	}
	for i, change := range changes {
		check(t, os.WriteFile(filepath.Join(s.root, change.file), []byte(change.text), 0o644))
		until(t, change.file+" is noticed", patience, func() bool { return output.count("the build failed") == i+1 })
	}
	if output.count("the server goes on with the old program") != len(changes) || s.pid(t, "server") != before || s.get(t, "/readyz") != http.StatusOK {
		t.Errorf("the old server does not go on:\n%s", output.text())
	}
	check(t, os.Remove(filepath.Join(s.root, changes[0].file)))
	check(t, os.Remove(filepath.Join(s.root, changes[2].file)))
	until(t, "the new program", patience, func() bool { return output.count("The server runs the new program") == 1 })
	status := byHand.prepare("migrate", "status")
	if listed, err := status.CombinedOutput(); err != nil || !regexp.MustCompile(`999_reload.sql +applied`).Match(listed) {
		t.Errorf("the migration was not applied (%v):\n%s", err, listed)
	}

	s.must(t, "stop")
	check(t, watch.Wait())
	if code := byHand.get(t, "/readyz"); code != http.StatusOK {
		t.Errorf("stop disturbs the server that owns the database: /readyz answers %d", code)
	}
	check(t, serve.Process.Signal(syscall.SIGTERM))
	check(t, serve.Wait())
}

// get returns the status, or 0 where nobody answers.
func (s *service) get(t *testing.T, path string) int {
	t.Helper()
	answer, err := http.Get("http://127.0.0.1:" + s.port + path)
	if err != nil {
		return 0
	}
	check(t, answer.Body.Close())
	return answer.StatusCode
}

// lines collects what a program prints while it runs.
type lines struct {
	mutex sync.Mutex
	all   strings.Builder
}

func (l *lines) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.all.Write(text)
}

func (l *lines) text() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.all.String()
}

func (l *lines) count(words string) int { return strings.Count(l.text(), words) }
