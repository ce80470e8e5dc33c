// Command build bundles the panel's assets: static/src and node_modules become static/dist, with names that change with
// what they hold, compressed copies beside them and manifest.json, which maps names to files. It is run from the root
// of the checkout after npm has fetched node_modules.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
)

const (
	source = "static/src"
	target = "static/dist"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal("build assets: ", err)
	}
}

func run() error {
	if _, err := os.Stat("node_modules/@tabler/core"); err != nil {
		return errors.New("node_modules is missing or incomplete: run npm ci --ignore-scripts first")
	}
	files, err := bundle()
	if err != nil {
		return err
	}
	if files["icons.svg"], err = icons(); err != nil {
		return err
	}
	licences, err := os.ReadFile("node_modules/swagger-ui-dist/swagger-ui-es-bundle.js.LICENSE.txt")
	if err != nil {
		return err
	}
	files["docs.js"] = append(files["docs.js"], licences...)
	if files["favicon.svg"], err = os.ReadFile(filepath.Join(source, "favicon.svg")); err != nil {
		return err
	}
	if err := clear(); err != nil {
		return err
	}
	manifest := map[string]string{}
	for name, content := range files {
		sum := sha256.Sum256(content)
		ext := filepath.Ext(name)
		manifest[name] = strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		if err := write(manifest[name], content); err != nil {
			return err
		}
	}
	index, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "manifest.json"), append(index, '\n'), 0o644)
}

// bundle returns what esbuild makes of the entry points, by name.
func bundle() (map[string][]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:      []string{source + "/app.js", source + "/theme.js", source + "/app.css", source + "/docs.js", source + "/docs.css"},
		Outdir:           target,
		Bundle:           true,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Format:        api.FormatIIFE,
		Target:        api.ES2022,
		LegalComments: api.LegalCommentsEndOfFile,
		LogLevel:      api.LogLevelWarning,
		LogOverride:   map[string]api.LogLevel{"css-syntax-error": api.LogLevelSilent},
	})
	if len(result.Errors) > 0 {
		return nil, errors.New(result.Errors[0].Text)
	}
	files := map[string][]byte{}
	for _, file := range result.OutputFiles {
		files[filepath.Base(file.Path)] = file.Contents
	}
	return files, nil
}

// clear removes what earlier builds left, but for the file that keeps the folder in the repository.
func clear() error {
	entries, err := os.ReadDir(target)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == ".gitkeep" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(target, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// write leaves a file and its compressed copies.
func write(name string, content []byte) error {
	var small, smaller bytes.Buffer
	zip, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		return err
	}
	brot := brotli.NewWriterLevel(&smaller, brotli.BestCompression)
	_, zipErr := zip.Write(content)
	_, brotErr := brot.Write(content)
	if err := errors.Join(zipErr, brotErr, zip.Close(), brot.Close()); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	for suffix, body := range map[string][]byte{"": content, ".gz": small.Bytes(), ".br": smaller.Bytes()} {
		if err := os.WriteFile(filepath.Join(target, name+suffix), body, 0o644); err != nil {
			return err
		}
	}
	return nil
}
