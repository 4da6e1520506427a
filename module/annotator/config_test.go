package annotator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/internal/settingstest"
	"github.com/uid2rtb/uid2rtb/module/annotator"
)

const (
	secretText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	keyText    = "UID2-C-L-0-example"
)

// operatorWith is a section uid2 with its credentials inline and one more setting.
func operatorWith(setting string) string {
	return fmt.Sprintf(`{"base_url":"http://127.0.0.1:1","api_key":%q,"client_secret":%q%s}`, keyText, secretText, setting)
}

func TestValuesAsTextFromTheEnvironment(t *testing.T) {
	cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith(`,"refresh_interval":"3s","cache_file":""`) +
		`,"raw_in_debug":"true","bidder_stage_alone":"false","privacy":{"coppa":"false"},"metrics_listen":""}`))
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.RawInDebug || cfg.BidderStageAlone || cfg.Privacy.COPPA || cfg.BidderConfig().Operators[0].RefreshInterval != 3*time.Second {
		t.Errorf("%+v", cfg)
	}
}

func TestBadConfigNamesTheSetting(t *testing.T) {
	for section, want := range map[string]string{
		``:                         "uid2",
		`{}`:                       "uid2",
		`[]`:                       "an object is wanted",
		`{"uid2":{}} trailing`:     "nothing after it",
		`{"biders":[]}`:            "biders",
		`{"uid2":{"base_ur":"x"}}`: "base_ur",
		`{"uid2":` + operatorWith(`,"timeout":"soon"`) + `}`:                         "uid2.timeout",
		`{"uid2":` + operatorWith("") + `,"bidders":"ttd"}`:                          "bidders",
		`{"uid2":` + operatorWith("") + `,"bidders":[{}]}`:                           "bidders[0].name",
		`{"uid2":` + operatorWith("") + `,"bidders":[{"name":"a","mode":"x"}]}`:      "bidders[0].mode",
		`{"uid2":` + operatorWith("") + `,"bidders":[{"name":"a"},{"name":"A"}]}`:    "listed twice",
		`{"uid2":` + operatorWith("") + `,"bidders":[{"name":"a","allias_of":"b"}]}`: "allias_of",
		`{"uid2":` + operatorWith("") + `,"privacy":{"copa":true}}`:                  "copa",
		`{"uid2":` + operatorWith("") + `,"privacy":{"gdpr":"maybe"}}`:               "privacy.gdpr",
		`{"uid2":` + operatorWith("") + `,"opt_outs":{"nats":{"urls":"x"}}}`:         "opt_outs.store",
		`{"uid2":` + operatorWith("") + `,"accounts_may_widen":1}`:                   "accounts_may_widen",
		`{"uid2":` + operatorWith("") + `,"redact_bids":"yes"}`:                      "redact_bids",
	} {
		_, err := annotator.ParseConfig(json.RawMessage(section))
		if want == "uid2" || slices.Contains(annotator.Settings(), strings.Replace(want, "[0]", "", 1)) {
			mustName(t, err, want)
		} else if !errors.Is(err, annotator.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error about %s", section, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), secretText) || strings.Contains(err.Error(), keyText) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: the error holds a secret", section)
		}
	}
}

func TestBadCredentialsAndAddressesStopTheStart(t *testing.T) {
	for _, operator := range []string{
		`{"base_url":"http://127.0.0.1:1","api_key":"k","client_secret":"short"}`,
		`{"base_url":"http://127.0.0.1:1","api_key":" ","client_secret":"` + secretText + `"}`,
		`{"base_url":"ftp://127.0.0.1:1","api_key":"k","client_secret":"` + secretText + `"}`,
		`{"base_url":"http://%zz","api_key":"k","client_secret":"` + secretText + `"}`,
		operatorWith(`,"proxy":"canary"`),
		operatorWith(`,"ca_file":"/nowhere/ca.pem"`),
	} {
		for _, section := range []string{"uid2", "euid"} {
			cfg, err := annotator.ParseConfig(json.RawMessage(fmt.Sprintf(`{%q:%s}`, section, operator)))
			if err == nil {
				_, err = annotator.New(cfg)
			}
			mustName(t, err, section)
		}
	}
}

