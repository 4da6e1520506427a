//go:build go1.24

package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTested holds the files in tested to what those Prebid Servers require.
func TestTested(t *testing.T) {
	for _, m := range majors {
		mod, err := readMod(prebidServer(t, m))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, r := range mod.Require {
			if !r.Indirect {
				want[r.Mod.Path] = r.Mod.Version
			}
		}
		tested := m.tested()
		if diff := cmp.Diff(want, tested.versions); diff != "" || tested.goLine != goLine(mod) {
			t.Errorf("%s: go %s, want %s\n%s", m, tested.goLine, goLine(mod), diff)
		}
	}
}

// TestTestedBindings: the bindings of this checkout are made for the Prebid Servers that are in tested.
func TestTestedBindings(t *testing.T) {
	for _, m := range majors {
		mod, err := readMod(filepath.Join("..", string(m)))
		if err != nil {
			t.Fatal(err)
		}
		if versions(mod)[m.serverPath()] != m.tested().server {
			t.Errorf("the binding requires %s, tested is %s", versions(mod)[m.serverPath()], m.tested().server)
		}
	}
}

func TestNewer(t *testing.T) {
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	args := []string{"-tree", tree, "-module", filepath.Join(dir, "checkout")}
	edit(t, tree, "go.mod", "go 1.23.0\n", "go 1.23.0\n\nrequire golang.org/x/text v0.99.0 // indirect\n")
	for _, want := range []string{"v3.30.0", "golang.org/x/text v0.99.0; tested with v0.23.0", "-allow-newer"} {
		mustFail(t, want, args...)
	}
	edit(t, tree, "go.mod", "require golang.org/x/text v0.99.0 // indirect", "")
	edit(t, tree, "go.mod", "go 1.23.0", "go 1.24.0")
	mustFail(t, "go 1.24.0; tested with 1.23.0", args...)
	mustRegister(t, append(args, "-allow-newer")...)
}
