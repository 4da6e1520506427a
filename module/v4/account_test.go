// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

func accounts(text string) map[string]json.RawMessage {
	return map[string]json.RawMessage{"account": json.RawMessage(text)}
}

func withModule(section string) map[string]json.RawMessage {
	return accounts(`{"id":"account","hooks":{"modules":{"uid2":{"decrypt":` + section + `}}}}`)
}

func TestAccounts(t *testing.T) {
	widen := map[string]any{"accounts_may_widen": true}
	for name, test := range map[string]struct {
		section string
		host    map[string]any
		want    map[string]bool
	}{
		"no section":      {`{}`, nil, map[string]bool{"thetradedesk": true, "pubmatic": true, "openx": false}},
		"narrower":        {`{"bidders":[{"name":"PubMatic"}]}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": true, "openx": false}},
		"empty":           {`{"bidders":[]}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": false, "openx": false}},
		"disabled":        {`{"enabled":false}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": false, "openx": false}},
		"wider, not let":  {`{"bidders":[{"name":"openx"},{"name":"pubmatic"}]}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": true, "openx": false}},
		"wider, let":      {`{"bidders":[{"name":"openx"}]}`, widen, map[string]bool{"thetradedesk": false, "pubmatic": false, "openx": true}},
		"not understood":  {`{"bidderz":[]}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": false, "openx": false}},
		"of another type": {`{"bidders":"pubmatic"}`, nil, map[string]bool{"thetradedesk": false, "pubmatic": false, "openx": false}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setup{config: test.host, pbs: pbstest.Config{Accounts: withModule(test.section)}})
			s.auction(s.request(s.token(alice), nil))
			for bidder, want := range test.want {
				if got := bytes.Contains(s.sent(bidder), []byte(s.raw(alice))); got != want {
					t.Errorf("%s: raw UID %t, want %t", bidder, got, want)
				}
			}
		})
	}
}

func TestAccountKeepsTheHostsMode(t *testing.T) {
	host := map[string]any{"bidders": []any{map[string]any{"name": "pubmatic", "mode": "replace"}}}
	s := newStand(t, setup{config: host, pbs: pbstest.Config{Accounts: withModule(`{"bidders":[{"name":"pubmatic"}]}`)}})
	s.auction(s.request(s.token(alice), nil))
	if all := uids(t, s.sent("pubmatic")); len(all) != 1 || all[0].ID != s.raw(alice) {
		t.Errorf("the token was not replaced: %s", s.sent("pubmatic"))
	}
}
