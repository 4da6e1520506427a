package annotator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// written is an annotator with the keys of a local operator, and an auction in which a bidder got a user's raw UID.
func written(t testing.TB, settings string) (*annotator.Annotator, *annotator.Auction, string) {
	t.Helper()
	server := uid2test.NewServer()
	t.Cleanup(server.Close)
	a := newAnnotator(t, server, settings)
	spec := uid2test.TokenSpec{Version: codec.V4, Email: "alice@example.com"}
	req := &openrtb2.BidRequest{User: userWith(server.Token(spec))}
	ctx, now := context.Background(), time.Now()
	auction := a.Resolve(ctx, req, now)
	decision, err := a.ForBidder(ctx, auction, "dsp", req, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, applied := decision.Apply(req); applied.Raw != 1 {
		t.Fatalf("the bidder got no raw UID: %+v", applied)
	}
	return a, auction, server.RawUID(spec).Reveal()
}

func TestRedactExt(t *testing.T) {
	a, auction, raw := written(t, "")
	ext := `{"debug":{"a":"<` + url.QueryEscape(raw) + `>"},"errors":{"dsp":[{"message":"` + raw + `"}]}}`
	response := &openrtb2.BidResponse{Ext: json.RawMessage(ext), SeatBid: []openrtb2.SeatBid{{Bid: []openrtb2.Bid{{AdM: raw}}}}}
	if n := a.Redact(auction, response); n != 2 || string(response.Ext) != `{"debug":{"a":"<REDACTED>"},"errors":{"dsp":[{"message":"REDACTED"}]}}` {
		t.Errorf("%d found, %s", n, response.Ext)
	}
	if response.SeatBid[0].Bid[0].AdM != raw {
		t.Error("bids are not searched without redact_bids")
	}
	if a.Redact(auction, response) != 0 || a.Redact(auction, nil) != 0 || a.Redact(nil, response) != 0 {
		t.Error("nothing is to be found in nothing")
	}
}

// What nobody wrote need not be searched for: a plan, an unlisted bidder, a closed gate.
func TestOnlyWhatWasWrittenIsRedacted(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	ctx, now := context.Background(), time.Now()
	req := &openrtb2.BidRequest{User: userWith(aliceToken(server), server.Token(uid2test.TokenSpec{Version: codec.V4, Email: "bob@example.com"}))}
	auction := a.Resolve(ctx, req, now)
	raws := []string{server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal(), server.RawUID(uid2test.TokenSpec{Email: "bob@example.com"}).Reveal()}
	ext := json.RawMessage(`{"a":"` + raws[0] + `","b":"` + raws[1] + `"}`)
	redactions := func() int { return a.Redact(auction, &openrtb2.BidResponse{Ext: ext}) }

	for bidder, of := range map[string]*openrtb2.BidRequest{"dsp": {User: req.User, Test: 1}, "other": req} {
		decision, err := a.ForBidder(ctx, auction, bidder, of, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		decision.Apply(req)
	}
	decision, err := a.ForBidder(ctx, auction, "dsp", req, nil, now)
	if err != nil || decision.Plan(req).Raw != 2 {
		t.Fatal("the plan is to write two raw UIDs")
	}
	if auction.Wrote() || redactions() != 0 {
		t.Error("nothing was written yet")
	}
	decision.Apply(requestWith(req.User.EIDs[0].UIDs[1].ID))
	if !auction.Wrote() || redactions() != 1 {
		t.Error("one raw UID was written")
	}
	decision.Apply(req)
	if redactions() != 2 {
		t.Error("two raw UIDs were written")
	}
	if (*annotator.Auction)(nil).Wrote() {
		t.Error("no auction wrote something")
	}
}

// A caller can give many bidders tokens of their own, all different.
func TestOwnTokensOfManyBidders(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, `,"bidders":[{"name":"dsp","mode":"replace"}]`)
	ctx, now := context.Background(), time.Now()
	auction := a.Resolve(ctx, &openrtb2.BidRequest{}, now)
	const bidders, each = 50, 8
	var ext []byte
	for bidder := range bidders {
		var tokens []string
		for i := range each {
			email := fmt.Sprintf("%d-%d@example.com", bidder, i)
			tokens = append(tokens, server.Token(uid2test.TokenSpec{Version: codec.V4, Email: email}))
			ext = fmt.Appendf(ext, "%s ", server.RawUID(uid2test.TokenSpec{Email: email}).Reveal())
		}
		own := openrtb2.BidRequest{User: userWith(tokens...)}
		for range 2 { // the second time over its own work
			decision, err := a.ForBidder(ctx, auction, "dsp", &own, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			own.User, _ = decision.Apply(&own)
			if n := len(own.User.EIDs[0].UIDs); n != each || len(own.User.EIDs[0].UIDs[0].ID) != 44 {
				t.Fatalf("%d uids are left, the first %d characters long", n, len(own.User.EIDs[0].UIDs[0].ID))
			}
		}
	}
	response := &openrtb2.BidResponse{Ext: ext}
	if n := a.Redact(auction, response); n != bidders*each {
		t.Errorf("%d of %d redacted", n, bidders*each)
	}
}

// fill sets every text that can be reached from v, and every key of a map, to text.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(`"` + text + `"`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

// A field that a new version of OpenRTB brings is searched as well.
func TestRedactBidsSearchesEveryField(t *testing.T) {
	a, auction, raw := written(t, `,"redact_bids":true`)
	for name, form := range map[string]string{"plain": raw, "percent": url.QueryEscape(raw), "HTML": html.EscapeString(strings.ReplaceAll(raw, "+", "&#43;"))} {
		var response openrtb2.BidResponse
		fill(reflect.ValueOf(&response).Elem(), form)
		n := a.Redact(auction, &response)
		text, err := json.Marshal(response)
		if err != nil || bytes.Contains(text, []byte(form)) || bytes.Contains(text, []byte(raw)) {
			t.Errorf("%s: %v %s", name, err, text)
		}
		if got := bytes.Count(text, []byte("REDACTED")); got != n || n < 25 {
			t.Errorf("%s: %d redactions, and %d counted, in %s", name, got, n, text)
		}
	}
}

func TestHTTPCallsThatAreTooLargeGo(t *testing.T) {
	t.Parallel() // it searches megabytes
	a, auction, raw := written(t, "")
	text := func(size int) string { return strings.Repeat("x", size-len(raw)) + raw }
	small, large := text(1<<20), text(9<<20)
	for name, test := range map[string]struct{ ext, want string }{
		"httpcalls":          {`{"a":"` + raw + `","debug":{"httpcalls":{"d":"` + large + `"},"b":"` + raw + `"},"c":1}`, `{"a":"REDACTED","debug":{"httpcalls":{},"b":"REDACTED"},"c":1}`},
		"small ones":         {`{"debug":{"httpcalls":{"d":"` + small + `"}}}`, `{"debug":{"httpcalls":{"d":"` + redacted(small, raw) + `"}}}`},
		"something else":     {`{"debug":{"httpcalls":{"d":"` + raw + `"},"e":"` + large + `"}}`, `{"debug":{"httpcalls":{"d":"REDACTED"},"e":"` + redacted(large, raw) + `"}}`},
		"no debug":           {`{"e":"` + large + `"}`, `{"e":"` + redacted(large, raw) + `"}`},
		"no httpcalls":       {`{"debug":{"e":"` + large + `"}}`, `{"debug":{"e":"` + redacted(large, raw) + `"}}`},
		"httpcalls twice":    {`{"debug":{"httpcalls":{"d":"` + large + `"},"httpcalls":{}}}`, `{}`},
		"debug is no object": {`{"debug":["` + large + `"]}`, `{}`},
		"no JSON":            {`{"debug":{"httpcalls":{"d":"` + large, `{}`},
	} {
		response := &openrtb2.BidResponse{Ext: append(make([]byte, 0, len(test.ext)+7), test.ext...)}
		a.Redact(auction, response)
		if got := string(response.Ext); got != test.want {
			t.Errorf("%s: %d bytes, %.60q … %.60q, want %d", name, len(got), got, got[max(len(got)-60, 0):], len(test.want))
		}
	}
}

func redacted(text, raw string) string { return strings.ReplaceAll(text, raw, "REDACTED") }

// An error message quotes the host of an address, which a slash in a raw UID may have ended.
func TestPartsInErrorsAreRedacted(t *testing.T) {
	a, auction, raw := written(t, "")
	part := raw[5:25]
	for ext, want := range map[string]string{
		`{"errors":{"dsp":[{"message":"lookup ` + part + `: no such host"}]},"x":1}`:  `{"errors":{"dsp":[{"message":"lookup REDACTED: no such host"}]},"x":1}`,
		`{"x":"` + part + `","warnings":{"general":["` + part + `","` + part + `"]}}`: `{"x":"` + part + `","warnings":{"general":["REDACTED","REDACTED"]}}`,
		`{"warnings":["` + part + `"],"errors":["` + raw + `","` + part + `"]}`:       `{"warnings":["REDACTED"],"errors":["REDACTED","REDACTED"]}`,
		`{"errors":{},"warnings":null}`:                                               `{"errors":{},"warnings":null}`,
		`{"errors":"` + part + `"`:                                                    `{"errors":"REDACTED"`,
		``:                                                                            ``,
	} {
		response := &openrtb2.BidResponse{Ext: json.RawMessage(ext)}
		found := a.Redact(auction, response)
		if string(response.Ext) != want || found != strings.Count(want, "REDACTED") {
			t.Errorf("%s: %s, %d found; want %s", ext, response.Ext, found, want)
		}
	}
}
