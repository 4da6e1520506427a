package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/uid2rtb/uid2rtb/cmd/uid2/internal/doctor"
	"github.com/uid2rtb/uid2rtb/internal/natstest"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const wardToken = "canary-token-of-the-webhook"

// servers are the NATS servers of all patients: a fleet of three, and one with a monitoring port.
type servers struct {
	urls, single string
	monitoring   string
}

func startServers(t *testing.T) *servers {
	t.Helper()
	fleet := natstest.Start(t, 3, natstest.Options{SyncAlways: true})
	address := closedPort(t)
	single := natstest.Start(t, 1, natstest.Options{SyncAlways: true, Config: fmt.Sprintf("http: %q", address)})
	s := &servers{fleet.URLs(), single.URLs(), "http://" + address}
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"OPTOUTS": func(*jetstream.StreamConfig) {},
		"ALONE":   func(c *jetstream.StreamConfig) { c.Replicas = 1 },
		"LIMITED": func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
	} {
		config := jetstream.StreamConfig{Name: name, Subjects: []string{strings.ToLower(name)}, Replicas: 3, Storage: jetstream.FileStorage}
		change(&config)
		createStream(t, s.urls, config)
	}
	return s
}

// createStream creates a stream, and waits until all of its servers have it.
func createStream(t *testing.T, urls string, config jetstream.StreamConfig) {
	t.Helper()
	conn, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		soon, cancel := context.WithTimeout(ctx, 2*time.Second) // servers that have no leader yet don't answer
		stream, err := js.CreateStream(soon, config)
		cancel()
		if err == nil {
			if info, err := stream.Info(ctx); err == nil && !slices.ContainsFunc(info.Cluster.Replicas, func(p *jetstream.PeerInfo) bool { return !p.Current || p.Offline }) {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatal("no stream:", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ward has a patient who is well: a Prebid Server's configuration, the local operator behind TLS, a
// store, a receiver and a fleet. Faults change one thing of it.
type ward struct {
	*testing.T
	servers   *servers
	dir       string
	operator  *uid2test.Server
	ahead     atomic.Int64 // of the operator's clock
	receiver  atomic.Pointer[http.Handler]
	received  *optout.Store // of the receiver
	listen    string        // of the receiver
	authority *authority
	config    string // pbs.yaml
	secrets   []string
	args      []string // flags of uid2 doctor
}

func newWard(t *testing.T, servers *servers) *ward {
	t.Helper()
	w := &ward{T: t, servers: servers, dir: t.TempDir(), authority: newAuthority(t, "Ward Authority")}
	w.operator = uid2test.NewServer(uid2test.WithNow(func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }))
	t.Cleanup(w.operator.Close)
	front := w.secure(w.authority.issue(t, "127.0.0.1", time.Now().Add(365*24*time.Hour)))
	w.store("optouts.db")
	w.believe(optout.WithBearer(wardToken))
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*w.receiver.Load()).ServeHTTP(rw, r) }))
	t.Cleanup(receiver.Close)
	w.listen = strings.TrimPrefix(receiver.URL, "http://")

	client := w.operator.Client()
	w.secrets = []string{client.APIKey, client.ClientSecret, wardToken, "canary-of-a-password"}
	w.write("secret", client.ClientSecret)
	w.write("ca.pem", w.authority.pem())
	w.write("infos/thetradedesk.yaml", "endpoint: https://direct.adsrvr.org/bid\ndebug: {allow: false}\n")
	w.write("infos/appnexus.yaml", "endpoint: https://ib.adnxs.com/openrtb2\ndebug: {allow: false}\n")
	w.write("infos/pubmatic.yaml", "endpoint: https://hbopenbid.pubmatic.com/translator\n")
	w.write("infos/smartyads.yaml", "endpoint: http://{{.Host}}.smartyads.com/bid\ndebug: {allow: false}\n")
	w.config = w.healthy(front, client.APIKey)
	w.args = []string{"-bidder-info", filepath.Join(w.dir, "infos"), "-nats-monitoring", servers.monitoring}
	return w
}

// healthy returns a configuration in which all is well: the plan is the one that module/register
// prints.
func (w *ward) healthy(operator, apiKey string) string {
	printed, err := os.ReadFile("../../module/register/config/minimal.yaml")
	if err != nil {
		w.Fatal(err)
	}
	_, plan, _ := strings.Cut(string(printed), "\n  host_execution_plan:")
	return fmt.Sprintf(`hooks:
  enabled: true
  modules:
    uid2:
      decrypt:
        enabled: true
        uid2:
          base_url: %s
          api_key: %s
          client_secret_file: %s
          ca_file: %s
          proxy: none
        bidders:
          - name: TheTradeDesk
          - name: ourdsp
            alias_of: appnexus
        opt_outs:
          store: %s
          listen: %s
          bearer_token: %s
          nats:
            urls: %s
            stream: OPTOUTS
            subject: optouts
            replicas: 3
  host_execution_plan:%s`, operator, apiKey, filepath.Join(w.dir, "secret"), filepath.Join(w.dir, "ca.pem"),
		filepath.Join(w.dir, "optouts.db"), w.listen, wardToken, w.servers.urls, plan)
}

