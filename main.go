// Command unified is the admin panel: one program that serves, migrates, fills and looks after its database.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"unified/admin"
	"unified/auth"
	"unified/config"
	"unified/controllers"
	"unified/crud"
	"unified/database"
	"unified/migrations2"
	"unified/static"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, env{
		Args: os.Args[1:], Lookup: os.LookupEnv, File: ".env", Stdout: os.Stdout, Stderr: os.Stderr,
		Migrations: migrations2.FS, Register: admin.Register,
	})
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "unified:", err)
		os.Exit(1)
	}
}

// env is the outside world of one run, and the tables it serves.
type env struct {
	Args           []string
	Lookup         func(name string) (string, bool)
	File           string // more settings; it may be missing
	Stdout, Stderr io.Writer
	Migrations     fs.FS
	Register       func(*crud.Registry)
}

// commands are the subcommands; the first is the default.
var commands = []struct {
	name, usage, help string
	run               func(context.Context, *program, []string) error
}{
	{"serve", "serve", "migrate, fill the defaults and serve the panel (the default)", serve},
	{"init", "init [-demo] [-n USERS]", "migrate and fill the defaults; with -demo also a believable company", initialise},
	{"migrate", "migrate up | down [N] | status | new NAME", "bring the schema up, undo its last files, list them, or begin a new one", migrate},
	{"audit", "audit prune [-older-than 400d] [-dry-run]", "delete old entries of the audit log, as the owner", audit},
	{"postgres", "postgres", "run the private PostgreSQL in the foreground", postgres},
	{"settings", "settings [-json]", "print the settings in force, without secrets", settings},
}

func run(ctx context.Context, env env) error {
	name, args := "serve", env.Args
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	for _, command := range commands {
		if command.name != name {
			continue
		}
		p, err := load(env)
		if err != nil {
			return err
		}
		return command.run(ctx, p, args)
	}
	fmt.Fprintln(env.Stdout, "Usage: unified [COMMAND]")
	for _, command := range commands {
		fmt.Fprintf(env.Stdout, "  %-42s %s\n", command.usage, command.help)
	}
	if name == "help" || name == "-h" || name == "--help" {
		return nil
	}
	return fmt.Errorf("there is no command %q", name)
}

// program is what every command starts from: checked settings and a log.
type program struct {
	env
	*config.Config
	log *slog.Logger
}

func load(env env) (*program, error) {
	lookup, err := config.DotEnv(env.File, env.Lookup)
	if err != nil {
		return nil, err
	}
	settings, err := config.Load(lookup)
	if err != nil {
		return nil, fmt.Errorf("the settings are not right:\n%w", err)
	}
	handler := slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: settings.LogLevel})
	return &program{env, settings, slog.New(handler)}, nil
}

// serve runs the panel until ctx ends.
func serve(ctx context.Context, p *program, args []string) error {
	if err := flags("serve", p, args, nil); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Address())
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("something else listens on %s: set PORT to another port, or to 0 for a free one", p.Address())
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.Address(), err)
	}
	front, err := p.front()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return controllers.Serve(ctx, listener, front, controllers.ServeOptions{
			Delay: p.ShutdownDelay, Shutdown: p.ShutdownTimeout, Log: p.log,
		})
	})
	var db *opened
	group.Go(func() (err error) {
		if db, err = p.await(ctx); err != nil {
			return err
		}
		site, err := p.panel(ctx, db)
		if err != nil {
			return err
		}
		front.Set(site)
		p.greet(listener.Addr(), db.logins)
		return nil
	})
	err = group.Wait()
	if db != nil {
		db.close()
	}
	if errors.Is(err, context.Canceled) { // asked to end while it waited
		return nil
	}
	return err
}

// panel puts the screens over an open database.
func (p *program) panel(ctx context.Context, db *opened) (*controllers.Site, error) {
	store := auth.NewStore(db.Pool, auth.SQL(db.Pool), p.sessions())
	go store.SweepEvery(ctx, 10*time.Minute, func(err error) { p.log.Warn("remove old sessions", "error", err) })
	door := controllers.Door{Gate: auth.NewGate(db.Pool, auth.SQL(db.Pool), store), Store: store, Prefix: p.URLPrefix, Hosts: p.AllowedHosts}
	return p.site(db.tables.Tables(), p.ready(ctx, db.DB), door.Open())
}

// front is what answers until the database is open: it asks for patience.
func (p *program) front() (*controllers.Front, error) {
	patience, err := p.site(nil, func(context.Context) error { return errors.New("the database is not open yet") }, controllers.Wait())
	if err != nil {
		return nil, err
	}
	front := new(controllers.Front)
	front.Set(patience)
	return front, nil
}

