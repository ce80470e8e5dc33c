package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
)

// iconSet is what the package of icons holds: drawings on a square, by name.
type iconSet struct {
	Width int `json:"width"`
	Icons map[string]struct {
		Body string `json:"body"`
	} `json:"icons"`
}

// icons returns one SVG with a symbol for each name in icons.txt.
func icons() ([]byte, error) {
	names, err := os.ReadFile(filepath.Join(source, "icons.txt"))
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile("node_modules/@iconify-json/tabler/icons.json")
	if err != nil {
		return nil, err
	}
	var set iconSet
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("read the icons: %w", err)
	}
	var sprite bytes.Buffer
	sprite.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range strings.Fields(string(names)) {
		icon, ok := set.Icons[name]
		if !ok {
			return nil, fmt.Errorf("icons.txt: there is no icon %q", name)
		}
		fmt.Fprintf(&sprite, `<symbol id="%s" viewBox="0 0 %d %d">%s</symbol>`, html.EscapeString(name), set.Width, set.Width, icon.Body)
	}
	sprite.WriteString("</svg>\n")
	return sprite.Bytes(), nil
}
