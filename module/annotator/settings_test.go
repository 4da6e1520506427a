//go:build go1.24

package annotator_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
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

const page = "../../docs/configuration.md"

// The defaults that are documented are those of the code.
func TestDocumentedDefaults(t *testing.T) {
	others := map[string]string{"bidders.mode": `"replace"`}
	for _, s := range arrivals() {
		others[s.name] = s.value
	}
	byDefault := parse(t, with(t))
	settingstest.Defaults(t, page, others, func(name, value string) bool {
		got := parse(t, with(t, name, value))
		if name == "bidders.mode" { // whether an account's entry says it matters
			return got.Bidders[0].Mode == byDefault.Bidders[0].Mode
		}
		return same(got, byDefault)
	})
}

// Every setting is tested and documented, and what is documented exists.
func TestEverySetting(t *testing.T) {
	tested := append(settingstest.Names(reflect.TypeFor[bidder.Settings]()), slices.Collect(maps.Keys(provedElsewhere))...)
	for _, s := range arrivals() {
		tested = append(tested, s.name)
	}
	documented := []string{"enabled"} // in words
	for _, d := range settingstest.Documented(t, page) {
		documented = append(documented, d.Name)
	}
	settingstest.Same(t, "settings that are tested", annotator.Settings(), tested)
	settingstest.Same(t, "settings that are documented", annotator.Settings(), documented)
}

// The values that a setting just takes, and those that it just doesn't.
func TestLimits(t *testing.T) {
	const flags = `true "true" false "false"`
	const noFlags = `"TRUE" "yes" 0 1 "0"`
	for name, c := range map[string]struct{ good, bad string }{
		"bidders.mode":               {`"annotate" "replace" "drop_opted_out" ""`, `"Replace" "x"`},
		"accounts_may_widen":         {flags, noFlags},
		"raw_in_debug":               {flags, noFlags},
		"redact_bids":                {flags, noFlags},
		"bidder_stage_alone":         {flags, noFlags},
		"bidders.allow_caller_host":  {flags, noFlags},
		"privacy.coppa":              {flags, noFlags},
		"privacy.lmt":                {flags, noFlags},
		"privacy.us_privacy":         {flags, noFlags},
		"privacy.gpp":                {flags, noFlags},
		"privacy.gdpr":               {flags, noFlags},
		"privacy.gdpr_default_value": {`0 1 "0" "1"`, `2 "x" true`},
		"privacy.gdpr_countries":     {`"MEX" "MEX,DEU" ["MEX"] [] null`, `7 276 true "Germany" {} ["MEX",""]`},
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
