//go:build go1.24

package uid2rtb_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const self = "github.com/uid2rtb/uid2rtb/"

// policy says who may import whom, over all modules of the workspace, and is meant to be read. A package may import the
// packages of this repository that its line names, the standard library, and the modules named in outside. A package without
// a line fails the test.
const policy = `
codec: internal/hugepage internal/prefetch
openrtb: internal/strictjson
dii:
fixtures:
fixtures/vectors/suite:
fixtures/vectors/suite/generate: fixtures/vectors/suite
fixtures/vectors/suite/run: fixtures/vectors/suite bidstream codec dii internal/envelope keyset module/privacy openrtb optout publisher
internal/atomicfile:
internal/backoff:
internal/disktest:
internal/bindings:
internal/envelope:
internal/follow: internal/markdown
internal/advice:
internal/advice/advicetest:
internal/asm:
internal/dashboards:
internal/counters:
internal/discard:
internal/guardpage:
internal/httpserver:
internal/hugepage:
internal/markdown:
internal/mutate:
internal/refresh: internal/backoff
internal/pagetest:
internal/pbstree:
internal/plural:
internal/prefetch:
internal/progress: internal/plural
internal/release:
internal/settings:
internal/settingstest: internal/settings
internal/sitecheck:
internal/strictjson:
internal/natstest:
internal/natstest/server:
internal/waitgroup:

keyset: codec internal/atomicfile internal/discard internal/refresh
bidstream: codec keyset
operator: codec internal/backoff internal/envelope
optout: codec bidstream internal/atomicfile internal/hugepage internal/prefetch internal/waitgroup
bidder: internal/counters internal/discard internal/httpserver internal/settings internal/strictjson internal/waitgroup codec keyset bidstream openrtb operator optout
metrics: bidder codec keyset operator metrics/optouts
metrics/optouts: optout
sharing: codec keyset bidstream
sharing/legacy: codec keyset bidstream
publisher: dii operator
identitymap: codec dii operator internal/waitgroup
uid2test: internal/backoff internal/envelope internal/httpserver codec

module/privacy: internal/strictjson
module/redact:
module/annotator: internal/counters internal/discard internal/settings internal/strictjson bidder openrtb codec bidstream keyset optout metrics module/privacy module/redact
module/hostile:
module/v3: internal/httpserver openrtb module/annotator
module/v3/hostile:
module/v3/pbstest: internal/httpserver
module/v4: internal/httpserver openrtb module/annotator
module/v4/hostile:
module/v4/pbstest: internal/httpserver
module/realserver:
module/register: internal/advice internal/plural module/register/plan
module/register/plan:

inspect: internal/envelope internal/strictjson bidder bidstream codec keyset module/annotator module/privacy module/redact openrtb publisher
inspect/page: inspect internal/httpserver
inspect/page/internal/testhost: fixtures inspect inspect/page internal/httpserver

bench: *
bench/bidder: bench/internal/proc bench/internal/report bench/internal/turns bench/internal/world codec internal/advice optout uid2test
bench/bidder/serve: bench/rivals bidder operator
bench/internal/proc:
bench/internal/report: internal/plural
bench/internal/turns:
bench/internal/world: codec keyset bidstream bidder optout
bench/load: bench/internal/proc bench/internal/report codec internal/advice internal/httpserver internal/pbstree internal/plural uid2test
bench/rivals:
bidder-demo: *
bidder-demo/internal/record: inspect inspect/page module/redact module/v3
bidder-demo/internal/state: codec inspect/page keyset module/v3 uid2test
cmd/uid2: *
cmd/uid2/internal/sidecar: bidder bidstream codec openrtb metrics internal/strictjson
cmd/uid2/internal/doctor: *
cmd/uid2/internal/render: inspect
interop:
`

// outside says which modules a package may import beside the standard library. Prebid Server stays under module/ and
// bidder-demo/, and everything below the HTTP client does without one.
const outside = `
codec: golang.org/x/sys/cpu
keyset: github.com/segmentio/encoding/json golang.org/x/crypto/hkdf
internal/asm: github.com/mmcloughlin/avo
internal/dashboards: github.com/grafana/grafana-foundation-sdk/go
internal/release: golang.org/x/mod
internal/natstest/server: github.com/nats-io/nats-server/v2/server github.com/nats-io/jwt/v2 github.com/nats-io/nkeys
internal/strictjson: github.com/buger/jsonparser golang.org/x/sys/cpu
openrtb: github.com/prebid/openrtb/v20 golang.org/x/net/publicsuffix
fixtures/vectors/suite/run: github.com/prebid/openrtb/v20
operator: golang.org/x/net/http/httpproxy golang.org/x/sync
bidder: github.com/prebid/openrtb/v20 github.com/valyala/fasthttp
optout: golang.org/x/net/http/httpguts golang.org/x/sync github.com/nats-io/nats.go github.com/valyala/fasthttp
metrics: github.com/prometheus/client_golang
metrics/optouts: github.com/prometheus/client_golang
module/privacy: github.com/prebid/openrtb/v20
module/annotator: github.com/prebid/openrtb/v20 github.com/prometheus/client_golang
module/v3: github.com/prebid/prebid-server/v3/hooks github.com/prebid/prebid-server/v3/modules/moduledeps github.com/prebid/prebid-server/v3/openrtb_ext github.com/prebid/prebid-server/v3/logger github.com/prometheus/client_golang
module/v3/pbstest: *
module/v4: github.com/prebid/prebid-server/v4/hooks github.com/prebid/prebid-server/v4/modules/moduledeps github.com/prebid/prebid-server/v4/openrtb_ext github.com/prebid/prebid-server/v4/logger github.com/prometheus/client_golang
module/v4/pbstest: *
module/hostile: github.com/prebid/openrtb/v20
module/register: golang.org/x/mod
module/register/plan: go.yaml.in/yaml/v3
inspect: github.com/prebid/openrtb/v20 github.com/rogpeppe/go-internal/diff
bench: *
bench/bidder: github.com/prebid/openrtb/v20 golang.org/x/sys/unix
bench/bidder/serve: github.com/buger/jsonparser github.com/prebid/openrtb/v20 github.com/valyala/fasthttp
bench/internal/proc: golang.org/x/sys/unix
bench/internal/report: gonum.org/v1/plot
bench/load: github.com/HdrHistogram/hdrhistogram-go
bench/rivals: *
bench/internal/world: github.com/prebid/openrtb/v20 github.com/tidwall/gjson
bidder-demo: *
bidder-demo/internal/record: github.com/prebid/openrtb/v20 github.com/prebid/prebid-server/v3
bidder-demo/internal/state: github.com/prometheus/client_golang
cmd/uid2: *
cmd/uid2/internal/sidecar: github.com/prebid/openrtb/v20 github.com/prometheus/client_golang github.com/segmentio/encoding/json github.com/valyala/fasthttp
cmd/uid2/internal/doctor: *
`

