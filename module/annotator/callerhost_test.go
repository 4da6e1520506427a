package annotator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// hostNames are the bidders of a host with an alias of its own.
func hostNames(bidder string) (string, bool) {
	switch strings.ToLower(bidder) {
	case "kayzenalias":
		return "kayzen", true
	case "dsp", "kayzen", "appnexus":
		return strings.ToLower(bidder), true
	}
	return "", false
}

func TestBiddersWhoseHostTheCallerChooses(t *testing.T) {
	for bidders, refused := range map[string]bool{
		`[{"name":"kayzen"}]`:                                       true,
		`[{"name":"dsp"},{"name":"KAYZEN"}]`:                        true,
		`[{"name":"ours","alias_of":"Kayzen"}]`:                     true,
		`[{"name":"KayzenAlias"}]`:                                  true,
		`[{"name":"ours","alias_of":"kayzenalias"}]`:                true,
		`[{"name":"kayzen","alias_of":"appnexus"}]`:                 false,
		`[{"name":"kayzen","allow_caller_host":true}]`:              false,
		`[{"name":"kayzenalias","allow_caller_host":"true"}]`:       false,
		`[{"name":"kayzen","allow_caller_host":false}]`:             true,
		`[{"name":"dsp"}]`:                                          false,
		`[{"name":"dsp","allow_caller_host":true}]`:                 false,
		`[{"name":"kayzen","allow_caller_host":true},{"name":"x"}]`: false,
	} {
		cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"bidders":` + bidders + `}`))
		if err != nil {
			t.Fatal(err)
		}
		a, err := annotator.New(cfg, annotator.WithAdapters(hostNames))
		if err == nil {
			err = a.Close()
		} else if !strings.Contains(err.Error(), "bidders[") || !strings.Contains(err.Error(), "kayzen") || !strings.Contains(err.Error(), "zone") || !strings.Contains(err.Error(), "allow_caller_host") {
			t.Errorf("%s: %v", bidders, err)
		}
		if refused != errors.Is(err, annotator.ErrConfig) || !refused && err != nil {
			t.Errorf("%s: %v, want it refused: %t", bidders, err, refused)
		}
	}
	if _, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"bidders":[{"name":"a"},{"name":"kayzen","allow_caller_host":"yes"}]}`)); err == nil || !strings.Contains(err.Error(), "bidders[1].allow_caller_host") {
		t.Errorf("%v", err)
	}
}

