package module_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(fleetNode); config != "" {
		if err := runNode(config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pbstest.Main(m)
}

// stand is everything a test of the module needs, all of it real: operators, the module, Prebid Server, bidders.
type stand struct {
	t       testing.TB
	uid2    *uid2test.Server
	euid    *uid2test.Server
	module  *module.Module
	optOuts *bidstream.MemoryOptOuts
	others  map[string]any // other modules beside ours
	dsp     *pbstest.DSP
	pbs     *pbstest.Server
}

// setup is how a stand differs from the usual one.
type setup struct {
	config  map[string]any // over the module's usual settings; nil removes one
	pbs     pbstest.Config // over the usual server
	dsp     pbstest.DSPConfig
	noStore bool         // no store of opt-outs
	prepare func(*stand) // before the module fetches its keys
}

// newStand lists thetradedesk (OpenRTB 2.5) and pubmatic (2.6), and has appnexus (2.5), openx (2.6) and zeroclickfraud
// as bidders that aren't listed.
func newStand(t testing.TB, s setup) *stand {
	t.Helper()
	stand := &stand{t: t, uid2: uid2test.NewServer(), optOuts: new(bidstream.MemoryOptOuts)}
	t.Cleanup(stand.uid2.Close)
	stand.euid = uid2test.NewServer(uid2test.WithScope(codec.ScopeEUID))
	t.Cleanup(stand.euid.Close)

	if s.prepare != nil {
		s.prepare(stand)
	}
	stand.dsp = pbstest.NewDSP(s.dsp)
	t.Cleanup(stand.dsp.Close)
	stand.start(s)
	return stand
}

// start builds the module and Prebid Server around it.
func (s *stand) start(with setup) {
	s.t.Helper()
	var opts []annotator.Option
	if !with.noStore {
		opts = append(opts, annotator.WithOptOuts(s.optOuts))
	}
	var err error
	if s.module, err = module.New(s.config(with.config), opts...); err != nil {
		s.t.Fatal(err)
	}
	s.startPBS(with.pbs)
	s.waitForKeys()
}

func (s *stand) config(over map[string]any) json.RawMessage {
	operator := func(server *uid2test.Server) map[string]any {
		client := server.Client()
		return map[string]any{"base_url": server.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret}
	}
	settings := map[string]any{
		"enabled": true,
		"uid2":    operator(s.uid2),
		"euid":    operator(s.euid),
		"bidders": []any{map[string]any{"name": "thetradedesk"}, map[string]any{"name": "pubmatic"}},
	}
	maps.Copy(settings, over)
	maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(settings)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func (s *stand) startPBS(cfg pbstest.Config) {
	s.t.Helper()
	cfg.Modules = map[string]any{module.Code: s.module}
	maps.Copy(cfg.Modules, s.others)
	cfg.Bidders = s.bidders()
	pbs, err := pbstest.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.pbs = pbs
	s.t.Cleanup(func() {
		if err := pbs.Close(); err != nil { // shuts the module down as well
			s.t.Error(err)
		}
	})
}

func (s *stand) bidders() []pbstest.Bidder {
	return []pbstest.Bidder{
		{Name: "thetradedesk", Endpoint: s.dsp.Endpoint("thetradedesk")},
		{Name: "pubmatic", Endpoint: s.dsp.Endpoint("pubmatic")},
		{Name: "appnexus", Endpoint: s.dsp.Endpoint("appnexus")},
		{Name: "openx", Endpoint: s.dsp.Endpoint("openx")},
		{Name: "zeroclickfraud"},
	}
}

func (s *stand) waitForKeys() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		if keys := s.module.Keys(scope); keys != nil {
			if err := keys.WaitReady(ctx); err != nil {
				s.t.Fatalf("%v keys: %v", scope, err)
			}
		}
	}
}

// token is a good v4 UID2 token of a user.
func (s *stand) token(email string) string {
	return s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: email})
}

// raw is the raw UID2 of a user.
func (s *stand) raw(email string) string {
	return s.uid2.RawUID(uid2test.TokenSpec{Email: email}).Reveal()
}

// params of all bidders of a stand. zeroclickfraud sends to a host of the request's choice.
func (s *stand) params() map[string]any {
	return map[string]any{
		"thetradedesk":   map[string]any{"publisherId": "1", "supplySourceId": "supply"},
		"pubmatic":       map[string]any{"publisherId": "1", "adSlot": "slot@300x250"},
		"appnexus":       map[string]any{"placement_id": 1},
		"openx":          map[string]any{"unit": "1", "delDomain": "publisher.com"},
		"zeroclickfraud": map[string]any{"host": strings.TrimPrefix(s.dsp.URL, "http://"), "sourceId": 1},
	}
}

