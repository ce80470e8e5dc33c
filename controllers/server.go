// Package controllers draws the screens: it mounts the pages of every registered table, the dashboard, the health
// checks and the static files, and turns every error into one page. It knows no model, no SQL and no account: it is
// given tables, a gate and a few functions.
package controllers

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// Config is what the screens are given. Only Tables, Static and Asset are required.
type Config struct {
	Tables  []crud.Resource          // in menu order
	Static  fs.FS                    // the built assets
	Asset   func(name string) string // the file of Static that holds an asset: "app.js" is "app-4f2a.js"
	Prefix  string                   // what every path starts with: "" or "/x"
	Brand   string                   // the panel's name, "Unified" if empty
	Version string                   // shown in the frame; "" for none
	Stage   string                   // shown as a badge, such as "development"; "" for none
	Icons   map[string]string        // icon by table or area; others get a plain one
	Latest  string                   // the table whose first rows the dashboard shows; "" for none
	Roles   RolePages                // the page of a role's permissions; the zero one is none
	Why     WhyPages                 // the pages that explain permissions; the zero ones are none
	Records []RecordPage             // more pages of records
	Debug   DebugPages               // the pages about the program itself; the zero ones are none
	API     func(*Site, *Router)     // mounts what stands below APIPath; nil: nothing does
	Origins []string                 // where scripts of other sites may come from that ask what stands below APIPath

	Layouts   Layouts    // how each account has its lists laid out
	Views     SavedViews // lists that people keep under a name
	Decisions Decisions  // how questions about many rows are asked and answered

	// Renew is asked when a table turns out to be otherwise than its model says. It looks at the tables again, and returns whether
	// another panel serves from now on, in which the same page may be whole. nil: never.
	Renew func(context.Context) bool

	Ready     func(context.Context) error // nil: always ready
	Timeout   time.Duration               // what one request may take; 30 seconds if 0
	BodyLimit int64                       // bytes a request may send; 1 MiB if 0
	Proxies   []string                    // addresses whose X-Forwarded-For is believed; none if empty
	Log       *slog.Logger                // nil: slog's default
	Plain     bool                        // plain http beyond loopback: cookies go without Secure, for development only
	Gate      Gate
}

// Handler answers a request or returns an error, which becomes a page.
type Handler func(*gin.Context) error

// Gate is what stands before the screens. The zero Gate lets everybody in.
type Gate struct {
	Every  []Handler                    // runs before every request, health checks and static files included
	Pages  []Handler                    // runs before every page, those for anybody included: finds out who asks
	Inside []Handler                    // runs before every page that is not for anybody: only for the signed-in
	Mount  func(*Site, *Router)         // mounts pages of its own, such as /login; may be nil
	Name   func(context.Context) string // the account's name, "" for nobody; may be nil

	Profile bool // there are pages of one's own account

	Alarms func(context.Context) []string // sentences for this account about what is broken; nil: none

	Refused func(context.Context, Refusal) error // records what was not carried out; nil: nothing is recorded
}

// Site is the whole panel as one http.Handler.
type Site struct {
	config Config
	tables map[string]crud.Resource
	forms  map[string][]crud.FieldDoc // of the pages that take a form, by the pattern of their path
	views  *views.Views
	engine *gin.Engine
	routes []Route
	links  map[string][]recordLink // by table: to pages of one record beside those that every table has
}

// New parses the templates and mounts every route. It needs no database. A route that declares no permission is an error.
func New(config Config) (*Site, error) {
	config = defaults(config)
	pages, err := views.New(views.Config{Prefix: config.Prefix, Asset: config.Asset})
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	site := &Site{
		config: config, tables: map[string]crud.Resource{}, forms: map[string][]crud.FieldDoc{}, links: map[string][]recordLink{}, views: pages,
	}
	for _, table := range config.Tables {
		site.tables[table.Table().Name] = table
	}
	if site.engine, err = engine(config.Proxies); err != nil {
		return nil, err
	}
	if err := site.mount(); err != nil {
		return nil, err
	}
	return site, nil
}

// Routes returns every address that the panel answers, in the order in which they were mounted.
func (s *Site) Routes() []Route { return s.routes }

// Brand returns the panel's name.
func (s *Site) Brand() string { return s.config.Brand }

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Path returns the address of a page under the prefix: Path("/login") is "/x/login".
func (s *Site) Path(path string) string { return s.config.Prefix + path }

func defaults(config Config) Config {
	if config.Brand == "" {
		config.Brand = "Unified"
	}
	if config.Timeout == 0 {
		config.Timeout = 30 * time.Second
	}
	if config.BodyLimit == 0 {
		config.BodyLimit = 1 << 20
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Ready == nil {
		config.Ready = func(context.Context) error { return nil }
	}
	config.Decisions = config.Decisions.withDefaults()
	if config.Gate.Name == nil {
		config.Gate.Name = func(context.Context) string { return "" }
	}
	return config
}

// engine makes a router that decides on the path exactly as it was sent: keys keep their escapes, and no request is
// redirected to a path that only resembles it.
func engine(proxies []string) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.UseEscapedPath = true
	router.UnescapePathValues = false
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	if err := router.SetTrustedProxies(proxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	return router, nil
}

func (s *Site) mount() error {
	gate := s.config.Gate
	s.engine.Use(s.identify, s.log, s.limit, s.recover, s.handle(s.method))
	s.engine.Use(s.handleAll(gate.Every)...)
	s.engine.Use(s.handle(s.share))
	router := &Router{site: s}
	router.Get("/healthz", Public(), s.health)
	router.Get("/readyz", Public(), s.ready)
	router.Get("/static/:file", Public(), s.static)
	if gate.Mount != nil {
		gate.Mount(s, router)
	}
	router.Get("/", SignedIn(), s.home)
	for _, table := range s.config.Tables {
		s.mountTable(router, table)
	}
	s.config.Roles.mount(s, router)
	s.config.Why.mount(s, router)
	if s.config.API != nil {
		s.config.API(s, router)
	}
	s.mountDocs(router)
	s.mountDebug(router)
	s.config.Debug.mount(s, router)
	s.routes = router.routes
	before := slices.Concat(gate.Pages, gate.Inside)
	s.engine.NoRoute(s.handleAll(append(slices.Clip(before), s.unknown))...)
	s.engine.NoMethod(s.handleAll(append(slices.Clip(before), s.options, s.wrongMethod))...)
	return router.undeclared()
}
