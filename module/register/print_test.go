//go:build go1.24

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/uid2rtb/uid2rtb/module/register/plan"
)

// parsed reads YAML or JSON as checkConfig does.
func parsed(t *testing.T, text string) plan.Settings {
	t.Helper()
	s, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// TestForms: YAML and JSON of a configuration are the same.
func TestForms(t *testing.T) {
	for _, name := range []string{"minimal", "full", "default-account"} {
		if !json.Valid([]byte(configText(name + ".json"))) {
			t.Errorf("%s.json is no JSON", name)
		}
		if diff := cmp.Diff(parsed(t, configText(name+".yaml")), parsed(t, configText(name+".json"))); diff != "" {
			t.Errorf("%s: YAML and JSON differ:\n%s", name, diff)
		}
	}
	minimal, account := parsed(t, configText("minimal.yaml")).At("hooks"), parsed(t, configText("default-account.yaml")).At("hooks")
	if diff := cmp.Diff(minimal.At("modules"), account.At("modules")); diff != "" {
		t.Errorf("default-account.yaml has another module section than minimal.yaml:\n%s", diff)
	}
	if diff := cmp.Diff(minimal.At("host_execution_plan"), account.At("default_account_execution_plan")); diff != "" {
		t.Errorf("default-account.yaml has another plan than minimal.yaml:\n%s", diff)
	}
	if diff := cmp.Diff(minimal.At("host_execution_plan"), parsed(t, configText("account.json")).At("hooks", "execution_plan")); diff != "" {
		t.Errorf("account.json has another plan than minimal.yaml:\n%s", diff)
	}
}

// blocks are a page's blocks of a language.
func blocks(t *testing.T, page, language string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		all = append(all, block)
	}
	return all
}

// TestDocs: what the documentation shows is what is printed.
func TestDocs(t *testing.T) {
	section := func(name string) plan.Settings {
		return parsed(t, configText(name)).At("hooks", "modules", "uid2", "decrypt")
	}
	page := blocks(t, "../../docs/configuration.md", "json")
	for name, pair := range map[string][2]plan.Settings{
		"the smallest one": {section("minimal.json"), parsed(t, page[0])},
		"everything":       {section("full.json"), parsed(t, page[1])},
		"the README's":     {section("minimal.json"), parsed(t, blocks(t, "../../README.md", "json")[1])},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s isn't what is printed:\n%s", name, diff)
		}
	}
	planOf := func(s plan.Settings) plan.Settings { return s.At("hooks", "host_execution_plan", "endpoints") }
	full := planOf(parsed(t, configText("full.yaml")))
	delete(full.At("/openrtb2/auction", "stages"), "raw_auction_request")
	if diff := cmp.Diff(full, planOf(parsed(t, blocks(t, "../../docs/configuration.md", "yaml")[0]))); diff != "" {
		t.Errorf("the execution plan isn't what is printed:\n%s", diff)
	}
}

// TestPrebidPage: the page for docs.prebid.org shows what is printed, and the address that the
// module's README has.
func TestPrebidPage(t *testing.T) {
	const page = "../../docs/prebid/uid2-decrypt.md"
	if shown := blocks(t, page, "yaml"); len(shown) != 1 || shown[0] != configText("minimal.yaml") {
		t.Errorf("%s shows another configuration", page)
	}
	address := regexp.MustCompile(`mailto:([^)]+)`)
	ours, theirs := address.FindStringSubmatch(moduleReadme()), address.FindStringSubmatch(read(t, filepath.Dir(page), filepath.Base(page)))
	if ours == nil || theirs == nil || ours[1] != theirs[1] {
		t.Errorf("maintainers: %v in the module's README, %v on the page", ours, theirs)
	}
}

func TestPrint(t *testing.T) {
	if said := mustRegister(t, "-print", "full.yaml"); said != configText("full.yaml") {
		t.Errorf("-print full.yaml:\n%s", said)
	}
	all := mustRegister(t, "-print", "all")
	for _, config := range configs {
		if !strings.Contains(all, configText(config.name)) {
			t.Errorf("-print all lacks %s", config.name)
		}
	}
	want := []string{"UID2_API_KEY", "UID2_CLIENT_SECRET", "EUID_API_KEY", "EUID_CLIENT_SECRET", "UID2_OPTOUT_TOKEN"}
	for _, name := range []string{"full.yaml", "full.json"} {
		if diff := cmp.Diff(want, environment(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
