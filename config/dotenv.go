package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/joho/godotenv"
)

// DotEnv returns a lookup that answers from the file at path what the given one, the real environment, leaves open. A
// missing file is an empty one.
func DotEnv(path string, lookup func(string) (string, bool)) (func(string) (string, bool), error) {
	values, err := godotenv.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return lookup, nil
	}
	var system *os.PathError
	if errors.As(err, &system) {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	if err != nil { // its text quotes the line, which may hold a password
		return nil, fmt.Errorf("%s: a line is not of the form NAME=value", path)
	}
	return func(name string) (string, bool) {
		if value, ok := lookup(name); ok {
			return value, true
		}
		value, ok := values[name]
		return value, ok
	}, nil
}
