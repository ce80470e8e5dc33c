// Command unified is the admin panel: one program that serves, migrates, fills and looks after its database.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"unified/admin"
	"unified/admin/demo"
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
		Args: os.Args[1:], Lookup: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr,
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
	lookup, err := config.DotEnv(".env", env.Lookup)
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
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer db.close()
	store := auth.NewStore(db.Pool, auth.SQL(db.Pool), p.sessions())
	door := controllers.Door{Gate: auth.NewGate(db.Pool, auth.SQL(db.Pool), store), Store: store, Prefix: p.URLPrefix, Hosts: p.AllowedHosts}
	site, err := p.site(db, door)
	if err != nil {
		return err
	}
	go store.SweepEvery(ctx, 10*time.Minute, func(err error) { p.log.Warn("remove old sessions", "error", err) })
	return p.listen(ctx, site, db.logins)
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

// listen serves until ctx ends, then lets requests under way finish.
func (p *program) listen(ctx context.Context, site http.Handler, logins []admin.Login) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Address())
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.Address(), err)
	}
	p.greet(listener.Addr(), logins)
	return controllers.Serve(ctx, listener, site, controllers.ServeOptions{Timeout: p.RequestTimeout, Shutdown: p.ShutdownTimeout, Log: p.log})
}

// greet prints where the panel is and who may come in.
func (p *program) greet(addr net.Addr, logins []admin.Login) {
	host := p.Bind
	if p.Loopback() || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	port := strconv.Itoa(addr.(*net.TCPAddr).Port)
	fmt.Fprintf(p.Stdout, "Unified is ready at http://%s%s/\n", net.JoinHostPort(host, port), p.URLPrefix)
	for _, login := range logins {
		fmt.Fprintf(p.Stdout, "  sign in as %s with the password %s\n", login.Name, login.Password)
	}
}

func (p *program) site(db *opened, door controllers.Door) (*controllers.Site, error) {
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	return controllers.New(controllers.Config{
		Tables: db.tables.Tables(), Static: assets.FS, Asset: assets.Path, Prefix: p.URLPrefix, Stage: p.stage(), Latest: "audit_log",
		Icons: admin.Icons(), Ready: db.Ready, Timeout: p.RequestTimeout, Proxies: p.TrustedProxies, Log: p.log, Plain: p.plain(), Gate: door.Open(),
	})
}

// stage is the badge that tells a development panel from the real one.
func (p *program) stage() string {
	if p.Env == config.Production {
		return ""
	}
	return p.Env.String()
}

// initialise migrates and fills without serving.
func initialise(ctx context.Context, p *program, args []string) error {
	var options demo.Options
	withDemo := false
	err := flags("init", p, args, func(set *flag.FlagSet) {
		set.BoolVar(&withDemo, "demo", false, "add a believable company")
		set.IntVar(&options.Users, "n", 0, "users of the company; 200 if 0")
	})
	if err != nil {
		return err
	}
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer db.close()
	if !withDemo {
		return nil
	}
	summary, err := demo.Fill(ctx, db.Pool, options)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, summary)
	return database.Analyze(ctx, db.target)
}

// migrate brings the schema up or down, lists the files, or begins a new one.
func migrate(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 {
		return errors.New("migrate what? up, down [N], status, or new NAME")
	}
	if args[0] == "new" {
		if len(args) != 2 {
			return errors.New("migrate new takes one name, such as create_articles_table")
		}
		file, err := database.NewMigration("migrations2", args[1])
		if err == nil {
			fmt.Fprintln(p.Stdout, file)
		}
		return err
	}
	target, stop, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	switch args[0] {
	case "up":
		applied, err := database.Migrate(ctx, target, p.Migrations)
		fmt.Fprintf(p.Stdout, "%d migrations applied\n", applied)
		return err
	case "down":
		steps := 1
		if len(args) > 1 {
			if steps, err = strconv.Atoi(args[1]); err != nil || steps < 1 {
				return fmt.Errorf("migrate down takes a number of files, not %q", args[1])
			}
		}
		undone, err := database.Down(ctx, target, p.Migrations, steps)
		fmt.Fprintf(p.Stdout, "%d migrations undone\n", undone)
		return err
	case "status":
		return status(ctx, p, target)
	}
	return fmt.Errorf("there is no command \"migrate %s\": it is up, down [N], status, or new NAME", args[0])
}

func status(ctx context.Context, p *program, target database.Target) error {
	files, err := database.Status(ctx, target, p.Migrations)
	for _, file := range files {
		state := "pending"
		switch {
		case file.Changed:
			state = "changed since it was applied"
		case file.Applied:
			state = fmt.Sprintf("applied %s in %s", file.AppliedAt.Format(time.DateTime), file.Duration)
		}
		fmt.Fprintf(p.Stdout, "%-50s %s\n", file.Name, state)
	}
	return err
}

// postgres runs the private server until ctx ends.
func postgres(ctx context.Context, p *program, args []string) error {
	if err := flags("postgres", p, args, nil); err != nil {
		return err
	}
	server, err := p.cluster().Start(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, "PostgreSQL is ready")
	return errors.Join(server.Wait(ctx), server.Stop(context.WithoutCancel(ctx)))
}

// settings prints what is in force.
func settings(_ context.Context, p *program, args []string) error {
	asJSON := false
	err := flags("settings", p, args, func(set *flag.FlagSet) { set.BoolVar(&asJSON, "json", false, "as one JSON object") })
	if err != nil {
		return err
	}
	values := p.Values()
	if asJSON {
		return json.NewEncoder(p.Stdout).Encode(values)
	}
	for _, setting := range config.Settings() {
		fmt.Fprintf(p.Stdout, "%s=%s\n", setting.Name, values[setting.Name])
	}
	return nil
}

// flags parses a command's flags and refuses what is left over.
func flags(name string, p *program, args []string, define func(*flag.FlagSet)) error {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(p.Stderr)
	if define != nil {
		define(set)
	}
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%s: %q is one argument too many", name, set.Arg(0))
	}
	return nil
}
