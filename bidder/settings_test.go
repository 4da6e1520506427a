package bidder

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/settings"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
	"github.com/uid2rtb/uid2rtb/optout"
)

// These tests are inside the package, since the options in a Config can't be compared.

// plainSettings has two operators and a store.
const plainSettings = `{"uid2":{"base_url":"http://127.0.0.1:1","api_key":"k","client_secret":"s"},
	"euid":{"base_url":"http://127.0.0.1:2","api_key":"l","client_secret":"r"},"opt_outs":{"store":"f"}}`

// checkedWith checks the plain settings with some changed: name, value, name, value.
func checkedWith(t *testing.T, changes ...string) checkedSettings {
	t.Helper()
	checked, err := checkWith(t, changes...)
	if err != nil {
		t.Fatalf("%v: %v", changes, err)
	}
	return checked
}

func checkWith(t *testing.T, changes ...string) (checkedSettings, error) {
	t.Helper()
	var s Settings
	if err := settings.Unmarshal([]byte(settingstest.With(t, plainSettings, changes...)), &s); err != nil {
		t.Fatal(err)
	}
	return s.check()
}

// arrival is a setting and what it changes.
type arrival struct {
	name, value string
	change      func(*checkedSettings)
}

func arrivals() []arrival {
	all := []arrival{
		{"opt_outs.when_unknown", `"send"`, func(c *checkedSettings) { c.optOuts.sendUnknown = true }},
		{"opt_outs.store", `"g"`, func(c *checkedSettings) { c.optOuts.store = "g" }},
		{"opt_outs.unauthenticated", `true`, func(c *checkedSettings) { c.optOuts.authenticated.open = true }},
		{"opt_outs.id_parameter", `"i"`, func(c *checkedSettings) { c.optOuts.idParameter = "i" }},
		{"opt_outs.time_parameter", `"t"`, func(c *checkedSettings) { c.optOuts.timeParameter = "t" }},
		{"opt_outs.id_header", `"X-Uid"`, func(c *checkedSettings) { c.optOuts.idHeader = "X-Uid" }},
		{"opt_outs.nats.urls", `"nats://x"`, func(c *checkedSettings) { c.optOuts.servers.URLs = "nats://x" }},
		{"opt_outs.nats.credentials_file", `"c"`, func(c *checkedSettings) { c.optOuts.servers.CredentialsFile = "c" }},
		{"opt_outs.nats.ca_file", `"c"`, func(c *checkedSettings) { c.optOuts.servers.CAFile = "c" }},
		{"opt_outs.nats.certificate_file", `"c"`, func(c *checkedSettings) { c.optOuts.servers.CertFile = "c" }},
		{"opt_outs.nats.key_file", `"k"`, func(c *checkedSettings) { c.optOuts.servers.KeyFile = "k" }},
		{"opt_outs.nats.stream", `"S"`, func(c *checkedSettings) { c.optOuts.stream.Name = "S" }},
		{"opt_outs.nats.subject", `"s.x"`, func(c *checkedSettings) { c.optOuts.stream.Subject = "s.x" }},
		{"opt_outs.nats.replicas", `5`, func(c *checkedSettings) { c.optOuts.stream.Replicas = 5 }},
		{"opt_outs.poll.enabled", `true`, func(c *checkedSettings) { c.optOuts.poll.enabled = true }},
		{"opt_outs.poll.pause", `"2s"`, func(c *checkedSettings) { c.optOuts.poll.pause = 2 * time.Second }},
		{"opt_outs.poll.recheck", `"3h"`, func(c *checkedSettings) { c.optOuts.poll.recheck = 3 * time.Hour }},
	}
	for i, section := range []string{"uid2", "euid"} {
		all = append(all,
			arrival{section + ".base_url", `"https://x"`, func(c *checkedSettings) { c.operators[i].baseURL = "https://x" }},
			arrival{section + ".allow_http", `true`, func(c *checkedSettings) { c.operators[i].allowHTTP = true }},
			arrival{section + ".api_key", `"x"`, func(c *checkedSettings) { c.operators[i].apiKey = "x" }},
			arrival{section + ".client_secret", `"x"`, func(c *checkedSettings) { c.operators[i].secret = "x" }},
			arrival{section + ".proxy", `"x"`, func(c *checkedSettings) { c.operators[i].proxy = "x" }},
			arrival{section + ".ca_file", `"c"`, func(c *checkedSettings) { c.operators[i].caFile = "c" }},
			arrival{section + ".timeout", `"2s"`, func(c *checkedSettings) { c.operators[i].timeout = 2 * time.Second }},
			arrival{section + ".refresh_interval", `"3m"`, func(c *checkedSettings) { c.operators[i].refreshInterval = 3 * time.Minute }},
			arrival{section + ".cache_file", `"c"`, func(c *checkedSettings) { c.operators[i].cacheFile = "c" }},
		)
	}
	return all
}

