//go:build go1.24

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

func TestUndo(t *testing.T) {
	for name, args := range map[string][]string{"checkout": nil, "copy": {"-vendor"}} {
		t.Run(name, func(t *testing.T) {
			dir := sandbox(t)
			tree, checkout := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout")
			before := contents(t, tree)
			mustRegister(t, append(args, "-tree", tree, "-module", checkout)...)
			mustRegister(t, append(args, "-tree", tree, "-module", otherCheckout(t, dir))...)
			mustSay(t, mustRegister(t, "-tree", tree, "-undo"), "changed    go.mod", "removed    "+shimFile)
			if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
				t.Errorf("-undo left:\n%s", diff)
			}
			said := mustRegister(t, "-tree", tree, "-undo")
			if !strings.Contains(said, "doesn't have the module") {
				t.Errorf("the second -undo says\n%s", said)
			}
		})
	}
}

// TestUndoAfterTidy: what go mod tidy derives says nothing about what somebody wanted.
func TestUndoAfterTidy(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	edit(t, tree, "go.mod", "go 1.23.0\n", "go 1.23.0\n\nrequire golang.org/x/text v0.23.0 // indirect\n") // which isn't tidy
	before := contents(t, tree)
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"))
	edit(t, tree, "go.mod", "replace "+modulePath+" =>", "// Ours.\nreplace "+modulePath+" =>")
	edit(t, tree, "go.mod", modulePath+" v0.0.0 // indirect\n", modulePath+" v0.0.0 // indirect\n\tgolang.org/x/text v0.24.0 // indirect\n")
	mustRegister(t, "-tree", tree, "-undo")
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("-undo left:\n%s", diff)
	}
}

// TestUndoKeepsOtherChanges: a host that changed its tree after registering keeps its changes.
func TestUndoKeepsOtherChanges(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	changeTree := func() {
		edit(t, tree, "go.mod", "go 1.23.0\n", "go 1.23.0\n\nreplace example.com/gone => ./gone\n")
		write(t, tree, "modules/host/own/module.go", "package own\n\nfunc Builder() string { return \"the host's\" }\n")
	}
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"))
	changeTree()
	write(t, tree, moduleDir+"/notes.txt", "the host's notes\n")
	binary := filepath.Join(dir, "server")
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"), "-o", binary)

	said := mustRegister(t, "-tree", tree, "-undo")
	if !strings.Contains(said, "left       "+moduleDir) {
		t.Errorf("nothing about what is left:\n%s", said)
	}
	mod, builder := read(t, tree, "go.mod"), read(t, tree, builderFile)
	if strings.Contains(mod, modulePath) || !strings.Contains(mod, "example.com/gone") {
		t.Errorf("go.mod:\n%s", mod)
	}
	if strings.Contains(builder, "uid2") || !strings.Contains(builder, `"own"`) {
		t.Errorf("builder.go:\n%s", builder)
	}
	if read(t, tree, moduleDir+"/notes.txt") != "the host's notes\n" {
		t.Error("the host's file was changed")
	}
}

// TestUndoWithoutRecord takes out what belongs to the module.
func TestUndoWithoutRecord(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"), "-vendor")
	if err := os.Remove(filepath.Join(tree, recordFile)); err != nil {
		t.Fatal(err)
	}
	mustRegister(t, "-tree", tree, "-undo")
	for name, text := range contents(t, tree) {
		if strings.Contains(text, modulePath) || strings.Contains(name, "uid2") {
			t.Errorf("%s is left:\n%s", name, text)
		}
	}
}

// TestUndoRemainders: whatever is left of the module goes.
func TestUndoRemainders(t *testing.T) {
	for what, line := range map[string]string{
		"requirement": "require " + modulePath + "/module/v3 v3.0.0\n",
		"replacement": "replace " + modulePath + " => ../checkout\n",
	} {
		t.Run(what, func(t *testing.T) {
			tree := filepath.Join(sandbox(t), "v3")
			write(t, tree, "go.mod", read(t, tree, "go.mod")+"\n"+line)
			mustRegister(t, "-tree", tree, "-undo")
			if mod := read(t, tree, "go.mod"); strings.Contains(mod, modulePath) {
				t.Errorf("go.mod:\n%s", mod)
			}
		})
	}
}

// TestUndoFails: a tree that can't be undone stays registered.
func TestUndoFails(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"))
	edit(t, tree, builderFile, "package modules", "package modules // changed")
	edit(t, tree, "modules/generator/buildergen.go", "package main", "package broken")
	before := contents(t, tree)
	mustFail(t, "go generate", "-tree", tree, "-undo")
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the tree changed:\n%s", diff)
	}
	write(t, tree, recordFile, "{")
	mustFail(t, "register.json", "-tree", tree, "-undo")
}

// TestTakeOut: versions that registering raised are lowered again, but not those that were raised
// further.
func TestTakeOut(t *testing.T) {
	const (
		was   = "require (\n\ta.example/a v1.0.0\n\tb.example/b v1.0.0\n\tc.example/c v1.0.0\n)\n"
		after = "require (\n\ta.example/a v1.1.0\n\tb.example/b v1.1.0\n\tc.example/c v1.0.0\n\t" + modulePath + " v0.0.0\n)\n"
		now   = "require (\n\ta.example/a v1.1.0\n\tb.example/b v1.2.0\n\tc.example/c v1.3.0\n\t" + modulePath + " v0.0.0\n)\n"
	)
	goLines := map[string]string{"m": "1.23.0", "m/v4": "1.23.1"}
	for path, want := range map[string]map[string]string{
		"m":    {"a.example/a": "v1.0.0", "b.example/b": "v1.2.0", "c.example/c": "v1.3.0"},
		"m/v4": {"a.example/a": "v1.1.0", "b.example/b": "v1.2.0", "c.example/c": "v1.3.0"}, // its own since
	} {
		mods := make([]*modfile.File, 3)
		for i, text := range []string{"module " + path + "\n\ngo 1.23.1\n\n" + now, "module m\n\ngo 1.23.0\n\n" + was, "module m\n\ngo 1.23.1\n\n" + after} {
			var err error
			if mods[i], err = parseMod([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := takeOut(&console{out: &out}, mods[0], mods[1], mods[2]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, versions(mods[0])); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if got := goLine(mods[0]); got != goLines[path] {
			t.Errorf("%s: go %s", path, got)
		}
		if said := strings.Contains(out.String(), "lowered    a.example/a v1.1.0 to v1.0.0\n"); said != (path == "m") {
			t.Errorf("%s: said %q", path, &out)
		}
	}
}
