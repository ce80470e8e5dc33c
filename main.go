// Command unified is the admin panel: one program that serves, migrates, fills and looks after its database.
package main

import (
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
	"runtime/debug"
	"strconv"
	"syscall"

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
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a log that nobody reads any more must not end the server
	err := run(ctx, env{
		Args: os.Args[1:], Lookup: os.LookupEnv, File: ".env", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Migrations: migrations2.FS, Register: admin.Register,
	})
	if status, ok := errors.AsType[exitStatus](err); ok {
		os.Exit(int(status))
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "unified:", err)
		os.Exit(1)
	}
}

// env is the outside world of one run, and the tables it serves.
type env struct {
	Args           []string
	Lookup         func(name string) (string, bool)
	File           string    // more settings; it may be missing
	Stdin          io.Reader // nil: empty
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
	{"migrate", "migrate up | down [N] | status | new NAME [-from-diff]", "bring the schema up, undo its last files, list them, or begin a new one", migrate},
	{"schema", "schema diff [-json] [-table NAME]", "compare models and migrations with the database; 1 if they differ, 2 if it cannot tell", schemaCommand},
	{"schema", "schema inspect FOLDER [-schema NAME]", "write models and a panel for the tables of any database", schemaCommand},
	{"schema", "schema bridge [-apply] [-confirm-rename NAME] [-lose NAME]", "show what mends the differences, or do it; 1 if something is left", schemaCommand},
	{"schema", "schema analyze FOLDER [-svg FILE]", "describe what a folder of SQL migrations makes, and what is wrong with it", schemaCommand},
	{"audit", "audit prune [-older-than 400d] [-dry-run]", "delete old entries of the audit log, as the owner", audit},
	{"password", "password [-stdin] [-unlock] USER", "set somebody's password for the panel, and print it unless it was read", password},
	{"postgres", "postgres", "keep the private PostgreSQL running, in the foreground", postgres},
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
	log    *slog.Logger
	shapes *admin.Shapes // how lists are asked for, until it is written down
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
	return &program{env, settings, slog.New(handler), admin.NewShapes()}, nil
}

// garbage is how much a server may let lie, in percent of what it holds, unless GOGC says otherwise. It holds little, and a page
// leaves much: from Go's own 100 to 200 alone saved a tenth of the processor time.
const garbage = 400

// serve runs the panel until ctx ends.
func serve(ctx context.Context, p *program, args []string) error {
	if err := flags("serve", p, args, nil); err != nil {
		return err
	}
	if _, chosen := p.Lookup("GOGC"); !chosen {
		debug.SetGCPercent(garbage)
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
	group.Go(p.guarded(func() error {
		return controllers.Serve(ctx, listener, front, controllers.ServeOptions{
			Delay: p.ShutdownDelay, Shutdown: p.ShutdownTimeout, Log: p.log,
		})
	}))
	var db *opened
	group.Go(p.guarded(func() (err error) {
		if db, err = p.await(ctx); err != nil {
			return err
		}
		panel, err := p.furnish(ctx, db)
		if err != nil {
			return err
		}
		if err := panel.serve(front); err != nil {
			return err
		}
		go survived(p.log, func() { panel.fit(ctx) })()
		p.greet(listener.Addr(), db.logins)
		return db.keep(ctx, p.log)
	}))
	err = group.Wait()
	if db != nil {
		p.keepShapes(ctx, db)
		db.close()
	}
	if errors.Is(err, context.Canceled) { // asked to end while it waited
		return nil
	}
	return err
}

// keepShapes writes down how lists were asked for, at the end.
func (p *program) keepShapes(ctx context.Context, db *opened) {
	if err := p.shapes.Flush(context.WithoutCancel(ctx), db.Pool); err != nil {
		p.log.Info("how lists were asked for is not written down", "error", err)
	}
}

// guarded makes a panic of do an error, so that the program ends in order: a private server is stopped, requests finish.
func (p *program) guarded(do func() error) func() error {
	return func() (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				p.log.Error("panic", "cause", cause, "stack", string(debug.Stack()))
				err = fmt.Errorf("this is a bug, and the log tells where: %v", cause)
			}
		}()
		return do()
	}
}

// front is what answers until the database is open: it asks for patience, and knows the forms of all tables, so that what
// was typed into one is kept.
func (p *program) front() (*controllers.Front, error) {
	offline, err := database.Offline()
	if err != nil {
		return nil, err
	}
	tables, err := p.registry(offline)
	if err != nil {
		return nil, err
	}
	patience, err := p.site(controllers.Config{
		Tables: tables.Tables(), Ready: func(context.Context) error { return errors.New("the database is not open yet") },
		Gate: controllers.Wait(p.AllowedHosts, auth.CookieName(p.Port, p.URLPrefix, p.plain())),
	})
	if err != nil {
		return nil, err
	}
	front := new(controllers.Front)
	front.Set(patience)
	return front, nil
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

// site makes the screens, with the assets and the settings that all of them have.
func (p *program) site(config controllers.Config) (*controllers.Site, error) {
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	config.Static, config.Asset, config.Icons, config.Latest = assets.FS, assets.Path, admin.Icons(), "audit_log"
	config.Prefix, config.Stage, config.Plain = p.URLPrefix, p.stage(), p.plain()
	config.Timeout, config.Proxies, config.Log = p.RequestTimeout, p.TrustedProxies, p.log
	return controllers.New(config)
}

// stage is the badge that tells a development panel from the real one.
func (p *program) stage() string {
	if p.Env == config.Production {
		return ""
	}
	return p.Env.String()
}
