package pbstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/prebid/prebid-server/v3/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
)

// callerHosts are the adapters that send to a host of the request's choice, with params that choose
// addr.
func callerHosts(addr string) map[string]string {
	return map[string]string{
		"zeroclickfraud": fmt.Sprintf(`{"host":%q,"sourceId":1}`, addr),
		"kayzen":         fmt.Sprintf(`{"zone":"x@%s/kayzen?","exchange":"e"}`, addr),
		"between":        fmt.Sprintf(`{"host":"%s/between?","publisher_id":"p"}`, addr),
		"adhese":         fmt.Sprintf(`{"account":"x@%s/adhese?","location":"l","format":"f"}`, addr),
		"tradplus":       fmt.Sprintf(`{"zoneId":"%s/tradplus?","accountId":"a"}`, addr),
		"rediads":        fmt.Sprintf(`{"account_id":"a","endpoint":"%s/rediads?"}`, addr),
	}
}

func TestRequestsChooseTheHost(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	params := callerHosts(strings.TrimPrefix(dsp.URL, "http://"))
	var listed []pbstest.Bidder
	for name := range params {
		listed = append(listed, pbstest.Bidder{Name: name})
	}
	server := start(t, pbstest.Config{Bidders: listed})
	response := mustAuction(t, server, request(params, ""))
	if got := dsp.Bidders(); !slices.Equal(got, openHosts) {
		t.Errorf("requests came to the host that the request names from %s, want %s", got, openHosts)
	}
	for _, name := range openHosts {
		if dsp.Count(name) != 1 {
			t.Errorf("%s: %d requests came", name, dsp.Count(name))
		}
		bids := slices.ContainsFunc(response.SeatBid, func(seat openrtb2.SeatBid) bool { return seat.Seat == name })
		if bids != (name != "adhese") { // which wants an ext of its own
			t.Errorf("%s bids: %t", name, bids)
		}
	}
}

func TestCachePuts(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{Bidders: bidders(dsp), KeepCachePuts: 3})
	body := request(map[string]string{"appnexus": params(dsp)["appnexus"], "openx": params(dsp)["openx"]},
		`,"ext":{"prebid":{"cache":{"bids":{}},"targeting":{}}}`)
	mustAuction(t, server, body)
	puts := server.CachePuts()
	if len(puts) != 2 {
		t.Fatalf("%d entries, want 2", len(puts))
	}
	for _, put := range puts {
		var entry struct{ Type, Value json.RawMessage }
		if err := json.Unmarshal(put, &entry); err != nil || !bytes.Contains(entry.Value, []byte("An advertisement")) {
			t.Errorf("%v: %s", err, put)
		}
	}
	mustAuction(t, server, body)
	if got := len(server.CachePuts()); got != 3 {
		t.Errorf("%d entries are kept, want the newest 3", got)
	}
	server.ResetCachePuts()
	if got := len(server.CachePuts()); got != 0 {
		t.Errorf("%d entries after ResetCachePuts", got)
	}
	none := start(t, pbstest.Config{Bidders: bidders(dsp), KeepCachePuts: -1})
	mustAuction(t, none, body)
	if got := len(none.CachePuts()); got != 0 {
		t.Errorf("%d entries are kept, want none", got)
	}
}

func TestAnswerInItsOwnWay(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{Answer: func(w http.ResponseWriter, r *http.Request, bidder string, body []byte) bool {
		switch bidder {
		case "appnexus":
			http.Redirect(w, r, "http://127.0.0.1:1/?words=of-a-bidder", http.StatusFound)
		case "openx":
			w.WriteHeader(http.StatusBadGateway)
		}
		return bidder != "pubmatic"
	}})
	server := start(t, pbstest.Config{Bidders: bidders(dsp)})
	ps := params(dsp)
	_, answer, err := server.Auction(context.Background(), request(map[string]string{"appnexus": ps["appnexus"], "openx": ps["openx"], "pubmatic": ps["pubmatic"]}, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"words=of-a-bidder", "502", `"seat":"pubmatic"`} {
		if !bytes.Contains(answer, []byte(want)) {
			t.Errorf("no %q in %s", want, answer)
		}
	}
}

