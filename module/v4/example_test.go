// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// A program that embeds Prebid Server makes the module itself, with its own store of opt-outs. A real Prebid Server plays
// the auction here; the operator and the bidder are local ones.
func ExampleNew() {
	operator := uid2test.NewServer()
	defer operator.Close()
	var optOuts bidstream.MemoryOptOuts // package optout has one that lasts
	decrypt, err := module.New(json.RawMessage(fmt.Sprintf(`{
		"enabled": true,
		"uid2": {"base_url": %q, "api_key": %q, "client_secret": %q},
		"bidders": [{"name": "thetradedesk"}]
	}`, operator.URL, operator.Client().APIKey, operator.Client().ClientSecret)), annotator.WithOptOuts(&optOuts))
	if err != nil {
		fmt.Println(err)
		return
	}
	dsp := pbstest.NewDSP(pbstest.DSPConfig{Price: price})
	defer dsp.Close()
	server, err := pbstest.New(pbstest.Config{
		Modules: map[string]any{module.Code: decrypt},
		Bidders: []pbstest.Bidder{{Name: "thetradedesk", Endpoint: dsp.Endpoint("thetradedesk")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close() // shuts the module down, too

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := decrypt.Keys(codec.ScopeUID2).WaitReady(ctx); err != nil {
		fmt.Println(err)
		return
	}
	user := uid2test.TokenSpec{Email: "user@example.com"}
	request := fmt.Appendf(nil, `{
		"id": "auction-1",
		"site": {"page": "https://publisher.example/"},
		"user": {"eids": [{"source": "uidapi.com", "uids": [{"id": %q}]}]},
		"imp": [{
			"id": "slot-1",
			"banner": {"format": [{"w": 300, "h": 250}]},
			"ext": {"prebid": {"bidder": {"thetradedesk": {"publisherId": "1", "supplySourceId": "supply"}}}}
		}]
	}`, operator.Token(user))
	for range 2 {
		if status, _, err := server.Auction(ctx, request); status != 200 || err != nil {
			fmt.Println(status, err)
			return
		}
		optOuts.Add(operator.RawUID(user), time.Now().UnixMilli()) // before the second auction
	}
	// Output:
	// Success, raw UID: true
	// UserOptedOut, raw UID: false
}

// price is a bidder that prints what it learns of the user, and bids nothing.
func price(_ string, request *openrtb2.BidRequest) (price float64, bid bool) {
	var ext struct {
		EIDs []openrtb2.EID `json:"eids"` // thetradedesk speaks OpenRTB 2.5
	}
	if err := json.Unmarshal(request.User.Ext, &ext); err != nil {
		fmt.Println(err)
		return 0, false
	}
	var uid struct {
		UID2 struct {
			Status string `json:"status"`
			Raw    string `json:"raw"`
		} `json:"uid2"`
	}
	if err := json.Unmarshal(ext.EIDs[0].UIDs[0].Ext, &uid); err != nil {
		fmt.Println(err)
		return 0, false
	}
	fmt.Printf("%s, raw UID: %t\n", uid.UID2.Status, uid.UID2.Raw != "")
	return 0, false
}
