package database

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// stateDir is where a private server lives if its user cannot enter the checkout.
const stateDir = "/var/lib/unified"

// account is the user that the server runs as, because PostgreSQL refuses root. Nil is oneself.
type account struct{ uid, gid int }

// settle makes the cluster's folder and returns where it really is, and who runs the server there.
func settle(dir string) (string, *account, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, err
	}
	if os.Geteuid() != 0 {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", nil, err
		}
		dir, err = filepath.EvalSymlinks(dir)
		return dir, nil, err
	}
	user, err := unprivileged()
	if err != nil {
		return "", nil, err
	}
	if err := user.makeHome(dir); err != nil {
		return "", nil, err
	}
	dir, err = filepath.EvalSymlinks(dir)
	return dir, user, err
}

// unprivileged finds the account to be instead of root.
func unprivileged() (*account, error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(found.Uid)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.Atoi(found.Gid)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &account{uid, gid}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as")
}

// makeHome makes dir, or a link at dir to a folder under stateDir that is found again by dir's path. Either may be walked
// through by the account; what is secret in it is closed.
func (a *account) makeHome(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	place := dir
	if !a.enters(parent) {
		sum := sha256.Sum256([]byte(dir))
		place = filepath.Join(stateDir, filepath.Base(dir)+"-"+hex.EncodeToString(sum[:6]))
		if err := os.Symlink(place, dir); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return os.MkdirAll(place, 0o755)
}

// enters asks the system, by trying, whether the account gets into dir.
func (a *account) enters(dir string) bool {
	cmd := exec.CommandContext(context.Background(), "test", "-x", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential()}
	return cmd.Run() == nil
}

// ownerOf returns the account that existing data belongs to, so that root goes on with what a user began; else a itself.
func (a *account) ownerOf(data string) *account {
	info, err := os.Stat(data)
	if a == nil || err != nil {
		return a
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return a
	}
	return &account{int(stat.Uid), int(stat.Gid)}
}

// take gives files to the account.
func (a *account) take(paths ...string) error {
	if a == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, a.uid, a.gid); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}
