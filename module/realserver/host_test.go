//go:build pbstree

package realserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/pbstree"
	"github.com/uid2rtb/uid2rtb/module/hostile"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// world is what servers find around them: operators, bidders, a cache and the internet. Its users are
// those whose raw UIDs must not get out.
type world struct {
	UID2, EUID *uid2test.Server
	Internet   *internet
	dsp        *bidders
	cache      *cache
	users      []hostile.User
	guessed    []hostile.User
	search     *hostile.Search // for users
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{UID2: uid2test.NewServer(), EUID: uid2test.NewServer(uid2test.WithScope(codec.ScopeEUID)),
		Internet: newInternet(t), dsp: newBidders(t), cache: newCache(t)}
	t.Cleanup(w.UID2.Close)
	t.Cleanup(w.EUID.Close)
	var raws []string
	for i := range 12 {
		user := w.user(i)
		w.users = append(w.users, user)
		raws = append(raws, user.Raw)
	}
	w.guessed = []hostile.User{w.user(20), w.user(21)}
	w.search = hostile.NewSearch(raws)
	return w
}

// user makes up one of the users; each fourth is EUID's, and each eighth is to opt out.
func (w *world) user(i int) hostile.User {
	operator := w.UID2
	if i%4 == 3 {
		operator = w.EUID
	}
	spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), RawUIDVersion: codec.Version(2 + i%3)}
	user := hostile.User{Raw: operator.RawUID(spec).Reveal(), EUID: i%4 == 3, Gone: i%8 == 5}
	for n := range 6 {
		spec.Version = codec.Version(2 + n%3)
		user.Tokens = append(user.Tokens, operator.Token(spec))
	}
	return user
}

// host is a server in a world, and where to find its parts. The capitals are for testdata/pbs.yaml.
type host struct {
	*world
	*process
	t       *testing.T
	version *version
	config  settings // changes count from the next start on
	env     []string

	Dir, Analytics, SecretFile, Nowhere   string
	Port, Metrics, OptOuts, ModuleMetrics string
}

// newHost makes a server with the full configuration, which isn't started yet.
func newHost(t *testing.T, v *version, w *world) *host {
	t.Helper()
	dir := t.TempDir()
	h := &host{world: w, t: t, version: v.built(t), Dir: dir, Analytics: filepath.Join(dir, "analytics"), SecretFile: filepath.Join(dir, "client-secret"),
		Nowhere: freePort(t), Port: freePort(t), Metrics: freePort(t), OptOuts: freePort(t), ModuleMetrics: freePort(t)}
	if err := os.WriteFile(h.SecretFile, []byte(w.UID2.Client().ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.env = append(w.Internet.environment(), "PBS_HOOKS_MODULES_UID2_DECRYPT_UID2_API_KEY="+w.UID2.Client().APIKey)
	h.config = fullConfig(t, h)
	store(t, dir, "accounts", hostile.Accounts())
	store(t, dir, "stored_responses", hostile.StoredResponses())
	store(t, dir, "stored_requests", nil)
	store(t, dir, "stored_imps", nil)
	return h
}

// DSP is the address of the bidders.
func (h *host) DSP() string { return h.dsp.server.URL }

// Cache is host and port of the cache.
func (h *host) Cache() string { return strings.TrimPrefix(h.cache.server.URL, "http://") }

func (h *host) url(path string) string { return "http://127.0.0.1:" + h.Port + path }

// start starts the server and waits until it serves.
func (h *host) start() {
	h.t.Helper()
	h.tryStart()
	if !h.Await(h.url("/status")) {
		h.t.Fatalf("the server has ended: %v\n%s", h.State(), pbstree.Tail(h.logs()))
	}
}

func (h *host) tryStart() {
	h.t.Helper()
	h.config.write(h.t, h.Dir)
	h.process = startProcess(h.t, h.version, h.Dir, h.env)
}

// startWithKeys starts the server and waits until it has the operators' keys.
func (h *host) startWithKeys() {
	h.t.Helper()
	h.start()
	h.awaitAnnotated(h.users[0])
	h.awaitAnnotated(h.users[3])
}

// awaitAnnotated plays auctions until a listed bidder receives a user's raw UID.
func (h *host) awaitAnnotated(user hostile.User) {
	h.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if h.play(request{user: user}).annotation("thetradedesk").Raw == user.Raw {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("thetradedesk never got the raw UID\n%s", pbstree.Tail(h.logs()))
		}
	}
}

// optOut sends what the opt-out service sends, and wants it to be taken.
func (h *host) optOut(user hostile.User) {
	h.t.Helper()
	if status := h.sendOptOut(user); status != http.StatusOK {
		h.t.Fatalf("the opt-out was answered %d\n%s", status, pbstree.Tail(h.logs()))
	}
}

func (h *host) sendOptOut(user hostile.User) (status int) {
	h.t.Helper()
	query := url.Values{"uid2": {user.Raw}, "timestamp": {"1700000000"}}
	r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+h.OptOuts+"/?"+query.Encode(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer webhook-token-of-the-test")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// page gets a page of the server, such as of metrics.
func (h *host) page(port string) []byte {
	h.t.Helper()
	response, err := http.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		h.t.Fatalf("status %d, %v", response.StatusCode, err)
	}
	return text
}

// nothingLeaked stops the server and searches all that it wrote beside auctions for raw UIDs, tokens of
// its configuration and keys.
func (h *host) nothingLeaked() {
	h.t.Helper()
	texts := map[string][]byte{"Prebid Server's metrics": h.page(h.Metrics), "the module's metrics": h.page(h.ModuleMetrics)}
	h.stop()
	texts["the log"] = []byte(h.logs())
	texts["the analytics"] = h.analytics()
	for i, put := range h.cache.take() {
		texts[fmt.Sprintf("cache put %d", i)] = put
	}
	for name, text := range texts {
		if len(h.search.In(text)) > 0 {
			h.t.Errorf("a raw UID is in %s", name)
		}
		for _, client := range []*uid2test.Client{h.UID2.Client(), h.EUID.Client()} {
			if bytes.Contains(text, []byte(client.APIKey)) || bytes.Contains(text, []byte(client.ClientSecret)) {
				h.t.Errorf("a credential is in %s", name)
			}
		}
		if bytes.Contains(text, []byte("webhook-token-of-the-test")) {
			h.t.Errorf("the webhook's token is in %s", name)
		}
	}
}

// analytics is what Prebid Server has written of its auctions; it adds the date to the file's name.
func (h *host) analytics() (all []byte) {
	h.t.Helper()
	files, err := filepath.Glob(h.Analytics + "*")
	if err != nil || len(files) == 0 {
		h.t.Fatal("no analytics", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}
