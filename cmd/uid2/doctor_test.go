package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/doctor"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// fault is one that is switched on in a patient who is well otherwise.
type fault struct {
	name    string
	do      func(w *ward)
	check   string // the finding that must name it
	status  doctor.Status
	text    string   // in it
	skipped []string // checks that can't be made because of it
}

var (
	afterAddress     = []string{"uid2 proxy", "uid2 tls", "uid2 clock", "uid2 credentials", "uid2 roles", "uid2 keys", "uid2 sites"}
	afterTLS         = []string{"uid2 clock", "uid2 credentials", "uid2 roles", "uid2 keys", "uid2 sites"}
	afterProxy       = append([]string{"uid2 address"}, afterAddress[1:]...)
	afterCredentials = []string{"uid2 clock", "uid2 roles", "uid2 keys", "uid2 sites"}
	afterReceiver    = []string{"receiver guard"}
	afterServers     = []string{"fleet jetstream", "fleet stream", "fleet replicas", "fleet lag"}
	afterSettings    = []string{"operator", "opt-out store", "receiver", "fleet", "bidders", "bidder hosts", "debug"}
)

func operatorFaults() []fault {
	return []fault{
		{"an address that isn't an operator's", func(w *ward) { w.replace("\n          api_key:", "/elsewhere\n          api_key:") }, "uid2 address", doctor.Wrong, "isn't an operator", afterTLS},
		{"an unknown host", func(w *ward) { w.set("base_url", "https://operator.invalid") }, "uid2 address", doctor.Wrong, "the name operator.invalid can't be looked up", afterAddress},
		{"a refused port", func(w *ward) { w.set("base_url", "https://"+closedPort(w)) }, "uid2 address", doctor.Wrong, "refuses connections", afterAddress},
		{"an operator out of order", func(w *ward) { w.operator.Fail(uid2test.Fault{Status: 503}) }, "uid2 address", doctor.Wrong, "HTTP 503", afterTLS},
		{"a captive portal", func(w *ward) { w.operator.Fail(uid2test.Fault{Garbage: true}) }, "uid2 address", doctor.Wrong, "isn't an operator", afterTLS},
		{"an unknown authority", func(w *ward) { w.write("ca.pem", newAuthority(w, "Other").pem()) }, "uid2 tls", doctor.Wrong, `issued by "Ward Authority", which isn't trusted`, afterTLS},
		{"an expired certificate", func(w *ward) {
			w.set("base_url", w.secure(w.authority.issue(w, "127.0.0.1", time.Now().Add(-time.Hour))))
		}, "uid2 tls", doctor.Wrong, `issued by "Ward Authority", expired at`, afterTLS},
		{"a certificate that expires soon", func(w *ward) {
			w.set("base_url", w.secure(w.authority.issue(w, "127.0.0.1", time.Now().Add(7*24*time.Hour))))
		}, "uid2 tls", doctor.Warning, "expires soon", nil},
		{"a certificate of another host", func(w *ward) {
			w.set("base_url", w.secure(w.authority.issue(w, "127.0.0.2", time.Now().Add(365*24*time.Hour))))
		}, "uid2 tls", doctor.Wrong, "is for another host", afterTLS},
		{"a port without TLS", func(w *ward) { w.set("base_url", "https://"+w.listen) }, "uid2 tls", doctor.Wrong, "doesn't speak TLS", afterTLS},
		{"a proxy that refuses", func(w *ward) { w.set("proxy", w.proxy(http.StatusForbidden)) }, "uid2 proxy", doctor.Wrong, "HTTP 403", afterProxy},
		{"a proxy that wants a password", func(w *ward) { w.set("proxy", w.proxy(http.StatusProxyAuthRequired)) }, "uid2 proxy", doctor.Wrong, "user and a password", afterProxy},
		{"a proxy that isn't there", func(w *ward) { w.set("proxy", "http://user:canary-of-a-password@"+closedPort(w)) }, "uid2 proxy", doctor.Wrong, "refuses connections", afterProxy},
		{"a proxy that doesn't speak TLS", func(w *ward) {
			w.set("proxy", strings.Replace(w.proxy(http.StatusForbidden), "http:", "https:", 1))
		}, "uid2 proxy", doctor.Wrong, "no secure connection to the proxy", afterProxy},
		{"a clock two minutes off", func(w *ward) { w.ahead.Store(int64(130 * time.Second)) }, "uid2 clock", doctor.Wrong, "about two minutes or more", afterCredentials[1:]},
		{"a clock one minute off", func(w *ward) { w.ahead.Store(int64(time.Minute)) }, "uid2 clock", doctor.Warning, "1m0s ahead", nil},
		{"a wrong API key", func(w *ward) { w.set("api_key", "UID2-C-L-1-unknown") }, "uid2 credentials", doctor.Wrong, "doesn't know the API key", afterCredentials},
		{"a key without the role", func(w *ward) {
			other := w.operator.AddClient(uid2test.Client{Roles: uid2test.Mapper | uid2test.Generator})
			w.set("api_key", other.APIKey)
			w.write("secret", other.ClientSecret)
			w.secrets = append(w.secrets, other.APIKey, other.ClientSecret)
		}, "uid2 roles", doctor.Wrong, "lacks the role ID_READER, which bidders need; it has MAPPER, GENERATOR", []string{"uid2 clock", "uid2 keys", "uid2 sites"}},
		{"a wrong secret", func(w *ward) { w.write("secret", strings.Repeat("A", 43)+"=") }, "uid2 credentials", doctor.Wrong, "client secret", afterCredentials},
		{"expired keys", func(w *ward) { w.keysEnd(time.Now().Add(-time.Hour)) }, "uid2 keys", doctor.Wrong, "all keys have expired", []string{"uid2 sites"}},
		{"no new keys", func(w *ward) { w.keysEnd(time.Now().Add(24 * time.Hour)) }, "uid2 keys", doctor.Warning, "no newer one has come", nil},
		{"keys of no site", func(w *ward) { w.onlyMasterKeys() }, "uid2 sites", doctor.Warning, "no site", nil},
	}
}