func TestStoredResponses(t *testing.T) {
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{Bidders: bidders(dsp), StoredResponses: map[string]json.RawMessage{
		"auction": json.RawMessage(`[{"seat":"appnexus","bid":[{"id":"stored","impid":"i1","price":1,"adm":"x","crid":"c","ext":{"prebid":{"type":"banner"}}}]}]`),
	}})
	body := func(id string) []byte {
		text := string(request(map[string]string{"appnexus": params(dsp)["appnexus"]}, ""))
		return []byte(strings.Replace(text, `"ext":{"prebid":{`, `"ext":{"prebid":{"storedauctionresponse":{"id":"`+id+`"},`, 1))
	}
	response := mustAuction(t, server, body("auction"))
	if len(response.SeatBid) != 1 || response.SeatBid[0].Bid[0].ID != "stored" || dsp.Count("appnexus") != 0 {
		t.Errorf("%+v; %d requests left", response, dsp.Count("appnexus"))
	}
	if status, answer, err := server.Auction(context.Background(), body("missing")); err != nil || status != http.StatusBadRequest {
		t.Errorf("a response that isn't stored: status %d, %v: %s", status, err, answer)
	}
}

func TestAnalyticsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "analytics.log")
	dsp := newDSP(t, pbstest.DSPConfig{})
	server, err := pbstest.New(pbstest.Config{
		Bidders:        bidders(dsp),
		Settings:       map[string]any{"analytics.file.filename": file},
		StoredRequests: map[string]json.RawMessage{"tag": request(map[string]string{"openx": params(dsp)["openx"]}, "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	mustAuction(t, server, request(map[string]string{"appnexus": params(dsp)["appnexus"]}, ""))
	if _, _, err := server.Amp(context.Background(), url.Values{"tag_id": {"tag"}}); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil { // waits for what is written after the answer
		t.Fatal(err)
	}
	files, err := filepath.Glob(file + "-*") // the name gets the date
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"type":"/openrtb2/auction"`, `"type":"/openrtb2/amp"`, "appnexus-creative"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// middle is a module with hooks at the two stages that the recorder lacks.
type middle struct{ raw, processed int }

func (m *middle) HandleRawAuctionHook(context.Context, hookstage.ModuleInvocationContext, hookstage.RawAuctionRequestPayload) (r hookstage.HookResult[hookstage.RawAuctionRequestPayload], err error) {
	m.raw++
	r.ChangeSet.AddMutation(func(p hookstage.RawAuctionRequestPayload) (hookstage.RawAuctionRequestPayload, error) {
		return bytes.ReplaceAll(p, []byte("token"), []byte("edited")), nil
	}, hookstage.MutationUpdate, "user")
	return r, nil
}

func (m *middle) HandleAllProcessedBidResponsesHook(_ context.Context, _ hookstage.ModuleInvocationContext, p hookstage.AllProcessedBidResponsesPayload) (r hookstage.HookResult[hookstage.AllProcessedBidResponsesPayload], err error) {
	m.processed++
	r.ChangeSet.AddMutation(func(p hookstage.AllProcessedBidResponsesPayload) (hookstage.AllProcessedBidResponsesPayload, error) {
		for _, seat := range p.Responses {
			for _, bid := range seat.Bids {
				bid.Bid.CrID = "edited"
			}
		}
		return p, nil
	}, hookstage.MutationUpdate, "bids")
	return r, nil
}

func TestStagesInTheMiddle(t *testing.T) {
	module := &middle{}
	dsp := newDSP(t, pbstest.DSPConfig{})
	server := start(t, pbstest.Config{
		Modules: map[string]any{"test.middle": module},
		Stages:  []string{"raw_auction_request", "all_processed_bid_responses"},
		Bidders: bidders(dsp),
	})
	response := mustAuction(t, server, request(map[string]string{"appnexus": params(dsp)["appnexus"]}, `,"ext":{"prebid":{"cache":{"bids":{}},"targeting":{}}}`))
	if module.raw != 1 || module.processed != 1 {
		t.Errorf("calls: %+v", module)
	}
	if sent := dsp.Requests("appnexus")[0]; !bytes.Contains(sent, []byte(`"id":"edited"`)) {
		t.Errorf("the change of the raw request did not arrive: %s", sent)
	}
	if response.SeatBid[0].Bid[0].CrID != "edited" || !bytes.Contains(server.CachePuts()[0], []byte(`"crid":"edited"`)) {
		t.Errorf("the bid was not changed before the cache: %+v, %s", response.SeatBid[0].Bid[0], server.CachePuts()[0])
	}
}
