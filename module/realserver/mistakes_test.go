//go:build pbstree

package realserver_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
)

// mistake is a wrong configuration: the full one with settings of the module's section changed.
type mistake struct {
	change settings
	want   string // in the message: what is wrong, as the host wrote it
	starts bool   // the server starts all the same, and says so in its log
}

// None of the mistakes that a host can make passes unnoticed.
func TestMistakesInTheConfiguration(t *testing.T) {
	onBoth(t, func(t *testing.T, v *version) {
		w := newWorld(t)
		all := mistakes(t, w)
		if len(all) < 60 {
			t.Errorf("only %d mistakes", len(all))
		}
		for _, mistake := range all {
			h := newHost(t, v, w)
			for path, value := range mistake.change {
				h.config.set(module+"."+path, value)
			}
			h.tryStart()
			h.mustReport(mistake)
			h.Kill()
		}
	})
}

func (h *host) mustReport(m mistake) {
	h.t.Helper()
	starts := h.Await(h.url("/status"))
	logs := h.logs()
	said := logs
	if !m.starts {
		said = pbstree.LastWords(logs)
	}
	if starts != m.starts || !strings.Contains(said, m.want) {
		h.t.Errorf("%v: starts: %t, want %t with a message about %s; the last words: %s", m.change, starts, m.starts, m.want, pbstree.Tail(logs))
	}
	for _, secret := range []string{"canary", h.UID2.Client().APIKey, h.UID2.Client().ClientSecret, h.EUID.Client().APIKey, h.EUID.Client().ClientSecret} {
		if strings.Contains(logs, secret) {
			h.t.Errorf("%s: a secret is in the log", m.want)
		}
	}
}

