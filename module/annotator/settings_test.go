//go:build go1.24

package annotator_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// with returns a configuration that has two operators, a bidder and a store, and in which some settings are changed: name,
// value, name, value.
func with(t *testing.T, changes ...string) string {
	t.Helper()
	return settingstest.With(t, `{"uid2":`+operatorWith("")+`,"euid":`+operatorWith("")+`,"bidders":[{"name":"dsp"}],"opt_outs":{"store":"f"}}`, changes...)
}

// arrival is a setting and what it changes in the Config.
type arrival struct {
	name, value string
	change      func(*annotator.Config)
}

// arrivals are the settings that only a host of Prebid Server has. Package bidder tests the others.
func arrivals() []arrival {
	return []arrival{
		{"accounts_may_widen", `true`, func(c *annotator.Config) { c.AccountsMayWiden = true }},
		{"raw_in_debug", `true`, func(c *annotator.Config) { c.RawInDebug = true }},
		{"redact_bids", `true`, func(c *annotator.Config) { c.RedactBids = true }},
		{"bidder_stage_alone", `false`, func(c *annotator.Config) { c.BidderStageAlone = false }},
		{"metrics_listen", `":9"`, func(c *annotator.Config) { c.MetricsListen = ":9" }},
		{"bidders.name", `"Other"`, func(c *annotator.Config) { c.Bidders[0].Name = "Other" }},
		{"bidders.alias_of", `"x"`, func(c *annotator.Config) { c.Bidders[0].AliasOf = "x" }},
		{"bidders.allow_caller_host", `true`, func(c *annotator.Config) { c.Bidders[0].AllowCallerHost = true }},
		{"privacy.coppa", `false`, func(c *annotator.Config) { c.Privacy.COPPA = false }},
		{"privacy.lmt", `false`, func(c *annotator.Config) { c.Privacy.LMT = false }},
		{"privacy.us_privacy", `false`, func(c *annotator.Config) { c.Privacy.USPrivacy = false }},
		{"privacy.gpp", `false`, func(c *annotator.Config) { c.Privacy.GPP = false }},
		{"privacy.gdpr", `false`, func(c *annotator.Config) { c.Privacy.GDPR = false }},
		{"privacy.gdpr_default_value", `"1"`, func(c *annotator.Config) { c.Privacy.Scope = scopeOf(true, privacy.DefaultCountries()) }},
		{"privacy.gdpr_countries", `"MEX, DEU"`, func(c *annotator.Config) { c.Privacy.Scope = scopeOf(false, []string{"MEX", "DEU"}) }},
	}
}

// scopeOf says where GDPR applies.
func scopeOf(byDefault bool, countries []string) privacy.Scope {
	scope, err := privacy.NewScope(byDefault, countries)
	if err != nil {
		panic(err)
	}
	return scope
}

// Every setting changes what it should and nothing else; so does its text, as it comes from the environment. An empty one is
// the default.
func TestSettingsArrive(t *testing.T) {
	for _, s := range arrivals() {
		want := parse(t, with(t))
		s.change(&want)
		values := []string{s.value}
		if !strings.HasPrefix(s.value, `"`) && !strings.HasPrefix(s.name, "bidders.") {
			values = append(values, `"`+s.value+`"`)
		}
		for _, value := range values {
			if got := parse(t, with(t, s.name, value)); !same(got, want) {
				t.Errorf("%s: %s gives %+v, want %+v", s.name, value, got, want)
			}
		}
		if strings.HasPrefix(s.name, "bidders.") || strings.HasSuffix(s.name, ".base_url") || s.name == "opt_outs.store" {
			continue // has no default
		}
		for _, value := range []string{`""`, `null`} {
			if got := parse(t, with(t, s.name, value)); !same(got, parse(t, with(t))) {
				t.Errorf("%s: %s isn't the default but %+v", s.name, value, got)
			}
		}
	}
	for _, enabled := range []string{`true`, `false`, `"x"`, `7`} { // Prebid Server's own
		if got := parse(t, with(t, "enabled", enabled)); !same(got, parse(t, with(t))) {
			t.Errorf("enabled: %s gives %+v", enabled, got)
		}
	}
}

// provedElsewhere are the settings that TestSettingsArrive has no entry for, with the test that is about them.
var provedElsewhere = map[string]string{
	"enabled":      "TestSettingsArrive",
	"bidders.mode": "TestModes",
}

// Every setting is tested and documented, and what is documented exists.
func TestEverySetting(t *testing.T) {
	tested := append(settingstest.Names(reflect.TypeFor[bidder.Settings]()), slices.Collect(maps.Keys(provedElsewhere))...)
	for _, s := range arrivals() {
		tested = append(tested, s.name)
	}
	documented := append(documentedSettings(t), "enabled")
	settingstest.Same(t, "settings that are tested", annotator.Settings(), tested)
	settingstest.Same(t, "settings that are documented", annotator.Settings(), documented)
}

