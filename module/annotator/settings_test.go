//go:build go1.24

package annotator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/optout"
)

// with returns a configuration that has two operators, a bidder and a store, and in which some settings are changed: name,
// value, name, value. Each name is a path such as uid2.timeout, each value JSON.
func with(t *testing.T, settings ...string) string {
	t.Helper()
	const plain = `{"uid2":{"base_url":"http://127.0.0.1:1","api_key":"k","client_secret":"s"},
		"euid":{"base_url":"http://127.0.0.1:2","api_key":"l","client_secret":"r"},"bidders":[{"name":"dsp"}],"opt_outs":{"store":"f"}}`
	var section map[string]any
	if err := json.Unmarshal([]byte(plain), &section); err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(settings, 2) {
		at, path := section, strings.Split(pair[0], ".")
		for _, name := range path[:len(path)-1] {
			if name == "bidders" {
				at = at[name].([]any)[0].(map[string]any)
				continue
			}
			if at[name] == nil {
				at[name] = map[string]any{}
			}
			at = at[name].(map[string]any)
		}
		at[path[len(path)-1]] = json.RawMessage(pair[1])
	}
	text, err := json.Marshal(section)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// arrival is a setting and what it changes in the Config.
type arrival struct {
	name, value string
	change      func(*annotator.Config)
}

// arrivals are the settings that an exported field of Config shows.
func arrivals() []arrival {
	all := []arrival{
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
		{"opt_outs.when_unknown", `"send"`, func(c *annotator.Config) { c.SendUnsynced = true }},
		{"opt_outs.store", `"g"`, func(c *annotator.Config) { c.OptOuts.Store = "g" }},
		{"opt_outs.id_parameter", `"i"`, func(c *annotator.Config) { c.OptOuts.IDParameter = "i" }},
		{"opt_outs.time_parameter", `"t"`, func(c *annotator.Config) { c.OptOuts.TimeParameter = "t" }},
		{"opt_outs.id_header", `"X-Uid"`, func(c *annotator.Config) { c.OptOuts.IDHeader = "X-Uid" }},
		{"opt_outs.nats.urls", `"nats://x"`, func(c *annotator.Config) { c.OptOuts.Fleet.URLs = "nats://x" }},
		{"opt_outs.nats.credentials_file", `"c"`, func(c *annotator.Config) { c.OptOuts.Fleet.CredentialsFile = "c" }},
		{"opt_outs.nats.ca_file", `"c"`, func(c *annotator.Config) { c.OptOuts.Fleet.CAFile = "c" }},
		{"opt_outs.nats.certificate_file", `"c"`, func(c *annotator.Config) { c.OptOuts.Fleet.CertFile = "c" }},
		{"opt_outs.nats.key_file", `"k"`, func(c *annotator.Config) { c.OptOuts.Fleet.KeyFile = "k" }},
		{"opt_outs.nats.stream", `"S"`, func(c *annotator.Config) { c.OptOuts.Fleet.Stream.Name = "S" }},
		{"opt_outs.nats.subject", `"s.x"`, func(c *annotator.Config) { c.OptOuts.Fleet.Stream.Subject = "s.x" }},
		{"opt_outs.nats.replicas", `5`, func(c *annotator.Config) { c.OptOuts.Fleet.Stream.Replicas = 5 }},
		{"opt_outs.poll.enabled", `true`, func(c *annotator.Config) { c.OptOuts.Poll.Enabled = true }},
		{"opt_outs.poll.pause", `"2s"`, func(c *annotator.Config) { c.OptOuts.Poll.Pause = 2 * time.Second }},
		{"opt_outs.poll.recheck", `"3h"`, func(c *annotator.Config) { c.OptOuts.Poll.Recheck = 3 * time.Hour }},
	}
	for i, section := range []string{"uid2", "euid"} {
		all = append(all,
			arrival{section + ".base_url", `"https://x"`, func(c *annotator.Config) { c.Operators[i].BaseURL = "https://x" }},
			arrival{section + ".ca_file", `"c"`, func(c *annotator.Config) { c.Operators[i].CAFile = "c" }},
			arrival{section + ".timeout", `"2s"`, func(c *annotator.Config) { c.Operators[i].Timeout = 2 * time.Second }},
			arrival{section + ".refresh_interval", `"3m"`, func(c *annotator.Config) { c.Operators[i].RefreshInterval = 3 * time.Minute }},
			arrival{section + ".cache_file", `"c"`, func(c *annotator.Config) { c.Operators[i].CacheFile = "c" }},
		)
	}
	return all
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
			if got := parse(t, with(t, s.name, value)); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s gives %+v, want %+v", s.name, value, got, want)
			}
		}
		if strings.HasPrefix(s.name, "bidders.") || strings.HasSuffix(s.name, ".base_url") || s.name == "opt_outs.store" {
			continue // has no default
		}
		for _, value := range []string{`""`, `null`} {
			if got := parse(t, with(t, s.name, value)); !reflect.DeepEqual(got, parse(t, with(t))) {
				t.Errorf("%s: %s isn't the default but %+v", s.name, value, got)
			}
		}
	}
	for _, enabled := range []string{`true`, `false`, `"x"`, `7`} { // Prebid Server's own
		if got := parse(t, with(t, "enabled", enabled)); !reflect.DeepEqual(got, parse(t, with(t))) {
			t.Errorf("enabled: %s gives %+v", enabled, got)
		}
	}
}

