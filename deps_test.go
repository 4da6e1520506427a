package uid2rtb_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const self = "github.com/uid2rtb/uid2rtb/"

// policy says who may import whom, and is meant to be read. A package may import the packages of this module that its
// line names, the standard library, and the modules named in outside. A package without a line fails the test.
const policy = `
codec:
openrtb: internal/strictjson
dii:
fixtures:
internal/disktest:
internal/envelope:
internal/guardpage:
internal/httpserver:
internal/mutate:
internal/refresh:
internal/strictjson:
internal/natstest:

keyset: codec internal/refresh
bidstream: codec keyset
operator: codec internal/envelope
optout: codec bidstream
optout/metrics: optout
bidder: internal/httpserver internal/strictjson codec keyset bidstream openrtb operator optout
sharing: codec keyset bidstream
sharing/legacy: codec keyset bidstream
publisher: dii operator
identitymap: codec dii operator
uid2test: internal/envelope internal/httpserver codec

module/privacy: internal/strictjson
module/redact:
module/annotator: internal/strictjson bidder openrtb codec bidstream keyset operator optout optout/metrics module/privacy module/redact
module: internal/httpserver openrtb module/annotator
module/pbstest: internal/httpserver
module/hostile:
module/register:

bench: *
bench/internal/turns:
bench/internal/world: codec keyset bidstream bidder optout
bidder-demo: *
cmd/uid2: *
interop:
`

// outside says which modules a package may import beside the standard library. Prebid Server stays under module/ and
// bidder-demo/, and everything below the HTTP client does without one.
const outside = `
codec: golang.org/x/sys/cpu
internal/natstest: github.com/nats-io/nats-server/v2
keyset: github.com/segmentio/encoding/json
internal/strictjson: github.com/buger/jsonparser golang.org/x/sys/cpu
openrtb: github.com/prebid/openrtb/v20 golang.org/x/net/publicsuffix
operator: golang.org/x/net/http/httpproxy golang.org/x/sync
bidder: github.com/prebid/openrtb/v20 github.com/valyala/fasthttp
optout: golang.org/x/net/http/httpguts golang.org/x/sync github.com/nats-io/nats.go github.com/valyala/fasthttp
optout/metrics: github.com/prometheus/client_golang
module/privacy: github.com/prebid/openrtb/v20
module/annotator: github.com/prebid/openrtb/v20 github.com/prometheus/client_golang
module: github.com/prebid/prebid-server/v3/hooks github.com/prebid/prebid-server/v3/modules/moduledeps github.com/prebid/prebid-server/v3/openrtb_ext github.com/prebid/prebid-server/v3/logger github.com/prometheus/client_golang
module/pbstest: *
module/hostile: github.com/prebid/openrtb/v20
bench: *
bench/internal/world: github.com/prebid/openrtb/v20 github.com/tidwall/gjson
bidder-demo: *
cmd/uid2: *
`

// unwanted names what a package must not reach by any way, however long.
const unwanted = `
codec: net/http os/exec
bidstream: net/http github.com/valyala/fasthttp
keyset: net/http github.com/valyala/fasthttp
bidder: github.com/prebid/prebid-server/v3 github.com/nats-io/nats-server/v2 github.com/urfave/cli/v3
uid2test: github.com/uid2rtb/uid2rtb/operator github.com/uid2rtb/uid2rtb/keyset github.com/valyala/fasthttp
module/annotator: github.com/prebid/prebid-server/v3
`

func TestImportPolicy(t *testing.T) {
	inside, others, never := parse(t, policy), parse(t, outside), parse(t, unwanted)
	for _, line := range goList(t, "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}") {
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
		for _, path := range goList(t, "-deps", self+pkg) {
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

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	if args[0] != "-deps" {
		args = append(args, "./...")
	}
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
