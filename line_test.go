package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"unified/internal/testdb"
)

// line is the connection between the program and its database, which a test can cut.
type line struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

// through puts a line before the database and returns settings that lead over it. It is cut until mended.
func through(t *testing.T, db *testdb.DB) (*line, map[string]string) {
	t.Helper()
	owner, err := url.Parse(db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &line{t, toxiproxy.NewProxy(server, "database", "127.0.0.1:0", owner.Host)}
	l.mend() // takes a port
	t.Cleanup(l.proxy.Stop)
	settings := onDatabase(db)
	for name, address := range settings {
		settings[name] = strings.Replace(address, owner.Host, l.proxy.Listen, 1)
	}
	settings["REQUEST_TIMEOUT"] = "6s"
	l.cut()
	return l, settings
}

// cut ends all connections; new ones are refused.
func (l *line) cut() { l.proxy.Stop() }

func (l *line) mend() {
	l.t.Helper()
	if err := l.proxy.Start(); err != nil {
		l.t.Fatal(err)
	}
}

// swallow lets connections open and carries nothing on them any more in one direction: "upstream" or "downstream".
func (l *line) swallow(direction string) {
	l.t.Helper()
	l.ail(`{"name":"ailment","type":"timeout","stream":"` + direction + `","attributes":{"timeout":0}}`)
}

// reset breaks connections off in the way of a machine that was restarted.
func (l *line) reset() {
	l.t.Helper()
	l.ail(`{"name":"ailment","type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`)
}

// slow keeps every answer back for a while.
func (l *line) slow() {
	l.t.Helper()
	l.ail(`{"name":"ailment","type":"latency","stream":"downstream","attributes":{"latency":80,"jitter":40}}`)
}

func (l *line) ail(toxic string) {
	l.t.Helper()
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		l.t.Fatal(err)
	}
}

// carry ends what swallow, reset or slow began.
func (l *line) carry() {
	l.t.Helper()
	if err := l.proxy.Toxics.RemoveToxic(l.t.Context(), "ailment"); err != nil {
		l.t.Fatal(err)
	}
}
