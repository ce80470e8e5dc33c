package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// The SQLSTATE codes that this package knows.
const (
	duplicateDatabase = "42P04"
	duplicateObject   = "42710"
	uniqueViolation   = "23505"
	noSuchDatabase    = "3D000"
	noSuchObject      = "42704"
	lacksRight        = "42501"
	wrongPassword     = "28P01"
	notLetIn          = "28000"
	tooMany           = "53300"
	shuttingDown      = "57P01"
	notYetReady       = "57P03"
)

func hasCode(err error, codes ...string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && slices.Contains(codes, server.Code)
}

// Away reports whether err says that the server does not answer just now, so that the same may succeed later. A server
// that refuses is not away.
func Away(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EHOSTUNREACH) ||
		errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) ||
		hasCode(err, notYetReady, shuttingDown, tooMany)
}

// sentence is an error whose text is one clear sentence without secrets; the cause stays in the chain.
type sentence struct {
	text  string
	cause error
}

func (s *sentence) Error() string { return s.text }
func (s *sentence) Unwrap() error { return s.cause }

// explain turns the failure of an operation on the server that config names into a sentence, unless it is one.
func explain(err error, operation string, config *pgconn.Config) error {
	var already *sentence
	if err == nil || errors.As(err, &already) {
		return err
	}
	at := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	return &sentence{text: operation + ": " + reason(err, at, config), cause: err}
}

func reason(err error, at string, config *pgconn.Config) string {
	var server *pgconn.PgError
	var name *net.DNSError
	switch {
	case errors.As(err, &server):
		return serverReason(server, at, config)
	case errors.As(err, &name):
		return fmt.Sprintf("the host %q is not known", config.Host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("no PostgreSQL listens at %s", at)
	case errors.Is(err, context.Canceled):
		return "it was cancelled"
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return fmt.Sprintf("the server at %s did not answer in time", at)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fmt.Sprintf("the host of %s cannot be reached", at)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Sprintf("what listens at %s does not talk as a PostgreSQL server with these settings (sslmode?) does", at)
	}
	return err.Error()
}

func serverReason(server *pgconn.PgError, at string, config *pgconn.Config) string {
	switch server.Code {
	case wrongPassword:
		return fmt.Sprintf("the server at %s refuses the password of user %q", at, config.User)
	case notLetIn:
		return fmt.Sprintf("the server at %s does not let user %q in: %s", at, config.User, server.Message)
	case noSuchDatabase:
		return fmt.Sprintf("the server at %s has no database %q", at, config.Database)
	case lacksRight:
		return fmt.Sprintf("user %q lacks a right in database %q at %s: %s", config.User, config.Database, at, server.Message)
	case tooMany:
		return fmt.Sprintf("the server at %s has no connection left", at)
	case notYetReady, shuttingDown:
		return fmt.Sprintf("the server at %s is starting or stopping", at)
	}
	return fmt.Sprintf("the server at %s says: %s (%s)", at, server.Message, server.Code)
}
