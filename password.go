package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"strings"

	"unified/admin"
)

// password sets somebody's password for the panel: the way in for who lost theirs.
func password(ctx context.Context, p *program, args []string) error {
	read, unlock := false, false
	set := flag.NewFlagSet("password", flag.ContinueOnError)
	set.SetOutput(p.Stderr)
	set.BoolVar(&read, "stdin", false, "read the new password from the standard input, one line")
	set.BoolVar(&unlock, "unlock", false, "open an account that is locked or not active, too")
	if err := set.Parse(args); err != nil {
		return err
	}
	name := set.Arg(0)
	if set.NArg() != 1 || name == "" {
		return errors.New("password takes one user name or e-mail address")
	}
	text := rand.Text()
	if read {
		line, err := bufio.NewReader(p.Stdin).ReadString('\n')
		if text = strings.TrimRight(line, "\r\n"); text == "" {
			return fmt.Errorf("no password on the standard input: %w", errors.Join(err, errors.New("it is empty")))
		}
	}
	db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer db.close()
	done, err := admin.SetPassword(ctx, db.Gorm, admin.NewPassword{Name: name, Password: text, Unlock: unlock})
	if err != nil {
		return err
	}
	if !read {
		fmt.Fprintf(p.Stdout, "%s signs in with the password %s\n", done.Name, text)
	}
	fmt.Fprintf(p.Stdout, "The password of %s is set; sessions ended: %d, API tokens revoked: %d.\n", done.Name, done.Sessions, done.Tokens)
	if done.Closed {
		fmt.Fprintln(p.Stdout, "The account is locked or not active: -unlock opens it.")
	}
	return nil
}
