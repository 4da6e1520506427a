package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// publish makes a module proxy in a directory that has one version of the binding in dir, and points the go command
// to it alone.
func publish(t *testing.T, dir, version string) {
	t.Helper()
	proxy, cache := t.TempDir(), t.TempDir()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range contents(t, dir) {
		if strings.HasSuffix(name, "/") {
			continue
		}
		f, err := w.Create(bindingPath + "@" + version + "/" + filepath.ToSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	versions := filepath.Join(proxy, bindingPath, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	for suffix, text := range map[string]string{
		".info": `{"Version":"` + version + `"}`,
		".mod":  contents(t, dir)["go.mod"],
		".zip":  archive.String(),
	} {
		if err := os.WriteFile(filepath.Join(versions, version+suffix), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(proxy))
	t.Setenv("GOMODCACHE", cache)
	t.Setenv("GONOSUMDB", modulePath)
	t.Setenv("GOFLAGS", "-modcacherw") // or t.TempDir can't remove it
}

func TestRegisterVersion(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "tree")
	publish(t, filepath.Join(dir, "other", "module", "v3"), "v3.1.2")
	for _, args := range [][]string{
		{"-module", filepath.Join(dir, "module")}, // the replace line of this run must not outlive it
		{"-version", "v3.1.2"},
	} {
		if _, stderr, err := register(t, append(args, "-tree", tree)...); err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
	}
	mod := contents(t, tree)["go.mod"]
	if !strings.Contains(mod, bindingPath+" v3.1.2") || strings.Contains(mod, "replace") {
		t.Errorf("go.mod:\n%s", mod)
	}
	before := contents(t, tree)
	if _, _, err := register(t, "-version", "v3.9.9", "-tree", tree); err == nil {
		t.Error("a version that does not exist was registered")
	}
	if after := contents(t, tree)["go.mod"]; after != before["go.mod"] {
		t.Errorf("go.mod after the failure:\n%s", after)
	}
}
