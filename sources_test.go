package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// source is one file of the program.
type source struct {
	path string
	set  *token.FileSet
	file *ast.File
}

// sources are all Go files that the program is made of; neither tests nor what only tests use.
func sources(t *testing.T) (all []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", "var", "tools", "bin", "bench", ".git", "internal/testdb"}, path) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		all = append(all, source{path, set, file})
		return err
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// text is an expression in one line, as it is written.
func (s source) text(node ast.Node) string {
	var out bytes.Buffer
	_ = printer.Fprint(&out, s.set, node)
	return strings.Join(strings.Fields(out.String()), " ")
}

// goingOut are the packages, and the names in them, by which a program calls another over the network.
var goingOut = map[string]string{
	"net":                  `^(Dial.*|Dialer|Lookup.*|Resolver|DefaultResolver|ResolveT.*|ResolveU.*|ResolveI.*)$`,
	"net/http":             `^(Client|DefaultClient|Get|Head|Post|PostForm|Transport|DefaultTransport|NewRequest.*|RoundTripper)$`,
	"net/http/httputil":    `.`,
	"net/rpc":              `.`,
	"net/smtp":             `.`,
	"crypto/tls":           `^(Dial.*|Dialer|Client)$`,
	"golang.org/x/net":     `.`,
	"github.com/miekg/dns": `^(Client|Exchange.*|Conn|Dial.*|Transfer)$`,
}

// TestSources_T81_NothingIsFetched proves that the program calls nobody but its database: what it would do that with is
// used nowhere. run_server.go, which is no part of it, asks the panel itself whether it is ready; database/probe.go finds out why the
// database does not answer.
func TestSources_T81_NothingIsFetched(t *testing.T) {
	for _, s := range sources(t) {
		if s.path == "run_server.go" || s.path == "database/probe.go" {
			continue
		}
		names := map[string]*regexp.Regexp{} // what is forbidden, by the name of the package in this file
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			for prefix, forbidden := range goingOut {
				if path != prefix && (!strings.HasPrefix(path, prefix+"/") || prefix == "net" || prefix == "net/http") {
					continue
				}
				name := filepath.Base(path)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				names[name] = regexp.MustCompile(forbidden)
			}
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := selector.X.(*ast.Ident); ok && names[of.Name] != nil && names[of.Name].MatchString(selector.Sel.Name) {
				t.Errorf("%s uses %s, which calls others over the network", s.set.Position(node.Pos()), s.text(selector))
			}
			return true
		})
	}
}

// TestSources_T81_AnAddressIsNotVisited saves and shows the address of a listener that nobody may call.
func TestSources_T81_AnAddressIsNotVisited(t *testing.T) {
	t.Parallel()
	called := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.Method + " " + r.URL.Path }))
	defer server.Close()
	trap := server.URL
	p := visitor(t, begin(t, noting(t, onDatabase(testdb.New(t)))).url)
	p.signIn()
	saved := p.send(http.MethodPost, "/notes", url.Values{"title": {"linked"}, "link": {trap + "/picture.png"}})
	if saved.status != http.StatusOK || !strings.Contains(saved.body, trap) {
		t.Fatalf("the note is not saved: %d\n%s", saved.status, saved.body)
	}
	for _, page := range []string{"/notes", "/notes?q=" + url.QueryEscape(trap), saved.link(t, "a[href$='/edit']"), saved.link(t, "a[href$='/delete']")} {
		if got := p.get(page); got.status != http.StatusOK {
			t.Errorf("%s: %d", page, got.status)
		}
	}
	if got := p.send(http.MethodPost, "/notes", url.Values{"title": {"x"}, "link": {"gopher://" + strings.TrimPrefix(trap, "http://")}}); got.status >= http.StatusInternalServerError {
		t.Errorf("another scheme: %d", got.status)
	}
	select {
	case what := <-called:
		t.Errorf("the panel called %s", what)
	default:
	}
}

// concurrent are all places where the program starts a goroutine, and why a panic there does not end it.
var concurrent = map[string]string{
	"controllers/serve.go: func() { failed <- server.Serve(listener) }":            "net/http catches the panics of handlers, and accepting does not panic",
	"database/launch.go: func() { _ = cmd.Wait() close(server.exited) }":           "waits and closes a channel that nobody else closes",
	"database/mend.go: func() { defer close(watched) cancel(run.watch(working)) }": "asks the database until it is told to end, and cancels a context",
	"panel.go: store.SweepEvery":         "catches its panics: see its test",
	"main.go: p.guarded":                 "makes panics errors",
	"bridge.go: survived":                "makes panics lines of the log",
	"main.go: survived":                  "makes panics lines of the log",
	"panel.go: survived":                 "makes panics lines of the log",
	"watch.go: survived(w.log, w.begin)": "makes panics lines of the log",
	"watch.go: survived(w.log, w.renew)": "makes panics lines of the log",
}

func TestSources_T83_EveryGoroutineIsGuarded(t *testing.T) {
	found := map[string]bool{}
	note := func(s source, start ast.Expr) {
		if call, ok := start.(*ast.CallExpr); ok {
			start = call.Fun
		}
		if wrapped, ok := start.(*ast.CallExpr); ok {
			if _, body := wrapped.Args[len(wrapped.Args)-1].(*ast.FuncLit); body {
				start = wrapped.Fun
			}
		}
		found[s.path+": "+s.text(start)] = true
	}
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				note(s, node.Call)
			case *ast.CallExpr:
				if method, ok := node.Fun.(*ast.SelectorExpr); ok && len(node.Args) == 1 && (method.Sel.Name == "Go" || method.Sel.Name == "TryGo" || method.Sel.Name == "AfterFunc") {
					note(s, node.Args[0])
				}
			}
			return true
		})
	}
	if have, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(concurrent)); !slices.Equal(have, want) {
		t.Errorf("goroutines are started by\n%s\nand looked at are\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// TestGuarded_T83 shows what main does with a panic in its own goroutines.
func TestGuarded_T83(t *testing.T) {
	var log safeBuffer
	p, err := load(env{Lookup: lookup(nil), Stdout: &log, Stderr: &log})
	if err != nil {
		t.Fatal(err)
	}
	err = p.guarded(func() error { panic("odd") })()
	if err == nil || !strings.Contains(err.Error(), "odd") || !strings.Contains(log.String(), "sources_test.go") {
		t.Errorf("got %v, and the log says %s", err, log.String())
	}
	if err := p.guarded(func() error { return os.ErrClosed })(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