// needed are the settings without a default.
var needed = []string{"uid2.base_url", "uid2.api_key", "uid2.client_secret", "euid.base_url", "euid.api_key", "euid.client_secret", "opt_outs.store"}

// Every setting changes what it should and nothing else; so does its text, as it comes from the
// environment. An empty one is the default.
func TestSettingsArrive(t *testing.T) {
	for _, s := range arrivals() {
		want := checkedWith(t)
		s.change(&want)
		values := []string{s.value}
		if s.value[0] != '"' {
			values = append(values, `"`+s.value+`"`)
		}
		for _, value := range values {
			if got := checkedWith(t, s.name, value); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s gives %+v, want %+v", s.name, value, got, want)
			}
		}
		if slices.Contains(needed, s.name) {
			continue
		}
		for _, value := range []string{`""`, `null`} {
			if got := checkedWith(t, s.name, value); !reflect.DeepEqual(got, checkedWith(t)) {
				t.Errorf("%s: %s isn't the default but %+v", s.name, value, got)
			}
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
		with := func(changes ...string) []string { return append(changes, also...) }
		inline := checkedWith(t, with(name, `"canary="`)...)
		if reflect.DeepEqual(inline, checkedWith(t, with(name, `"canary"`)...)) {
			t.Errorf("%s doesn't arrive", name)
		}
		for suffix, value := range map[string]string{"_env": `"UID2RTB_TEST_SECRET"`, "_file": fmt.Sprintf("%q", file)} {
			for _, absent := range []string{`""`, `null`} {
				if got := checkedWith(t, with(name, absent, name+suffix, value)...); !reflect.DeepEqual(got, inline) {
					t.Errorf("%s%s isn't %s", name, suffix, name)
				}
			}
			if _, err := checkWith(t, with(name, `"canary="`, name+suffix, value)...); err == nil {
				t.Errorf("%s may stand in two places", name)
			}
		}
		settingstest.NoCanary(t, inline.optOuts.config(new(optOutSettings)))
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

// A receiver knows its sender by the token or by the header, whichever is set.
func TestAuthenticationArrives(t *testing.T) {
	for _, c := range []struct {
		want   authentication
		change []string
	}{
		{authentication{token: "t"}, []string{"opt_outs.bearer_token", `"t"`}},
		{authentication{headerName: "X-Shared", headerValue: "v"}, []string{"opt_outs.shared_header_name", `"X-Shared"`, "opt_outs.shared_header_value", `"v"`}},
		{authentication{open: true}, []string{"opt_outs.unauthenticated", `true`}},
	} {
		got := checkedWith(t, append(c.change, "opt_outs.listen", `":1"`)...).optOuts
		if got.authenticated != c.want || got.listen != ":1" {
			t.Errorf("%v: %+v", c.change, got.authenticated)
		}
	}
}

// Every setting is tested.
func TestEverySetting(t *testing.T) {
	tested := map[string]bool{"opt_outs.listen": true, "opt_outs.shared_header_name": true} // by TestAuthenticationArrives
	for name := range secrets() {
		tested[name], tested[name+"_env"], tested[name+"_file"] = true, true, true
	}
	for _, s := range arrivals() {
		tested[s.name] = true
	}
	settingstest.Same(t, "settings that are tested", settingstest.Names(reflect.TypeFor[Settings]()), slices.Collect(maps.Keys(tested)))
}

// The defaults that are documented are those of the code.
func TestDocumentedDefaults(t *testing.T) {
	others := map[string]string{}
	for _, s := range arrivals() {
		others[s.name] = s.value
	}
	whole := func(changes ...string) checkedSettings {
		c := checkedWith(t, changes...)
		c.optOuts.stream = c.optOuts.stream.WithDefaults() // which package optout fills in
		return c
	}
	settingstest.Defaults(t, "../docs/configuration.md", others, func(name, value string) bool { return reflect.DeepEqual(whole(name, value), whole()) })
}

// The defaults are the careful ones.
func TestDefaults(t *testing.T) {
	operator := func(scope codec.Scope, baseURL, key, secret string) checkedOperator {
		return checkedOperator{scope: scope, baseURL: baseURL, apiKey: key, secret: secret, timeout: 10 * time.Second, refreshInterval: time.Hour}
	}
	want := checkedSettings{
		operators: []checkedOperator{operator(codec.ScopeUID2, "http://127.0.0.1:1", "k", "s"), operator(codec.ScopeEUID, "http://127.0.0.1:2", "l", "r")},
		optOuts: checkedOptOuts{
			store: "f", idParameter: "uid2", timeParameter: "timestamp", stream: optout.StreamConfig{},
			poll: checkedPoll{pause: time.Second, recheck: 24 * time.Hour},
		},
	}
	if got := checkedWith(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
