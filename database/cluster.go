package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Cluster is a private PostgreSQL made from the installed binaries: loopback only, on a free port, with random
// passwords. Its Dir is all its identity, so any number of processes may use the same one; Start sorts out who runs it.
type Cluster struct {
	// Dir holds the data (one folder for each major version of PostgreSQL), the passwords (files of mode 0600), the
	// server's log and the lock. It is made if missing. As root, where the server's user cannot enter the folder that
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
// attach. A server whose owner died (kill -9) is adopted by the next to start, and one that died itself is started again.
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

// Halt stops the server that runs in Dir, whoever owns it. Nothing running there is no error.
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
	Owned    bool   // Stop stops the server; else it only attached to it

	server *process
	lock   *os.File
}

// Wait blocks until ctx ends (nil) or the server does so by itself (an error).
func (r *Running) Wait(ctx context.Context) error {
	for r.server.alive() {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(10 * pollInterval):
		}
	}
	return errors.New("private PostgreSQL: the server ended by itself; its log says why")
}

// Stop ends the server if this process owns it: open transactions are rolled back, clients disconnected. A second call,
// or one by a process that only attached, does nothing. It works on after ctx has ended, for at most 30 seconds.
func (r *Running) Stop(ctx context.Context) error {
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
