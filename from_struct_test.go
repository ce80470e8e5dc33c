package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"unified/internal/testdb"
	"unified/migrations2"
)

// fenced is the block of a document in this language; there has to be one alone.
func fenced(t *testing.T, path, language string) string {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(read(t, path), -1)
	if len(blocks) != 1 {
		t.Fatalf("%s has %d blocks in %s", path, len(blocks), language)
	}
	return blocks[0][1]
}

// overlay is the checkout with other texts in some of its files, for building.
type overlay struct {
	t       *testing.T
	dir     string
	Replace map[string]string
}

func (o *overlay) put(path, text string) {
	o.t.Helper()
	file := filepath.Join(o.dir, strings.ReplaceAll(path, "/", "_")+".txt")
	full, err := filepath.Abs(path)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.Replace[full] = file
}

// edit puts a file in which old stands once, and new in its place.
func (o *overlay) edit(path, old, now string) {
	o.t.Helper()
	text := read(o.t, path)
	if strings.Count(text, old) != 1 {
		o.t.Fatalf("%s has %q %d times", path, old, strings.Count(text, old))
	}
	o.put(path, strings.Replace(text, old, now, 1))
}

func (o *overlay) build(program string) {
	o.t.Helper()
	list, err := json.Marshal(o)
	if err == nil {
		err = os.WriteFile(filepath.Join(o.dir, "overlay.json"), list, 0o600)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-overlay", filepath.Join(o.dir, "overlay.json"), "-o", program, ".").CombinedOutput()
	if err != nil {
		o.t.Fatalf("%v\n%s", err, out)
	}
}

// TestBrowser_ATableFromItsStruct goes the way of the guide: write the struct and its line, have the migration written, read it,
// build, apply, and work with the table.
func TestBrowser_ATableFromItsStruct(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	files, program := filepath.Join(dir, "migrations2"), filepath.Join(dir, "unified")
	if err := os.CopyFS(files, migrations2.FS); err != nil {
		t.Fatal(err)
	}
	copied := &overlay{t: t, dir: dir, Replace: map[string]string{}}
	const guide = "docs/guides/add-a-table.md"
	copied.put("models/article.go", fenced(t, guide, "go"))
	copied.edit("models/all.go", "&SavedView{},", "&SavedView{}, &Article{},")
	copied.edit("admin/admin.go", "func Register(reg *crud.Registry) {\n", "func Register(reg *crud.Registry) {\n\tcrud.Register(reg.Area(\"Content\"), crud.Options[models.Article]{})\n")
	copied.build(program)
	settings := onDatabase(testdb.Empty(t))
	command := func(fails bool, args ...string) string {
		t.Helper()
		p := &process{t: t, cmd: exec.Command(program, args...)}
		p.cmd.Dir, p.cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LOG_LEVEL=warn", "PORT=0", "REQUEST_TIMEOUT=1m"}
		for name, value := range settings {
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
		out, err := p.cmd.CombinedOutput()
		if (err != nil) != fails {
			t.Fatalf("%v ends with %v:\n%s", args, err, out)
		}
		return string(out)
	}
	said := command(false, "migrate", "new", "create_articles_table", "-from-diff")
	name := regexp.MustCompile(`(?m)^migrations2/(\d+_create_articles_table\.sql)$`).FindStringSubmatch(said)
	if name == nil {
		t.Fatalf("it says\n%s", said)
	}
	text, err := fs.ReadFile(os.DirFS(files), name[1])
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != fenced(t, guide, "sql") {
		t.Errorf("it writes\n%s", text)
	}
	if said := command(true, "migrate", "new", "again", "-from-diff"); !strings.Contains(said, "the files make what the models declare") {
		t.Errorf("with nothing to write it says\n%s", said)
	}
	copied.put("migrations2/"+name[1], string(text))
	copied.build(program)
	command(false, "migrate", "up")
	command(false, "schema", "diff")
	command(false, "migrate", "down")
	command(false, "migrate", "up")

	b := open(t, copied.serve(program, settings))
	b.signIn("admin", "admin123")
	s := sample{
		table: "articles", fields: [][2]string{{"title", "Zürich"}, {"status", "published"}, {"author_id", "admin"}},
		edit: [2]string{"title", "Genève"}, search: "gen",
	}
	path := enter(b, s)
	change(b, s, path)
	find(b, s)
	remove(b, path)
}

// serve runs the built program until the test ends, and returns where.
func (o *overlay) serve(program string, settings map[string]string) string {
	o.t.Helper()
	p := &process{t: o.t, cmd: exec.Command(program)}
	p.cmd.Dir, p.cmd.Env = o.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LOG_LEVEL=warn", "PORT=0", "REQUEST_TIMEOUT=1m"}
	for name, value := range settings {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(p.kill)
	p.says("ready at ")
	_, address, _ := strings.Cut(p.log.String(), "ready at ")
	address, _, _ = strings.Cut(address, "\n")
	return strings.TrimSuffix(address, "/")
}
