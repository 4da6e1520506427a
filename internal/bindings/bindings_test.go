package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const v3, v4 = "../../module/v3", "../../module/v4"

func TestBindingsAreCurrent(t *testing.T) {
	stale, err := compare(v3, v4)
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("not as module/v3 has them: %v\nrun go generate ./module/v4", slices.Sorted(maps.Keys(stale)))
	}
}

// Neither binding lacks a file of its own, and none of those is generated.
func TestFilesApart(t *testing.T) {
	for _, dir := range []string{v3, v4} {
		for _, name := range apart {
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				t.Error(err)
			}
			if strings.Contains(string(text), "Code generated") {
				t.Errorf("%s of %s is generated", name, dir)
			}
		}
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUpdate(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from, map[string]string{
		"a.go":   "// Package a is for Prebid Server v3.\npackage a\n\nimport (\n\t_ \"github.com/prebid/prebid-server/v3/hooks\"\n\t_ \"github.com/uid2rtb/uid2rtb/module/v3\"\n)\n",
		"go.mod": "module from\n", "modulecontext.go": "package from\n", "sub/b.go": "package b // of Prebid Server v3.30.0\n",
		"sub/testdata/c": "prebid-server/v3",
	})
	write(t, to, map[string]string{
		"a.go": "package old\n", "go.mod": "module to\n", "modulecontext.go": "package to\n", "sub/gone.go": header + "package gone\n",
	})
	if err := update(from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a.go":   header + "// Package a is for Prebid Server v4.\npackage a\n\nimport (\n\t_ \"github.com/prebid/prebid-server/v4/hooks\"\n\t_ \"github.com/uid2rtb/uid2rtb/module/v4\"\n)\n",
		"go.mod": "module to\n", "modulecontext.go": "package to\n", "sub/b.go": header + "package b // of Prebid Server v4.6.0\n",
		"sub/testdata/c": "prebid-server/v4",
	} {
		if text, err := os.ReadFile(filepath.Join(to, filepath.FromSlash(name))); err != nil || string(text) != want {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "sub", "gone.go")); !os.IsNotExist(err) {
		t.Error("a file that module/v3 doesn't have is still there")
	}
	if stale, err := compare(from, to); err != nil || len(stale) > 0 {
		t.Errorf("still to do: %v, %v", stale, err)
	}
}

// What somebody wrote stays.
func TestUpdateRemovesNothingElse(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, to, map[string]string{"own.go": "package own\n"})
	if err := update(from, to); err == nil || !strings.Contains(err.Error(), "own.go") {
		t.Errorf("update: %v", err)
	}
	if _, err := os.Stat(filepath.Join(to, "own.go")); err != nil {
		t.Error(err)
	}
}

func TestMissingDirectories(t *testing.T) {
	none, dir := filepath.Join(t.TempDir(), "none"), t.TempDir()
	if update(none, dir) == nil || update(dir, none) == nil {
		t.Error("a directory that isn't there is no error")
	}
}