// Without WithAdapters every name is taken for an adapter's.
func TestCallerHostByName(t *testing.T) {
	cfg, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith("") + `,"bidders":[{"name":"rediads"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := annotator.New(cfg); !errors.Is(err, annotator.ErrConfig) {
		t.Errorf("%v", err)
	}
}

// An account may not list such a bidder by itself, nor insist.
func TestAccountsCannotListCallerHosts(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	host := `,"accounts_may_widen":true,"bidders":[{"name":"dsp"},{"name":"rediads","allow_caller_host":true,"mode":"drop_opted_out"}]`
	a := newAnnotator(t, server, host)
	for section, want := range map[string]struct {
		bidder string
		listed bool
		err    string
	}{
		`{"bidders":[{"name":"dsp"},{"name":"kayzen"}]}`:                          {"dsp", false, "bidders[1]"},
		`{"bidders":[{"name":"kayzen"}]}`:                                         {"kayzen", false, "bidders[0]"},
		`{"bidders":[{"name":"kayzen","allow_caller_host":true}]}`:                {"kayzen", false, "bidders[0].allow_caller_host"},
		`{"bidders":[{"name":"x","alias_of":"kayzen"}]}`:                          {"x", false, "bidders[0]"},
		`{"bidders":[{"name":"rediads"}]}`:                                        {"rediads", true, ""},
		`{"bidders":[{"name":"openx"},{"name":"rediads","mode":"annotate"}]}`:     {"rediads", true, ""},
		`{"bidders":[{"name":"openx"},{"name":"rediads","mode":"annotate"}]} `:    {"openx", true, ""},
		`{"bidders":[{"name":"rediads","alias_of":"tappx"}]}`:                     {"rediads", false, "bidders[0]"},
		`{"bidders":[{"name":"dsp","allow_caller_host":"x"},{"name":"openx"}]}`:   {"openx", false, "bidders[0].allow_caller_host"},
		`{"bidders":[{"name":"dsp","allow_caller_host":false},{"name":"openx"}]}`: {"openx", true, ""},
	} {
		_, applied, err := decide(t, a, want.bidder, requestWith(aliceToken(server)), section)
		if listed := applied.Raw == 1; listed != want.listed {
			t.Errorf("%s: %s got a raw UID: %t", section, want.bidder, listed)
		}
		if (err != nil) != (want.err != "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%s: %v, want an error about %q", section, err, want.err)
		}
	}
}

func TestUnknownBiddersAreReported(t *testing.T) {
	section := `{"uid2":` + operatorWith("") + `,"bidders":[{"name":"dsp"},{"name":"dps"},{"name":"ours","alias_of":"appnexsu"},{"name":"ours","alias_of":"appnexus"}]}`
	var log bytes.Buffer
	a := start(t, section, annotator.WithAdapters(hostNames), annotator.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	const reported = `level=WARN msg="a listed bidder isn't one of this host's: is its name misspelt?" `
	const want = reported + `setting=bidders[1] name=dps alias_of=""; ` + reported + `setting=bidders[2] name=ours alias_of=appnexsu`
	if got := logged(&log, "bidder"); got != want {
		t.Errorf("%s, want %s", got, want)
	}

	// Without WithAdapters every bidder may be one of the host's.
	log.Reset()
	a = start(t, section, annotator.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), annotator.WithAdapters(nil))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := logged(&log, "bidder"); got != "" {
		t.Error(got)
	}
}

func TestHTTPOnlyToThisMachine(t *testing.T) {
	for address, ok := range map[string]bool{
		`"http://127.0.0.1:1"`: true, `"http://127.8.9.1"`: true, `"http://[::1]:1"`: true, `"http://localhost:1"`: true, `"http://[::ffff:127.0.0.1]"`: true,
		`"https://operator.example"`: true, `"http://operator.example"`: false, `"HTTP://operator.example"`: false, `"http://10.0.0.1"`: false,
		`"http://localhost.example"`: false, `"http://127.0.0.1.example"`: false, `"http://[::2]"`: false,
		`"http://operator.example","allow_http":true`: true, `"http://operator.example","allow_http":"true"`: true, `"http://operator.example","allow_http":false`: false,
	} {
		section := fmt.Sprintf(`{"euid":{"base_url":%s,"api_key":"k","client_secret":%q}}`, address, secretText)
		_, err := annotator.ParseConfig(json.RawMessage(section))
		if ok && err != nil || !ok && (!errors.Is(err, annotator.ErrConfig) || !strings.Contains(err.Error(), "euid.base_url") || !strings.Contains(err.Error(), "allow_http")) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := annotator.ParseConfig(json.RawMessage(`{"uid2":` + operatorWith(`,"allow_http":"x"`) + `}`)); err == nil || !strings.Contains(err.Error(), "uid2.allow_http") {
		t.Errorf("%v", err)
	}
}

// docs/configuration.md names the adapters that are refused.
func TestDocumentedCallerHosts(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "could receive\nraw UIDs: ")
	list, _, found := strings.Cut(list, " (read from")
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	names = slices.DeleteFunc(names, func(name string) bool { return name == "and" })
	for _, name := range names {
		_, err := annotator.New(parse(t, fmt.Sprintf(`{"uid2":%s,"bidders":[{"name":%q}]}`, operatorWith(""), name)))
		if !annotator.CallerChoosesHost(name) || err == nil || !regexp.MustCompile(` `+name+` .* its parameter \w+, `).MatchString(err.Error()) {
			t.Errorf("%s isn't refused: %v", name, err)
		}
	}
	if !found || len(names) != 20 {
		t.Errorf("%d adapters are named", len(names))
	}
}