// request is an OpenRTB 2.6 request to thetradedesk, pubmatic, appnexus and openx with one UID2 token. The members of
// over replace its own; nil removes one.
func (s *stand) request(token string, over map[string]any) []byte {
	params := s.params()
	delete(params, "zeroclickfraud")
	return s.requestTo(params, token, over)
}

func (s *stand) requestTo(params map[string]any, token string, over map[string]any) []byte {
	request := map[string]any{
		"id": "r1", "tmax": 20000,
		"site":   map[string]any{"domain": "example.com", "page": "https://example.com/", "publisher": map[string]any{"id": "account"}},
		"device": map[string]any{"ua": "test", "ip": "192.0.2.1"},
		"imp": []any{map[string]any{"id": "i1", "banner": map[string]any{"format": []any{map[string]any{"w": 300, "h": 250}}},
			"ext": map[string]any{"prebid": map[string]any{"bidder": params}}}},
		"user": map[string]any{"eids": eids(token)},
	}
	for key, value := range over {
		if user, ok := value.(map[string]any); ok && key == "user" && user["eids"] == nil && user["ext"] == nil {
			user = maps.Clone(user)
			user["eids"] = eids(token)
			value = user
		}
		request[key] = value
	}
	maps.DeleteFunc(request, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// eids is one UID2 eid with the given tokens.
func eids(tokens ...string) []any {
	var uids []any
	for _, token := range tokens {
		uids = append(uids, map[string]any{"id": token, "atype": 3})
	}
	return []any{map[string]any{"source": "uidapi.com", "uids": uids}}
}

// auction plays a request and returns the response's body.
func (s *stand) auction(request []byte) []byte {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	status, answer, err := s.pbs.Auction(ctx, request)
	if err != nil || status != 200 {
		s.t.Fatalf("auction: status %d, %v: %s", status, err, answer)
	}
	return answer
}

// sent returns the newest request that a bidder received.
func (s *stand) sent(bidder string) []byte {
	s.t.Helper()
	requests := s.dsp.Requests(bidder)
	if len(requests) == 0 {
		s.t.Fatalf("%s received no request", bidder)
	}
	return requests[len(requests)-1]
}

// annotation is ext.uid2 as a bidder reads it.
type annotation struct {
	Status        string `json:"status"`
	Reason        string `json:"reason"`
	Raw           string `json:"raw"`
	OptedOut      *bool  `json:"opted_out"`
	OptedOutSince int64  `json:"opted_out_since"`
	Type          string `json:"type"`
	Version       int    `json:"version"`
	Established   int64  `json:"established"`
	Expires       int64  `json:"expires"`
	SiteID        uint32 `json:"site_id"`
}

// received is one uid as a bidder reads it.
type received struct {
	ID   string
	UID2 *annotation
}

// uids returns the uids that a bidder received, from both places.
func uids(t testing.TB, request []byte) (all []received) {
	t.Helper()
	var parsed openrtb2.BidRequest
	if err := json.Unmarshal(request, &parsed); err != nil {
		t.Fatalf("a bidder received no bid request: %v", err)
	}
	if parsed.User == nil {
		return nil
	}
	var ext struct{ EIDs []openrtb2.EID }
	if len(parsed.User.Ext) > 0 {
		if err := json.Unmarshal(parsed.User.Ext, &ext); err != nil {
			t.Fatal(err)
		}
	}
	for _, eid := range slices.Concat(parsed.User.EIDs, ext.EIDs) {
		for _, uid := range eid.UIDs {
			var uidExt struct{ UID2 *annotation }
			if len(uid.Ext) > 0 && uid.Ext[0] == '{' {
				if err := json.Unmarshal(uid.Ext, &uidExt); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, received{uid.ID, uidExt.UID2})
		}
	}
	return all
}

// annotated returns the annotation of the only uid that a bidder received.
func (s *stand) annotated(bidder string) annotation {
	s.t.Helper()
	all := uids(s.t, s.sent(bidder))
	if len(all) != 1 || all[0].UID2 == nil {
		s.t.Fatalf("%s: want one annotated uid, got %d uids in %s", bidder, len(all), s.sent(bidder))
	}
	return *all[0].UID2
}

// mustNotSee fails if a bidder received an annotation or any of the raw UIDs.
func (s *stand) mustNotSee(bidder string, raws ...string) {
	s.t.Helper()
	sent := s.sent(bidder)
	if bytes.Contains(sent, []byte(`"uid2":`)) {
		s.t.Errorf("%s received an annotation", bidder)
	}
	for _, raw := range raws {
		if bytes.Contains(sent, []byte(raw)) {
			s.t.Errorf("%s received a raw UID", bidder)
		}
	}
}
