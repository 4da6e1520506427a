// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prebid/prebid-server/v4/config"
	"github.com/prebid/prebid-server/v4/modules/moduledeps"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// hostWithMacro matches an endpoint whose host isn't fixed.
var hostWithMacro = regexp.MustCompile(`^(https?://)?[^/?#]*\{\{`)

// reviewed are adapters whose endpoint alone would put them into the list, or wouldn't.
var reviewed = map[string]struct {
	listed bool
	why    string
}{
	"taboola": {false, "the macro is the kind of media, display or native"},
	"rediads": {true, "its code replaces the first label of the host by a parameter"},
}

// The list of adapters whose host the caller chooses is the one that the bidder infos of this Prebid Server give.
func TestCallerHostsAreCurrent(t *testing.T) {
	infos, err := config.LoadBidderInfoFromDisk(filepath.Join(prebidServer(t), "static", "bidder-info"))
	if err != nil {
		t.Fatal(err)
	}
	if len(infos) < 300 {
		t.Fatalf("only %d bidder infos", len(infos))
	}
	found := 0
	for name, info := range infos {
		chooses := hostWithMacro.MatchString(info.Endpoint)
		if exception, ok := reviewed[name]; ok {
			if chooses == exception.listed {
				t.Errorf("%s is no exception any more", name)
			}
			chooses = exception.listed
		}
		if info.AliasOf != "" && chooses {
			if info.Endpoint != infos[info.AliasOf].Endpoint {
				t.Errorf("the alias %s has a host of its own that the caller chooses", name)
			}
			continue // the module asks Prebid Server for the adapter behind a name
		}
		if got := annotator.CallerChoosesHost(name); got != chooses {
			t.Errorf("%s: CallerChoosesHost says %t, its endpoint is %s", name, got, info.Endpoint)
		}
		if chooses {
			found++
		}
	}
	if found < 18 {
		t.Errorf("only %d adapters were found", found)
	}
}

// prebidServer is the source of the Prebid Server that this module is built with.
func prebidServer(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/prebid/prebid-server/v4").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.TrimSpace(string(dir))
}

func TestMisspeltBidderIsReportedAtStart(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	if err := pbstest.RedirectLogs(); err != nil {
		t.Fatal(err)
	}
	for _, bidders := range []string{`{"name":"TheTradeDesk"}`, `{"name":"thetradedeks"}`, `{"name":"my","alias_of":"apnexus"}`, `{"name":"my","alias_of":"appnexus"}`} {
		built, err := module.Builder(section(server, `,"bidders":[`+bidders+`]`), moduledeps.ModuleDeps{})
		if err != nil {
			t.Fatal(err)
		}
		if err := built.(*module.Module).Shutdown(); err != nil {
			t.Error(err)
		}
	}
	logs, err := pbstest.Logs()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"name=TheTradeDesk": false, "name=thetradedeks": true, "alias_of=apnexus": true, "alias_of=appnexus": false} {
		if got := strings.Contains(string(logs), name); got != want {
			t.Errorf("the log speaks of %s: %t, want %t", name, got, want)
		}
	}
}

func TestHostAliasOfACallerHostIsRefused(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	if err := pbstest.DefineBidders(pbstest.Bidder{Name: "hiddenhost", AliasOf: "zeroclickfraud"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hiddenhost", "HiddenHost", "zeroclickfraud"} {
		if _, err := module.Builder(section(server, `,"bidders":[{"name":"`+name+`"}]`), moduledeps.ModuleDeps{}); err == nil || !strings.Contains(err.Error(), "zeroclickfraud") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
