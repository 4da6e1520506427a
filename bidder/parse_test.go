package bidder_test

import (
	"encoding/json"
	"errors"
	"fmt"
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
		`[]`:               "the section: json: cannot unmarshal array",
		`{"bidders":[]}`:   `the section: json: unknown field "bidders"`,
		`{"enabled":true}`: `the section: json: unknown field "enabled"`,
		`{"uid2":{}}`:      "uid2.base_url: it is missing",
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
