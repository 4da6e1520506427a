package annotator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// Why a bidder gets nothing: what the auction's request says, what its own says, and debugging, in this order; and where the
// bidder stage is alone.
func TestWhyWithheld(t *testing.T) {
	server := startServer(t)
	plain, alone := newAnnotator(t, server, ""), newAnnotator(t, server, `,"bidder_stage_alone":false`)
	debugging := newAnnotator(t, server, `,"raw_in_debug":true`)
	debuggingAlone := newAnnotator(t, server, `,"raw_in_debug":true,"bidder_stage_alone":false`)
	const endpoint = "/openrtb2/auction"
	for _, a := range []*annotator.Annotator{plain, alone, debugging, debuggingAlone} {
		a.SawRedaction(endpoint)
	}
	user, yes := userWith(aliceToken(server)), int8(1)
	open := &openrtb2.BidRequest{User: user}
	test := &openrtb2.BidRequest{User: user, Test: 1}
	child := &openrtb2.BidRequest{User: user, Test: 1, Regs: &openrtb2.Regs{COPPA: 1}}
	limited := &openrtb2.BidRequest{User: user, Test: 1, Device: &openrtb2.Device{Lmt: &yes}}
	for name, c := range map[string]struct {
		a         *annotator.Annotator
		seen, own *openrtb2.BidRequest
		all, uid  string // reasons: for all of the bidder's uids, and in the annotation
	}{
		"nothing":                                {plain, open, open, "", ""},
		"the auction":                            {plain, child, open, "coppa", "coppa"},
		"the bidder's own":                       {plain, open, limited, "lmt", "lmt"},
		"both":                                   {plain, child, limited, "coppa", "coppa"},
		"debug":                                  {plain, open, test, "debug", "debug"},
		"debug of the auction only":              {plain, test, open, "", ""},
		"raw in debug":                           {debugging, open, test, "", ""},
		"raw in debug, gate":                     {debugging, open, child, "coppa", "coppa"},
		"alone":                                  {plain, nil, open, "", ""},
		"alone, gate":                            {plain, nil, child, "coppa", "coppa"},
		"alone, raw in debug":                    {debugging, nil, test, "debug", "debug"},
		"alone, not wanted":                      {alone, nil, open, "", "unseen"},
		"alone, not wanted, gate":                {alone, nil, child, "coppa", "coppa"},
		"alone, not wanted, debug":               {alone, nil, test, "debug", "debug"},
		"alone, not wanted, raw in debug":        {debuggingAlone, nil, test, "debug", "debug"},
		"alone isn't wanted, but it isn't alone": {alone, open, open, "", ""},
	} {
		var auction *annotator.Auction
		now := time.Now()
		if c.seen != nil {
			auction = c.a.Resolve(context.Background(), c.seen, now)
			auction.At(endpoint)
		}
		decision, err := c.a.ForBidder(context.Background(), auction, "dsp", c.own, nil, now)
		annotated, applied := decision.Apply(c.own)
		want, got := `{"uid2":{"status":"Withheld","reason":"`+c.uid+`"}}`, string(annotated.EIDs[0].UIDs[0].Ext)
		if c.uid == "" {
			want = got
		}
		if err != nil || decision.Withheld() != c.all || !decision.Listed() || got != want || (applied.Raw == 1) != (c.uid == "") {
			t.Errorf("%s: %v, %q, %s, want %q, %s", name, err, decision.Withheld(), got, c.all, want)
		}
	}
	decision, _ := plain.ForBidder(context.Background(), nil, "other", open, nil, time.Now())
	if decision.Listed() || decision.Withheld() != "" {
		t.Error("another bidder is listed")
	}
}