// What stands in the configuration itself may stand in an environment variable or a file instead.
func TestSecretsArrive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("\n canary=\t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("UID2RTB_TEST_SECRET", "canary=")
	for name, also := range secrets() {
		parsed := func(settings ...string) annotator.Config { return parse(t, with(t, append(settings, also...)...)) }
		inline := parsed(name, `"canary="`)
		if reflect.DeepEqual(inline, parsed(name, `"canary"`)) {
			t.Errorf("%s doesn't arrive", name)
		}
		for suffix, value := range map[string]string{"_env": `"UID2RTB_TEST_SECRET"`, "_file": fmt.Sprintf("%q", file)} {
			for _, absent := range []string{`""`, `null`} {
				if got := parsed(name, absent, name+suffix, value); !reflect.DeepEqual(got, inline) {
					t.Errorf("%s%s isn't %s", name, suffix, name)
				}
			}
			_, err := annotator.ParseConfig(json.RawMessage(with(t, append(also, name, `"canary="`, name+suffix, value)...)))
			mustName(t, err, name)
		}
		noCanary(t, inline)
	}
}

// secrets are the settings that have _env and _file beside them, with the others that they need.
func secrets() map[string][]string {
	listens := []string{"opt_outs.listen", `":1"`}
	return map[string][]string{
		"uid2.api_key": nil, "uid2.client_secret": nil, "euid.api_key": nil, "euid.client_secret": nil,
		"uid2.proxy": nil, "euid.proxy": nil,
		"opt_outs.nats.urls":           nil,
		"opt_outs.bearer_token":        listens,
		"opt_outs.shared_header_value": append(listens, "opt_outs.shared_header_name", `"X-Shared"`),
	}
}

// provedElsewhere are the settings that neither of the tests above is about, with the test that is.
var provedElsewhere = map[string]string{
	"enabled":                     "TestSettingsArrive",
	"bidders.mode":                "TestModes",
	"uid2.allow_http":             "TestHTTPOnlyToThisMachine",
	"euid.allow_http":             "TestHTTPOnlyToThisMachine",
	"opt_outs.listen":             "TestReceiverAuthorization",
	"opt_outs.unauthenticated":    "TestReceiverAuthorization",
	"opt_outs.shared_header_name": "TestReceiverAuthorization",
}

// Every setting is tested and documented, and what is documented exists.
func TestEverySetting(t *testing.T) {
	tested := slices.Collect(maps.Keys(provedElsewhere))
	for name := range secrets() {
		tested = append(tested, name, name+"_env", name+"_file")
	}
	for _, s := range arrivals() {
		if !slices.Contains(tested, s.name) {
			tested = append(tested, s.name)
		}
	}
	documented := append(documentedSettings(t), "enabled")
	mustBeSame(t, "settings that are tested", annotator.Settings(), tested)
	mustBeSame(t, "settings that are documented", annotator.Settings(), documented)
}

// mustBeSame compares what there is with a list of it, in any order, each once.
func mustBeSame(t *testing.T, list string, all, listed []string) {
	t.Helper()
	for _, name := range append(listed, all...) {
		if !slices.Contains(all, name) {
			t.Errorf("%s: there is no %s", list, name)
		}
		if n := len(listed) - len(slices.DeleteFunc(slices.Clone(listed), func(s string) bool { return s == name })); n != 1 {
			t.Errorf("%s: %s is there %d times", list, name, n)
		}
	}
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
	cfg := parse(t, `{"enabled":true,"uid2":`+operatorWith("")+`,"euid":`+operatorWith("")+`}`)
	for i, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		o := cfg.Operators[i]
		if o.Scope != scope || o.BaseURL != "http://127.0.0.1:1" || o.Timeout != 10*time.Second || o.RefreshInterval != time.Hour || o.CacheFile != "" {
			t.Errorf("%v: %s %v %v %q", o, o.BaseURL, o.Timeout, o.RefreshInterval, o.CacheFile)
		}
	}
	cfg.Operators = nil
	want := annotator.Config{
		Bidders:          []annotator.Bidder{},
		Privacy:          privacy.Policy{COPPA: true, LMT: true, USPrivacy: true, GPP: true, GDPR: true, Scope: scopeOf(false, privacy.DefaultCountries())},
		BidderStageAlone: true,
		OptOuts: annotator.OptOutConfig{IDParameter: "uid2", TimeParameter: "timestamp", Poll: annotator.PollConfig{Pause: time.Second, Recheck: 24 * time.Hour},
			Fleet: annotator.FleetConfig{Stream: optout.StreamConfig{}}},
	}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("got %#v, want %#v", cfg, want)
	}
}
