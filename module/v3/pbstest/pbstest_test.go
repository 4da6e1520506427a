//go:build go1.25

package pbstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/logger"

	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

func TestMain(m *testing.M) { pbstest.Main(m) }

// bidders are all adapters for which there are facts, and a host alias.
func bidders(dsp *pbstest.DSP) []pbstest.Bidder {
	return []pbstest.Bidder{
		{Name: "thetradedesk", Endpoint: dsp.Endpoint("thetradedesk") + "/{{.SupplyId}}"},
		{Name: "appnexus", Endpoint: dsp.Endpoint("appnexus")},
		{Name: "pubmatic", Endpoint: dsp.Endpoint("pubmatic")},
		{Name: "openx", Endpoint: dsp.Endpoint("openx")},
		{Name: "zeroclickfraud"},
		{Name: "pbstestdsp", AliasOf: "thetradedesk", Endpoint: dsp.Endpoint("pbstestdsp")},
	}
}

// params are what each of these bidders wants under imp.ext.prebid.bidder.
func params(dsp *pbstest.DSP) map[string]string {
	return map[string]string{
		"thetradedesk":   `{"publisherId":"1","supplySourceId":"supply"}`,
		"appnexus":       `{"placement_id":1}`,
		"pubmatic":       `{"publisherId":"1","adSlot":"slot@300x250"}`,
		"openx":          `{"unit":"1","delDomain":"publisher.com"}`,
		"zeroclickfraud": fmt.Sprintf(`{"host":%q,"sourceId":1}`, strings.TrimPrefix(dsp.URL, "http://")),
		"pbstestdsp":     `{"publisherId":"1","supplySourceId":"supply"}`,
	}
}

// request is a bid request with one banner for the given bidders' params, and one eid.
func request(params map[string]string, ext string) []byte {
	parts := make([]string, 0, len(params))
	for name, text := range params {
		parts = append(parts, fmt.Sprintf("%q:%s", name, text))
	}
	return []byte(fmt.Sprintf(`{"id":"r1","tmax":20000,"site":{"page":"https://publisher.example/","publisher":{"id":"acc1"}},
		"imp":[{"id":"i1","banner":{"format":[{"w":300,"h":250}]},"ext":{"prebid":{"bidder":{%s}}}}],
		"user":{"eids":[{"source":"uidapi.com","uids":[{"id":"token","atype":3}]}]}%s}`, strings.Join(parts, ","), ext))
}

// recorder is a module with a hook for every stage but the two response stages in the middle. At bidder_request it
// adds a word to user.keywords.
type recorder struct {
	mu        sync.Mutex
	calls     map[string]int
	account   json.RawMessage
	shutdowns atomic.Int32
	until     chan struct{} // HandleBidderRequestHook answers when it is closed; nil: at once
}

func (m *recorder) count(stage string, mctx hookstage.ModuleInvocationContext) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls == nil {
		m.calls = map[string]int{}
	}
	m.calls[stage]++
	if mctx.AccountConfig != nil {
		m.account = mctx.AccountConfig
	}
}

func (m *recorder) Calls() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls := map[string]int{}
	for stage, n := range m.calls {
		calls[stage] = n
	}
	return calls
}

func (m *recorder) Shutdown() error {
	m.shutdowns.Add(1)
	return nil
}

func (m *recorder) HandleEntrypointHook(_ context.Context, c hookstage.ModuleInvocationContext, _ hookstage.EntrypointPayload) (r hookstage.HookResult[hookstage.EntrypointPayload], err error) {
	m.count("entrypoint", c)
	return r, nil
}

func (m *recorder) HandleProcessedAuctionHook(_ context.Context, c hookstage.ModuleInvocationContext, _ hookstage.ProcessedAuctionRequestPayload) (r hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], err error) {
	m.count("processed_auction_request", c)
	return r, nil
}

func (m *recorder) HandleBidderRequestHook(_ context.Context, c hookstage.ModuleInvocationContext, p hookstage.BidderRequestPayload) (r hookstage.HookResult[hookstage.BidderRequestPayload], err error) {
	m.count("bidder_request", c)
	if m.until != nil {
		<-m.until
	}
	r.ChangeSet.AddMutation(func(p hookstage.BidderRequestPayload) (hookstage.BidderRequestPayload, error) {
		user := openrtb2.User{}
		if p.Request.User != nil {
			user = *p.Request.User
		}
		user.Keywords = "annotated-" + p.Bidder
		p.Request.User = &user
		return p, nil
	}, hookstage.MutationUpdate, "user", "keywords")
	return r, nil
}

