//go:build go1.24

package main // the program's package can't be imported

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uid2rtb/uid2rtb/internal/advice/advicetest"
)

func register(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0")
	var out, errOut bytes.Buffer
	err = run(t.Context(), args, &out, &errOut)
	return out.String(), errOut.String(), err
}

// mustRegister wants register to work, and returns what it says.
func mustRegister(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, err := register(t, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s\n%s", args, err, stdout, stderr)
	}
	return stdout
}

// mustFail wants an error in that form that says something, and returns what was said before it.
func mustFail(t *testing.T, want string, args ...string) (stdout string) {
	t.Helper()
	stdout, _, err := register(t, args...)
	if err == nil {
		t.Errorf("%v: no error, want one that says %q\n%s", args, want, stdout)
		return stdout
	}
	var text bytes.Buffer
	if writeError(&text, err); !advicetest.IsError("register", text.String()) || !strings.Contains(text.String(), want) {
		t.Errorf("%v: another form, or no %q:\n%s\n%s", args, want, &text, stdout)
	}
	return stdout
}

// mustSay wants lines in an output.
func mustSay(t *testing.T, output string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(output, line+"\n") {
			t.Errorf("output lacks %q:\n%s", line, output)
		}
	}
}

// serverSays runs a server.
func serverSays(t *testing.T, binary, want string) {
	t.Helper()
	out, err := exec.Command(binary).Output()
	if err != nil || string(out) != want {
		t.Errorf("the server says %q, %v; want %q", out, err, want)
	}
}

func TestRegister(t *testing.T) {
	dir := sandbox(t)
	tree, checkout, binary := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout"), filepath.Join(dir, "server")
	said := mustRegister(t, "-tree", tree, "-module", checkout, "-o", binary)
	mustSay(t, said, "written    "+shimFile, "written    "+readmeFile, "changed    modules/builder.go", "changed    go.mod",
		"  UID2_OPTOUT_TOKEN", strings.TrimSpace(configText("minimal.yaml")))
	serverSays(t, binary, "uid2.decrypt first\n")
	if !strings.Contains(read(t, tree, readmeFile), "\n"+configText("minimal.yaml")+"```") {
		t.Errorf("the module's README lacks the configuration:\n%s", read(t, tree, readmeFile))
	}

	write(t, tree, "vendor/modules.txt", "")
	before := contents(t, tree)
	said = mustRegister(t, "-tree", tree, "-module", checkout)
	mustSay(t, said, "note       the tree has a directory vendor, which is out of date now: go mod vendor")
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("the second run changed the tree:\n%s", diff)
	}
	if n := strings.Count(said, "unchanged  "); n != 5 {
		t.Errorf("%d files reported unchanged, want 5:\n%s", n, said)
	}

	mustRegister(t, "-tree", tree, "-module", otherCheckout(t, dir), "-o", binary)
	serverSays(t, binary, "uid2.decrypt second\n")
}

func TestRegisterV4(t *testing.T) {
	dir := sandbox(t)
	tree, binary := filepath.Join(dir, "v4"), filepath.Join(dir, "server")
	before := contents(t, tree)
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"), "-o", binary)
	serverSays(t, binary, "uid2.decrypt of v4\n")
	if mod := read(t, tree, "go.mod"); !strings.Contains(mod, modulePath+"/module/v4 v4.0.0\n") || strings.Contains(mod, "/v3") {
		t.Errorf("go.mod:\n%s", mod)
	}
	for range 2 {
		mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"), "-vendor")
	}
	mustRegister(t, "-tree", tree, "-undo")
	if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
		t.Errorf("-undo left:\n%s", diff)
	}
}

func TestRegisterRelativePaths(t *testing.T) {
	dir := sandbox(t)
	t.Chdir(filepath.Join(dir, "v3"))
	mustRegister(t, "-tree", ".", "-module", "../checkout")
}

func TestRegisterCheckoutHere(t *testing.T) {
	dir := sandbox(t)
	binary := filepath.Join(dir, "server")
	other := otherCheckout(t, dir)
	t.Chdir(filepath.Join(other, "words"))
	t.Setenv("GOWORK", "off")
	mustRegister(t, "-tree", "../../v3", "-o", binary)
	serverSays(t, binary, "uid2.decrypt second\n")
}

// TestVendor: the tree has all that a Docker build copies, and nothing else of the checkout.
func TestVendor(t *testing.T) {
	dir := sandbox(t)
	tree, checkout := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout")
	mustRegister(t, "-tree", tree, "-module", checkout, "-vendor")
	files := contents(t, tree)
	if strings.Contains(files["go.mod"], dir) {
		t.Errorf("go.mod points out of the tree:\n%s", files["go.mod"])
	}
	for name, want := range map[string]bool{
		"/go.mod": true, "/LICENSE": true, "/words/words.go": true, "/metrics/go.mod": true, "/metrics/metrics.go": true,
		"/module/v3/go.mod": true, "/module/v3/module.go": true,
		"/words/words_test.go": false, "/unused/unused.go": false, "/module/v4/go.mod": false,
	} {
		if _, there := files[vendorDir+name]; there != want {
			t.Errorf("%s%s is there: %t", vendorDir, name, there)
		}
	}
	if err := os.RemoveAll(checkout); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "context") // as COPY ./ ./ does
	if err := os.CopyFS(elsewhere, os.DirFS(tree)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mod", "tidy"}, {"mod", "vendor"}, {"build", "-mod=vendor", "-o", "server", "."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = elsewhere, append(os.Environ(), "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	if diff := cmp.Diff(files["go.mod"], read(t, elsewhere, "go.mod")); diff != "" {
		t.Errorf("go mod tidy changes go.mod:\n%s", diff)
	}
	serverSays(t, filepath.Join(elsewhere, "server"), "uid2.decrypt first\n")
}

