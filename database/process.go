package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// process is a postmaster: a child of this process, or one found by its postmaster.pid.
type process struct {
	pid, port int
	data      string
	exited    chan struct{} // closed when a child was reaped; nil for others
}

// alive asks the kernel rather than postmaster.pid, which a crash leaves behind: a postmaster works in its data directory.
func (p *process) alive() bool {
	if p.exited != nil {
		select {
		case <-p.exited:
			return false
		default:
			return true
		}
	}
	folder, err := os.Readlink("/proc/" + strconv.Itoa(p.pid) + "/cwd")
	return err == nil && folder == p.data
}

// stop asks for a fast shutdown and waits for it.
func (p *process) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if !p.alive() {
		return nil
	}
	if err := syscall.Kill(p.pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping the server (process %d): %w", p.pid, err)
	}
	for p.alive() {
		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("waiting for the server (process %d) to stop: %w", p.pid, err)
		}
	}
	return nil
}

// exists tells whether any process has this number.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// errLocked says that another process holds the lock.
var errLocked = errors.New("locked by another process")

// tryLock takes the lock file, which its closing or the process's death gives back, or says errLocked.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(err, file.Close())
}