func (m *recorder) HandleAuctionResponseHook(_ context.Context, c hookstage.ModuleInvocationContext, _ hookstage.AuctionResponsePayload) (r hookstage.HookResult[hookstage.AuctionResponsePayload], err error) {
	m.count("auction_response", c)
	return r, nil
}

func (m *recorder) HandleExitpointHook(_ context.Context, c hookstage.ModuleInvocationContext, _ hookstage.ExitpointPayload) (r hookstage.HookResult[hookstage.ExitpointPayload], err error) {
	m.count("exitpoint", c)
	return r, nil
}

func start(t *testing.T, cfg pbstest.Config) *pbstest.Server {
	t.Helper()
	server, err := pbstest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return server
}

func newDSP(t *testing.T, cfg pbstest.DSPConfig) *pbstest.DSP {
	dsp := pbstest.NewDSP(cfg)
	t.Cleanup(dsp.Close)
	return dsp
}

func mustAuction(t *testing.T, server *pbstest.Server, body []byte) openrtb2.BidResponse {
	t.Helper()
	status, answer, err := server.Auction(t.Context(), body)
	if err != nil || status != http.StatusOK {
		t.Fatalf("auction: status %d, %v: %s", status, err, answer)
	}
	var response openrtb2.BidResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestAuctionReachesEveryBidder(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{Modules: map[string]any{"test.recorder": &recorder{}}, Bidders: bidders(dsp)})
	response := mustAuction(t, server, request(params(dsp), ""))
	seats := map[string]int{}
	for _, seat := range response.SeatBid {
		seats[seat.Seat] += len(seat.Bid)
	}
	for name := range params(dsp) {
		sent := dsp.Requests(name)
		if len(sent) != 1 {
			t.Errorf("%s received %d requests, want 1", name, len(sent))
			continue
		}
		if !bytes.Contains(sent[0], []byte("annotated-"+name)) {
			t.Errorf("%s did not receive what the hook wrote: %s", name, sent[0])
		}
		if seats[name] != 1 {
			t.Errorf("%s has %d bids in the response, want 1", name, seats[name])
		}
	}
	t.Run("versions", func(t *testing.T) {
		for name, want26 := range map[string]bool{"thetradedesk": false, "appnexus": false, "pubmatic": true, "openx": true, "pbstestdsp": false} {
			var sent openrtb2.BidRequest
			if err := json.Unmarshal(dsp.Requests(name)[0], &sent); err != nil {
				t.Fatal(err)
			}
			if got := len(sent.User.EIDs) == 1; got != want26 {
				t.Errorf("%s: request in 2.6 form: %t, want %t", name, got, want26)
			}
		}
	})
}

func TestAliasAlone(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{Bidders: []pbstest.Bidder{
		{Name: "pbstestdsp", AliasOf: "TheTradeDesk", Endpoint: dsp.Endpoint("pbstestdsp"), OpenRTB26: true},
	}})
	ps := params(dsp)
	mustAuction(t, server, request(map[string]string{"pbstestdsp": ps["pbstestdsp"], "thetradedesk": ps["thetradedesk"]}, ""))
	if sent := dsp.Requests("pbstestdsp"); len(sent) != 1 || !bytes.Contains(sent[0], []byte(`"user":{"eids":`)) {
		t.Errorf("the alias received %q, want one request in 2.6 form", sent)
	}
	if dsp.Count("thetradedesk") != 0 {
		t.Error("the adapter was called, though only its alias is a bidder")
	}
}