func optOutFaults() []fault {
	return []fault{
		{"a damaged store", func(w *ward) { w.damage("optouts.db") }, "opt-out store", doctor.Wrong, "damaged", nil},
		{"a store in use", func(w *ward) { w.lock("optouts.db") }, "opt-out store", doctor.Warning, "another process", nil},
		{"no store", func(w *ward) { w.set("store", filepath.Join(w.dir, "none.db")) }, "opt-out store", doctor.Warning, "there is none yet", nil},
		{"no directory", func(w *ward) { w.set("store", filepath.Join(w.dir, "nowhere", "optouts.db")) }, "opt-out store", doctor.Wrong, "directory", nil},
		{"a wrong token of the receiver", func(w *ward) { w.believe(optout.WithBearer("another")) }, "receiver", doctor.Wrong, "HTTP 401", afterReceiver},
		{"a receiver that isn't there", func(w *ward) { w.set("listen", closedPort(w)) }, "receiver", doctor.Wrong, "refuses connections", afterReceiver},
		{"a receiver that can't keep anything", func(w *ward) { w.answer(status(http.StatusServiceUnavailable)) }, "receiver", doctor.Wrong, "HTTP 503", afterReceiver},
		{"a redirect before the receiver", func(w *ward) { w.answer(http.RedirectHandler("/login", http.StatusFound)) }, "receiver", doctor.Wrong, "HTTP 302", afterReceiver},
		{"a receiver that believes everybody", func(w *ward) { w.believe(optout.WithoutAuthentication()) }, "receiver guard", doctor.Wrong, "anybody", nil},
	}
}

func fleetFaults() []fault {
	return []fault{
		{"no NATS server", func(w *ward) { w.set("urls", "nats://user:canary-of-a-password@"+closedPort(w)) }, "fleet servers", doctor.Wrong, "can't be reached", afterServers},
		{"one NATS server less", func(w *ward) { w.set("urls", w.servers.urls+","+closedPort(w)) }, "fleet servers", doctor.Warning, "3 of 4", nil},
		{"one replica", func(w *ward) { w.stream("ALONE"); w.set("replicas", "1") }, "fleet replicas", doctor.Warning, "one of 3 servers alone", nil},
		{"fewer replicas than wanted", func(w *ward) { w.stream("ALONE") }, "fleet replicas", doctor.Wrong, "the settings want 3", nil},
		{"a stream that forgets", func(w *ward) { w.stream("LIMITED") }, "fleet stream", doctor.Wrong, "remove its limits", nil},
		{"no stream", func(w *ward) { w.stream("NONE") }, "fleet stream", doctor.Warning, "no stream NONE", []string{"fleet replicas", "fleet lag"}},
		{"servers that acknowledge early", func(w *ward) { w.args[3] = w.varz(`{"jetstream":{"config":{"sync_interval":120000000000}}}`) }, "fleet sync", doctor.Warning, "up to 2m0s", nil},
		{"no monitoring port", func(w *ward) { w.args[3] = "http://" + closedPort(w) }, "fleet sync", doctor.Wrong, "doesn't answer", nil},
	}
}

