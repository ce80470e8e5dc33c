// Command lists measures the panel's lists and forms beside their floor: the least that a Go program does for the same rows. It starts
// the panel, as built, and the floor as processes of their own over one private PostgreSQL in var/bench, which it fills, and asks
// both in turn over the loopback, so that whatever else the machine does meanwhile hits both alike.
//
//	make build && go run ./bench/lists [-audit 5000000] [-rounds 7]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"unified/database"
)

// settings are what the command line chooses.
type settings struct {
	users, audit  int    // rows
	rounds        int    // of which the median counts
	dir           string // of the database
	page          string // those with this in their name are asked for
	each, clients int    // requests to each server in a round, and how many of them at a time
	wait          bool   // serve only, for a profiler
}

func main() {
	if err := begin(); err != nil {
		fmt.Fprintln(os.Stderr, "lists:", err)
		os.Exit(1)
	}
}

func begin() error {
	if len(os.Args) == 2 && os.Args[1] == floorCommand {
		return serveFloor(os.Getenv("DATABASE_URL"))
	}
	var s settings
	flag.IntVar(&s.users, "users", 100_000, "rows of users")
	flag.IntVar(&s.audit, "audit", 5_000_000, "rows of audit_log")
	flag.IntVar(&s.rounds, "rounds", 7, "rounds, of which the medians are printed")
	flag.IntVar(&s.each, "requests", 400, "requests for a page in a round")
	flag.IntVar(&s.clients, "clients", 8, "requests at a time where processor time is measured")
	flag.StringVar(&s.dir, "dir", filepath.Join("var", "bench"), "folder of the database, which is kept")
	flag.StringVar(&s.page, "page", "", "ask only for the pages with this in their name, such as users")
	flag.BoolVar(&s.wait, "wait", false, "start all and measure nothing")
	flag.Parse() //nolint:revive // main does nothing but call this
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return s.run(ctx)
}

func (s settings) run(ctx context.Context) error {
	postgres, err := database.Cluster{Dir: filepath.Join(s.dir, "postgres")}.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = postgres.Stop(context.WithoutCancel(ctx)) }()
	panel, err := startPanel(ctx, postgres)
	if err != nil {
		return err
	}
	defer panel.stop()
	if err := fill(ctx, postgres.OwnerURL, s.users, s.audit); err != nil {
		return err
	}
	floor, err := startFloor(ctx, postgres)
	if err != nil {
		return err
	}
	defer floor.stop()
	if s.wait {
		fmt.Println(panel.address, panel.cookie, "\n"+floor.address)
		<-ctx.Done()
		return nil
	}
	return s.compare(ctx, panel, floor)
}

// screen is a page as both servers have it. One that is edited ends before the key of a row: its form is asked for and sent back. One
// that is walked ends before a cursor: another one each time, from a row downwards, as nobody asks for the same place twice.
type screen struct {
	name, panel, floor string
	edited             bool
	walked             int64
	program            string // of the API, what a program does: one of the keys of programs; "" for a page
}

func (s settings) screens() []screen {
	return []screen{
		{name: "users, first page", panel: "/users?size=100", floor: "/users"},
		{name: "audit log, first page", panel: "/audit_log?size=100", floor: "/audit"},
		{name: "audit log, middle page", panel: "/audit_log?size=100&after=", floor: "/audit?after=", walked: int64(s.audit / 2)},
		{name: "audit log, last page", panel: "/audit_log?size=100&last=1", floor: "/audit?last=1"},
		{name: "form of a person, asked for and saved", panel: "/users/", floor: "/person/", edited: true},
		{name: "form of a person, beside a floor that locks and logs", panel: "/users/", floor: "/careful/", edited: true},
		{name: "api-list: 100 people as JSON", panel: "/api/v1/users?size=100&fields=" + listed, floor: "/json/users", program: "list"},
		{name: "api-read: a person as JSON", panel: "/api/v1/users/", floor: "/json/users/", program: "read"},
		{name: "api-patch: a name of a person", panel: "/api/v1/users/", floor: "/json/users/", program: "patch"},
		{name: "api-patch, beside a floor that locks and logs", panel: "/api/v1/users/", floor: "/json/careful/", program: "patch"},
	}
}

// compare prints the medians of the rounds: processor time of the server a request with several clients, and the time
// that one client waits.
func (s settings) compare(ctx context.Context, panel, floor *server) error {
	fmt.Printf("%d users, %d entries, pages of 100 rows, medians of %d rounds\n\n", s.users, s.audit, s.rounds)
	fmt.Println("| page | CPU a request, floor | panel | ratio | time, one client: floor | panel | ratio |\n|---|---|---|---|---|---|---|")
	for _, screen := range s.screens() {
		if !strings.Contains(screen.name, s.page) {
			continue
		}
		var cpu, wall [2][]float64
		for round := range s.rounds + 1 {
			for i, server := range []*server{floor, panel} {
				visit := server.visit([]string{screen.floor, screen.panel}[i], screen)
				busy, _, err := server.ask(ctx, visit, s.each, s.clients)
				if err != nil {
					return err
				}
				_, waited, err := server.ask(ctx, visit, s.each/4, 1)
				if err != nil {
					return err
				}
				if round > 0 { // the first warms up
					cpu[i], wall[i] = append(cpu[i], milliseconds(busy)), append(wall[i], milliseconds(waited))
				}
			}
		}
		fmt.Printf("| %s | %.2f ms | %.2f ms | %.2f | %.2f ms | %.2f ms | %.2f |\n", screen.name,
			median(cpu[0]), median(cpu[1]), median(cpu[1])/median(cpu[0]), median(wall[0]), median(wall[1]), median(wall[1])/median(wall[0]))
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median[T float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