// unwanted names what a package must not reach by any way, however long.
const unwanted = `
codec: net/http os/exec
bidstream: net/http github.com/valyala/fasthttp
keyset: net/http github.com/valyala/fasthttp
uid2test: github.com/uid2rtb/uid2rtb/operator github.com/uid2rtb/uid2rtb/keyset github.com/valyala/fasthttp
`

// unwantedModules are those that must not be in the module graph of who requires the root alone.
var unwantedModules = []string{
	"github.com/prebid/prebid-server", "github.com/nats-io/nats-server", "github.com/urfave/cli", "github.com/spf13", "gonum.org", "github.com/prometheus",
}

func TestImportPolicy(t *testing.T) {
	inside, others, never := parse(t, policy), parse(t, outside), parse(t, unwanted)
	for _, line := range packages(t) {
		path, imports, _ := strings.Cut(line, " ")
		pkg, ours := strings.CutPrefix(path, self)
		if !ours {
			continue // the front package has no code
		}
		allowed, listed := inside[pkg]
		if !listed {
			t.Errorf("%s has no line in the import policy", pkg)
			continue
		}
		for _, imported := range strings.Fields(imports) {
			if of, ok := strings.CutPrefix(imported, self); ok {
				if !slices.Contains(allowed, "*") && !slices.Contains(allowed, of) {
					t.Errorf("%s imports %s, which the policy doesn't let it", pkg, of)
				}
			} else if strings.Contains(imported, ".") && !mayUse(others[pkg], imported) {
				t.Errorf("%s imports %s from outside, which the policy doesn't let it", pkg, imported)
			}
		}
		for _, name := range slices.Concat(allowed, others[pkg]) {
			if name != "*" && !uses(strings.Fields(imports), name) {
				t.Errorf("the policy lets %s import %s, which it doesn't", pkg, name)
			}
		}
	}
	for pkg, banned := range never {
		for _, path := range goList(t, ".", "-deps", self+pkg) {
			if mayUse(banned, path) {
				t.Errorf("%s depends on %s", pkg, path)
			}
		}
	}
}

// mayUse reports whether path is one of the modules or packages named, or inside one.
func mayUse(names []string, path string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == "*" || path == name || strings.HasPrefix(path, name+"/")
	})
}

// uses reports whether one of the imports is the module or package named, here or outside, or inside it.
func uses(imports []string, name string) bool {
	return slices.ContainsFunc(imports, func(path string) bool {
		return path == self+name || mayUse([]string{name}, path)
	})
}

func parse(t *testing.T, text string) map[string][]string {
	t.Helper()
	rules := make(map[string][]string)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		pkg, names, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("no rule: %q", line)
		}
		rules[pkg] = strings.Fields(names)
	}
	return rules
}

// packages lists the packages of all modules of the workspace, each with what it imports.
func packages(t *testing.T) (lines []string) {
	t.Helper()
	for _, dir := range workspace(t) {
		lines = append(lines, goList(t, dir, "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", "./...")...)
	}
	return lines
}

// workspace returns the directories of its modules.
func workspace(t *testing.T) (dirs []string) {
	t.Helper()
	out, err := exec.Command("go", "work", "edit", "-json", "go.work").Output()
	if err != nil {
		t.Fatalf("go work edit: %v", err)
	}
	var file struct{ Use []struct{ DiskPath string } }
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	for _, use := range file.Use {
		dirs = append(dirs, use.DiskPath)
	}
	return dirs
}

// TestWorkspace: every module of the repository is in the workspace, so that one command tests all of them.
func TestWorkspace(t *testing.T) {
	used := workspace(t)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if dir := "./" + filepath.ToSlash(filepath.Dir(path)); filepath.Base(path) == "go.mod" && dir != "./." && !slices.Contains(used, dir) {
			t.Errorf("%s is not in go.work", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRootAlone: who requires the root alone gets nothing of a server, a command line or a plot.
func TestRootAlone(t *testing.T) {
	for _, module := range goList(t, ".", "-m", "-f", "{{.Path}}", "all") {
		if mayUse(unwantedModules, module) {
			t.Errorf("%s is in the module graph of the root", module)
		}
	}
}

// goList runs go list for the module in a directory, as if it were alone.
func goList(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	c := exec.Command("go", append([]string{"list"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v", dir, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
