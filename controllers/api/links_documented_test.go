package api_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"unified/internal/document"
)

// TestLinks_Documented runs what the manual shows of songs and their tags.
func TestLinks_Documented(t *testing.T) {
	server, folder := httptest.NewServer(newConcert(t)), t.TempDir()
	t.Cleanup(server.Close)
	if err := os.WriteFile(filepath.Join(folder, "auth"), []byte("Visitor: somebody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, shown := range document.CommandsIn(t, filepath.Join("..", "..", "docs", "API.md"), "shell") {
		command := exec.CommandContext(t.Context(), "sh", "-eu", "-c", strings.ReplaceAll(shown.Shell, "http://localhost:8080", server.URL))
		command.Dir = folder
		if printed, err := command.Output(); err != nil || string(printed) != shown.Prints {
			t.Errorf("the block in line %d prints\n%s%v", shown.Line, printed, err)
		}
	}
}
