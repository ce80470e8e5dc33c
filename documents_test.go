package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"unified/internal/document"
	"unified/internal/testdb"
)

// shell runs a block of a document in a folder and returns what it prints.
func shell(t *testing.T, folder, script string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
	command.Dir = folder
	var problems bytes.Buffer
	command.Stderr = &problems
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s\nprinted %s", err, problems.String(), script, printed)
	}
	return string(printed)
}

var spacesAtEnd = regexp.MustCompile(`(?m) +$`)

// prints fails the test unless a block prints what the document says.
func prints(t *testing.T, command document.Command, got string) {
	t.Helper()
	if got = spacesAtEnd.ReplaceAllString(got, ""); got != spacesAtEnd.ReplaceAllString(command.Prints, "") {
		t.Errorf("the block in line %d prints\n%s", command.Line, got)
	}
}

func TestTechSpec_CommandsPrintWhatItSays(t *testing.T) {
	t.Parallel()
	printsAll(t, testdb.New(t), "TECH_SPEC.md")
}

// printsAll fails the test unless each block of a document prints what it says, on a panel over the database.
func printsAll(t *testing.T, db *testdb.DB, name string) {
	t.Helper()
	const documented = "http://localhost:8080"
	running := start(t, onDatabase(db)).url
	folder := t.TempDir()
	for _, command := range document.Commands(t, filepath.Join("docs", name)) {
		got := shell(t, folder, strings.ReplaceAll(command.Shell, documented, running))
		prints(t, command, strings.ReplaceAll(got, running, documented))
	}
}

func TestGuide_ApiTokens(t *testing.T) {
	t.Parallel()
	const documented = "http://localhost:8080"
	running := start(t, onDatabase(testdb.Empty(t))).url
	folder := t.TempDir()
	for _, command := range document.Commands(t, filepath.Join("docs", "guides", "api-tokens.md")) {
		prints(t, command, strings.ReplaceAll(shell(t, folder, strings.ReplaceAll(command.Shell, documented, running)), "\r", ""))
	}
}

func TestAPI_Documented(t *testing.T) {
	t.Parallel()
	printsAll(t, testdb.Empty(t), "API.md")
}
