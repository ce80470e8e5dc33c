package controllers

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ServeOptions bound what one connection may take.
type ServeOptions struct {
	Timeout  time.Duration // of reading one request; twice as long for request and answer together
	Shutdown time.Duration // for requests under way when the server ends
	Log      *slog.Logger
}

// Serve answers on listener until ctx ends, takes no new requests then, and returns nil when those under way are
// answered. Requests do not end with ctx.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, options ServeOptions) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       options.Timeout,
		WriteTimeout:      2 * options.Timeout,
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
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), options.Shutdown)
	defer cancel()
	return server.Shutdown(closing)
}