// TestBadOptOutStores: a store or an address that can't be used stops the start, and so does a second store.
func TestBadOptOutStores(t *testing.T) {
	file := filepath.Join(t.TempDir(), "optouts.db")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for section, want := range map[string]string{
		`{"store":"/nowhere/optouts.db"}`: "opt_outs.store",
		`{"store":"` + file + `","listen":"` + taken.Addr().String() + `","bearer_token":"canary"}`: "opt_outs.listen",
		`{"store":"` + file + `","listen":"nowhere","unauthenticated":true}`:                        "opt_outs.listen",
		`{"store":"` + file + `","nats":{"urls":"nats://canary:canary@%zz"}}`:                       "opt_outs.nats",
	} {
		cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"opt_outs":` + section + `}`))
		if err != nil {
			t.Fatal(err)
		}
		settingstest.NoCanary(t, cfg)
		if _, err := annotator.New(cfg); !errors.Is(err, annotator.ErrConfig) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", section, err)
		}
	}
	cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"opt_outs":{"store":"` + file + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = annotator.New(cfg, annotator.WithOptOuts(new(bidstream.MemoryOptOuts)))
	mustName(t, err, "opt_outs.store")
	a, err := annotator.New(cfg)
	if err != nil || a.OptOuts() == nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestSecretsFromEnvironmentAndFile(t *testing.T) {
	t.Setenv("UID2RTB_TEST_KEY", keyText)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secretText+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	section := fmt.Sprintf(`{"uid2":{"base_url":"http://127.0.0.1:1","api_key_env":"UID2RTB_TEST_KEY","client_secret_file":%q}}`, file)
	cfg, err := annotator.ParseConfig(json.RawMessage(section))
	if err != nil {
		t.Fatal(err)
	}
	a, err := annotator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(format, cfg); strings.Contains(text, secretText) || strings.Contains(text, keyText) {
			t.Errorf("%s prints a secret", format)
		}
	}

	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = annotator.ParseConfig(json.RawMessage(section))
	mustName(t, err, "uid2.client_secret_file")
}

// TestReceiverAuthorization: the webhook must bring the token or the shared header, whichever is set.
func TestReceiverAuthorization(t *testing.T) {
	t.Setenv("UID2RTB_TEST_HEADER", "canary")
	file := filepath.Join(t.TempDir(), "header")
	if err := os.WriteFile(file, []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ settings, name, value string }{
		{`"bearer_token":"canary"`, "Authorization", "Bearer canary"},
		{`"shared_header_name":"x-shared","shared_header_value":"canary"`, "X-Shared", "canary"},
		{`"shared_header_name":"X-Shared","shared_header_value_env":"UID2RTB_TEST_HEADER"`, "X-Shared", "canary"},
		{fmt.Sprintf(`"shared_header_name":"X-Shared","shared_header_value_file":%q`, file), "X-Shared", "canary"},
		{`"unauthenticated":true`, "", ""},
	} {
		store := filepath.Join(t.TempDir(), "optouts.db")
		cfg, err := annotator.ParseConfig(json.RawMessage(fmt.Sprintf(`{"uid2":%s,"opt_outs":{"store":%q,"listen":"127.0.0.1:0",%s}}`, operatorWith(""), store, c.settings)))
		if err != nil {
			t.Fatal(err)
		}
		settingstest.NoCanary(t, cfg)
		a, err := annotator.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		address := a.ReceiverAddr().String()
		without := 401
		if c.name == "" {
			without = 200
		}
		if status := statusOf(t, address, "X-Other", "canary"); status != without {
			t.Errorf("%s: %d without it", c.settings, status)
		}
		if c.name != "" {
			if status := statusOf(t, address, c.name, c.value); status != 200 {
				t.Errorf("%s: %d with it", c.settings, status)
			}
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// statusOf sends a sentinel, with a header field, to a receiver.
func statusOf(t *testing.T, address, name, value string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), "GET", "http://"+address+"/?uid2="+strings.Repeat("A", 43), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(name, value)
	return answer(t, request)
}

// Every configuration that the documentation shows is one that the module takes.
func TestDocumentedConfigurations(t *testing.T) {
	t.Setenv("UID2_API_KEY", keyText)
	t.Setenv("UID2_CLIENT_SECRET", secretText)
	t.Setenv("EUID_API_KEY", keyText)
	t.Setenv("EUID_CLIENT_SECRET", secretText)
	t.Setenv("UID2_OPTOUT_TOKEN", "token")
	block := regexp.MustCompile("(?s)```json\n(.*?)```")
	found := 0
	for _, page := range []string{"../../docs/configuration.md", "../../README.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range block.FindAllSubmatch(text, -1) {
			if !strings.Contains(string(match[1]), `"base_url"`) || strings.Contains(string(match[1]), "\n  \"mode\"") {
				continue // an account's section, an annotation, or a bidder's configuration
			}
			found++
			if _, err := annotator.ParseConfig(match[1]); err != nil {
				t.Errorf("%s: %v in %s", page, err, match[1])
			}
		}
	}
	if found < 3 {
		t.Errorf("found only %d configurations", found)
	}
}
