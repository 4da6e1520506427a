// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest_test

import (
	"context"
	"fmt"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
)

func ExampleNew() {
	dsp := pbstest.NewDSP(pbstest.DSPConfig{
		Price: func(_ string, request *openrtb2.BidRequest) (float64, bool) { return 2, request.Site != nil },
	})
	defer dsp.Close()
	server, err := pbstest.New(pbstest.Config{
		Bidders: []pbstest.Bidder{{Name: "thetradedesk", Endpoint: dsp.Endpoint("thetradedesk")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	status, _, err := server.Auction(context.Background(), []byte(`{
		"id": "auction-1",
		"site": {"page": "https://publisher.example/"},
		"imp": [{
			"id": "slot-1",
			"banner": {"format": [{"w": 300, "h": 250}]},
			"ext": {"prebid": {"bidder": {"thetradedesk": {"publisherId": "1", "supplySourceId": "supply"}}}}
		}]
	}`))
	fmt.Println(status, err, dsp.Count("thetradedesk"))
	// Output: 200 <nil> 1
}