// What can't be read safely is removed, counted as nothing else, and said.
func TestUnreadableIsSaid(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, `,"bidders":[{"name":"dsp","mode":"replace"}]`)
	user := userWith(aliceToken(server), "bad")
	user.Ext = json.RawMessage(`{"eids":[{"source":"x","uids":[{"id":"y","ext":{"uid2":`)
	for _, bidder := range []string{"dsp", "other"} {
		safe, applied, err := decide(t, a, bidder, &openrtb2.BidRequest{User: user}, "")
		text, _ := json.Marshal(safe)
		if err != nil || applied != (annotator.Applied{Changed: true, Unreadable: true}) || string(text) != `{"id":"u"}` || len(user.EIDs) != 1 {
			t.Errorf("%s: %v %+v %s", bidder, err, applied, text)
		}
	}
	decision, _ := a.ForBidder(context.Background(), nil, "dsp", &openrtb2.BidRequest{}, nil, time.Now())
	if user, applied := decision.Apply(&openrtb2.BidRequest{}); user != nil || applied != (annotator.Applied{}) {
		t.Errorf("no user: %+v %v", applied, user)
	}
}

// The same text in eids of both sources is two tokens, each of its own scope.
func TestSameTokenInBothSources(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	token := aliceToken(server)
	user := &openrtb2.User{ID: "u"}
	for _, source := range []string{euidSource, uid2Source} {
		user.EIDs = append(user.EIDs, openrtb2.EID{Source: source, UIDs: []openrtb2.UID{{ID: token}}})
	}
	req := &openrtb2.BidRequest{User: user}
	now := time.Now()
	for name, auction := range map[string]*annotator.Auction{"seen": a.Resolve(context.Background(), req, now), "own": a.Resolve(context.Background(), &openrtb2.BidRequest{}, now)} {
		decision, err := a.ForBidder(context.Background(), auction, "dsp", req, nil, now)
		annotated, _ := decision.Apply(req)
		euid, uid2 := string(annotated.EIDs[0].UIDs[0].Ext), string(annotated.EIDs[1].UIDs[0].Ext)
		if err != nil || euid != `{"uid2":{"status":"InvalidIdentityScope"}}` || !strings.Contains(uid2, `"status":"Success"`) {
			t.Errorf("%s: %v, %s, %s", name, err, euid, uid2)
		}
	}
	if a.Keys(codec.ScopeEUID) != nil {
		t.Error("there are keys of the other scope")
	}
}

