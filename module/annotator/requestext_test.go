package annotator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Prebid Server goes by the exact keys ext, prebid, aliases and the bidder's exact name. Whatever could be read in another
// way as well gives nothing to anybody.
func TestRequestExtIsReadExactly(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, `,"bidders":[{"name":"dsp"},{"name":"ourdsp","alias_of":"appnexus"},{"name":"short","alias_of":"x"}]`)
	for _, c := range []struct {
		bidder, ext string
		want        string // in the annotation; "" if there is none
	}{
		{"dsp", ``, `"raw":`},
		{"dsp", `null`, `"raw":`},
		{"dsp", ` {} `, `"raw":`},
		{"dsp", ` null `, `"raw":`},
		{"dsp", `{"prebid":null,"schain":{"prebid":{"aliases":{"dsp":"x"}}}}`, `"raw":`},
		{"dsp", `{"prebid":{"aliases":null,"debug":null}}`, `"raw":`},
		{"dsp", `{"prebid":{"aliases":{},"debug":false}}`, `"raw":`},
		{"dsp", `{"prebid":{"aliases":{"dsp2":"other","xdsp":"other"}}}`, `"raw":`},
		{"short", `{"prebid":{"aliases":{"short":"x"}}}`, `"raw":`},
		{"ourdsp", ``, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus"}}}`, `"raw":`},
		{"OurDSP", `{"prebid":{"aliases":{"OurDSP":"AppNexus"}}}`, `"raw":`},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"app\u006eexus"}}}`, `"raw":`},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"openx"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"\u0000"}}}`, ``},

		// a second spelling of a name on the way, with either meaning first
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"openx"}},"PREBID":{"aliases":{"OURDSP":"appnexus"}}}`, ``},
		{"ourdsp", `{"PREBID":{"aliases":{"OURDSP":"appnexus"}},"prebid":{"aliases":{"ourdsp":"openx"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus"}},"Prebid":{}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus"},"Aliases":{"ourdsp":"appnexus"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus","OURDSP":"appnexus"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"OURDSP":"appnexus"}}}`, ``},
		{"dsp", `{"prebid":{"aliases":{"DSP":"dsp"}}}`, ``},
		{"dsp", `{"prebid":{},"pre\u0062id":{}}`, ``},
		{"dsp", `{"prebid":{},"preb\u0130d":{}}`, ``},
		{"dsp", `{"prebİd":{}}`, ``},
		{"dsp", `{"PREBID":{}}`, ``},
		{"dsp", `{"prebid":{"DEBUG":false}}`, ``},
		{"dsp", `{"prebid":{"aliaſes":{}}}`, ``},

		// repeats
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus"}},"prebid":{"aliases":{"ourdsp":"appnexus"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus"},"aliases":{"ourdsp":"appnexus"}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":"appnexus","ourdsp":"appnexus"}}}`, ``},
		{"dsp", `{"prebid":{"debug":false,"debug":false}}`, ``},

		// other types
		{"dsp", `[]`, ``},
		{"dsp", `{"prebid":[]}`, ``},
		{"dsp", `{"prebid":"x"}`, ``},
		{"dsp", `{"prebid":{"aliases":"x"}}`, ``},
		{"dsp", `{"prebid":{"aliases":{"dsp":null}}}`, ``},
		{"dsp", `{"prebid":{"aliases":{"dsp":["dsp"]}}}`, ``},
		{"ourdsp", `{"prebid":{"aliases":{"ourdsp":["appnexus"]}}}`, ``},
		{"dsp", `{"prebid":{}} {}`, ``},
		{"dsp", `{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, ``},

		{"dsp", `{"prebid":{"debug":true}}`, `"reason":"debug"`},
		{"dsp", `{"prebid":{"debug":1}}`, `"reason":"debug"`},
		{"dsp", `{"prebid":{"debug":"false"}}`, `"reason":"debug"`},
		{"dsp", `{"prebid":{"d\u0065bug":true}}`, `"reason":"debug"`},
		{"dsp", `{"debug":true,"prebid":{"data":{"debug":true}}}`, `"raw":`},
	} {
		req := &openrtb2.BidRequest{User: userWith(aliceToken(server)), Ext: json.RawMessage(c.ext)}
		user, _, err := decide(t, a, c.bidder, req, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(user.EIDs[0].UIDs[0].Ext); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s, %.100s: %s, want %s", c.bidder, c.ext, got, c.want)
		}
	}
}
