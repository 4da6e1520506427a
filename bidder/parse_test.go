package bidder_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const secretText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// sectionOf is the section of a local operator, with more settings.
func sectionOf(server *uid2test.Server, more string) string {
	client := server.Client()
	return fmt.Sprintf(`{"base_url":%q,"api_key":%q,"client_secret":%q%s}`, server.URL, client.APIKey, client.ClientSecret, more)
}

// parse reads a configuration that is possible.
func parse(t *testing.T, text string) bidder.Config {
	t.Helper()
	cfg, err := bidder.ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// A configuration in JSON is the Bidder that it describes.
func TestParseConfig(t *testing.T) {
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	cache := filepath.Join(t.TempDir(), "keys")
	b := open(t, parse(t, fmt.Sprintf(`{"uid2":%s,"euid":%s,"mode":"replace","opt_outs":{"store":%q,"poll":{"enabled":true,"pause":"10ms"}}}`,
		sectionOf(uid2, fmt.Sprintf(`,"cache_file":%q`, cache)), sectionOf(euid, ""), filepath.Join(t.TempDir(), "optouts.db"))))
	uid2.OptOutUser(alice, time.Now())
	request := requestFor(uid2.Token(alice))
	outcomes(t, b, request)
	eventually(t, "asked about alice", func() bool { return outcomes(t, b, request)[0] == bidder.OptedOut })
	annotated, _, err := b.Annotate(nil, request, time.Now())
	if err != nil || !strings.Contains(string(annotated), `"eids":[]`) {
		t.Errorf("%s, %v", annotated, err)
	}
	eventually(t, "cached the keys", func() bool { return b.Keys(codec.ScopeUID2).Stats().CacheWrites > 0 })
	if b.Keys(codec.ScopeEUID).Snapshot().Len() == 0 || b.Keys(codec.ScopeEUID).Stats().CacheWrites != 0 {
		t.Error(b.Keys(codec.ScopeEUID).Stats())
	}
}

// Without a store the program has one, or says that raw UIDs are sent while nothing is known.
func TestParseConfigWithoutStore(t *testing.T) {
	server := startServer(t)
	withheld := parse(t, `{"uid2":`+sectionOf(server, "")+`}`)
	var impossible *bidder.ConfigError
	if b, err := bidder.Start(withheld); b != nil || !errors.As(err, &impossible) || impossible.Setting != bidder.SettingStore {
		t.Error(err)
	}
	withheld.OptOuts.Source = new(bidstream.MemoryOptOuts)
	sent := parse(t, `{"uid2":`+sectionOf(server, "")+`,"opt_outs":{"when_unknown":"send"}}`)
	for _, cfg := range []bidder.Config{withheld, sent} {
		b := open(t, cfg)
		if got := outcomes(t, b, requestFor(server.Token(alice))); !slices.Equal(got, []bidder.Outcome{bidder.Usable}) || !b.Ready(time.Now()) || b.OptOuts() != nil {
			t.Error(got)
		}
	}
}

// Impossible settings are named as they were written. What only a host of Prebid Server has isn't
// known.
func TestParseConfigErrors(t *testing.T) {
	server := startServer(t)
	for text, want := range map[string]string{
		``: "uid2: at least one",
		`{"uid2":` + sectionOf(server, "") + `} x`:  "the section: one JSON object",
		`{"uid2":` + sectionOf(server, "") + `} {}`: "the section: one JSON object",
		`[]`:               "the section: an object is wanted",
		`{"bidders":[]}`:   `bidders: unknown field "bidders"`,
		`{"enabled":true}`: `enabled: unknown field "enabled"`,
		`{"uid2":{}}`:      "uid2.base_url: it is missing",

		// Of two spellings, encoding/json would take the last, in any letter case.
		`{"uid2":` + sectionOf(server, "") + `,"opt_outs":{"when_unknown":"withhold","When_Unknown":"send"}}`: `opt_outs.When_Unknown: unknown field`,
		`{"uid2":` + sectionOf(server, "") + `,"opt_outs":{"when_unknown":"withhold","when_unknown":"send"}}`: `opt_outs.when_unknown: it stands there twice`,
		`{"uid2":` + sectionOf(server, "") + `,"UID2":{"base_url":"https://b.example"}}`:                      `UID2: unknown field`,
		`{"uid2":` + sectionOf(server, "") + `,"uid2":{"base_url":"https://b.example"}}`:                      `uid2: it stands there twice`,
		`{"uid2":{"ba\u017fe_url":"https://b.example"}}`:                                                      "uid2.ba\u017fe_url: unknown field",
		`{"uid2":` + sectionOf(server, "") + `,"mode":{}}`:                                                    "mode: a single value is wanted",
		`{"opt_outs":[]}`: "opt_outs: an object is wanted",
		`{"uid2":7}`:      "uid2: an object is wanted",
		`{"uid2":` + sectionOf(server, `,"timeout":"1h"`) + `}`:                          "uid2.timeout: it must lie between",
		`{"euid":{"base_url":"https://x","api_key":"k","client_secret":"canary"}}`:       "euid: ",
		`{"uid2":` + sectionOf(server, "") + `,"mode":"Replace"}`:                        "mode: one of",
		`{"uid2":` + sectionOf(server, "") + `,"opt_outs":{"poll":{"enabled":true}}}`:    "opt_outs.store: it is missing, and what operators tell",
		`{"uid2":` + sectionOf(server, "") + `,"opt_outs":{"id_header":"a b"}}`:          "opt_outs.id_header: ",
		`{"uid2":` + sectionOf(server, "") + `,"opt_outs":{"when_unknown":"sometimes"}}`: "opt_outs.when_unknown: one of",
	} {
		cfg, err := bidder.ParseConfig([]byte(text))
		var impossible *bidder.ConfigError
		setting, says, _ := strings.Cut(want, ": ")
		if !errors.As(err, &impossible) || impossible.Setting != setting || !strings.HasPrefix(impossible.Err.Error(), says) ||
			!strings.HasPrefix(err.Error(), "bidder: "+want) || strings.Contains(err.Error(), "canary") || len(cfg.Operators) != 0 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// operatorWith is a section of an operator that nobody reaches, with one more setting.
func operatorWith(setting string) string {
	return fmt.Sprintf(`{"base_url":"http://127.0.0.1:1","api_key":"key","client_secret":%q%s}`, secretText, setting)
}

// mustName wants an error about a setting, that says what is wanted.
func mustName(t *testing.T, err error, setting string) {
	t.Helper()
	var impossible *bidder.ConfigError
	if !errors.As(err, &impossible) || impossible.Setting != setting || len(strings.Fields(impossible.Err.Error())) < 3 ||
		strings.Contains(err.Error(), "%!") || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v, want an error about %s", err, setting)
	}
}

// What is impossible is named by its setting, and by what is said of it.
func TestImpossibleSettings(t *testing.T) {
	for section, want := range map[string]string{
		`{"uid2":{"base_ur":"x"}}`:   "base_ur",
		`{"uid2":{}}`:                "uid2.base_url",
		`{"uid2":{"base_url":"x"}}`:  "uid2.api_key",
		`{"euid":{"base_url":null}}`: "euid.base_url",
		`{"uid2":{"base_url":"http://127.0.0.1:1","api_key":"k"}}`:                                                                                                               "uid2.client_secret",
		`{"uid2":{"base_url":"http://127.0.0.1:1","api_key":"k","api_key_env":"K"}}`:                                                                                             "exactly one",
		`{"uid2":{"base_url":"http://127.0.0.1:1","api_key_env":"UID2RTB_TEST_UNSET"}}`:                                                                                          "uid2.api_key_env",
		`{"uid2":{"base_url":"http://127.0.0.1:1","api_key_file":"/nowhere/key"}}`:                                                                                               "uid2.api_key_file",
		`{"uid2":` + operatorWith(`,"timeout":"soon"`) + `}`:                                                                                                                     "uid2.timeout",
		`{"uid2":` + operatorWith(`,"timeout":5`) + `}`:                                                                                                                          "uid2.timeout",
		`{"uid2":` + operatorWith(`,"refresh_interval":"1ms"`) + `}`:                                                                                                             "uid2.refresh_interval",
		`{"uid2":` + operatorWith(`,"timeout":["10s"]`) + `}`:                                                                                                                    "single value",
		`{"uid2":` + operatorWith(`,"timeout":{"a":1}`) + `}`:                                                                                                                    "single value",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"when_unknown":"guess"}}`:                                                                                                  "opt_outs.when_unknown",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"nats":{"url":"x"}}}`:                                                                                                      "url",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"nats":{"urls":"x"}}}`:                                                                                                     "opt_outs.store",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"nats":{"replicas":"many"}}}`:                                                                                              "opt_outs.nats.replicas",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"stroe":"x"}}`:                                                                                                             "stroe",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"poll":{"enabled":true}}}`:                                                                                                 "opt_outs.store",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"poll":{"enabled":"x"}}}`:                                                                                                  "opt_outs.poll.enabled",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"poll":{"pause":"0s"}}}`:                                                                                                   "opt_outs.poll.pause",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"poll":{"recheck":"1s"}}}`:                                                                                                 "opt_outs.poll.recheck",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"listen":":1"}}`:                                                                                                           "opt_outs.bearer_token",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"listen":":1","bearer_token":"t"}}`:                                                                                        "opt_outs.store",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","unauthenticated":"x"}}`:                                                                         "opt_outs.unauthenticated",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","bearer_token":"canary","shared_header_name":"X-Shared"}}`:                                                     "opt_outs.shared_header_name",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","bearer_token_env":"T","shared_header_value":"canary"}}`:                                         "not both",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_value":"canary"}}`:                                                                "opt_outs.shared_header_name",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X Shared","shared_header_value":"canary"}}`:                                "opt_outs.shared_header_name",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"host","shared_header_value":"canary"}}`:                                    "opt_outs.shared_header_name",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X-Shared"}}`:                                                               "opt_outs.shared_header_value",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X-Shared","shared_header_value":"canary","shared_header_value_file":"f"}}`: "exactly one",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X-Shared","shared_header_value_env":"UID2RTB_TEST_UNSET"}}`:                "opt_outs.shared_header_value_env",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","unauthenticated":true,"bearer_token":"canary"}}`:                                                              "opt_outs.unauthenticated",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","unauthenticated":true,"shared_header_name":"X-Shared"}}`:                                                      "opt_outs.unauthenticated",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","bearer_token":"canary "}}`:                                                                      "opt_outs.bearer_token",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","bearer_token":"can\nary"}}`:                                                                     "opt_outs.bearer_token",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X-Shared","shared_header_value":" canary"}}`:                               "opt_outs.shared_header_value",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"content-length","shared_header_value":"canary"}}`:                          "opt_outs.shared_header_name",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","id_parameter":"timestamp"}}`:                                                                                  "opt_outs.time_parameter",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","unauthenticated":true,"id_header":"Authorization"}}`:                                            "opt_outs.id_header",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","listen":":1","shared_header_name":"X-Shared","shared_header_value":"canary","id_header":"x-shared"}}`:         "opt_outs.id_header",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","nats":{"urls":"nats://canary","urls_file":"f"}}}`:                                                             "opt_outs.nats.urls",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","nats":{"urls_env":"UID2RTB_TEST_UNSET"}}}`:                                                                    "opt_outs.nats.urls_env",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"s","nats":{"urls_file":"/nowhere/urls"}}}`:                                                                        "opt_outs.nats.urls_file",
	} {
		_, err := bidder.ParseConfig([]byte(section))
		if strings.Contains(want, ".") {
			mustName(t, err, want)
		} else if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want an error about %s", section, err, want)
		}
	}
}