func TestFailureLeavesTheTreeAsItWas(t *testing.T) {
	dir := sandbox(t)
	tree, checkout := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout")
	broken := variant(t, dir, "broken", `func Builder() int { return "it does not compile" }`)
	for _, earlier := range []bool{false, true} {
		if earlier {
			mustRegister(t, "-tree", tree, "-module", checkout, "-vendor")
		}
		before := contents(t, tree)
		_, stderr, err := register(t, "-tree", tree, "-module", broken, "-vendor")
		if err == nil {
			t.Fatal("a module that does not compile was registered")
		}
		if !strings.Contains(stderr, "it does not compile") {
			t.Errorf("the compiler's words are not shown: %q", stderr)
		}
		if diff := cmp.Diff(before, contents(t, tree)); diff != "" {
			t.Errorf("registered earlier: %t; the tree changed:\n%s", earlier, diff)
		}
	}
}

// TestGoLine: a module that would raise the tree's go line isn't registered.
func TestGoLine(t *testing.T) {
	dir := sandbox(t)
	tree, checkout := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout")
	edit(t, filepath.Join(checkout, "module", "v3"), "go.mod", "go 1.23.0", "go 1.23.1")
	mustSay(t, mustRegister(t, "-tree", tree, "-module", checkout), "raised     go 1.23.0 to 1.23.1")
	edit(t, filepath.Join(checkout, "module", "v3"), "go.mod", "go 1.23.1", "go 1.24.0")
	before := contents(t, tree)
	mustFail(t, "raise the tree's Go from 1.23.0 to 1.24.0", "-tree", tree, "-module", checkout)
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
		{"no -tree", []string{"-module", at("checkout")}, "-tree is missing"},
		{"both", []string{"-tree", at("v3"), "-module", at("checkout"), "-version", "v1.0.0"}, "exclude each other"},
		{"both actions", []string{"-tree", at("v3"), "-check", "-undo"}, "exclude each other"},
		{"no check", []string{"-tree", at("v3"), "-config", "pbs.yaml"}, "belongs to -check"},
		{"undo and module", []string{"-tree", at("v3"), "-undo", "-vendor"}, "take none of"},
		{"argument", []string{at("v3")}, "unexpected argument"},
		{"unknown flag", []string{"-nosuch"}, "nosuch"},
		{"unknown configuration", []string{"-print", "minimal.toml"}, "no such configuration"},
		{"no tree", []string{"-tree", at("nowhere"), "-module", at("checkout")}, "no go.mod"},
		{"Prebid Server v2", []string{"-tree", at("v2"), "-module", at("checkout")}, "prebid-server/v2"},
		{"another module as tree", []string{"-tree", at("checkout"), "-module", at("checkout")}, modulePath},
		{"another module as module", []string{"-tree", at("v3"), "-module", at("v4")}, "not " + modulePath},
		{"no checkout", []string{"-tree", at("v3"), "-module", at("nowhere")}, "no go.mod"},
		{"foreign module in place", []string{"-tree", at("foreign"), "-module", at("checkout")}, "not from here"},
		{"foreign module to undo", []string{"-tree", at("foreign"), "-undo"}, "not from here"},
		{"foreign module to check", []string{"-tree", at("foreign"), "-check"}, "not from here"},
		{"foreign copy in place", []string{"-tree", at("copied"), "-module", at("checkout")}, "not from here"},
		{"copy of a version", []string{"-tree", at("v3"), "-vendor", "-version", "v3.0.0"}, "needs no copy"},
		{"copy of nothing", []string{"-tree", at("v3"), "-vendor"}, "say which"},
		{"patch with a directory", []string{"-tree", at("v3"), "-module", at("checkout"), "-patch", at("x")}, "use -version V or -vendor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := contents(t, dir)
			mustFail(t, tt.want, tt.args...)
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("files changed:\n%s", diff)
			}
		})
	}
	_, _, err := register(t, "-tree", at("v3"), "-check", "-undo")
	if !errors.As(err, new(mistake)) {
		t.Errorf("a mistake on the command line has another exit status: %v", err)
	}
}

// TestHelp: the help has examples, whose flags are understood.
func TestHelp(t *testing.T) {
	_, stderr, err := register(t, "-help")
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(stderr, examples) || !strings.Contains(stderr, "-allow-dirty") {
		t.Errorf("%v: %q", err, stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(examples), "\n") {
		args, found := strings.CutPrefix(strings.TrimSpace(line), "go run ./module/register")
		if _, err := parse(strings.Fields(args), new(bytes.Buffer)); !found || err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestNoBinding: a checkout of before there was a binding for v4.
func TestNoBinding(t *testing.T) {
	dir := sandbox(t)
	if err := os.RemoveAll(filepath.Join(dir, "checkout", "module", "v4")); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "no binding for Prebid Server v4", "-tree", filepath.Join(dir, "v4"), "-module", filepath.Join(dir, "checkout"))
}
