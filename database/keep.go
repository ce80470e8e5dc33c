package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// How a server that ended by itself is started again.
const (
	lookInterval = 5 * pollInterval
	longestGap   = 30 * time.Second // between two starts; the first comes at once, and each gap is twice the one before
	startsInARow = 20               // some seven minutes
	calm         = time.Minute      // without an end, after which earlier ones are forgotten
)

var (
	errGone     = errors.New("the data are gone")
	errRestless = errors.New("it starts, and ends again and again; its log says why")
)

// Keep looks after the server until ctx ends, and returns nil then. A server that ended by itself, killed or stopped by
// hand, is started again by its owner, on the same port if that is free. One whose owner died belongs from then on to a
// process that had attached and keeps it. The log tells of each. After 20 starts in a row Keep gives up and says why.
func (r *Running) Keep(ctx context.Context, log *slog.Logger) error {
	log = log.With("dir", r.home.dir)
	starts, last := 0, time.Now()
	for gap := lookInterval; pause(ctx, gap) == nil; {
		began := time.Now()
		tried, err := r.look(ctx, log)
		if !tried || ctx.Err() != nil {
			gap = lookInterval
			continue
		}
		if began.Sub(last) > calm {
			starts = 0
		}
		starts, last = starts+1, time.Now()
		if err != nil {
			log.Error("the private PostgreSQL was not started again", "try", starts, "error", err)
		} else if starts == startsInARow {
			err = errRestless
		}
		if errors.Is(err, errGone) || starts == startsInARow {
			return fmt.Errorf("private PostgreSQL in %s: it ended by itself and could not be kept alive: %w", r.home.dir, err)
		}
		gap = min(lookInterval<<starts, longestGap)
	}
	return nil
}

// look does what is needed at this moment, and tells whether it tried to start the server. It turns a panic into an error.
func (r *Running) look(ctx context.Context, log *slog.Logger) (tried bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	defer func() {
		if cause := recover(); cause != nil {
			tried, err = true, fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	if r.lock == nil {
		if r.lock, err = tryLock(filepath.Join(r.home.dir, "lock")); errors.Is(err, errLocked) {
			r.follow(ctx, log)
			return false, nil
		}
		if err != nil {
			return true, err
		}
		log.Warn("the owner of the private PostgreSQL is gone; this process owns it now")
	}
	if r.server.alive() {
		return false, nil
	}
	if _, err := os.Stat(filepath.Join(r.home.data, "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		return true, errGone
	}
	log.Warn("the private PostgreSQL ended by itself and is started again", "said", lastLine(r.home.log()))
	server, err := r.home.run(ctx)
	if err != nil {
		return true, err
	}
	r.use(server)
	log.Warn("the private PostgreSQL runs again", "port", server.port)
	return true, r.home.prepare(ctx, server.port)
}

// follow finds the server again that a live owner started anew.
func (r *Running) follow(ctx context.Context, log *slog.Logger) {
	server, ok := r.home.server()
	if !ok || server.pid == r.server.pid || r.home.ready(ctx, server.port) != nil {
		return
	}
	r.use(server)
	log.Warn("the private PostgreSQL was started again by its owner", "port", server.port)
}

// use makes server the one that others ask for.
func (r *Running) use(server *process) {
	r.server = server
	r.port.Store(int64(server.port))
}