// The values that a setting just takes, and those that it just doesn't.
func TestLimits(t *testing.T) {
	const flags = `true "true" false "false"`
	const noFlags = `"TRUE" "yes" 0 1 "0"`
	plain := `{"uid2":` + operatorWith("") + `,"euid":` + operatorWith("") + `,"opt_outs":{"store":"f"}}`
	for name, c := range map[string]struct{ good, bad string }{
		"uid2.timeout":             {`"100ms" "1m"`, `"99ms" "61s" "-1s" "x" 5 "5"`},
		"euid.refresh_interval":    {`"1s" "24h"`, `"999ms" "24h1s" "x"`},
		"opt_outs.poll.pause":      {`"10ms" "1h"`, `"9ms" "1h1s" "x"`},
		"opt_outs.poll.recheck":    {`"1m" "8760h"`, `"59s" "8760h1s" "x"`},
		"opt_outs.nats.replicas":   {`1 5 "3"`, `0 6 -1 "1.5" true "x"`},
		"opt_outs.when_unknown":    {`"withhold" "send"`, `"Send" "sen" true "x"`},
		"opt_outs.poll.enabled":    {flags, noFlags},
		"opt_outs.unauthenticated": {flags, noFlags},
		"uid2.allow_http":          {flags, noFlags},
		"euid.allow_http":          {flags, noFlags},
	} {
		for _, value := range strings.Fields(c.good) {
			parse(t, settingstest.With(t, plain, name, value))
		}
		for _, value := range strings.Fields(c.bad) {
			_, err := bidder.ParseConfig([]byte(settingstest.With(t, plain, name, value)))
			mustName(t, err, name)
		}
	}
}