func TestStages(t *testing.T) {
	all := []string{"entrypoint", "processed_auction_request", "bidder_request", "auction_response", "exitpoint"}
	tests := []struct {
		name   string
		stages []string
		want   string
	}{
		{"default", nil, "map[auction_response:1 bidder_request:2 processed_auction_request:1]"},
		{"all", all, "map[auction_response:1 bidder_request:2 entrypoint:1 exitpoint:1 processed_auction_request:1]"},
		{"one", []string{"bidder_request"}, "map[bidder_request:2]"},
		{"none", []string{}, "map[]"},
	}
	dsp := newDSP(t, pbstest.DSPConfig{})
	ps := params(dsp)
	two := map[string]string{"appnexus": ps["appnexus"], "openx": ps["openx"]}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			module := &recorder{}
			server := start(t, pbstest.Config{
				Modules:        map[string]any{"test.recorder": module},
				Stages:         tt.stages,
				Bidders:        bidders(dsp),
				StoredRequests: map[string]json.RawMessage{"tag": request(two, "")},
			})
			mustAuction(t, server, request(two, ""))
			if got := fmt.Sprint(module.Calls()); got != tt.want {
				t.Errorf("auction: calls %s, want %s", got, tt.want)
			}
			module.calls = nil
			status, answer, err := server.Amp(t.Context(), url.Values{"tag_id": {"tag"}})
			if err != nil || status != http.StatusOK {
				t.Fatalf("amp: status %d, %v: %s", status, err, answer)
			}
			if got := fmt.Sprint(module.Calls()); got != tt.want {
				t.Errorf("amp: calls %s, want %s", got, tt.want)
			}
			var amp struct {
				Targeting map[string]string `json:"targeting"`
			}
			if err := json.Unmarshal(answer, &amp); err != nil || amp.Targeting["hb_cache_id"] == "" {
				t.Errorf("amp: no cached bid in the targeting (%v): %s", err, answer)
			}
		})
	}
}

func TestGroupTimeoutAndPlan(t *testing.T) {
	plan := `{"endpoints":{"/openrtb2/auction":{"stages":{"bidder_request":{"groups":[{"timeout":%d,
		"hook_sequence":[{"module_code":"test.recorder","hook_impl_code":"x"}]}]}}}}}`
	tests := []struct {
		name string
		cfg  pbstest.Config
		late bool
	}{
		{"default", pbstest.Config{}, false},
		{"late", pbstest.Config{GroupTimeoutMs: 1}, true},
		{"always late", pbstest.Config{GroupTimeoutMs: -1}, true},
		{"plan", pbstest.Config{Plan: json.RawMessage(fmt.Sprintf(plan, 5000))}, false},
		{"late plan", pbstest.Config{Plan: json.RawMessage(fmt.Sprintf(plan, 1))}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsp := newDSP(t, pbstest.DSPConfig{})
			until := make(chan struct{})
			if !tt.late {
				close(until)
			}
			tt.cfg.Modules = map[string]any{"test.recorder": &recorder{until: until}}
			tt.cfg.Bidders = bidders(dsp)
			server := start(t, tt.cfg)
			mustAuction(t, server, request(map[string]string{"appnexus": params(dsp)["appnexus"]}, ""))
			if tt.late {
				close(until)
			}
			if got := bytes.Contains(dsp.Requests("appnexus")[0], []byte("annotated-appnexus")); got == tt.late {
				t.Errorf("mutation applied: %t", got)
			}
		})
	}
}

func TestAccountConfigArrives(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	module := &recorder{}
	server := start(t, pbstest.Config{
		Modules:  map[string]any{"test.recorder": module},
		Bidders:  bidders(dsp),
		Accounts: map[string]json.RawMessage{"acc1": json.RawMessage(`{"id":"acc1","hooks":{"modules":{"test":{"recorder":{"Word":"for acc1"}}}}}`)},
	})
	mustAuction(t, server, request(map[string]string{"appnexus": params(dsp)["appnexus"]}, ""))
	if got, want := string(module.account), `{"Word":"for acc1"}`; got != want {
		t.Errorf("account config %s, want %s", got, want)
	}
}

func TestSettings(t *testing.T) {
	body := func(dsp *pbstest.DSP) []byte {
		return request(map[string]string{"appnexus": params(dsp)["appnexus"]}, `,"device":{"lmt":1,"ifa":"device-id"}`)
	}
	for _, enforce := range []bool{false, true} {
		t.Run(fmt.Sprintf("lmt.enforce %t", enforce), func(t *testing.T) {
			dsp := newDSP(t, pbstest.DSPConfig{})
			server := start(t, pbstest.Config{Bidders: bidders(dsp), Settings: map[string]any{"lmt.enforce": enforce}})
			mustAuction(t, server, body(dsp))
			if got := bytes.Contains(dsp.Requests("appnexus")[0], []byte("device-id")); got == enforce {
				t.Errorf("device id sent: %t", got)
			}
		})
	}
}

