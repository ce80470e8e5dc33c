package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"unified/controllers"
)

// TestAPI_Client generates a client from the document that a token for a few tables is given, and has the tests of the client's module ask
// the panel with it.
func TestAPI_Client(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	token := h.enter("root", hadPassword).makes("Client", "dns_zones:*:all", "dns_records:*:all", "certificates:*:all", "audit_log:read:all",
		"users:*:all", "user_quotas:*:all")
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("controllers", "api", "client"))); err != nil {
		t.Fatal(err)
	}
	document := h.curl(http.MethodGet, controllers.DocumentPath, token)
	if document.status != http.StatusOK {
		t.Fatalf("no document: %d %s", document.status, document.body)
	}
	if err := os.WriteFile(filepath.Join(folder, "openapi.json"), []byte(document.body), 0o600); err != nil {
		t.Fatal(err)
	}
	inside := func(args ...string) string {
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Dir = folder
		command.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "PANEL="+h.url, "TOKEN="+token)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, output)
		}
		return string(output)
	}
	inside("tool", "oapi-codegen", "-config", "oapi-codegen.yaml", "openapi.json")
	inside("vet", ".")
	output := inside("test", "-count=1", "-v", ".")
	tests := regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(read(t, "controllers/api/client/client_test.go"), -1)
	if len(tests) == 0 {
		t.Error("the client has no tests")
	}
	for _, test := range tests {
		if !strings.Contains(output, "\n--- PASS: "+test[1]+" ") {
			t.Errorf("%s did not run\n%s", test[1], output)
		}
	}
	h.holds("true", `SELECT count(*) > 0 FROM dns_records WHERE domain LIKE 'imports-%.example' AND value = '192.0.2.3'`)
}