func mistakes(t *testing.T, w *world) []mistake {
	t.Helper()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	busy := taken.Addr().String()
	secret := w.EUID.Client().ClientSecret

	var all []mistake
	add := func(list ...mistake) { all = append(all, list...) }
	said := func(want, path string, values ...any) { // mistakes in one setting
		for _, value := range values {
			add(mistake{change: settings{path: value}, want: want})
		}
	}
	one := func(path string, values ...any) { said(path+": ", path, values...) }
	unknown := func(path, name string) { said(path+name+`: unknown field "`+name+`"`, path+name, "x") }

	// Operators.
	add(mistake{change: settings{"uid2": unset, "euid": unset}, want: "uid2"})
	said("uid2: an object is wanted", "uid2", "https://prod.uidapi.com", []any{})
	one("uid2.base_url", unset, "", "http://operator.example")
	said("uid2: operator: impossible option: the base URL", "uid2.base_url", 17, "ftp://127.0.0.1:1", "http://%zz", "127.0.0.1")
	unknown("uid2.", "base_ur")
	one("uid2.api_key", unset)
	one("euid.api_key", "")
	said("euid: operator: unusable credentials: the API key", "euid.api_key", " ")
	one("euid.client_secret", "")
	said("euid: operator: unusable credentials: the client secret", "euid.client_secret", "canary", "canary/canary/canary=")
	add(mistake{change: settings{"euid.api_key_env": "NOBODY_SETS_THIS"}, want: "euid.api_key"}) // beside api_key
	add(mistake{change: settings{"euid.api_key": unset, "euid.api_key_env": "NOBODY_SETS_THIS"}, want: "euid.api_key_env"})
	add(mistake{change: settings{"uid2.client_secret": secret}, want: "uid2.client_secret"}) // beside client_secret_file
	one("uid2.client_secret_file", "/nowhere/secret", dir)
	one("uid2.allow_http", "perhaps", 7)
	said("uid2: operator: impossible option: the proxy", "uid2.proxy", "canary", "ftp://canary:canary@127.0.0.1:1")
	one("uid2.proxy_file", "/nowhere/proxy")
	said("uid2: operator: impossible option: the CA file", "uid2.ca_file", "/nowhere/ca.pem", text)
	one("uid2.timeout", "soon", "1ms", "2m", -5)
	one("uid2.refresh_interval", "0s", "25h", true)
	add(mistake{change: settings{"uid2.cache_file": "/nowhere/keys"}, want: "the cache file can't be used scope=UID2", starts: true})

	// Bidders.
	unknown("", "biders")
	said("bidders: a list is wanted", "bidders", "thetradedesk", settings{"name": "thetradedesk"})
	said("bidders[0]: an object is wanted", "bidders", []any{"thetradedesk"})
	bidder := func(want string, entries ...settings) {
		add(mistake{change: settings{"bidders": entries}, want: want})
	}
	bidder("bidders[0].name", settings{})
	bidder("bidders[1].mode", settings{"name": "thetradedesk"}, settings{"name": "pubmatic", "mode": "overwrite"})
	bidder("bidders[1]", settings{"name": "thetradedesk"}, settings{"name": "TheTradeDesk"})
	bidder(`bidders[0].allias_of: unknown field "allias_of"`, settings{"name": "ourdsp", "allias_of": "appnexus"})
	bidder("bidders[0].allow_caller_host", settings{"name": "thetradedesk", "allow_caller_host": "perhaps"})
	bidder("bidders[0]", settings{"name": "zeroclickfraud"})
	bidder("bidders[1]", settings{"name": "thetradedesk"}, settings{"name": "Kayzen"})
	bidder("bidders[0]", settings{"name": "callerdsp"}) // an alias in the host's bidder-info
	bidder("bidders[0]", settings{"name": "ourdsp", "alias_of": "between"})
	add(mistake{change: settings{"bidders": []settings{{"name": "thetradedeks"}}}, want: "thetradedeks", starts: true})

	// Privacy, and what stands alone.
	said("privacy: an object is wanted", "privacy", true)
	unknown("privacy.", "copa")
	one("privacy.gdpr", "maybe")
	one("privacy.us_privacy", 3)
	one("privacy.gdpr_default_value", "2", "yes")
	one("privacy.gdpr_countries", []any{"Germany"}, "Germany", []any{1})
	one("accounts_may_widen", 7, "often")
	one("raw_in_debug", "often")
	one("redact_bids", "yes")
	one("bidder_stage_alone", 2)
	one("metrics_listen", "nowhere", busy)
	add(mistake{change: settings{"enabled": "true"}, want: "Skip uid2.decrypt module, disabled", starts: true}) // Prebid Server's own

	// Opt-outs.
	unknown("opt_outs.", "stroe")
	one("opt_outs.store", unset, "/nowhere/optouts.db", dir)
	one("opt_outs.listen", "nowhere", busy)
	one("opt_outs.bearer_token", unset, "", " canary", "canary\ncanary")
	add(mistake{change: settings{"opt_outs.shared_header_name": "X-Token", "opt_outs.shared_header_value": "canary"}, want: "opt_outs.shared_header_name"})
	add(mistake{change: settings{"opt_outs.bearer_token": unset, "opt_outs.shared_header_name": "Host", "opt_outs.shared_header_value": "canary"}, want: "opt_outs.shared_header_name"})
	add(mistake{change: settings{"opt_outs.bearer_token": unset, "opt_outs.shared_header_name": "X-Token"}, want: "opt_outs.shared_header_value"})
	add(mistake{change: settings{"opt_outs.bearer_token": unset, "opt_outs.shared_header_value": "canary"}, want: "opt_outs.shared_header_name"})
	one("opt_outs.unauthenticated", true, "perhaps")
	said("opt_outs.time_parameter: ", "opt_outs.id_parameter", "timestamp") // they must differ
	one("opt_outs.id_header", "Host")
	one("opt_outs.when_unknown", "guess", true)
	said("opt_outs.nats: optout: invalid settings for the NATS servers: URL 1", "opt_outs.nats.urls", "nats://canary:canary@%zz")
	one("opt_outs.nats.replicas", 7)
	nats := func(setting string, value any, want string) {
		add(mistake{change: settings{"opt_outs.nats.urls": "nats://127.0.0.1:1", "opt_outs.nats." + setting: value}, want: want})
	}
	nats("replicas", 7, "opt_outs.nats.replicas: ")
	nats("replicas", "many", "opt_outs.nats.replicas: ")
	nats("credentials_file", "/nowhere/credentials", "opt_outs.nats: optout: invalid settings for the NATS servers: the credentials file")
	nats("ca_file", "/nowhere/ca.pem", "opt_outs.nats: optout: invalid settings for the NATS servers: the CA file")
	nats("certificate_file", "/nowhere/certificate.pem", "opt_outs.nats: optout: invalid settings for the NATS servers: a certificate and its key")
	nats("ulrs", "x", `opt_outs.nats.ulrs: unknown field "ulrs"`)
	one("opt_outs.poll.enabled", "perhaps")
	one("opt_outs.poll.pause", "later", "-1s")
	one("opt_outs.poll.recheck", "-1h")
	return all
}
