//go:build go1.24

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := sandbox(t)
	tree, checkout := filepath.Join(dir, "v3"), filepath.Join(dir, "checkout")
	mustFail(t, "register: 3 problems: ", "-tree", tree, "-check")
	mustRegister(t, "-tree", tree, "-module", checkout)
	mustSay(t, mustRegister(t, "-tree", tree, "-check"), "server     "+majors[0].serverPath()+" in "+tree, "shim       "+shimFile,
		"builder    modules/builder.go lists uid2.decrypt",
		"module     "+modulePath+"/module/v3, from "+filepath.Join(checkout, "module", "v3"))
	mustRegister(t, "-tree", tree, "-module", checkout, "-vendor")
	mustSay(t, mustRegister(t, "-tree", tree, "-check"), "module     "+modulePath+"/module/v3, copied to "+vendorDir)

	edit(t, tree, shimFile, "/module/v3", "/module/v4")
	edit(t, tree, builderFile, "uid2/decrypt", "uid2/other")
	if err := os.Remove(filepath.Join(tree, recordFile)); err != nil {
		t.Fatal(err)
	}
	mustSay(t, mustFail(t, "register: 2 problems: ", "-tree", tree, "-check"), "MISSING    uid2.decrypt in modules/builder.go: go generate ./modules/modules.go",
		"note       no "+recordFile+": -undo will not be byte for byte")
	edit(t, tree, shimFile, "/module/v4", "/module/v3")
	mustFail(t, "register: 1 problem: ", "-tree", tree, "-check")
}

func TestCheckConfig(t *testing.T) {
	const redactBids = "enabled: true\n        redact_bids: true\n        uid2:"
	tests := []struct {
		name     string
		file     string // whose text is changed
		from, to string
		want     []string // problems
	}{
		{"as printed", "minimal.yaml", "", "", nil},
		{"JSON", "minimal.json", "", "", nil},
		{"full", "full.yaml", "", "", nil},
		{"full JSON", "full.json", "", "", nil},
		{"accounts", "default-account.yaml", "", "", nil},
		{"accounts JSON", "default-account.json", "", "", nil},
		{"letter case of keys", "minimal.yaml", "processed_auction_request", "Processed_Auction_Request", nil},
		{"hooks off", "minimal.yaml", "hooks:\n  enabled: true", "hooks:\n  enabled: false", []string{"hooks.enabled"}},
		{"module off", "minimal.yaml", "decrypt:\n        enabled: true", "decrypt:\n        enabled: \"true\"", []string{"hooks.modules.uid2.decrypt.enabled"}},
		{"no plan", "minimal.yaml", "host_execution_plan", "no_plan", []string{
			"/openrtb2/auction, stage processed_auction_request", "/openrtb2/auction, stage bidder_request", "/openrtb2/auction, stage auction_response",
			"/openrtb2/amp, stage processed_auction_request", "/openrtb2/amp, stage bidder_request", "/openrtb2/amp, stage auction_response",
		}},
		{"no redaction", "minimal.yaml", "          auction_response: *group\n", "", []string{
			"/openrtb2/auction, stage auction_response", "/openrtb2/amp, stage auction_response",
		}},
		{"another module", "minimal.yaml", "module_code: uid2.decrypt", "module_code: UID2.decrypt", []string{
			"/openrtb2/auction, stage processed", "/openrtb2/auction, stage bidder", "/openrtb2/auction, stage auction",
			"/openrtb2/amp, stage processed", "/openrtb2/amp, stage bidder", "/openrtb2/amp, stage auction",
		}},
		{"no amp", "minimal.yaml", "      /openrtb2/amp: *uid2\n", "", []string{
			"/openrtb2/amp, stage processed", "/openrtb2/amp, stage bidder", "/openrtb2/amp, stage auction",
		}},
		{"bids are redacted", "minimal.yaml", "enabled: true\n        uid2:", redactBids, []string{
			"/openrtb2/auction, stage all_processed_bid_responses", "/openrtb2/amp, stage all_processed_bid_responses",
		}},
		{"twice", "minimal.yaml", "          bidder_request: *group\n", "          bidder_request:\n            groups:\n              - timeout: 20\n" +
			"                hook_sequence: [{module_code: uid2.decrypt}, {module_code: other}, {module_code: uid2.decrypt}]\n", []string{
			"/openrtb2/auction, stage bidder_request: uid2.decrypt is planned 2 times", "/openrtb2/amp, stage bidder_request: uid2.decrypt is planned 2 times",
		}},
		{"no time", "minimal.yaml", "timeout: 20", "timeout: 2.5", []string{"stage processed_auction_request: a timeout of 2.5 ms",
			"stage bidder_request: a timeout of 2.5 ms", "stage auction_response: a timeout of 2.5 ms", "amp, stage processed_auction_request: a timeout",
			"amp, stage bidder_request: a timeout", "amp, stage auction_response: a timeout"}},
		{"nothing like it", "minimal.yaml", configText("minimal.yaml"), "hooks: [1]\n", []string{"hooks.enabled", "hooks.modules", "auction, stage p",
			"auction, stage b", "auction, stage a", "amp, stage p", "amp, stage b", "amp, stage a"}},
	}
	dir := sandbox(t)
	tree := filepath.Join(dir, "v3")
	mustRegister(t, "-tree", tree, "-module", filepath.Join(dir, "checkout"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pbs."+tt.file)
			text := configText(tt.file)
			if !strings.Contains(text, tt.from) {
				t.Fatalf("no %q", tt.from)
			}
			write(t, filepath.Dir(file), filepath.Base(file), strings.ReplaceAll(text, tt.from, tt.to))
			said, _, err := register(t, "-tree", tree, "-check", "-config", file)
			if (err != nil) != (len(tt.want) > 0) {
				t.Errorf("error %v", err)
			}
			problems := strings.Split(said, "MISSING    ")[1:]
			if len(problems) != len(tt.want) {
				t.Fatalf("%d problems, want %d:\n%s", len(problems), len(tt.want), said)
			}
			for i, want := range tt.want {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want %q", problems[i], want)
				}
			}
			if note := strings.Contains(said, "an account with a plan of its own"); note != strings.HasPrefix(tt.file, "default-account") {
				t.Errorf("a note about accounts: %t\n%s", note, said)
			}
		})
	}
	for name, text := range map[string]string{"no.yaml": "a: b: c", "list.yaml": "[]"} {
		write(t, dir, name, text)
		mustFail(t, name, "-tree", tree, "-check", "-config", filepath.Join(dir, name))
	}
	mustFail(t, "nowhere", "-tree", tree, "-check", "-config", filepath.Join(dir, "nowhere"))
}
