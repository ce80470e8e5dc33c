package controllers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// ServeOptions say how a server ends.
type ServeOptions struct {
	Delay    time.Duration // between the end of ctx and the end of new requests
	Shutdown time.Duration // for requests under way when the server ends
	Log      *slog.Logger
}

// Front is a handler that can be replaced while it serves: first one that asks for patience, then the panel. Set comes
// before the first request.
type Front struct{ current atomic.Pointer[http.Handler] }

// Set replaces the handler for the requests to come.
func (f *Front) Set(handler http.Handler) { f.current.Store(&handler) }

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*f.current.Load()).ServeHTTP(w, r)
}

// Wait is the gate of a panel whose database does not answer yet: every page is 503 and says so. hosts are as in Door, and
// cookie is the name of the one that sessions will have.
func Wait(hosts []string, cookie string) Gate {
	patience := func(*gin.Context) error {
		return &Failure{Status: http.StatusServiceUnavailable, Retry: 5 * time.Second,
			Message: "The database does not answer yet. Check that PostgreSQL runs and can be reached; this page works as soon as it does."}
	}
	return Gate{
		Every:  []Handler{secure},
		Pages:  []Handler{knownHost(hosts), sameOrigin(cookie), patience},
		Inside: []Handler{patience},
		Mount:  Door{}.mount,
	}
}

// Serve answers on listener until ctx ends, takes no new requests a delay after that, and returns nil when those under way
// are answered, or cut off because their time is over. Requests do not end with ctx.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, options ServeOptions) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(options.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	time.Sleep(options.Delay)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), options.Shutdown)
	defer cancel()
	err := server.Shutdown(closing)
	if errors.Is(err, context.DeadlineExceeded) {
		options.Log.Warn("requests that did not end in time were cut off", "time", options.Shutdown)
		return server.Close()
	}
	return err
}
