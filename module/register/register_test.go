//go:build go1.24

package main // the program's package can't be imported

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// sandbox lays out testdata/tree.txtar in a new directory.
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
	generator := filepath.Join(prebidServer(t), "modules", "generator")
	if err := os.CopyFS(filepath.Join(dir, "tree", "modules", "generator"), os.DirFS(generator)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// prebidServer is where the real Prebid Server of the binding's go.mod lies.
func prebidServer(t *testing.T) string {
	t.Helper()
	c := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", treePath)
	c.Dir = filepath.Join("..", "v3")
	out, err := c.Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Fatalf("%s is not in the module cache, go mod download brings it: %v", treePath, err)
	}
	return dir
}

// contents maps the files of a directory to their texts.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
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

func register(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0")
	var out, errOut bytes.Buffer
	err = run(t.Context(), args, &out, &errOut)
	return out.String(), errOut.String(), err
}

func TestRegister(t *testing.T) {
	dir := sandbox(t)
	tree, binary := filepath.Join(dir, "tree"), filepath.Join(dir, "server")
	says := func(want string) {
		t.Helper()
		out, err := exec.Command(binary).Output()
		if err != nil || string(out) != want {
			t.Errorf("the server says %q, %v; want %q", out, err, want)
		}
	}
	stdout, stderr, err := register(t, "-tree", tree, "-module", filepath.Join(dir, "module"), "-o", binary)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	for _, line := range []string{"written    " + shimFile, "changed    modules/builder.go", "changed    go.mod"} {
		if !strings.Contains(stdout, line+"\n") {
			t.Errorf("output lacks %q:\n%s", line, stdout)
		}
	}
	says("uid2.decrypt first\n")

	before := contents(t, tree)
	stdout, stderr, err = register(t, "-tree", tree, "-module", filepath.Join(dir, "module"))
	if err != nil {
		t.Fatalf("again: %v\n%s", err, stderr)
	}
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the second run changed the tree:\n%s", diff)
	}
	if n := strings.Count(stdout, "unchanged  "); n != 4 {
		t.Errorf("%d files reported unchanged, want 4:\n%s", n, stdout)
	}

	if _, stderr, err = register(t, "-tree", tree, "-module", filepath.Join(dir, "other"), "-o", binary); err != nil {
		t.Fatalf("another checkout: %v\n%s", err, stderr)
	}
	says("uid2.decrypt second\n")
}

func TestRegisterRelativePaths(t *testing.T) {
	dir := sandbox(t)
	t.Chdir(filepath.Join(dir, "tree"))
	if _, stderr, err := register(t, "-tree", ".", "-module", "../module"); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
}

func TestRegisterCheckoutHere(t *testing.T) {
	dir := sandbox(t)
	binary := filepath.Join(dir, "server")
	t.Chdir(filepath.Join(dir, "other"))
	if _, stderr, err := register(t, "-tree", "../tree", "-o", binary); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if out, err := exec.Command(binary).Output(); err != nil || string(out) != "uid2.decrypt second\n" {
		t.Errorf("the server says %q, %v", out, err)
	}
}

func TestFailureLeavesTheTreeAsItWas(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "tree")
	before := contents(t, tree)
	_, stderr, err := register(t, "-tree", tree, "-module", filepath.Join(dir, "broken"))
	if err == nil {
		t.Fatal("a module that does not compile was registered")
	}
	if !strings.Contains(stderr, "it does not compile") {
		t.Errorf("the compiler's words are not shown: %q", stderr)
	}
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the tree changed:\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	dir := sandbox(t)
	t.Chdir(dir) // where no checkout is
	at := func(name string) string { return filepath.Join(dir, name) }
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no module", []string{"-tree", at("tree")}, "-module DIR or -version V"},
		{"no -tree", []string{"-module", at("module")}, "-tree is missing"},
		{"both", []string{"-tree", at("tree"), "-module", at("module"), "-version", "v1.0.0"}, "exclude each other"},
		{"argument", []string{at("tree")}, "unexpected argument"},
		{"unknown flag", []string{"-nosuch"}, "nosuch"},
		{"no tree", []string{"-tree", at("nowhere"), "-module", at("module")}, "no go.mod"},
		{"Prebid Server v4", []string{"-tree", at("v4"), "-module", at("module")}, "prebid-server/v4"},
		{"another module as tree", []string{"-tree", at("module"), "-module", at("module")}, modulePath},
		{"another module as module", []string{"-tree", at("tree"), "-module", at("v4")}, "not " + modulePath},
		{"no checkout", []string{"-tree", at("tree"), "-module", at("nowhere")}, "no go.mod"},
		{"foreign module in place", []string{"-tree", at("foreign"), "-module", at("module")}, "not from here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := contents(t, dir)
			_, _, err := register(t, tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("files changed:\n%s", diff)
			}
		})
	}
	t.Run("help", func(t *testing.T) {
		_, stderr, err := register(t, "-help")
		if !errors.Is(err, flag.ErrHelp) || !strings.Contains(stderr, "-tree") {
			t.Errorf("%v: %q", err, stderr)
		}
	})
}
