package database

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var majorVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// findBinaries returns the folder of the newest installed PostgreSQL server and its major version: Debian's places
// first, then pg_config's, then PATH.
func findBinaries() (folder, major string, err error) {
	newest := 0
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", "", err
	}
	for _, candidate := range folders {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(candidate)))
		if err == nil && version > newest && complete(candidate) {
			folder, newest = candidate, version
		}
	}
	if newest > 0 {
		return folder, strconv.Itoa(newest), nil
	}
	for _, candidate := range elsewhere() {
		if !complete(candidate) {
			continue
		}
		output, err := exec.CommandContext(context.Background(), filepath.Join(candidate, "postgres"), "--version").Output()
		if match := majorVersion.FindSubmatch(output); err == nil && match != nil {
			return candidate, string(match[1]), nil
		}
	}
	return "", "", errors.New("no PostgreSQL server is installed: install the package postgresql, or set DATABASE_URL")
}

func elsewhere() []string {
	var folders []string
	if output, err := exec.CommandContext(context.Background(), "pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(output)))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	return folders
}

func complete(folder string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// password reads the secret in the file, after making it if it is missing. Of processes doing so at once, all get the same.
func password(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(text) > 0 {
		return string(text), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	random := make([]byte, 24)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.WriteString(hex.EncodeToString(random))
	if err = errors.Join(err, draft.Close()); err != nil {
		return "", err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("storing a password: %w", err)
	}
	text, err = os.ReadFile(path)
	return string(text), err
}
