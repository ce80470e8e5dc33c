package document

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Command is a block of shell in a document.
type Command struct {
	Line   int    // of the document, where the block begins
	Shell  string // what is run
	Prints string // what the document says it prints: the text block right after it, "" for none
}

// Commands returns the blocks "```sh" of a document, in order, each with the block "```text" that follows.
func Commands(t testing.TB, path string) []Command {
	t.Helper()
	return CommandsIn(t, path, "sh")
}

// CommandsIn is Commands of the blocks in this language: "shell" for those that want another panel than that of the program.
func CommandsIn(t testing.TB, path, language string) []Command {
	t.Helper()
	fenced := regexp.MustCompile("(?m)^```" + language + "\n((?s:.*?))^```\n(?:\n?```text\n((?s:.*?))^```\n)?")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	var commands []Command
	for _, at := range fenced.FindAllStringSubmatchIndex(text, -1) {
		c := Command{Line: 1 + strings.Count(text[:at[0]], "\n"), Shell: text[at[2]:at[3]]}
		if at[4] >= 0 {
			c.Prints = text[at[4]:at[5]]
		}
		commands = append(commands, c)
	}
	if len(commands) == 0 {
		t.Fatalf("%s shows no commands", path)
	}
	return commands
}
