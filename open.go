package main

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"gorm.io/gorm"

	"unified/admin"
	"unified/config"
	"unified/crud"
	"unified/database"
)

// fillTimeout bounds what is done with a database between its migration and the first request.
const fillTimeout = time.Minute

// place is where the database is.
type place struct {
	target database.Target
	server *database.Running // the private one; nil if it is somebody else's
	leave  func()            // ends the private server if this process owns it
}

// keep looks after the private server until ctx ends, if there is one.
func (at *place) keep(ctx context.Context, log *slog.Logger) error {
	if at.server == nil {
		return nil
	}
	return at.server.Keep(ctx, log)
}

// opened is a migrated and filled database with the tables over it.
type opened struct {
	*database.DB
	*place
	tables *crud.Registry
	logins []admin.Login
}

func (o *opened) close() {
	o.DB.Close()
	o.leave()
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

// open makes the database ready: found or made, migrated, checked against the registrations, filled with the defaults.
func (p *program) open(ctx context.Context) (*opened, error) {
	at, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := database.Migrate(ctx, at.target, p.Migrations); err != nil {
		at.leave()
		return nil, err
	}
	if p.Bridge == "safe" {
		p.addMissing(ctx, at)
	}
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	db, err := database.Open(ctx, cmp.Or(at.target.AppURL, at.target.OwnerURL), p.Schema, p.pool(at.server))
	if err != nil {
		at.leave()
		return nil, err
	}
	o := &opened{DB: db, place: at}
	if err := p.fill(ctx, o); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (p *program) fill(ctx context.Context, o *opened) (err error) {
	if o.tables, err = p.registry(o.Gorm); err != nil {
		return err
	}
	if err = o.tables.Describe(ctx); err != nil {
		return err
	}
	o.logins, err = admin.Fill(ctx, o.Gorm, admin.FillOptions{
		Tables: o.tables.Tables(), Development: p.Env == config.Development && p.Loopback(), AdminPassword: p.AdminPassword,
	})
	if database.Undefined(err) { // the rest serves meanwhile
		p.log.Warn("the defaults could not be filled in, since the database lacks a table or a column that they need", "error", err)
		return nil
	}
	return err
}

// connect finds the database and makes it if it is missing.
func (p *program) connect(ctx context.Context) (*place, error) {
	at, err := p.reach(ctx)
	if err != nil {
		return nil, err
	}
	if err := database.Ensure(ctx, at.target); err != nil {
		at.leave()
		return nil, err
	}
	return at, nil
}

// reach finds the server, and starts a private one.
func (p *program) reach(ctx context.Context) (*place, error) {
	at := &place{target: database.Target{OwnerURL: p.DatabaseURL, AppURL: p.DatabaseURLApp, Schema: p.Schema}, leave: func() {}}
	if p.DatabaseURL == "" {
		server, err := p.cluster().Start(ctx)
		if err != nil {
			return nil, err
		}
		at.server, at.target.OwnerURL, at.target.AppURL = server, server.OwnerURL, server.AppURL
		at.leave = func() {
			if err := server.Stop(context.WithoutCancel(ctx)); err != nil {
				p.log.Error("stop the private PostgreSQL", "error", err)
			}
		}
	}
	return at, nil
}

func (p *program) cluster() database.Cluster {
	return database.Cluster{Dir: filepath.Join(p.DataDir, "postgres")}
}

// pool bounds the connections, which follow a private server to where it listens by now.
func (p *program) pool(server *database.Running) database.Options {
	options := database.Options{
		PoolSize: p.PoolSize, ConnectTimeout: p.ConnectTimeout, StatementTimeout: p.StatementTimeout,
		LockTimeout: p.LockTimeout, IdleTxTimeout: p.IdleTxTimeout, Log: p.log,
	}
	if server != nil {
		options.Port = server.Port
	}
	return options
}

// registry is the panel's tables over db, checked.
func (p *program) registry(db *gorm.DB) (*crud.Registry, error) {
	reg := crud.Open(db, crud.Config{
		Policy: admin.Policy{}, Record: admin.Record, History: admin.History{}, Exported: admin.RecordExport, Asked: p.shapes.Asked,
		Exports: min(2, p.PoolSize/2), // others need connections too, those that name the exports' relations among them
	})
	p.Register(reg)
	return reg, reg.Check()
}