func TestDisableDebugAndEcho(t *testing.T) {
	tests := []struct {
		name    string
		disable bool
		echo    pbstest.Echo
		ext     string
		want    int
	}{
		{"plain", false, pbstest.EchoResponseExt, "", 0},
		{"debug", false, 0, `,"test":1`, 1},
		{"debug and echo", false, pbstest.EchoResponseExt, `,"test":1`, 2},
		{"debug not allowed", true, pbstest.EchoResponseExt, `,"test":1`, 0},
		{"bid ext", false, pbstest.EchoBidExt, "", 1},
		{"markup", false, pbstest.EchoMarkup, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsp := newDSP(t, pbstest.DSPConfig{Echo: tt.echo})
			server := start(t, pbstest.Config{
				Modules: map[string]any{"test.recorder": &recorder{}},
				Bidders: []pbstest.Bidder{{Name: "appnexus", Endpoint: dsp.Endpoint("appnexus"), DisableDebug: tt.disable}},
			})
			_, answer, err := server.Auction(t.Context(), request(map[string]string{"appnexus": params(dsp)["appnexus"]}, tt.ext))
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Count(answer, []byte("annotated-appnexus")); got != tt.want {
				t.Errorf("%d copies in the answer, want %d: %s", got, tt.want, answer)
			}
		})
	}
}

func TestPrices(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{
		Price: func(bidder string, r *openrtb2.BidRequest) (float64, bool) { return 2.25, bidder != "openx" },
		Edit:  func(_ string, _ []byte, r *openrtb2.BidResponse) { r.SeatBid[0].Bid[0].CrID = "edited" },
	})
	server := start(t, pbstest.Config{Bidders: bidders(dsp)})
	ps := params(dsp)
	response := mustAuction(t, server, request(map[string]string{"appnexus": ps["appnexus"], "openx": ps["openx"]}, ""))
	if len(response.SeatBid) != 1 || response.SeatBid[0].Seat != "appnexus" {
		t.Fatalf("seats %+v, want only appnexus", response.SeatBid)
	}
	if bid := response.SeatBid[0].Bid[0]; bid.Price != 2.25 || bid.CrID != "edited" {
		t.Errorf("bid %+v", bid)
	}
	if dsp.Count("openx") != 1 {
		t.Error("openx was not asked")
	}
}

func TestRaceAuctions(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{Keep: 10})
	module := &recorder{}
	server := start(t, pbstest.Config{Modules: map[string]any{"test.recorder": module}, Bidders: bidders(dsp)})
	body := request(params(dsp), "")
	const callers, each = 8, 5
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				if status, answer, err := server.Auction(t.Context(), body); err != nil || status != http.StatusOK {
					t.Errorf("status %d, %v: %s", status, err, answer)
				}
			}
		})
	}
	wg.Wait()
	for name := range params(dsp) {
		if got := dsp.Count(name); got != callers*each {
			t.Errorf("%s received %d requests, want %d", name, got, callers*each)
		}
		if got := len(dsp.Requests(name)); got != 10 {
			t.Errorf("%d requests kept for %s, want 10", got, name)
		}
	}
	if got := module.Calls()["bidder_request"]; got != callers*each*len(params(dsp)) {
		t.Errorf("%d calls at bidder_request", got)
	}
	dsp.Reset()
	if dsp.Count("openx") != 0 || dsp.Requests("openx") != nil {
		t.Error("Reset left requests behind")
	}
}

func TestMetrics(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{Modules: map[string]any{"test.recorder": &recorder{}}, Bidders: bidders(dsp)})
	mustAuction(t, server, request(map[string]string{"appnexus": params(dsp)["appnexus"]}, ""))
	families, err := server.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "modules_test_recorder_called" {
			return
		}
	}
	t.Error("no metric modules_test_recorder_called")
}

