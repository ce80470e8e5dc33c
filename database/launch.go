package database

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	loopback  = "127.0.0.1"
	logLimit  = 8 << 20 // bytes; a longer log is started anew
	launches  = 5       // a port may be taken meanwhile, and a crashed server's processes need a moment to go
	launchGap = 200 * time.Millisecond
)

// launch starts the server, after initdb if the data directory is new, and waits until it lets the superuser in.
func (h *home) launch(ctx context.Context) (*process, error) {
	if _, err := os.Stat(filepath.Join(h.data, "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		if err := h.initialise(ctx); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if err := h.discardStalePID(); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		server, err := h.launchOnce(ctx)
		if err == nil || try == launches || errors.Is(err, errForeign) || ctx.Err() != nil {
			return server, err
		}
		if pause(ctx, launchGap) != nil {
			return nil, err
		}
	}
}

func (h *home) launchOnce(ctx context.Context) (*process, error) {
	port, err := h.choosePort(ctx)
	if err != nil {
		return nil, err
	}
	log, err := openLog(h.log())
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := h.command(context.WithoutCancel(ctx), "postgres", h.settings(port)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Setsid = true // Ctrl-C is for the owner, which then stops the server
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting postgres: %w", err)
	}
	server := &process{pid: cmd.Process.Pid, port: port, data: h.data, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // only reaps; the log has the reason
		close(server.exited)
	}()
	return server, h.await(ctx, server)
}

// await returns once the superuser gets in; a server that does not get so far is stopped.
func (h *home) await(ctx context.Context, server *process) error {
	for {
		err := h.probe(ctx, h.url(superuser, superuser, server.port))
		switch {
		case err == nil:
			return nil
		case !server.alive():
			return fmt.Errorf("the server ended at once: %s", lastLine(h.log()))
		case hasCode(err, wrongPassword):
			return errors.Join(errForeign, server.stop(context.WithoutCancel(ctx)))
		}
		if err := pause(ctx, pollInterval); err != nil {
			return errors.Join(fmt.Errorf("the server did not get ready: %w", err), server.stop(context.WithoutCancel(ctx)))
		}
	}
}

func (h *home) settings(port int) []string {
	settings := []string{
		"listen_addresses=" + loopback,
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=", // Debian's is a folder of root's
		"timezone=UTC",
		"log_timezone=UTC",
		"random_page_cost=1.1", // no disk of this age turns; the planner would rather read a table through than look rows up
		"log_line_prefix=%m [%p] %q%u@%d ",
	}
	if h.test {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "max_connections=300")
	}
	args := []string{"-D", h.data}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

// initialise fills a folder beside the data directory and renames it, so that a killed start leaves nothing half made.
func (h *home) initialise(ctx context.Context) error {
	leftovers, err := filepath.Glob(filepath.Join(h.dir, "new-*"))
	if err != nil {
		return err
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil {
			return err
		}
	}
	nest, err := os.MkdirTemp(h.dir, "new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(nest) }()
	secret, data := filepath.Join(nest, "password"), filepath.Join(nest, "data")
	if err := os.WriteFile(secret, []byte(h.passwords[superuser]), 0o600); err != nil {
		return err
	}
	if err := h.user.take(nest, secret); err != nil {
		return err
	}
	args := []string{"-D", data, "-U", superuser, "--pwfile=" + secret, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"}
	if h.test {
		args = append(args, "--no-sync")
	}
	if output, err := h.command(ctx, "initdb", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(output))
	}
	return os.Rename(data, h.data)
}

func (h *home) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(h.binaries, name), args...)
	cmd.Dir = "/" // the server's user may not be let into ours
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.user.credential()}
	return cmd
}

// discardStalePID removes a postmaster.pid whose number belongs to some other program by now: PostgreSQL would take
// that for a server. One whose process is gone is left to PostgreSQL, which also looks for orphans of it.
func (h *home) discardStalePID() error {
	path := filepath.Join(h.data, "postmaster.pid")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err == nil && !exists(pid) {
		return nil
	}
	return os.Remove(path)
}

// choosePort returns the port of the last time, so that others find the server again, or another one if that is taken.
func (h *home) choosePort(ctx context.Context) (int, error) {
	remembered := filepath.Join(h.dir, "port")
	if text, err := os.ReadFile(remembered); err == nil {
		if port, err := freePort(ctx, strings.TrimSpace(string(text))); err == nil {
			return port, nil
		}
	}
	port, err := freePort(ctx, "0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	return port, os.WriteFile(remembered, []byte(strconv.Itoa(port)+"\n"), 0o600)
}

// freePort proves that a port is free; "0" is any.
func freePort(ctx context.Context, port string) (int, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(loopback, port))
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

func openLog(path string) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}

func lastLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	if len(lines) == 0 {
		return "its log is empty"
	}
	return lines[len(lines)-1]
}
