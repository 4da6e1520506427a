package module_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/modules/moduledeps"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// section is a whole configuration for one operator, with one more setting.
func section(server *uid2test.Server, setting string) json.RawMessage {
	client := server.Client()
	if !strings.Contains(setting, `"bidders":`) {
		setting += `,"bidders":[{"name":"thetradedesk"}]`
	}
	return json.RawMessage(fmt.Sprintf(`{"enabled":true,"uid2":{"base_url":%q,"api_key":%q,"client_secret":%q}%s}`,
		server.URL, client.APIKey, client.ClientSecret, setting))
}

func TestBuilder(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	built, err := module.Builder(section(server, ""), moduledeps.ModuleDeps{})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.(interface{ Shutdown() error }).Shutdown(); err != nil {
		t.Error(err)
	}
	for setting, want := range map[string]string{
		`,"biders":[]`:                     "biders",
		`,"metrics_listen":"nowhere:0:0"`:  "metrics_listen",
		`,"privacy":{"coppa":"sometimes"}`: "privacy.coppa",
	} {
		if built, err := module.Builder(section(server, setting), moduledeps.ModuleDeps{}); !errors.Is(err, annotator.ErrConfig) || !strings.Contains(err.Error(), want) || built != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
	bad := json.RawMessage(`{"uid2":{"base_url":"ftp://x","api_key":"k","client_secret":"s"}}`)
	if _, err := module.Builder(bad, moduledeps.ModuleDeps{}); !errors.Is(err, annotator.ErrConfig) {
		t.Errorf("bad address: %v", err)
	}
}

func TestMetricsEndpoint(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	s := newStand(t, setup{config: map[string]any{"metrics_listen": addr}})
	s.auction(s.request(s.token(alice), nil))
	response, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`uid2_decrypt_tokens_total{status="Success"} 1`, "uid2_decrypt_annotations_total 2", "uid2_decrypt_raw_uids_total 2",
		`uid2_keys_ready{scope="UID2"} 1`, `uid2_keys_ready{scope="EUID"} 1`, "uid2_decrypt_panics_total 0",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), s.raw(alice)) {
		t.Error("the metrics hold a raw UID")
	}
	for path, want := range map[string]string{"/healthz": `{"status":"alive"}`, "/readyz": `{"status":"ready","reasons":[],"warnings":[]}`} {
		probe, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(probe.Body)
		probe.Body.Close()
		if err != nil || probe.StatusCode != http.StatusOK || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: %d %s, %v", path, probe.StatusCode, body, err)
		}
	}
}

// panicking is a store of opt-outs that fails as badly as it can.
type panicking struct{}

func (panicking) OptOut(uid codec.RawUID) bidstream.OptOut { panic(uid.Reveal()) }

// A panic in a hook costs that hook's result and nothing else; what it panicked with is written nowhere.
func TestPanicsAreContained(t *testing.T) {
	s := newStand(t, setup{})
	m, err := module.New(section(s.uid2, ""), annotator.WithOptOuts(panicking{}))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := m.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	payload := processedOf(t, s.request(s.token(alice), nil))
	result, err := m.HandleProcessedAuctionHook(ctx, hookstage.ModuleInvocationContext{}, payload)
	if err != nil || handsOn(result.ModuleContext) || len(result.ChangeSet.Mutations()) != 0 {
		t.Errorf("processed: %v %+v", err, result.ModuleContext)
	}
	bidder := hookstage.BidderRequestPayload{Request: payload.Request, Bidder: "thetradedesk"}
	bidderResult, err := m.HandleBidderRequestHook(ctx, hookstage.ModuleInvocationContext{}, bidder)
	if err != nil || len(bidderResult.ChangeSet.Mutations()) != 0 {
		t.Errorf("bidder: %v", err)
	}
	logs, err := pbstest.Logs()
	if err != nil || !strings.Contains(string(logs), "a hook panicked") {
		t.Errorf("the log doesn't say so: %v", err)
	}
	if strings.Contains(string(logs), s.raw(alice)) {
		t.Error("the log holds what it panicked with")
	}
}

func TestEmptyPayloads(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	m, err := module.New(section(server, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown()
	ctx, none := context.Background(), hookstage.ModuleInvocationContext{}
	if result, err := m.HandleProcessedAuctionHook(ctx, none, hookstage.ProcessedAuctionRequestPayload{}); err != nil || handsOn(result.ModuleContext) {
		t.Error("processed")
	}
	if result, err := m.HandleBidderRequestHook(ctx, none, hookstage.BidderRequestPayload{}); err != nil || len(result.ChangeSet.Mutations()) != 0 {
		t.Error("bidder")
	}
	if result, err := m.HandleAuctionResponseHook(ctx, none, hookstage.AuctionResponsePayload{}); err != nil || len(result.ChangeSet.Mutations()) != 0 {
		t.Error("response")
	}
	strange := hookstage.ModuleInvocationContext{ModuleContext: moduleContextWith("auction", "not ours")}
	if _, err := m.HandleAuctionResponseHook(ctx, strange, hookstage.AuctionResponsePayload{}); err != nil {
		t.Error(err)
	}
}

// Refresh failures reach Prebid Server's log, without credentials.
func TestLogsOfFailures(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	server.Fail(uid2test.Fault{Status: 401})
	newStand(t, setup{}) // redirects Prebid Server's log
	m, err := module.New(section(server, ""))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); m.Keys(codec.ScopeUID2).LastError() == nil && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if err := m.Shutdown(); err != nil {
		t.Error(err)
	}
	logs, err := pbstest.Logs()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(logs), "uid2.decrypt: keyset: keys are not being refreshed") || !strings.Contains(string(logs), "scope=UID2") {
		t.Error("the log lacks the failure")
	}
	for _, secret := range []string{server.Client().APIKey, server.Client().ClientSecret} {
		if strings.Contains(string(logs), secret) {
			t.Error("the log holds a credential")
		}
	}
}
