//go:build go1.24

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// sandbox lays out testdata/tree.txtar in a new directory, and the generators of the real Prebid
// Servers in its trees.
func sandbox(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/tree.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := txtar.Write(archive, dir); err != nil {
		t.Fatal(err)
	}
	for _, m := range majors {
		generator := filepath.Join(prebidServer(t, m), "modules", "generator")
		if err := os.CopyFS(filepath.Join(dir, string(m), "modules", "generator"), os.DirFS(generator)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// prebidServer is where the real Prebid Server lies with which the module is tested.
func prebidServer(t *testing.T, m major) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", m.serverPath()+"@"+m.tested().server).Output()
	var answer struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &answer); jsonErr != nil || answer.Dir == "" {
		t.Fatalf("go mod download: %v, %v: %s", err, jsonErr, answer.Error)
	}
	return answer.Dir
}

// variant is a copy of the checkout in which the binding for v3 has another Builder.
func variant(t *testing.T, dir, name, builder string) string {
	t.Helper()
	copied := filepath.Join(dir, name)
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "checkout"))); err != nil {
		t.Fatal(err)
	}
	edit(t, copied, "module/v3/module.go", "func Builder() string { return words.First[:metrics.Count] }",
		"var _ = words.First[:metrics.Count]\n\n"+builder)
	return copied
}

func otherCheckout(t *testing.T, dir string) string {
	t.Helper()
	return variant(t, dir, "other", `func Builder() string { return "second" }`)
}

// edit replaces a text in a file.
func edit(t *testing.T, dir, name, from, to string) {
	t.Helper()
	text := read(t, dir, name)
	if !strings.Contains(text, from) {
		t.Fatalf("%s has no %q:\n%s", name, from, text)
	}
	write(t, dir, name, strings.ReplaceAll(text, from, to))
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// contents maps the files of a directory to their texts, but for git's own.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" {
			return fs.SkipDir
		}
		name, _ := filepath.Rel(dir, path)
		if entry.IsDir() {
			texts[name+"/"] = ""
			return nil
		}
		text, err := os.ReadFile(path)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
