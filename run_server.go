//go:build ignore

// Command run_server starts and stops the server under supervisord, as supervisord.conf says. It is run from the root of the
// checkout, by an ordinary user or by root; root hands all that runs to an ordinary user.
package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `Usage: go run run_server.go start [-reload] | stop | restart | status | logs [-f]
  start -reload   also watches the sources, and builds and restarts after each change (development only)
  restart         builds first; a build that fails leaves the running server alone
  status          fails unless the server is ready
Settings come from the environment and .env. UNIFIED_USER names the user that the server runs as when root starts it.`

const (
	binary       = "bin/unified"
	stateDir     = "/var/lib/unified" // for what an ordinary user cannot reach in the checkout
	readyTimeout = 90 * time.Second   // covers a new database and recovery after a crash
	stopTimeout  = 90 * time.Second   // supervisord gives each of two programs 40 s
	tick         = 50 * time.Millisecond
	longestPath  = 98 // of a socket: 107 bytes, less the number that supervisord appends meanwhile
)

func main() {
	if err := run(strings.Join(os.Args[1:], " ")); err != nil {
		fmt.Fprintln(os.Stderr, "run_server:", err)
		os.Exit(1)
	}
}

func run(command string) error {
	s, err := find()
	if err != nil {
		return err
	}
	switch strings.Replace(command, "--", "-", 1) {
	case "start":
		return s.alone(s.start)
	case "start -reload":
		return s.watch()
	case "restart":
		return s.alone(s.restart)
	case "stop":
		return s.alone(s.stop)
	case "status":
		return s.status()
	case "logs":
		return s.logs("-n", "100")
	case "logs -f":
		return s.logs("-n", "20", "-F")
	}
	fmt.Fprintln(os.Stderr, usage)
	return fmt.Errorf("there is no command %q", command)
}

// service is the supervised server of one checkout.
type service struct {
	root, data string            // the checkout and its DATA_DIR
	dir        string            // data/service, links resolved: pid files, logs, socket
	settings   map[string]string // in force; empty if the program cannot tell them
	env        []string          // of supervisord
}

// find looks at what is there, and changes nothing.
func find() (*service, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s := &service{root: root}
	if _, err := os.Stat(s.conf()); err != nil {
		return nil, errors.New("run this in the root of the checkout, where supervisord.conf is")
	}
	if s.configure() != nil { // stop does without; start and restart build and ask again
		s.locate(cmp.Or(os.Getenv("DATA_DIR"), "var"))
	}
	if _, err := os.ReadDir(s.dir); errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("another user started the server: do this as that user, or as root (%w)", err)
	}
	return s, nil
}

func (s *service) conf() string { return filepath.Join(s.root, "supervisord.conf") }

