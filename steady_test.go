package main

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// asker is a pool or a connection.
type asker interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// sessions counts the program's connections to the database, and those that sit in a transaction.
func sessions(t *testing.T, db asker) (all, inTransaction int) {
	t.Helper()
	err := db.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'unified%' AND pid <> pg_backend_pid()`).Scan(&all, &inTransaction)
	if err != nil {
		t.Fatal(err)
	}
	return all, inTransaction
}

// ours counts the goroutines of the program in this process: those of its server, its pools and its own code.
func ours() (n int, stacks string) {
	buffer := make([]byte, 4<<20)
	var found []string
	for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		program := strings.Contains(stack, "unified/") || strings.Contains(stack, "jackc/") || strings.Contains(stack, "net/http.(*conn)")
		if program && !strings.Contains(stack, "toxiproxy") && !strings.Contains(stack, "testing.") {
			found = append(found, stack)
		}
	}
	return len(found), strings.Join(found, "\n\n")
}

// steady takes note of what a program that runs in this test alone holds before a fault: goroutines, and connections to
// its database, of which it may have poolSize. The func that it returns waits until it holds no more.
func steady(p *person, db func() asker, poolSize int) (check func()) {
	p.t.Helper()
	p.CloseIdleConnections()
	before, _ := ours()
	for began := time.Now(); time.Since(began) < time.Second; time.Sleep(10 * time.Millisecond) { // connections that are closing
		now, _ := ours()
		before = min(before, now)
	}
	return func() {
		p.t.Helper()
		for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			p.CloseIdleConnections()
			now, stacks := ours()
			all, busy := sessions(p.t, db())
			if now <= before && all <= poolSize && busy == 0 {
				p.t.Logf("%d goroutines before, %d after; %d connections", before, now, all)
				return
			}
			if time.Since(began) > 20*time.Second {
				p.t.Fatalf("%d goroutines before, %d after; %d connections of %d, %d of them busy\n%s", before, now, all, poolSize, busy, stacks)
			}
		}
	}
}