// What the settings say of the receiver, the poller and the fleet is what the Bidder has.
func TestParsedOptOutsWork(t *testing.T) {
	server := startServer(t)
	optOuts := func(more string) string {
		return fmt.Sprintf(`{"uid2":%s,"opt_outs":{"store":%q,"listen":"127.0.0.1:0","unauthenticated":true,"id_parameter":"id"%s}}`,
			sectionOf(server, ""), filepath.Join(t.TempDir(), "optouts.db"), more)
	}
	b := open(t, parse(t, optOuts(`,"poll":{"enabled":true,"pause":"1h"}`)))
	answer, err := http.Get("http://" + b.ReceiverAddr().String() + "/?timestamp=1700000000&id=" + url.QueryEscape(server.RawUID(alice).Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := outcomes(t, b, requestFor(server.Token(alice))); answer.StatusCode != http.StatusOK || got[0] != bidder.OptedOut {
		t.Error(answer.Status, got)
	}
	_, err = bidder.Start(parse(t, optOuts(`,"nats":{"urls":"nats://canary:canary@%zz"}`)))
	mustName(t, err, bidder.SettingFleet)
}

// The configuration that the documentation shows is possible.
func TestDocumentedConfiguration(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "\n## A bidder of your own\n")
	_, block, _ = strings.Cut(block, "```json\n")
	block, _, _ = strings.Cut(block, "```")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(secretText), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("UID2_API_KEY", "key")
	t.Setenv("UID2_OPTOUT_TOKEN", "token")
	if cfg := parse(t, strings.Replace(block, "/run/secrets/uid2", secret, 1)); cfg.OptOuts.Store != "/var/lib/bidder/optouts.db" {
		t.Errorf("%+v", cfg)
	}
}

// A program may have settings of its own beside the bidder's.
func TestEmbeddedSettings(t *testing.T) {
	server := startServer(t)
	var own struct {
		bidder.Settings
		Listen string `json:"listen"`
	}
	if err := json.Unmarshal([]byte(`{"listen":":8080","uid2":`+sectionOf(server, "")+`,"opt_outs":{"store":"f"}}`), &own); err != nil {
		t.Fatal(err)
	}
	cfg, err := own.Config()
	if err != nil || own.Listen != ":8080" || cfg.OptOuts.Store != "f" || len(cfg.Operators) != 1 || cfg.Operators[0].BaseURL != server.URL {
		t.Errorf("%v, %+v", err, cfg)
	}
}

// However a configuration is printed, there is no secret in it.
func TestParsedConfigPrintsNoSecret(t *testing.T) {
	cfg := parse(t, `{"uid2":{"base_url":"https://x","api_key":"canary","client_secret":"`+secretText+`","proxy":"http://canary:canary@x"},
		"opt_outs":{"store":"f","listen":":1","bearer_token":"canary","nats":{"urls":"nats://canary:canary@x"}}}`)
	settingstest.NoCanary(t, cfg)
	settingstest.NoCanary(t, struct{ hidden bidder.Config }{cfg})
}