// configure asks the program for the settings in force.
func (s *service) configure() error {
	values, err := output("./"+binary, "settings", "-json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(values), &s.settings); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	s.locate(s.settings["DATA_DIR"])
	return nil
}

// output returns what a program prints, or what it says went wrong.
func output(program string, args ...string) (string, error) {
	text, err := exec.Command(program, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && len(failed.Stderr) > 0 {
		err = errors.New(strings.TrimPrefix(strings.TrimSpace(string(failed.Stderr)), "unified: "))
	}
	return strings.TrimSpace(string(text)), err
}

func (s *service) locate(data string) {
	if !filepath.IsAbs(data) {
		data = filepath.Join(s.root, data)
	}
	s.data = resolve(data)
	s.dir = resolve(filepath.Join(s.data, "service"))
}

// resolve follows the links of a path that is there.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// alone runs do while no other run_server starts or stops this service.
func (s *service) alone(do func() error) error {
	if err := os.MkdirAll(s.data, 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(s.data, "service.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	return do()
}

// start leaves a server alone that is ready. One that is not is started anew, perhaps with better settings.
func (s *service) start() error {
	if s.pid("supervisord") != 0 && s.pid("server") != 0 && s.ready() {
		fmt.Println("The server runs already.")
		return s.status()
	}
	return s.restart()
}

func (s *service) restart() error {
	for _, step := range []func() error{s.build, s.configure, s.stop, s.checkPort, s.settle, s.launch, s.await} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.status()
}

// build brings bin/unified up to date, unless it is newer than all sources.
func (s *service) build() error {
	for _, program := range []string{"supervisord", "supervisorctl"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("supervisor is not installed (there is no %s): apt-get install supervisor", program)
		}
	}
	newest, _ := s.sources()
	if info, err := os.Stat(binary); err == nil && info.ModTime().UnixNano() > newest {
		return nil
	}
	command := exec.Command("make", "--no-print-directory", "build")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		left := ""
		if s.pid("server") != 0 {
			left = "; the server goes on with the old program"
		}
		return fmt.Errorf("the build failed (make build: %w)%s", err, left)
	}
	return nil
}

// checkPort tries the server's address before the server does.
func (s *service) checkPort() error {
	port := s.settings["PORT"]
	if port == "0" {
		return errors.New("PORT=0 takes any free port, and nobody would know which: set PORT")
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(s.settings["BIND"], port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %s is taken by another program: stop that, or set PORT", port)
	}
	if err != nil {
		return fmt.Errorf("the server cannot listen: %w", err)
	}
	return listener.Close()
}

// launch runs supervisord and has it start the programs: PostgreSQL first, because who starts it owns it.
func (s *service) launch() error {
	command := exec.Command("supervisord", "-c", s.conf())
	command.Dir, command.Env = "/", s.env
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("supervisord does not start: %w: %s", err, strings.TrimSpace(string(output)))
	}
	for until := time.Now().Add(readyTimeout / 6); s.ask("pid") != strconv.Itoa(s.pid("supervisord")); time.Sleep(tick) {
		if time.Now().After(until) {
			return fmt.Errorf("supervisord does not answer: %s", s.tail("supervisord.log", 1))
		}
	}
	if answer := s.ask(append([]string{"start"}, s.programs()...)...); strings.Contains(answer, "ERROR") {
		return s.failure(answer)
	}
	return nil
}

func (s *service) programs() []string {
	if s.settings["DATABASE_URL"] != "" {
		return []string{"server"}
	}
	return []string{"postgres", "server"}
}

// ask returns what supervisorctl says, good or bad.
func (s *service) ask(args ...string) string {
	command := exec.Command("supervisorctl", append([]string{"-c", s.conf()}, args...)...)
	command.Env = append(os.Environ(), "UNIFIED_SOCKET="+s.socket())
	answer, err := command.CombinedOutput()
	if err != nil && len(answer) == 0 {
		return err.Error()
	}
	return strings.TrimSpace(string(answer))
}

// await returns once the server is ready, or says why it is not.
func (s *service) await() error {
	pid := s.pid("server")
	for until := time.Now().Add(readyTimeout); !s.ready(); time.Sleep(5 * tick) {
		if pid == 0 || s.pid("server") != pid {
			return s.failure("it ended while it started")
		}
		if time.Now().After(until) {
			return s.failure(fmt.Sprintf("it has not answered for %s", readyTimeout))
		}
	}
	return nil
}

// failure ends with the server's own last word, or the given one if it has none.
func (s *service) failure(otherwise string) error {
	log := s.tail("server.log", 5)
	fmt.Fprintln(os.Stderr, log)
	if at := strings.LastIndex("\n"+log, "\nunified: "); at >= 0 {
		otherwise, _, _ = strings.Cut(log[at+len("unified: "):], "\ntime=")
	}
	return fmt.Errorf("the server is not ready: %s\nsupervisord goes on trying; stop ends that", strings.TrimSpace(otherwise))
}

// ready asks the server itself, under a name that it answers to.
func (s *service) ready() bool {
	request, err := http.NewRequest(http.MethodGet, s.address()+"/readyz", nil)
	if err != nil {
		return false
	}
	request.Host, _, _ = strings.Cut(s.settings["ALLOWED_HOSTS"], ",")
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

func (s *service) address() string {
	host := s.settings["BIND"]
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, s.settings["PORT"]) + s.settings["URL_PREFIX"]
}

// status prints how things are. Its error says what is wrong.
func (s *service) status() error {
	if s.pid("supervisord") == 0 {
		if pid := cmp.Or(s.pid("server"), s.pid("postgres")); pid != 0 {
			return fmt.Errorf("supervisord was killed and left process %d behind: stop or start puts that right", pid)
		}
		return errors.New("the server is stopped")
	}
	fmt.Println(s.ask(append([]string{"status"}, s.programs()...)...))
	fmt.Printf("\nThe end of %s:\n%s\n\n", filepath.Join(s.dir, "server.log"), s.tail("server.log", 10))
	if !s.ready() {
		return fmt.Errorf("the server is not ready: %s/readyz does not answer 200", s.address())
	}
	fmt.Printf("The server is ready at %s/\n", s.address())
	return nil
}

// logs becomes tail, which follows the files through their rotation.
func (s *service) logs(args ...string) error {
	program, err := exec.LookPath("tail")
	if err != nil {
		return err
	}
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.log"))
	if len(files) == 0 {
		return fmt.Errorf("there are no logs in %s yet", s.dir)
	}
	return syscall.Exec(program, slices.Concat([]string{"tail"}, args, files), os.Environ())
}

// tail returns the last lines of a log, or why there are none.
func (s *service) tail(log string, lines int) string {
	text, err := output("tail", "-n", strconv.Itoa(lines), filepath.Join(s.dir, log))
	if err != nil {
		return err.Error()
	}
	return text
}

// stop ends supervisord, which ends its programs, then what a killed supervisord left behind.
func (s *service) stop() error {
	for _, name := range []string{"supervisord", "server", "postgres", "pulse"} {
		if err := s.end(name); err != nil {
			return fmt.Errorf("stop %s: %w", name, err)
		}
	}
	if folder := filepath.Dir(s.socket()); folder != s.dir {
		_ = os.RemoveAll(folder)
	}
	return s.endOrphan()
}

// end asks a process and its group to finish, and kills them if they do not.
func (s *service) end(name string) error {
	pid := s.pid(name)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !s.owns(pid) {
			return nil
		}
		if err := syscall.Kill(-pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		for until := time.Now().Add(stopTimeout); s.owns(pid) && time.Now().Before(until); {
			time.Sleep(tick)
		}
	}
	return nil
}

// endOrphan stops a private PostgreSQL whose owner was killed. One that somebody owns, such as make run, is theirs.
func (s *service) endOrphan() error {
	dir := filepath.Join(s.data, "postgres")
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil
	}
	_, err = output("sh", "scripts/stop.sh", dir)
	return err
}

// pid is the number in a pid file, or 0 if its process is gone.
func (s *service) pid(name string) int {
	text, _ := os.ReadFile(filepath.Join(s.dir, name+".pid"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if !s.owns(pid) {
		return 0
	}
	return pid
}

// owns tells a living process of this service, by what it was started with, from another that got its number later.
func (s *service) owns(pid int) bool {
	environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return slices.Contains(strings.Split(string(environment), "\x00"), "UNIFIED_DIR="+s.dir)
}

// socket is where supervisord listens: beside its logs, or where the path is short enough for a socket.
func (s *service) socket() string {
	folder := s.dir
	if len(s.data) > longestPath-len("/service/supervisor.sock") {
		sum := sha256.Sum256([]byte(s.data))
		folder = "/tmp/unified-" + hex.EncodeToString(sum[:6])
	}
	return filepath.Join(folder, "supervisor.sock")
}

// settle makes the folders, and decides as whom, where and with what the programs run.
func (s *service) settle() error {
	args := []string{"scripts/service.sh", s.data}
	if folder := filepath.Dir(s.socket()); folder != s.dir {
		args = append(args, folder)
	}
	variables, err := output("sh", args...)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", s.dir, err)
	}
	s.locate(s.data)
	s.env = slices.Concat(os.Environ(), strings.Split(variables, "\n"), []string{"UNIFIED_SOCKET=" + s.socket()})
	return nil
}

// watch starts the server, and builds and restarts it after each change of the sources until it is stopped.
func (s *service) watch() error {
	if s.settings["APP_ENV"] == "production" {
		return errors.New("-reload is for development, and APP_ENV is production")
	}
	_, built := s.sources()
	if err := s.alone(s.start); err != nil {
		return err
	}
	fmt.Println("Watching the sources. Ctrl-C ends that; the server goes on.")
	for ; s.pid("supervisord") != 0; time.Sleep(5 * tick) {
		_, now := s.sources()
		if now == built {
			continue
		}
		for built = 0; built != now; _, now = s.sources() { // until the last of many files is written
			built = now
			time.Sleep(4 * tick)
		}
		fmt.Println("The sources changed.")
		if err := s.alone(s.renew); err != nil {
			fmt.Fprintln(os.Stderr, "run_server:", err)
		}
	}
	fmt.Println("The server was stopped; so is the watch.")
	return nil
}

// renew replaces the server alone: supervisord starts what ends.
func (s *service) renew() error {
	if s.pid("supervisord") == 0 {
		return nil
	}
	if err := errors.Join(s.build(), s.settle()); err != nil {
		return err
	}
	old := s.pid("server")
	if err := s.end("server"); err != nil {
		return err
	}
	for until := time.Now().Add(readyTimeout); s.pid("server") == old || s.pid("server") == 0; time.Sleep(tick) {
		if time.Now().After(until) {
			return s.failure("supervisord does not start it again")
		}
	}
	if err := s.await(); err != nil {
		return err
	}
	fmt.Println("The server runs the new program.")
	return nil
}

// sources returns when the newest of the files that the program is made of was changed, and a number that changes with any.
func (s *service) sources() (newest int64, state uint64) {
	sum := fnv.New64a()
	skipped := []string{".git", "bin", "var", "docs", "tools", "node_modules", "static/dist"}
	_ = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // a file that vanishes meanwhile
		}
		if entry.IsDir() && slices.Contains(skipped, path) {
			return filepath.SkipDir
		}
		info, err := entry.Info()
		if err != nil || path == "." || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".md") || entry.Name()[0] == '.' {
			return nil
		}
		newest = max(newest, info.ModTime().UnixNano())
		fmt.Fprintln(sum, path, info.ModTime().UnixNano(), info.Size())
		return nil
	})
	return newest, sum.Sum64()
}
