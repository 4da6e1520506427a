package httpserver_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// makesServer matches Go code that makes a server without limits.
var makesServer = regexp.MustCompile(`(?m)(^|[^.\w])(fast)?http\.(Server\{|Serve\(|Serve(TLS|Unix)|ListenAndServe)|\bhttptest\.New(Unstarted)?Server\(`)

// TestOnlyOne: every server outside of tests is made here, except for the fasthttp servers in
// package optout, of the sidecar, and of the bidders that are measured beside each other.
func TestOnlyOne(t *testing.T) {
	root, found := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !makesServer.Match(text) {
			return err
		}
		switch name, _ := filepath.Rel(root, path); filepath.ToSlash(name) {
		case "internal/httpserver/httpserver.go", "optout/fasthttp.go", "cmd/uid2/internal/sidecar/server.go", "bench/bidder/serve/main.go":
			found++
		default:
			t.Errorf("%s makes a server of its own", name)
		}
		return nil
	})
	if err != nil || found != 4 {
		t.Errorf("%d places, %v", found, err)
	}
}