func serverFaults() []fault {
	return []fault{
		{"hooks off", func(w *ward) { w.replace("hooks:\n  enabled: true", "hooks:\n  enabled: false") }, "hooks", doctor.Wrong, "hooks.enabled", nil},
		{"a module switched on by a text", func(w *ward) { w.replace("decrypt:\n        enabled: true", "decrypt:\n        enabled: \"true\"") }, "module", doctor.Wrong, "doesn't count", nil},
		{"a plan without a stage", func(w *ward) { w.replace("          auction_response: *group\n", "") }, "plan", doctor.Wrong, "stage auction_response", nil},
		{"a hook timeout of 5 ms", func(w *ward) { w.set("- timeout", "5") }, "timeouts", doctor.Wrong, "5 ms is too short", nil},
		{"a bidder that doesn't exist", func(w *ward) { w.set("- name", "thetraddesk") }, "bidders", doctor.Wrong, `"thetraddesk"`, nil},
		{"a disabled bidder", func(w *ward) { w.config += "adapters: {thetradedesk: {disabled: true}}\n" }, "bidders", doctor.Warning, "disabled", nil},
		{"a host with macros", func(w *ward) { w.replace("name: TheTradeDesk", "name: smartyads") }, "bidder hosts", doctor.Wrong, `"smartyads"`, nil},
		{"debug for a listed bidder", func(w *ward) { w.replace("name: TheTradeDesk", "name: pubmatic") }, "debug", doctor.Warning, `allowed for "pubmatic"`, nil},
		{"raw UIDs in debug", func(w *ward) { w.replace("        bidders:\n", "        raw_in_debug: true\n        bidders:\n") }, "debug", doctor.Warning, "raw_in_debug", nil},
		{"an unknown setting", func(w *ward) { w.replace("        bidders:\n", "        biders: []\n        bidders:\n") }, "settings", doctor.Wrong, "biders", afterSettings},
		{"a setting without a value", func(w *ward) { w.set("base_url", `""`) }, "settings", doctor.Wrong, "uid2.base_url: it is missing", afterSettings},
		{"a value of the environment that can't be", func(w *ward) { w.Setenv("PBS_HOOKS_MODULES_UID2_DECRYPT_OPT_OUTS_NATS_REPLICAS", "9") }, "settings", doctor.Wrong, "opt_outs.nats.replicas", afterSettings},
	}
}

// TestDoctor: with each fault switched on in turn, the doctor names it and what follows from it,
// and nothing else; without any, one line says that all is well.
func TestDoctor(t *testing.T) {
	servers := startServers(t)
	well := []string{"receiver opt-out"} // not checked in a patient who is well
	t.Run("well", func(t *testing.T) {
		w := newWard(t, servers)
		if r := w.doctor(); r.code != 0 || r.err != "" || r.out != "all is well: 25 checks, 1 not checked\n" {
			t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
		}
	})
	for _, f := range slices.Concat(operatorFaults(), optOutFaults(), fleetFaults(), serverFaults()) {
		t.Run(f.name, func(t *testing.T) {
			w := newWard(t, servers)
			f.do(w)
			e, code := w.examined()
			want := map[doctor.Status]int{doctor.Wrong: exitFailure, doctor.Warning: exitWarnings}[f.status]
			if code != want {
				t.Errorf("exit code %d, not %d", code, want)
			}
			skipped := slices.Clone(f.skipped)
			if f.check != "settings" { // without them, nothing is known of a receiver
				skipped = append(skipped, well...)
			}
			named := false
			for _, c := range e.Checks {
				switch {
				case c.Check == f.check && c.Status == f.status:
					named = named || strings.Contains(c.Text, f.text)
					if c.Remedy == "" {
						t.Errorf("no remedy: %+v", c)
					}
				case c.Status == doctor.NotChecked && slices.Contains(skipped, c.Check):
					skipped = slices.DeleteFunc(skipped, func(s string) bool { return s == c.Check })
				case c.Status != doctor.OK:
					t.Errorf("it doesn't follow: %+v", c)
				}
			}
			if len(skipped) > 0 {
				t.Errorf("these were checked, or left out: %q", skipped)
			}
			if !named {
				t.Errorf("no %s %s with %q in %+v", f.status, f.check, f.text, e.Checks)
			}
		})
	}
}

// proxy starts one that answers CONNECT with a status.
func (w *ward) proxy(code int) string {
	proxy := httptest.NewServer(status(code))
	w.Cleanup(proxy.Close)
	return proxy.URL
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// varz starts a monitoring port that answers like this.
func (w *ward) varz(text string) string {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, text) }))
	w.Cleanup(server.Close)
	return server.URL
}

// stream changes the stream, and its subject.
func (w *ward) stream(name string) {
	w.set("stream", name)
	w.set("subject", strings.ToLower(name))
}

// damage changes a byte in the middle of a file.
func (w *ward) damage(name string) {
	path := filepath.Join(w.dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		w.Fatal(err)
	}
}

// lock starts a process that has a store open.
func (w *ward) lock(name string) {
	p := start(w.T, nil, "optout", "serve", "-store", filepath.Join(w.dir, name), "-listen", "127.0.0.1:0", "-bearer-token", wardToken)
	select {
	case <-p.lines: // it listens
	case <-time.After(30 * time.Second):
		w.Fatal("the process doesn't start")
	}
}

// onlyMasterKeys makes the operator send no site's keys to those who ask for which site they are.
func (w *ward) onlyMasterKeys() {
	w.operator.Fail(uid2test.Fault{Path: uid2test.PathLatest, Body: fmt.Appendf(nil, `{"status":"success","body":[{"id":1,"site_id":-1,"created":1,"activates":1,"expires":%d,"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}`, time.Now().Add(1000*time.Hour).Unix())})
}