// documentedSettings reads the tables of docs/configuration.md.
func documentedSettings(t *testing.T) (names []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	prefixes := []string{""}
	var row []string // of settings
	for line := range strings.Lines(string(page)) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			prefixes = prefixesUnder(heading)
		}
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		named, suffixes := namesIn(cells[1])
		if len(named) > 0 {
			row = named
		}
		for _, prefix := range prefixes {
			for _, name := range named {
				names = append(names, prefix+name)
			}
			for _, suffix := range suffixes { // of this row's last setting, or of the row before
				of := row
				if len(named) > 0 {
					of = row[len(row)-1:]
				}
				for _, name := range of {
					names = append(names, prefix+name+suffix)
				}
			}
		}
	}
	return names
}

// prefixesUnder returns what the tables under a heading leave out of the settings' names.
func prefixesUnder(heading string) []string {
	switch word, _, _ := strings.Cut(strings.TrimSpace(heading), ":"); word {
	case "Operators":
		return []string{"uid2.", "euid."}
	case "Bidders":
		return []string{"bidders."}
	}
	return []string{""}
}

// namesIn returns the settings that a cell names, and the ends of others, such as _env.
func namesIn(cell string) (named, suffixes []string) {
	for _, match := range regexp.MustCompile("`(…?)([^`]+)`").FindAllStringSubmatch(cell, -1) {
		if match[1] == "" {
			named = append(named, match[2])
		} else {
			suffixes = append(suffixes, match[2])
		}
	}
	return named, suffixes
}

// The values that a setting just takes, and those that it just doesn't.
func TestLimits(t *testing.T) {
	const flags = `true "true" false "false"`
	const noFlags = `"TRUE" "yes" 0 1 "0"`
	for name, c := range map[string]struct{ good, bad string }{
		"uid2.timeout":               {`"100ms" "1m"`, `"99ms" "61s" "-1s" "x" 5 "5"`},
		"euid.refresh_interval":      {`"1s" "24h"`, `"999ms" "24h1s" "x"`},
		"opt_outs.poll.pause":        {`"10ms" "1h"`, `"9ms" "1h1s" "x"`},
		"opt_outs.poll.recheck":      {`"1m" "8760h"`, `"59s" "8760h1s" "x"`},
		"opt_outs.nats.replicas":     {`1 5 "3"`, `0 6 -1 "1.5" true "x"`},
		"opt_outs.when_unknown":      {`"withhold" "send"`, `"Send" "sen" true "x"`},
		"bidders.mode":               {`"annotate" "replace" "drop_opted_out" ""`, `"Replace" "x"`},
		"accounts_may_widen":         {flags, noFlags},
		"raw_in_debug":               {flags, noFlags},
		"redact_bids":                {flags, noFlags},
		"bidder_stage_alone":         {flags, noFlags},
		"opt_outs.poll.enabled":      {flags, noFlags},
		"opt_outs.unauthenticated":   {flags, noFlags},
		"bidders.allow_caller_host":  {flags, noFlags},
		"privacy.coppa":              {flags, noFlags},
		"privacy.lmt":                {flags, noFlags},
		"privacy.us_privacy":         {flags, noFlags},
		"privacy.gpp":                {flags, noFlags},
		"privacy.gdpr":               {flags, noFlags},
		"privacy.gdpr_default_value": {`0 1 "0" "1"`, `2 "x" true`},
		"privacy.gdpr_countries":     {`"MEX" "MEX,DEU" ["MEX"] [] null`, `7 276 true "Germany" {} ["MEX",""]`},
		"uid2.allow_http":            {flags, noFlags},
		"euid.allow_http":            {flags, noFlags},
	} {
		for _, value := range strings.Fields(c.good) {
			if _, err := annotator.ParseConfig(json.RawMessage(with(t, name, value))); err != nil {
				t.Errorf("%s: %s: %v", name, value, err)
			}
		}
		for _, value := range strings.Fields(c.bad) {
			_, err := annotator.ParseConfig(json.RawMessage(with(t, name, value)))
			mustName(t, err, strings.Replace(name, "bidders.", "bidders[0].", 1))
		}
	}
}

// mustName wants an error about a setting: its name stands first, and then what is wanted.
func mustName(t *testing.T, err error, setting string) {
	t.Helper()
	if !errors.Is(err, annotator.ErrConfig) {
		t.Errorf("%v, want an error about %s", err, setting)
		return
	}
	want, named := strings.CutPrefix(err.Error(), "uid2.decrypt: bad configuration: "+setting+": ")
	if !named || len(strings.Fields(want)) < 3 || strings.Contains(want, "%!") {
		t.Errorf("%v, want an error about %s", err, setting)
	}
}

// The defaults are the careful ones.
func TestDefaults(t *testing.T) {
	cfg := parse(t, `{"enabled":true,"uid2":`+operatorWith("")+`}`)
	want := annotator.Config{
		Bidders:          []annotator.Bidder{},
		Privacy:          privacy.Policy{COPPA: true, LMT: true, USPrivacy: true, GPP: true, GDPR: true, Scope: scopeOf(false, privacy.DefaultCountries())},
		BidderStageAlone: true,
	}
	if !same(cfg, want) {
		t.Errorf("got %+v, want %+v", cfg, want)
	}
}

// same compares all but what goes to package bidder, which has tests of its own for it.
func same(a, b annotator.Config) bool {
	*a.BidderConfig(), *b.BidderConfig() = bidder.Config{}, bidder.Config{}
	return reflect.DeepEqual(a, b)
}
