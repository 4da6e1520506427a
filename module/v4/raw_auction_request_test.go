// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prebid/prebid-server/v4/hooks/hookstage"

	"github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

const forgery = `{"uid2":{"status":"Success","raw":"forged"}}`

// forgedEIDs are eids in which each uid has a forgery.
func forgedEIDs(token string) string {
	return fmt.Sprintf(`[{"source":"uidapi.com","uids":[{"id":%q,"ext":%s}]},{"source":"other.example","uids":[{"id":"o","ext":%s}]}]`,
		token, forgery, strings.Replace(forgery, "uid2", `\u0055iD2`, 1))
}

// forgedRequests have forgeries in all places from where they reach bidders, in spellings that Prebid Server reads.
func (s *stand) forgedRequests() map[string][]byte {
	eids := forgedEIDs(s.token(alice))
	config := func(user string) string {
		return `"ext":{"prebid":{"bidderconfig":[{"bidders":["thetradedesk","pubmatic","appnexus","openx"],"config":{"ortb2":{"user":` + user + `}}}]}}`
	}
	requests := map[string][]byte{}
	for name, members := range map[string]string{
		"user.eids":                      `"user":{"eids":` + eids + `}`,
		"user.ext.eids":                  `"user":{"ext":{"eids":` + eids + `}}`,
		"user.eids of bidders":           `"user":{"id":"u"},` + config(`{"eids":`+eids+`}`),
		"user.ext.eids of bidders":       `"user":{"id":"u"},` + config(`{"ext":{"eids":`+eids+`}}`),
		"other letter cases":             `"USER":{"Eids":` + strings.NewReplacer(`"uids"`, `"UIDs"`, `"ext"`, `"Ext"`).Replace(eids) + `}`,
		"repeated":                       `"user":{"eids":` + eids + `},"user":{"eids":` + eids + `}`,
		"a control character in a key":   `"user":{"eids":` + strings.ReplaceAll(eids, `"uids"`, "\"a\nb\":1,\"uids\"") + `}`,
		"other letter cases for bidders": `"user":{"id":"u"},` + strings.Replace(config(`{"EIDs":`+eids+`}`), "bidderconfig", "BidderConfig", 1),
	} {
		request := s.request("", map[string]any{"user": nil})
		requests[name] = append(append(bytes.TrimSuffix(request, []byte("}")), ","+members...), '}')
	}
	return requests
}

// planned is a plan of stages with their timeouts in ms; with 0, Prebid Server goes on before the hook has begun.
func planned(timeouts map[string]int) pbstest.Config {
	stages := map[string]any{}
	for stage, timeout := range timeouts {
		hooks := []any{map[string]string{"module_code": module.Code, "hook_impl_code": "uid2-decrypt"}}
		stages[stage] = map[string]any{"groups": []any{map[string]any{"timeout": timeout, "hook_sequence": hooks}}}
	}
	text, _ := json.Marshal(map[string]any{"endpoints": map[string]any{"/openrtb2/auction": map[string]any{"stages": stages}}})
	return pbstest.Config{Plan: text}
}

// plannedTwice has each hook of the usual stages in two groups.
func plannedTwice() pbstest.Config {
	stage := `{"groups":[{"timeout":5000,"hook_sequence":[{"module_code":"uid2.decrypt","hook_impl_code":"a"}]},
		{"timeout":5000,"hook_sequence":[{"module_code":"uid2.decrypt","hook_impl_code":"b"}]}]}`
	return pbstest.Config{Plan: json.RawMessage(`{"endpoints":{"/openrtb2/auction":{"stages":{"processed_auction_request":` + stage +
		`,"bidder_request":` + stage + `,"auction_response":` + stage + `}}}}`)}
}

// Whatever becomes of the later hooks, no forgery reaches a bidder if the raw stage is planned.
func TestForgeriesWithLateHooks(t *testing.T) {
	for _, c := range []struct {
		name   string
		stages map[string]int
		leaks  bool
	}{
		{"late", map[string]int{"raw_auction_request": 5000, "processed_auction_request": 0, "bidder_request": 0}, false},
		{"not planned", map[string]int{"raw_auction_request": 5000}, false},
		{"in time", map[string]int{"raw_auction_request": 5000, "processed_auction_request": 5000, "bidder_request": 5000}, false},
		{"late, without the raw stage", map[string]int{"processed_auction_request": 0, "bidder_request": 0}, true},
	} {
		s := newStand(t, setup{pbs: planned(c.stages)})
		for name, request := range s.forgedRequests() {
			s.auction(request)
			for _, bidder := range []string{"thetradedesk", "pubmatic", "appnexus", "openx"} {
				sent := s.sent(bidder)
				if !bytes.Contains(sent, []byte(`"id":"o"`)) {
					t.Errorf("%s, %s: %s received no eids", c.name, name, bidder)
				}
				if forged := bytes.Contains(sent, []byte("forged")); forged != c.leaks {
					t.Errorf("%s, %s: %s received a forgery: %t", c.name, name, bidder, forged)
				}
			}
		}
	}
}

// A request without a forgery isn't touched, nor is one that can't be read or a hook that is late.
func TestRawStageChangesNothingElse(t *testing.T) {
	m := new(module.Module)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	forged := `{"user":{"eids":` + forgedEIDs("t") + `}}`
	for _, c := range []struct {
		name, payload string
		ctx           context.Context
		mutations     int
	}{
		{"forged", forged, context.Background(), 1},
		{"late", forged, ended, 0},
		{"clean", `{"user":{"eids":[]},"uid2":1}`, context.Background(), 0},
		{"no JSON", forged[:len(forged)-1], context.Background(), 0},
		{"empty", "", context.Background(), 0},
	} {
		result, err := m.HandleRawAuctionHook(c.ctx, hookstage.ModuleInvocationContext{}, []byte(c.payload))
		if n := len(result.ChangeSet.Mutations()); err != nil || result.Reject || n != c.mutations {
			t.Errorf("%s: %d mutations, rejected %t, %v", c.name, n, result.Reject, err)
		}
	}
}

// What another module put into the request since is cleaned as well, and kept.
func TestRawStageBesideOtherModules(t *testing.T) {
	seen := []byte(`{"user":{"eids":` + forgedEIDs("t") + `}}`)
	result, err := new(module.Module).HandleRawAuctionHook(context.Background(), hookstage.ModuleInvocationContext{}, seen)
	if err != nil || len(result.ChangeSet.Mutations()) != 1 {
		t.Fatal(err)
	}
	mutation := result.ChangeSet.Mutations()[0]
	clean := strings.ReplaceAll(strings.ReplaceAll(string(seen), forgery, "{}"), strings.Replace(forgery, "uid2", `\u0055iD2`, 1), "{}")
	for payload, want := range map[string]string{
		string(seen): clean, `{"at":1,` + string(seen[1:]): `{"at":1,` + clean[1:], clean: clean, "no JSON": "no JSON", "": "",
	} {
		if got, err := mutation.Apply([]byte(payload)); err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", payload, err, got, want)
		}
	}
	given := bytes.Clone(seen)
	if got, err := mutation.Apply(seen); err != nil || string(got) != clean || !bytes.Equal(seen, given) {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, clean)
	}
}