// await opens the database, again while it does not answer, for as long as the settings allow.
func (p *program) await(ctx context.Context) (*opened, error) {
	said := ""
	for until := time.Now().Add(p.DatabaseWait); ; {
		db, err := p.open(ctx)
		if err == nil || !database.Away(err) || time.Now().After(until) {
			return db, err
		}
		if err.Error() != said {
			said = err.Error()
			p.log.Warn("the database does not answer yet", "error", err, "until", until.Format(time.TimeOnly))
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// ready says whether requests can be answered: not while the database is away, nor once the program is ending.
func (p *program) ready(ctx context.Context, db *database.DB) func(context.Context) error {
	return func(request context.Context) error {
		if ctx.Err() != nil {
			return errors.New("the program is ending")
		}
		return db.Ready(request)
	}
}

// opened is a migrated and filled database with the tables over it.
type opened struct {
	*database.DB
	target database.Target
	tables *crud.Registry
	logins []admin.Login
	close  func()
}

// open makes the database ready: found or made, migrated, checked against the registrations, filled with the defaults.
func (p *program) open(ctx context.Context) (*opened, error) {
	target, stop, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := database.Migrate(ctx, target, p.Migrations); err != nil {
		stop()
		return nil, err
	}
	db, err := database.Open(ctx, cmp.Or(target.AppURL, target.OwnerURL), p.Schema, p.pool())
	if err != nil {
		stop()
		return nil, err
	}
	o := &opened{DB: db, target: target, close: func() { db.Close(); stop() }}
	if o.tables, err = p.registry(ctx, db); err == nil {
		o.logins, err = admin.Fill(ctx, db.Gorm, admin.FillOptions{
			Tables: o.tables.Tables(), Development: p.Env == config.Development && p.Loopback(), AdminPassword: p.AdminPassword,
		})
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// connect finds the database and makes it if it is missing. stop ends a private server.
func (p *program) connect(ctx context.Context) (database.Target, func(), error) {
	target := database.Target{OwnerURL: p.DatabaseURL, AppURL: p.DatabaseURLApp, Schema: p.Schema}
	stop := func() {}
	if p.DatabaseURL == "" {
		server, err := p.cluster().Start(ctx)
		if err != nil {
			return target, stop, err
		}
		target.OwnerURL, target.AppURL = server.OwnerURL, server.AppURL
		stop = func() {
			if err := server.Stop(context.WithoutCancel(ctx)); err != nil {
				p.log.Error("stop the private PostgreSQL", "err", err)
			}
		}
	}
	if err := database.Ensure(ctx, target); err != nil {
		stop()
		return target, func() {}, err
	}
	return target, stop, nil
}

func (p *program) cluster() database.Cluster {
	return database.Cluster{Dir: filepath.Join(p.DataDir, "postgres")}
}

func (p *program) pool() database.Options {
	return database.Options{
		PoolSize: p.PoolSize, ConnectTimeout: p.ConnectTimeout, StatementTimeout: p.StatementTimeout,
		LockTimeout: p.LockTimeout, IdleTxTimeout: p.IdleTxTimeout, Log: p.log,
	}
}

// registry is the panel's tables, checked and described.
func (p *program) registry(ctx context.Context, db *database.DB) (*crud.Registry, error) {
	reg := crud.Open(db.Gorm, crud.Config{Policy: admin.Policy{}, Record: admin.Record})
	p.Register(reg)
	if err := reg.Check(); err != nil {
		return nil, err
	}
	return reg, reg.Describe(ctx)
}

// plain says whether cookies must do without Secure: browsers keep secure ones over http from this machine alone.
func (p *program) plain() bool { return p.Env == config.Development && !p.Loopback() }

func (p *program) sessions() auth.StoreOptions {
	return auth.StoreOptions{Idle: p.SessionIdle, Max: p.SessionMax, Port: p.Port, Prefix: p.URLPrefix, Plain: p.plain()}
}

// greet prints where the panel is and who may come in.
func (p *program) greet(addr net.Addr, logins []admin.Login) {
	host := p.Bind
	if p.Loopback() || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	port := strconv.Itoa(addr.(*net.TCPAddr).Port)
	fmt.Fprintf(p.Stdout, "Unified is ready at http://%s%s/\n", net.JoinHostPort(host, port), p.URLPrefix)
	p.introduce(logins)
}

// introduce prints who may come in.
func (p *program) introduce(logins []admin.Login) {
	for _, login := range logins {
		fmt.Fprintf(p.Stdout, "  sign in as %s with the password %s\n", login.Name, login.Password)
	}
}

func (p *program) site(tables []crud.Resource, ready func(context.Context) error, gate controllers.Gate) (*controllers.Site, error) {
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	return controllers.New(controllers.Config{
		Tables: tables, Static: assets.FS, Asset: assets.Path, Prefix: p.URLPrefix, Stage: p.stage(), Latest: "audit_log",
		Icons: admin.Icons(), Ready: ready, Timeout: p.RequestTimeout, Proxies: p.TrustedProxies, Log: p.log, Plain: p.plain(), Gate: gate,
	})
}

// stage is the badge that tells a development panel from the real one.
func (p *program) stage() string {
	if p.Env == config.Production {
		return ""
	}
	return p.Env.String()
}
