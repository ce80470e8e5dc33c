package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDependencies_T82 holds the list of reviewed dependencies against what the program is built from.
func TestDependencies_T82(t *testing.T) {
	t.Parallel()
	want := direct(t)
	row := regexp.MustCompile(`(?m)^\| (\S+) \| (v?\d\S*) \| (\S.*\S) \| (\S+) \| (\S+) \|$`)
	listed := map[string]string{}
	for _, cells := range row.FindAllStringSubmatch(read(t, "docs/DEPENDENCIES.md"), -1) {
		listed[cells[1]] = cells[2]
		if day, err := time.Parse(time.DateOnly, cells[5]); err != nil || day.Year() < 2026 {
			t.Errorf("%s was last reviewed on %q", cells[1], cells[5])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if listed[name] != want[name] {
			t.Errorf("docs/DEPENDENCIES.md has %q of %s, and %s is used: review it, then write its version and the day there", listed[name], name, want[name])
		}
	}
	for name := range listed {
		if want[name] == "" {
			t.Errorf("docs/DEPENDENCIES.md lists %s, which nothing uses", name)
		}
	}
}

// modules are the folders of those that name dependencies.
var modules = []string{".", "tools", "controllers/api/client"}

// direct are the dependencies that we named ourselves, with their pinned versions.
func direct(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range modules {
		mod := read(t, folder+"/go.mod")
		for _, module := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)$`).FindAllStringSubmatch(mod, -1) {
			found[module[1]] = module[2]
		}
		for _, tool := range regexp.MustCompile(`(?m)^tool (\S+)/cmd/`).FindAllStringSubmatch(mod, -1) {
			found[tool[1]] = regexp.MustCompile(regexp.QuoteMeta(tool[1]) + ` (v\S+)`).FindStringSubmatch(mod)[1]
		}
	}
	var wanted struct{ Dependencies, DevDependencies map[string]string }
	var locked struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal([]byte(read(t, "package.json")), &wanted); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(read(t, "package-lock.json")), &locked); err != nil {
		t.Fatal(err)
	}
	maps.Copy(wanted.Dependencies, wanted.DevDependencies)
	for name := range wanted.Dependencies {
		found[name] = locked.Packages["node_modules/"+name].Version
	}
	for name, item := range locked.Packages {
		if name != "" && !strings.HasPrefix(item.Integrity, "sha512-") {
			t.Errorf("package-lock.json does not pin %s by a hash", name)
		}
	}
	return found
}

// TestDependencies_T82_EveryModuleIsPinned proves that go.sum holds a hash of every module, and that what was downloaded has it.
func TestDependencies_T82_EveryModuleIsPinned(t *testing.T) {
	t.Parallel()
	for _, folder := range modules {
		sums := read(t, folder+"/go.sum")
		for _, module := range regexp.MustCompile(`(?m)^\t(\S+ v\S+)`).FindAllStringSubmatch(read(t, folder+"/go.mod"), -1) {
			if !strings.Contains(sums, module[1]+" h1:") {
				t.Errorf("%s/go.sum has no hash of %s", folder, module[1])
			}
		}
		if strings.Contains(read(t, folder+"/go.mod"), "\nreplace ") {
			t.Errorf("%s/go.mod replaces a module by something without a hash", folder)
		}
	}
	verify := exec.Command("go", "mod", "verify")
	verify.Env = append(os.Environ(), "GOFLAGS=-mod=readonly")
	if output, err := verify.CombinedOutput(); err != nil || !strings.Contains(string(output), "all modules verified") {
		t.Errorf("go mod verify: %v\n%s", err, output)
	}
}
