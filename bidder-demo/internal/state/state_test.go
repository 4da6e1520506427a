package state_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/state"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/internal/discard"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const (
	interval = time.Second // between refreshes of the keys, the shortest that the module takes
	secret   = "the-receiver's-bearer-token-of-this-test"
)

// newModule makes a module with these settings beside an operator.
func newModule(t *testing.T, operator *uid2test.Server, settings map[string]any) *module.Module {
	t.Helper()
	settings["enabled"] = true
	settings["bidders"] = []map[string]string{{"name": "demodsp"}}
	settings["uid2"] = map[string]string{
		"base_url": operator.URL, "api_key": operator.Client().APIKey, "client_secret": operator.Client().ClientSecret, "refresh_interval": interval.String(),
	}
	section, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	m, err := module.New(section, annotator.WithLogger(discard.Logger()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown() })
	return m
}

// newOperator starts a local operator.
func newOperator(t *testing.T) *uid2test.Server {
	t.Helper()
	operator := uid2test.NewServer()
	t.Cleanup(operator.Close)
	return operator
}

// configOf reports a module, and nothing of the rest.
func configOf(m *module.Module) state.Config {
	return state.Config{
		Module: m, RefreshInterval: interval, Lag: func() time.Duration { return 0 },
		Hooks: func() page.Histogram { return page.Histogram{} }, Users: func() []page.User { return nil }, Actions: func() []page.ActionInfo { return nil },
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

func ready(t *testing.T, m *module.Module) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := m.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestReport: what others know is handed on, as it is at the moment of the report.
func TestReport(t *testing.T) {
	config := configOf(newModule(t, newOperator(t), map[string]any{}))
	calls := int64(0)
	config.Hooks = func() page.Histogram { calls++; return page.Histogram{Count: calls} }
	config.Users = func() []page.User { return []page.User{{Name: "user@example.com"}} }
	config.Actions = func() []page.ActionInfo { return []page.ActionInfo{{Name: "opt_out"}} }
	config.Webhook, config.Lag = "http://127.0.0.1:1/optout", func() time.Duration { return 1500 * time.Microsecond }
	reporter, before := state.New(config), time.Now().UnixMilli()
	reporter.State()
	got := reporter.State()
	if got.AtMs < before || got.AtMs > time.Now().UnixMilli() {
		t.Errorf("at %d", got.AtMs)
	}
	if got.Hooks.Count != 2 || len(got.Users) != 1 || got.Users[0].Name != "user@example.com" || len(got.Actions) != 1 || got.Actions[0].Name != "opt_out" {
		t.Errorf("%+v", got)
	}
	if got.OptOuts.Webhook != config.Webhook || got.OptOuts.LagMs != 1.5 {
		t.Errorf("%+v", got.OptOuts)
	}
	if got.Versions["Go"] == "" {
		t.Errorf("%v", got.Versions)
	}
}

// TestKeyset: what is held, when it came and when it is asked for again.
func TestKeyset(t *testing.T) {
	operator := newOperator(t)
	operator.AddSite(7000, "example.com")
	m := newModule(t, operator, map[string]any{})
	ready(t, m)
	config := configOf(m)
	config.Operators = map[codec.Scope]string{codec.ScopeUID2: operator.URL}
	reporter := state.New(config)
	keysets := reporter.State().Keysets
	if len(keysets) != 1 { // there is no EUID operator
		t.Fatalf("%d keysets", len(keysets))
	}
	got, held := keysets[0], m.Keys(codec.ScopeUID2).Snapshot()
	if got.Scope != "UID2" || got.Operator != operator.URL || !got.Ready || got.LastError != "" {
		t.Errorf("%+v", got)
	}
	if got.Keys != held.Len() || got.Sites != held.Sites() || len(got.IDs) != got.Keys || got.ExpiresMs != held.LatestExpiryMs() {
		t.Errorf("%+v", got)
	}
	for key := range held.All() {
		if !slices.Contains(got.IDs, key.ID) {
			t.Errorf("key %d isn't among %v", key.ID, got.IDs)
		}
	}
	if got.FetchedMs == 0 || got.NextRefreshMs < got.FetchedMs+interval.Milliseconds() {
		t.Errorf("fetched %d, next %d", got.FetchedMs, got.NextRefreshMs)
	}
	operator.Stop()
	eventually(t, "a refresh fails", func() bool { return reporter.State().Keysets[0].LastError != "" })
	if failed := reporter.State().Keysets[0]; !failed.Ready || failed.Keys != got.Keys || failed.NextRefreshMs != 0 {
		t.Errorf("after a failure: %+v", failed)
	}
}

// TestNoKeysYet: nothing is made up of keys that haven't come.
func TestNoKeysYet(t *testing.T) {
	operator := newOperator(t)
	operator.Stop()
	reporter := state.New(configOf(newModule(t, operator, map[string]any{})))
	eventually(t, "a refresh fails", func() bool { return reporter.State().Keysets[0].LastError != "" })
	got := reporter.State().Keysets[0]
	if got.Ready || got.Keys != 0 || got.IDs == nil || len(got.IDs) != 0 || got.FetchedMs != 0 || got.NextRefreshMs != 0 || got.ExpiresMs != 0 {
		t.Errorf("%+v", got)
	}
}

// TestManyKeys: all are counted, and the first hundred named.
func TestManyKeys(t *testing.T) {
	operator := newOperator(t)
	for range 60 {
		operator.RotateKeys()
	}
	m := newModule(t, operator, map[string]any{})
	ready(t, m)
	if got := state.New(configOf(m)).State().Keysets[0]; got.Keys <= 100 || len(got.IDs) != 100 {
		t.Errorf("%d keys, of which %d are named", got.Keys, len(got.IDs))
	}
}

// TestNoOptOuts: a module without opt-outs isn't ready for them.
func TestNoOptOuts(t *testing.T) {
	got := state.New(configOf(newModule(t, newOperator(t), map[string]any{}))).State().OptOuts
	if got != (page.OptOuts{}) {
		t.Errorf("%+v", got)
	}
}

// TestOptOuts: users, the last batch of the feed that sent last, and what was quarantined.
func TestOptOuts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	operator := newOperator(t)
	m := newModule(t, operator, map[string]any{
		"opt_outs": map[string]string{"store": filepath.Join(t.TempDir(), "store"), "listen": address, "bearer_token": secret},
	})
	webhook := uid2test.Webhook{
		URL: "http://" + address + "/optout", Query: []string{"uid2=${ADVERTISING_ID}", "timestamp=${OPTOUT_EPOCH}"}, Header: []string{"Authorization: Bearer " + secret},
	}
	config := configOf(m)
	other := newOperator(t)
	config.Feeds = []*uid2test.Feed{other.AddWebhook(webhook), operator.AddWebhook(webhook)}
	reporter := state.New(config)
	eventually(t, "the store is read", func() bool { return reporter.State().OptOuts.Ready })
	if got := reporter.State().OptOuts; got.Users != 0 || got.LastBatchMs != 0 || got.LastBatch != 0 || got.Quarantined != 0 {
		t.Errorf("before: %+v", got)
	}

	for i, sender := range []*uid2test.Server{other, operator, other} {
		sender.OptOut(operator.RawUID(uid2test.TokenSpec{Email: fmt.Sprintf("%d@example.com", i)}), time.Now())
		eventually(t, "the user is known", func() bool { return reporter.State().OptOuts.Users == i+1 })
		feed := config.Feeds[map[*uid2test.Server]int{other: 0, operator: 1}[sender]]
		eventually(t, "the batch is the last one", func() bool {
			entries, at := feed.LastBatch()
			got := reporter.State().OptOuts
			return entries == 1 && got.LastBatchMs == at.UnixMilli() && got.LastBatch == 1
		})
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, webhook.URL+"?"+url.Values{"uid2": {"no raw UID"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	eventually(t, "what is no opt-out is quarantined", func() bool { return reporter.State().OptOuts.Quarantined == 1 })
}
