package controllers_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"unified/controllers"
)

func TestServe_T95_WhatDoesNotEndIsCutOff(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	stuck := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done() // until the connection is cut
	})
	var log strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- controllers.Serve(ctx, listener, stuck, controllers.ServeOptions{
			Shutdown: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
	}()
	asked := make(chan error, 1)
	go func() {
		answer, err := http.Get("http://" + listener.Addr().String())
		if err == nil {
			answer.Body.Close()
		}
		asked <- err
	}()
	<-begun
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
	if err := <-asked; err == nil {
		t.Error("the request was answered")
	}
	if !strings.Contains(log.String(), "cut off") {
		t.Errorf("the log says %q", log.String())
	}
}