func TestOnlyLoopback(t *testing.T) {
	server := start(t, pbstest.Config{Bidders: []pbstest.Bidder{{Name: "zeroclickfraud"}}})
	body := request(map[string]string{"zeroclickfraud": `{"host":"bidder.example","sourceId":1}`}, `,"test":1`)
	_, answer, err := server.Auction(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(answer, []byte("not a loopback address")) {
		t.Errorf("a request left: %s", answer)
	}
}

func TestNewRefuses(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	start(t, pbstest.Config{Bidders: bidders(dsp)}) // makes the alias pbstestdsp known
	tests := []struct {
		name string
		cfg  pbstest.Config
		want string
	}{
		{"unknown adapter", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "nosuch", Endpoint: "http://127.0.0.1/"}}}, "no adapter nosuch"},
		{"no endpoint", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "openx"}}}, "openx"},
		{"twice", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "openx", Endpoint: "http://127.0.0.1/"}, {Name: "OpenX", Endpoint: "http://127.0.0.1/"}}}, "listed twice"},
		{"alias of nothing", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "mydsp", AliasOf: "nosuch", Endpoint: "http://127.0.0.1/"}}}, "no adapter nosuch"},
		{"alias of another adapter", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "pbstestdsp", AliasOf: "appnexus", Endpoint: "http://127.0.0.1/"}}}, "already an alias of thetradedesk"},
		{"alias shadows", pbstest.Config{Bidders: []pbstest.Bidder{{Name: "openx", AliasOf: "appnexus", Endpoint: "http://127.0.0.1/"}}}, "can't be an alias"},
		{"no hooks", pbstest.Config{Modules: map[string]any{"test.nothing": 1}}, "test.nothing"},
		{"stage without hook", pbstest.Config{Modules: map[string]any{"test.recorder": &recorder{}}, Stages: []string{"raw_auction_request"}}, "raw_auction_request"},
		{"bad plan", pbstest.Config{Plan: json.RawMessage(`[`)}, "execution plan"},
		{"bad address", pbstest.Config{Addr: "127.0.0.1:notaport"}, "notaport"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, err := pbstest.New(tt.cfg)
			if err == nil {
				server.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

func TestLogsStayInLogDir(t *testing.T) {
	stderr := os.Stderr
	t.Cleanup(func() { os.Stderr = stderr })
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = write
	start(t, pbstest.Config{})
	os.Stderr = stderr
	write.Close()
	var said bytes.Buffer
	if _, err := said.ReadFrom(read); err != nil || said.Len() > 0 {
		t.Errorf("on standard error (%v): %s", err, said.String())
	}
	for i := range 10 { // what was said last must be there, or a test for leaks would miss it
		line := fmt.Sprintf("line %d of this test", i)
		logger.Infof("%s", line)
		logged, err := pbstest.Logs()
		if err != nil || !bytes.Contains(logged, []byte(line)) {
			t.Fatalf("%q is not in the logs (%v)", line, err)
		}
	}
	t.Run("panics", func(t *testing.T) {
		dsp := newDSP(t, pbstest.DSPConfig{})
		server := start(t, pbstest.Config{Modules: map[string]any{"test.panics": panics{}}, Bidders: bidders(dsp)})
		body := request(map[string]string{"appnexus": params(dsp)["appnexus"]}, "")
		if status, answer, err := server.Auction(t.Context(), body); err == nil {
			t.Errorf("the panic did not break the connection: status %d: %s", status, answer)
		}
		if logged, err := pbstest.Logs(); err != nil || !bytes.Contains(logged, []byte("words of a panic")) {
			t.Errorf("what net/http says of a panic is not in the logs (%v)", err)
		}
	})
}

// panics is a module whose mutation panics outside of everything that recovers in Prebid Server.
type panics struct{}

func (panics) HandleProcessedAuctionHook(context.Context, hookstage.ModuleInvocationContext, hookstage.ProcessedAuctionRequestPayload) (r hookstage.HookResult[hookstage.ProcessedAuctionRequestPayload], err error) {
	r.ChangeSet.AddMutation(func(hookstage.ProcessedAuctionRequestPayload) (hookstage.ProcessedAuctionRequestPayload, error) {
		panic("words of a panic")
	}, hookstage.MutationUpdate, "x")
	return r, nil
}

func TestCloseLeavesNothing(t *testing.T) {
	round := func() {
		dsp := pbstest.NewDSP(pbstest.DSPConfig{})
		module := &recorder{}
		server, err := pbstest.New(pbstest.Config{Modules: map[string]any{"test.recorder": module}, Bidders: bidders(dsp)})
		if err != nil {
			t.Fatal(err)
		}
		mustAuction(t, server, request(params(dsp), ""))
		for range 2 {
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
		}
		dsp.Close()
		if got := module.shutdowns.Load(); got != 1 {
			t.Errorf("Shutdown was called %d times", got)
		}
		if _, _, err := server.Auction(t.Context(), request(params(dsp), "")); err == nil {
			t.Error("the server answers after Close")
		}
	}
	round() // glog's flusher and the like start with the first one
	before := runtime.NumGoroutine()
	for range 3 {
		round()
	}
	for runtime.NumGoroutine() > before { // closed connections end their goroutines a moment later; the test's own timeout bounds this
		time.Sleep(time.Millisecond)
	}
}
