package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// inspected is a database of somebody else's, and the panel that was written for it.
type inspected struct {
	*process
	folder, url string
	said        string // by the command
}

// inspect fills a database, has a program written for it, and builds that.
func inspect(t *testing.T, name string) *inspected {
	t.Helper()
	db := testdb.Empty(t)
	i := &inspected{folder: filepath.Join(openFolder(t), name), url: db.OwnerURL}
	fill := "CREATE SCHEMA shop; SET search_path TO shop;" + read(t, "schema/testdata/inspect/"+name+".sql") + "RESET search_path;"
	if _, err := db.Pool.Exec(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	settings := world(map[string]string{"DATABASE_URL": db.OwnerURL}, "schema", "inspect", i.folder, "-schema", "shop")
	settings.Stdout = &said
	if err := run(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	i.said = said.String()
	for _, arguments := range [][]string{{"vet", "."}, {"build", "-o", "panel", "."}} {
		command := exec.Command("go", arguments...)
		command.Dir = i.folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", arguments, err, out)
		}
	}
	if out, err := exec.Command("gofmt", "-l", i.folder).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change %s %v", out, err)
	}
	return i
}

// command is a run of the written program.
func (i *inspected) command(args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(i.folder, "panel"), args...)
	command.Env = []string{"DATABASE_URL=" + i.url, "PORT=0", "HOME=" + os.Getenv("HOME")}
	return command
}

// serve runs the program until the test ends.
func (i *inspected) serve(t *testing.T) string {
	t.Helper()
	i.process = &process{t: t, cmd: i.command()}
	i.cmd.Stdout, i.cmd.Stderr = &i.log, &i.log
	if err := i.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.kill)
	i.says("ready at ")
	_, address, _ := strings.Cut(i.log.String(), "ready at ")
	address, _, _ = strings.Cut(address, "/\n")
	return address
}

// pageAt asks for a page.
func pageAt(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s answers %d:\n%s", url, answer.StatusCode, text)
	}
	return string(text)
}

// rows are sent as forms: to a list they are new, to a record they change it. A sentence is expected where a value is wrong.
var rows = map[string][]struct{ path, form, wrong string }{
	"music": {
		{path: "/Album", form: "Title=Notes&ArtistId=2"},
		{path: "/tracks", form: "name=Third&media_type_id=1&milliseconds=5&unit_price=1.00&loud=2.5&length=00:03:00&plays=3%0A4&album_id=2"},
		{path: "/tracks/1", form: "plays=5&length=01:00:00&composer=Liszt"},
		{path: "/tracks/1", form: "milliseconds=0", wrong: "Milliseconds"},
		{path: "/playlists", form: "name=Evening"},
		{path: "/playlists/6ba7b810-9dad-11d1-80b4-00c04fd430c8/links/playlist_track", form: "add=2"},
		{path: "/employees/2", form: "reports_to=1&address=192.0.2.7&wage=13.00&settings=%7B%7D&type=manager&email=r@example.org"},
		{path: "/employees/2", form: "address=there", wrong: "address"},
		{path: "/invoice_lines/1,1", form: "quantity=3"},
	},
	"film": {
		{path: "/film", form: "title=Sissi+III&language_id=1&rental_duration=3&rental_rate=1.00&rating=PG-13&release_year=1957&special_features=Trailers"},
		{path: "/film/2", form: "release_year=1800", wrong: "release_year"},
		{path: "/film/2", form: "ratings=G%0AR&release_year=1956&description=More"},
		{path: "/shelf", form: "store_id=1&number=2"},
		{path: "/inventory/2", form: "shelf_store_id=1&shelf_number=2"},
		{path: "/film/2/links/film_actor", form: "add=1"},
		{path: "/customer/1", form: "stay=%5B2021-01-01,2021-02-01)&create_date=2021-01-01"},
		{path: "/address/1", form: "place=(3,4)&address2=Top+7"},
	},
}

// send sends the rows as somebody without scripts would.
func send(t *testing.T, url, name string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, row := range rows[name] {
		answer, err := client.Post(url+row.path, "application/x-www-form-urlencoded", strings.NewReader(row.form))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: http.StatusSeeOther, false: http.StatusUnprocessableEntity}[row.wrong == ""]; answer.StatusCode != want || !strings.Contains(string(text), row.wrong) {
			t.Errorf("%s with %s answers %d, want %d:\n%s", row.path, row.form, answer.StatusCode, want, text)
		}
	}
}

var links = regexp.MustCompile(`href="(/[^"?#]+)"`)

// keyless are views in which nothing tells the rows apart: they are listed, and have no pages.
var keyless = []string{"/invoice_totals", "/actor_info", "/rental_by_category"}

// visit asks for a table's list, its form for a new row, and the pages of each of its rows.
func visit(t *testing.T, url, path string) {
	t.Helper()
	list := pageAt(t, url+path)
	shown := false
	for _, link := range links.FindAllStringSubmatch(list, -1) {
		key, within := strings.CutPrefix(link[1], path+"/")
		if !within || strings.Contains(key, "/") || slices.Contains([]string{"new", "export", "columns", "trash"}, key) {
			continue
		}
		shown = true
		if show := pageAt(t, url+link[1]); strings.Contains(show, link[1]+"/edit") {
			pageAt(t, url+link[1]+"/edit")
		}
	}
	if shown == slices.Contains(keyless, path) || !strings.Contains(list, "<tbody><tr>") {
		t.Errorf("%s lists no record, or links to one: %t", path, shown)
	}
	if strings.Contains(list, path+"/new") {
		pageAt(t, url+path+"/new")
	}
}

// TestInspect_serves has a panel written for databases that it never saw: it compares clean, and has all screens of each table.
func TestInspect_serves(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		says   string
		tables int
	}{"music": {"11 tables and 1 views", 12}, "film": {"16 tables and 3 views", 19}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := inspect(t, name)
			if !strings.Contains(i.said, want.says) || strings.Count(i.said, "\n") != 2 {
				t.Errorf("it says\n%s", i.said)
			}
			if out, err := i.command("diff").CombinedOutput(); err != nil {
				t.Errorf("diff ends with %v:\n%s", err, out)
			}
			url := i.serve(t)
			seen := map[string]bool{}
			for _, changed := range []bool{false, true} { // with the rows that are there, and after changes
				for _, match := range links.FindAllStringSubmatch(pageAt(t, url+"/"), -1) {
					if path := match[1]; strings.Count(path, "/") == 1 {
						seen[path] = true
						visit(t, url, path)
					}
				}
				if len(seen) != want.tables {
					t.Errorf("%d tables are served: %v", len(seen), seen)
				}
				if !changed {
					send(t, url, name)
				}
			}
		})
	}
}

// TestAnalyze_prints_and_draws has the command describe a folder of another program's.
func TestAnalyze_prints_and_draws(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "1_first.up.sql"), []byte("CREATE TABLE public.notes (at timestamp);\nNONSENSE;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	drawing := filepath.Join(folder, "drawing.svg")
	outside := world(map[string]string{"DATABASE_URL": testdb.Empty(t).OwnerURL}, "schema", "analyze", folder, "-svg", drawing)
	outside.Stdout = &page
	if err := run(t.Context(), outside); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"1 tables with 1 columns", "| 1_first.up.sql:2 | refused |", "| notes | no key |", "| notes | time without zone |", "## notes"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("the page has no %q:\n%s", part, page.String())
		}
	}
	if text := read(t, drawing); !strings.Contains(text, ">notes</text>") {
		t.Errorf("the drawing is\n%s", text)
	}
}
