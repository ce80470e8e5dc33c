package static

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestLoad(t *testing.T) {
	t.Run("without_assets_it_says_what_builds_them", func(t *testing.T) {
		_, err := load(fstest.MapFS{".gitkeep": {}})
		if err == nil || !strings.Contains(err.Error(), "make assets") {
			t.Errorf("error %v does not name the command", err)
		}
	})
	t.Run("a_broken_manifest_is_an_error", func(t *testing.T) {
		if _, err := load(fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("names_lead_to_files", func(t *testing.T) {
		assets, err := load(fstest.MapFS{"manifest.json": {Data: []byte(`{"app.js":"app-1.js"}`)}})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"app.js": "app-1.js", "other.js": "other.js"} {
			if got := assets.Path(name); got != want {
				t.Errorf("Path(%q) = %q, want %q", name, got, want)
			}
		}
	})
}
