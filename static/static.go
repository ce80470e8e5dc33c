// Package static holds the built assets: style sheet, scripts, icons. They are made by static/build.
package static

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets are the built assets of this program.
type Assets struct {
	FS    fs.FS // the files, with their compressed copies
	names map[string]string
}

// Load reads the manifest of the built assets. Its error says which commands build them.
func Load() (*Assets, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return load(files)
}

func load(files fs.FS) (*Assets, error) {
	manifest, err := fs.ReadFile(files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("this program was built without its assets: run `make assets`, then `make build`")
	}
	if err != nil {
		return nil, fmt.Errorf("read the manifest of the assets: %w", err)
	}
	assets := &Assets{FS: files}
	if err := json.Unmarshal(manifest, &assets.names); err != nil {
		return nil, fmt.Errorf("read the manifest of the assets: %w", err)
	}
	return assets, nil
}

// Path returns the file that holds an asset: "app.js" is "app-0a1b2c3d4e5f.js". A name that was not built stays as it
// is, and nothing answers there.
func (a *Assets) Path(name string) string {
	if file, ok := a.names[name]; ok {
		return file
	}
	return name
}