// secure puts TLS in front of the operator, and returns the address.
func (w *ward) secure(certificate tls.Certificate) string {
	target, err := url.Parse(w.operator.URL)
	if err != nil {
		w.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	front := httptest.NewUnstartedServer(proxy)
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail
	front.StartTLS()
	w.Cleanup(front.Close)
	return front.URL
}

// store makes one with three opt-outs.
func (w *ward) store(name string) {
	w.Helper()
	file, err := optout.OpenFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	var entries []optout.Entry
	for i := range 3 {
		entries = append(entries, optout.Entry{UID: w.operator.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i)}), SinceMs: 1})
	}
	if err := file.AppendAll(w.Context(), entries); err != nil {
		w.Fatal(err)
	}
	if err := file.Close(); err != nil {
		w.Fatal(err)
	}
}

// believe makes the receiver anew, with another way to know the service.
func (w *ward) believe(options ...optout.ReceiverOption) *optout.Receiver {
	w.Helper()
	file, err := optout.OpenFile(filepath.Join(w.TempDir(), "received.db"))
	if err != nil {
		w.Fatal(err)
	}
	w.received = optout.Open(file)
	w.Cleanup(func(store *optout.Store) func() { return func() { store.Close() } }(w.received))
	receiver, err := optout.NewReceiver(w.received, options...)
	if err != nil {
		w.Fatal(err)
	}
	w.answer(receiver)
	return receiver
}

// users returns how many the receiver has opted out.
func (w *ward) users() int { return w.received.Stats().Users }

// answer lets the receiver's address answer like this.
func (w *ward) answer(handler http.Handler) { w.receiver.Store(&handler) }

func (w *ward) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

// set replaces the value of a setting of the configuration wherever it has this key.
func (w *ward) set(key, value string) {
	w.Helper()
	lines, found := strings.Split(w.config, "\n"), false
	for i, line := range lines {
		if before, _, ok := strings.Cut(line, key+": "); ok && strings.Trim(before, " -") == "" {
			lines[i], found = before+key+": "+value, true
		}
	}
	if !found {
		w.Fatalf("no %s in\n%s", key, w.config)
	}
	w.config = strings.Join(lines, "\n")
}

// replace changes the text of the configuration.
func (w *ward) replace(from, to string) {
	w.Helper()
	if !strings.Contains(w.config, from) {
		w.Fatalf("no %q in\n%s", from, w.config)
	}
	w.config = strings.ReplaceAll(w.config, from, to)
}

// keysEnd makes the operator send keys that expire then.
func (w *ward) keysEnd(at time.Time) {
	var answer map[string]any
	if err := json.Unmarshal(w.operator.KeyAnswer(w.operator.Client(), uid2test.PathBidstream), &answer); err != nil {
		w.Fatal(err)
	}
	for _, key := range answer["body"].(map[string]any)["keys"].([]any) {
		key.(map[string]any)["expires"] = at.Unix()
	}
	body, err := json.Marshal(answer)
	if err != nil {
		w.Fatal(err)
	}
	w.operator.Fail(uid2test.Fault{Path: uid2test.PathBidstream, Body: body})
}

// doctor runs uid2 doctor on the patient. No output may have a secret.
func (w *ward) doctor(more ...string) result {
	w.Helper()
	w.write("pbs.yaml", w.config)
	r := uid2(w, "", slices.Concat([]string{"doctor", "-prebid-server", filepath.Join(w.dir, "pbs.yaml")}, w.args, more)...)
	for _, secret := range w.secrets {
		if strings.Contains(r.out+r.err, secret) {
			w.Errorf("a secret was printed:\n%s%s", r.out, r.err)
		}
	}
	return r
}

// examined is what uid2 doctor -json says.
type examined struct {
	Wrong, Warnings int
	Checks          []doctor.Finding
}

func (w *ward) examined(more ...string) (e examined, code int) {
	w.Helper()
	r := w.doctor(append([]string{"-json"}, more...)...)
	if err := json.Unmarshal([]byte(r.out), &e); err != nil {
		w.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	return e, r.code
}

// closedPort returns an address at which nothing listens.
func closedPort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// silent returns an address that takes connections and never says anything.
func silent(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes what isn't accepted
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// authority issues certificates.
type authority struct {
	name        string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	a := &authority{name: name, key: newKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(10 * 365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err == nil {
		a.certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// issue makes a certificate for an address.
func (a *authority) issue(t testing.TB, address string, until time.Time) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: address}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
