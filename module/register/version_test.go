//go:build go1.24

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// publish makes a module proxy with one version of each module of a checkout, and points the go
// command to it alone.
func publish(t *testing.T, checkout string) {
	t.Helper()
	proxy := t.TempDir()
	for _, m := range []struct{ dir, version string }{{"", "v0.0.0"}, {"metrics", "v0.0.0"}, {"module/v3", "v3.1.2"}} {
		path := strings.TrimSuffix(modulePath+"/"+m.dir, "/")
		versions := filepath.Join(proxy, path, "@v")
		write(t, versions, "list", m.version+"\n")
		write(t, versions, m.version+".info", `{"Version":"`+m.version+`"}`)
		write(t, versions, m.version+".mod", read(t, filepath.Join(checkout, m.dir), "go.mod"))
		archive, err := os.Create(filepath.Join(versions, m.version+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		if err := zip.CreateFromDir(archive, module.Version{Path: path, Version: m.version}, filepath.Join(checkout, m.dir)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(proxy))
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GONOSUMDB", modulePath)
	t.Setenv("GOFLAGS", "-modcacherw") // or t.TempDir can't remove it
}

func TestRegisterVersion(t *testing.T) {
	dir := sandbox(t)
	tree, checkout, binary := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout"), filepath.Join(dir, "server")
	other := otherCheckout(t, dir)
	publish(t, other)
	original := contents(t, tree)
	mustRegister(t, "-tree", tree, "-module", checkout, "-vendor") // nothing of this run must outlive it
	mustRegister(t, "-tree", tree, "-version", "v3.1.2", "-o", binary)
	serverSays(t, binary, "uid2.decrypt second\n")
	before := contents(t, tree)
	if mod := before["go.mod"]; !strings.Contains(mod, majors[0].bindingPath()+" v3.1.2") || strings.Contains(mod, "replace") {
		t.Errorf("go.mod:\n%s", mod)
	}
	if _, there := before[vendorDir+"/"]; there {
		t.Errorf("%s is still there", vendorDir)
	}
	mustSay(t, mustRegister(t, "-tree", tree, "-check"), "module     "+majors[0].bindingPath()+", version v3.1.2")

	mustFail(t, "v3.9.9", "-version", "v3.9.9", "-tree", tree)
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the failure changed the tree:\n%s", diff)
	}

	t.Chdir(dir) // where no checkout is: the latest version
	mustRegister(t, "-tree", tree)
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the latest version is another one:\n%s", diff)
	}
	mustRegister(t, "-tree", tree, "-undo")
	if diff := cmp.Diff(original, contents(t, tree)); diff != "" {
		t.Errorf("-undo left:\n%s", diff)
	}
}

func TestReleased(t *testing.T) {
	for version, want := range map[string]string{
		"v0.5.0": "v4.5.0", "v0.12.3": "v4.12.3",
		"": "", "(devel)": "", "v0.0.0-20300131120000-0123456789ab": "", "v0.5.1-0.20300131120000-0123456789ab+dirty": "", "v1.2.3": "",
	} {
		if got := major("v4").released(version); got != want {
			t.Errorf("release %q has %q, want %q", version, got, want)
		}
	}
}

// TestPatch: the patch makes of a pristine tree one that is registered.
func TestPatch(t *testing.T) {
	dir := sandbox(t)
	tree, pristine, patch := filepath.Join(dir, "v3"), filepath.Join(dir, "pristine"), filepath.Join(dir, "uid2.patch")
	if err := os.CopyFS(pristine, os.DirFS(tree)); err != nil {
		t.Fatal(err)
	}
	publish(t, filepath.Join(dir, "checkout"))
	mustRegister(t, "-tree", tree, "-version", "v3.1.2", "-patch", patch)
	again := filepath.Join(dir, "again.patch")
	mustRegister(t, "-tree", tree, "-version", "v3.1.2", "-patch", again)
	if read(t, dir, "uid2.patch") != read(t, dir, "again.patch") {
		t.Error("the patch of a tree that was registered before is another one")
	}
	if header := "diff --git a/" + shimFile + " b/" + shimFile + "\n"; !strings.Contains(read(t, dir, "uid2.patch"), header) {
		t.Errorf("no %q in\n%s", header, read(t, dir, "uid2.patch"))
	}

	cmd := exec.Command("git", "apply", "--whitespace=error-all", patch)
	cmd.Dir = pristine
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s", err, out)
	}
	want := contents(t, tree)
	delete(want, recordFile)
	if diff := cmp.Diff(want, contents(t, pristine)); diff != "" {
		t.Errorf("the patch makes another tree:\n%s", diff)
	}
}
