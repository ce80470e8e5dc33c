package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Cluster is a private PostgreSQL made from the installed binaries: loopback only, on a free port that it keeps, with random
// passwords. Its Dir is all its identity, so any number of processes may use the same one; Start sorts out who runs it.
type Cluster struct {
	// Dir holds the data (one folder for each major version of PostgreSQL), the passwords (files of mode 0600), the
	// server's port and log, and the lock. It is made if missing. As root, where the server's user cannot enter the folder that
	// Dir is in, Dir becomes a symbolic link to a folder under the system's state directory.
	Dir string
	// Test gives up durability for speed, and Start leaves the server running for the test processes that follow,
	// owned by none of them: Halt stops it.
	Test bool
}

const (
	startTimeout = 60 * time.Second // covers recovery after a crash
	stopTimeout  = 30 * time.Second
	pollInterval = 20 * time.Millisecond
)

// Start makes the cluster if it is new and returns once its database takes connections.
//
// The first process to start a cluster owns it until Running.Stop or its own death. While the owner lives, others
// attach. A server whose owner died (kill -9) is adopted by the next to start, and one that died itself is started again:
// at the next Start, or at once by who keeps it (Running.Keep).
func (c Cluster) Start(ctx context.Context) (*Running, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	running, err := c.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", c.Dir, err)
	}
	return running, nil
}

func (c Cluster) start(ctx context.Context) (*Running, error) {
	home, err := c.open()
	if err != nil {
		return nil, err
	}
	for {
		running, err := home.own(ctx)
		if errors.Is(err, errLocked) {
			running, err = home.attach(ctx)
		}
		if !errors.Is(err, errLocked) {
			return running, err
		}
		if err := pause(ctx, pollInterval); err != nil {
			return nil, fmt.Errorf("waiting for the process that owns it: %w", err)
		}
	}
}

// Halt stops the server that runs in Dir, whoever owns it; who keeps it starts it again. Nothing running there is no error.
func (c Cluster) Halt(ctx context.Context) error {
	if _, err := os.Stat(c.Dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	home, err := c.open()
	if err != nil {
		return fmt.Errorf("private PostgreSQL in %s: %w", c.Dir, err)
	}
	server, ok := home.server()
	if !ok {
		return nil
	}
	return server.stop(ctx)
}

// Running is a private PostgreSQL that takes connections.
type Running struct {
	SuperURL string // the superuser, for databases and roles
	OwnerURL string // the role that migrates; it owns the database
	AppURL   string // the role that serves

	home   *home
	port   atomic.Int64
	mutex  sync.Mutex // of what follows
	server *process
	lock   *os.File // nil: it only attached
}

// Port is where the server listens by now. It differs from the one in the addresses if that was taken when the server was
// started again.
func (r *Running) Port() int { return int(r.port.Load()) }

// Owned tells whether Stop stops the server; if not, this process only attached to it.
func (r *Running) Owned() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.lock != nil
}

// Stop ends the server if this process owns it: open transactions are rolled back, clients disconnected. A second call,
// or one by a process that only attached, does nothing. It works on after ctx has ended, for at most 30 seconds. Keep must
// have ended before.
func (r *Running) Stop(ctx context.Context) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.lock == nil {
		return nil
	}
	err := r.server.stop(context.WithoutCancel(ctx))
	err = errors.Join(err, r.lock.Close())
	r.lock = nil
	return err
}

// pause waits for d, or returns the error of ctx if that ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
