package main

import (
	"context"
	"sync"
	"time"

	"unified/admin"
	"unified/auth"
	"unified/config"
	"unified/controllers"
	"unified/controllers/api"
	"unified/crud"
	"unified/database"
	"unified/schema"
)

// furnished is a panel over an open database. Its screens are made anew when the database turns out to have other columns than
// when they were made.
type furnished struct {
	*program
	ctx   context.Context // of the program
	db    *opened
	door  controllers.Door
	debug controllers.DebugPages

	mu    sync.Mutex
	front *controllers.Front // nil: nobody is served
}

// looking is how often the database is looked at while it lacks something that the models have.
const looking = time.Second

// furnish makes what all screens share: who comes in, and the pages about the program.
func (p *program) furnish(ctx context.Context, db *opened) (*furnished, error) {
	byModels, err := admin.Finder(db.Gorm, db.Pool)
	if err != nil {
		return nil, err
	}
	finder := auth.NewTwice(byModels, auth.SQL(db.Pool), p.log)
	store := auth.NewStore(db.Pool, finder, p.sessions())
	go store.SweepEvery(ctx, 10*time.Minute, func(err error) { p.log.Warn("remove old sessions", "error", err) })
	go survived(p.log, func() {
		p.shapes.FlushEvery(ctx, db.Pool, 10*time.Minute, func(err error) { p.log.Warn("index adviser", "error", err) })
	})()
	f := &furnished{program: p, ctx: ctx, db: db, door: controllers.Door{
		Gate: auth.NewGate(db.Pool, finder, store), Store: store, Twice: finder, Prefix: p.URLPrefix, Hosts: p.AllowedHosts, Origins: p.CORSOrigins,
		Foresight: new(crud.Foresight),
	}}
	if p.Registration {
		f.door.Enroll = admin.Enroll(db.Gorm, p.RegistrationDomains)
	}
	if f.debug, err = p.debugPages(ctx, db, f.mended); err != nil {
		return nil, err
	}
	if compare := f.debug.Compare; compare != nil { // who looks at what differs has the screens made anew by that
		f.debug.Compare = func(ctx context.Context) (*schema.Report, error) {
			f.renew(ctx)
			return compare(ctx)
		}
	}
	if p.Env != config.Production || p.DebugPages {
		f.debug.Pages = f.door.DebugPages(func(ctx context.Context) (steps []auth.Step) {
			for _, step := range db.Probe(ctx, p.Schema) {
				steps = append(steps, auth.Step(step))
			}
			return steps
		})
	}
	return f, nil
}

// panel puts the screens over an open database.
func (p *program) panel(ctx context.Context, db *opened) (*controllers.Site, error) {
	f, err := p.furnish(ctx, db)
	if err != nil {
		return nil, err
	}
	return f.site()
}

// site makes the screens of the tables as they are described now.
func (f *furnished) site() (*controllers.Site, error) {
	db, door := f.db, f.door
	door.Profile = admin.NewProfileBook(db.tables, db.Gorm)
	book, answers := admin.NewRoleBook(db.tables, db.Gorm), admin.NewAnswerBook(db.tables, db.Gorm)
	layouts, saved := admin.NewLayoutBook(db.Gorm, db.Pool), admin.NewViewBook(db.tables)
	return f.program.site(controllers.Config{
		Tables: db.tables.Tables(), Ready: f.ready(f.ctx, db.DB), Gate: door.Open(), Debug: f.debug, Renew: f.renew,
		Roles:     controllers.RolePages{Table: "roles", Rights: "role_permissions", State: book.State, Preview: book.Preview, Save: book.Save},
		Why:       controllers.WhyPages{People: "users", Standing: admin.Standing(door.Gate, db.Gorm)},
		Layouts:   controllers.Layouts{Load: layouts.Load, Save: layouts.Save},
		Views:     controllers.SavedViews{Table: "saved_views", List: saved.List, Roles: saved.Roles, Save: saved.Save},
		Decisions: controllers.Decisions{Key: answers.Key, Once: answers.Once},
		API:       api.API{Tables: db.tables.Tables(), Once: answers.Once, Gate: door.Gate, Enroll: door.Enroll}.Mount,
		Origins:   f.CORSOrigins,
	})
}

// serve has the front answer with the screens from now on.
func (f *furnished) serve(front *controllers.Front) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	site, err := f.site()
	if err != nil {
		return err
	}
	f.front = front
	front.Set(site)
	return nil
}

// renew makes the screens anew if the database has other columns than when they were made, and reports whether it did.
func (f *furnished) renew(ctx context.Context) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.front == nil {
		return false
	}
	stale, err := f.db.tables.Stale(ctx)
	if err == nil && stale {
		err = f.replace(ctx)
	}
	if err != nil && !database.Away(err) && ctx.Err() == nil {
		f.log.Warn("the screens could not be made anew", "error", err)
	}
	return err == nil && stale
}

// mended makes the screens anew after the schema was mended: rules and defaults may be others too.
func (f *furnished) mended() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.front == nil || f.ctx.Err() != nil {
		return
	}
	if err := f.replace(f.ctx); err != nil {
		f.log.Warn("the screens could not be made anew", "error", err)
	}
}

func (f *furnished) replace(ctx context.Context) error {
	tables, err := f.registry(f.db.Gorm)
	if err != nil {
		return err
	}
	if err := tables.Describe(ctx); err != nil {
		return err
	}
	f.db.tables = tables
	site, err := f.site()
	if err != nil {
		return err
	}
	f.front.Set(site)
	f.log.Info("the screens were made anew, since the database has other columns", "lacking", tables.Lacking())
	return nil
}

// fit looks at the database again and again while it lacks something, until ctx ends, so that what was mended shows by itself.
func (f *furnished) fit(ctx context.Context) {
	for ticks := time.NewTicker(looking); ; {
		select {
		case <-ctx.Done():
			ticks.Stop()
			return
		case <-ticks.C:
		}
		f.mu.Lock()
		lacking := f.db.tables.Lacking()
		f.mu.Unlock()
		if lacking {
			asking, cancel := context.WithTimeout(ctx, looking*5)
			f.renew(asking)
			cancel()
		}
	}
}