// Each distinct token of an auction is decrypted once, whoever has it, and what took a token's place is no token. An id that is
// a raw UID is one only to those who get it in that place.
func TestTokensAreDecryptedOnce(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, `,"bidders":[{"name":"a"},{"name":"r","mode":"replace"}]`)
	var tokens, raws []string
	for i := range 4 {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("%d@example.com", i)}
		tokens, raws = append(tokens, server.Token(spec)), append(raws, server.RawUID(spec).Reveal())
	}
	now := time.Now()
	auction := a.Resolve(context.Background(), requestWith(tokens[0], tokens[1], tokens[0]), now)
	decrypted := func(want string) {
		t.Helper()
		if got := metricsOf(t, a); !strings.Contains(got, "\nuid2_decrypt_tokens_total"+want+"\n") {
			t.Errorf("not %s: %s", want, got)
		}
	}
	decrypted(`{status="Success"} 2`)
	own := requestWith(tokens[0], tokens[1], tokens[2], tokens[3], tokens[2], tokens[3])
	for range 2 { // the second time over its own work
		decision, err := a.ForBidder(context.Background(), auction, "r", own, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		own.User, _ = decision.Apply(own)
		var ids []string
		for _, uid := range own.User.EIDs[0].UIDs {
			ids = append(ids, uid.ID)
		}
		if !slices.Equal(ids, append(raws, raws[2:]...)) {
			t.Errorf("%q", ids)
		}
		decrypted(`{status="Success"} 4`)
		decrypted(`{status="VersionNotSupported"} 0`)
	}
	mixed := requestWith(raws[0], "junk", raws[3])
	decision, err := a.ForBidder(context.Background(), auction, "r", mixed, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if user, _ := decision.Apply(mixed); len(user.EIDs[0].UIDs) != 2 {
		t.Errorf("%+v", user.EIDs)
	}
	beside := requestWith(raws[0])
	decision, err = a.ForBidder(context.Background(), auction, "a", beside, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := decision.Apply(beside)
	if got := string(user.EIDs[0].UIDs[0].Ext); got != `{"uid2":{"status":"VersionNotSupported"}}` {
		t.Error(got)
	}
}

// Bids that aren't in a response yet are searched where the configuration says so and a raw UID was written.
func TestRedactBidsBeforeTheResponse(t *testing.T) {
	for setting, searches := range map[string]bool{``: false, `,"redact_bids":true`: true} {
		a, auction, raw := written(t, setting)
		nobody := a.Resolve(context.Background(), requestWith("bad"), time.Now())
		if a.RedactsBids(auction) != searches || a.RedactsBids(nobody) || a.RedactsBids(nil) {
			t.Errorf("%s: whether it redacts bids is wrong", setting)
		}
		want, found := raw, 0
		if searches {
			want, found = "REDACTED", 1
		}
		bids := map[string]*openrtb2.Bid{"x": {AdM: raw}}
		n := a.RedactBids(auction, bids, func() { clear(bids) })
		if n != found || len(bids) != 1 || bids["x"].AdM != want {
			t.Errorf("%s: %d, %v", setting, n, bids)
		}
		if n := a.RedactBids(nobody, bids, func() { clear(bids) }); n != 0 || len(bids) != 1 {
			t.Errorf("%s: %d, %v", setting, n, bids)
		}
	}
}

// A decision is made on what the hook was shown, and applied to what goes out. Gates are asked about what goes out; a token that the
// auction doesn't have is decrypted only in the user that the hook was shown.
func TestDecisionOfWhatGoesOut(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	seen, now := requestWith(aliceToken(server)), time.Now()
	nothing := a.Resolve(context.Background(), &openrtb2.BidRequest{}, now)
	copied := *seen.User
	for name, c := range map[string]struct {
		out    openrtb2.BidRequest
		reason string
	}{
		"the same user":           {openrtb2.BidRequest{User: seen.User}, ""},
		"another one":             {openrtb2.BidRequest{User: &copied}, "unseen"},
		"a child, by now":         {openrtb2.BidRequest{User: seen.User, Regs: &openrtb2.Regs{COPPA: 1}}, "coppa"},
		"test, by now":            {openrtb2.BidRequest{User: seen.User, Test: 1}, "debug"},
		"another one, of a child": {openrtb2.BidRequest{User: &copied, Regs: &openrtb2.Regs{COPPA: 1}}, "coppa"},
	} {
		decision, err := a.ForBidder(context.Background(), nothing, "dsp", seen, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		user, applied := decision.Apply(&c.out)
		want := `{"uid2":{"status":"Withheld","reason":"` + c.reason + `"}}`
		if got := string(user.EIDs[0].UIDs[0].Ext); (applied.Raw == 1) != (c.reason == "") || c.reason != "" && got != want {
			t.Errorf("%s: %+v %s", name, applied, got)
		}
	}
}

// What has neither a token nor a forgery is left alone, whoever may read it in whatever way.
func TestNothingToReadIsLeftAlone(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, "")
	for _, ext := range []string{`{"eids":[],"EIDs":[]}`, `{"eids":[{"source":"x.org","uids":[{"id":"a"}]}],"eids":[]}`, `no JSON`} {
		for _, bidder := range []string{"dsp", "other"} {
			user := &openrtb2.User{ID: "u", Ext: json.RawMessage(ext)}
			got, applied, err := decide(t, a, bidder, &openrtb2.BidRequest{User: user}, "")
			if err != nil || got != user || applied != (annotator.Applied{}) {
				t.Errorf("%s, %s: %v %+v", bidder, ext, err, applied)
			}
		}
	}
}
