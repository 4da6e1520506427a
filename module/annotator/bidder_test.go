package annotator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// userWith is a user with one UID2 eid.
func userWith(tokens ...string) *openrtb2.User {
	eid := openrtb2.EID{Source: "uidapi.com"}
	for _, token := range tokens {
		eid.UIDs = append(eid.UIDs, openrtb2.UID{ID: token})
	}
	return &openrtb2.User{ID: "u", EIDs: []openrtb2.EID{eid}}
}

func requestWith(tokens ...string) *openrtb2.BidRequest {
	return &openrtb2.BidRequest{User: userWith(tokens...)}
}

func aliceToken(server *uid2test.Server) string {
	return server.Token(uid2test.TokenSpec{Version: codec.V4, Email: "alice@example.com"})
}

// decide resolves a request and applies what one bidder gets of it.
func decide(t *testing.T, a *annotator.Annotator, bidder string, req *openrtb2.BidRequest, section string) (*openrtb2.User, annotator.Applied, error) {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	decision, err := a.ForBidder(ctx, a.Resolve(ctx, req, now), bidder, req, json.RawMessage(section), now)
	user, applied := decision.Apply(req)
	return user, applied, err
}

func TestDecisionLeavesTheRequestAlone(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	req := &openrtb2.BidRequest{User: userWith(aliceToken(server))}
	before, _ := json.Marshal(req)
	user, applied, err := decide(t, a, "DSP", req, "")
	after, _ := json.Marshal(req)
	if err != nil || !bytes.Equal(before, after) || user == req.User {
		t.Error("the request was changed in place")
	}
	if applied != (annotator.Applied{Changed: true, Annotated: 1, Raw: 1}) {
		t.Errorf("%+v", applied)
	}
	if !strings.Contains(string(user.EIDs[0].UIDs[0].Ext), `"raw":`) {
		t.Errorf("no raw UID in %s", user.EIDs[0].UIDs[0].Ext)
	}
}

func TestWhoIsListed(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	for name, test := range map[string]struct {
		bidder, ext, section string
		want                 bool
	}{
		"listed":                    {"dsp", ``, ``, true},
		"in other letters":          {"Dsp", ``, ``, true},
		"another":                   {"dsp2", ``, ``, false},
		"alias of the request":      {"dsp", `{"prebid":{"aliases":{"dsp":"other"}}}`, ``, false},
		"alias in other letters":    {"dsp", `{"prebid":{"aliases":{"DSP":"other"}}}`, ``, false},
		"alias without an adapter":  {"dsp", `{"prebid":{"aliases":{"dsp":""}}}`, ``, false},
		"aliases of others":         {"dsp", `{"prebid":{"aliases":{"x":"other"}}}`, ``, true},
		"aliases of another type":   {"dsp", `{"prebid":{"aliases":["dsp"]}}`, ``, false},
		"ext that is no JSON":       {"dsp", `{"prebid":{"aliases":`, ``, false},
		"account that lists nobody": {"dsp", ``, `{"bidders":[]}`, false},
		"account that lists it":     {"dsp", ``, `{"bidders":[{"name":"DSP"}]}`, true},
		"account with another pair": {"dsp", ``, `{"bidders":[{"name":"dsp","alias_of":"x"}]}`, false},
		"account switched off":      {"dsp", ``, `{"enabled":false}`, false},
		"account in text":           {"dsp", ``, `{"enabled":"true"}`, true},
		"account that is wrong":     {"dsp", ``, `{"enabled":"perhaps"}`, false},
		"account with a bad mode":   {"dsp", ``, `{"bidders":[{"name":"dsp","mode":"x"}]}`, false},
		"account that is no JSON":   {"dsp", ``, `{`, false},
	} {
		req := &openrtb2.BidRequest{User: userWith(aliceToken(server)), Ext: json.RawMessage(test.ext)}
		for range 2 { // the second time from the cache of accounts
			_, applied, err := decide(t, a, test.bidder, req, test.section)
			if got := applied.Raw == 1; got != test.want || applied.Changed != test.want {
				t.Errorf("%s: %+v", name, applied)
			}
			if wrong := strings.Contains(name, "wrong") || strings.Contains(name, "bad mode") || strings.Contains(name, "account that is no"); wrong != errors.Is(err, annotator.ErrConfig) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

func TestWithheldReasons(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	yes := int8(1)
	for name, test := range map[string]struct {
		settings string
		req      openrtb2.BidRequest
		want     string
	}{
		"coppa":             {``, openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, `{"status":"Withheld","reason":"coppa"}`},
		"lmt":               {``, openrtb2.BidRequest{Device: &openrtb2.Device{Lmt: &yes}}, `{"status":"Withheld","reason":"lmt"}`},
		"test":              {``, openrtb2.BidRequest{Test: 1}, `{"status":"Withheld","reason":"debug"}`},
		"debug":             {``, openrtb2.BidRequest{Ext: json.RawMessage(`{"prebid":{"debug":true}}`)}, `{"status":"Withheld","reason":"debug"}`},
		"debug off":         {``, openrtb2.BidRequest{Ext: json.RawMessage(`{"prebid":{"debug":false}}`)}, `"raw":`},
		"debug, raw wanted": {`,"raw_in_debug":true`, openrtb2.BidRequest{Test: 1}, `{"status":"Withheld","reason":"debug"}`}, // nobody redacts
		"gate off":          {`,"privacy":{"coppa":false}`, openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, `"raw":`},
	} {
		a := newAnnotator(t, server, test.settings)
		test.req.User = userWith(aliceToken(server))
		user, _, err := decide(t, a, "dsp", &test.req, "")
		if ext := string(user.EIDs[0].UIDs[0].Ext); err != nil || !strings.Contains(ext, test.want) {
			t.Errorf("%s: %v, %s", name, err, ext)
		}
	}
}

// The bidder's own request may be under a gate that the auction's wasn't: first-party data of one bidder.
func TestGateOfTheBiddersOwnRequest(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	ctx, now := context.Background(), time.Now()
	req := openrtb2.BidRequest{User: userWith(aliceToken(server))}
	auction := a.Resolve(ctx, &req, now)
	own := req
	own.Regs = &openrtb2.Regs{COPPA: 1}
	decision, err := a.ForBidder(ctx, auction, "dsp", &own, nil, now)
	user, applied := decision.Apply(&own)
	if err != nil || applied.Raw != 0 || decision.Withheld() != "coppa" || !decision.Listed() {
		t.Errorf("%v %+v %s", err, applied, user.EIDs[0].UIDs[0].Ext)
	}
}

func TestTokensThatTheProcessedStageWasNotShown(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	ctx, now := context.Background(), time.Now()
	full := openrtb2.BidRequest{User: userWith(aliceToken(server))}
	scrubbed := openrtb2.BidRequest{User: &openrtb2.User{}, Device: &openrtb2.Device{UA: "x"}}
	for name, test := range map[string]struct {
		seen *openrtb2.BidRequest
		raw  int
	}{
		"scrubbed":           {&scrubbed, 0},
		"another user's eid": {&openrtb2.BidRequest{User: userWith("another")}, 1},
		"a device id":        {&openrtb2.BidRequest{User: &openrtb2.User{}, Device: &openrtb2.Device{IFA: "x"}}, 1},
		"no user":            {&openrtb2.BidRequest{}, 1},
	} {
		decision, err := a.ForBidder(ctx, a.Resolve(ctx, test.seen, now), "dsp", &full, nil, now)
		user, applied := decision.Apply(&full)
		if err != nil || applied.Raw != test.raw {
			t.Errorf("%s: %v %+v", name, err, applied)
		}
		if test.raw == 0 && !strings.Contains(string(user.EIDs[0].UIDs[0].Ext), `"reason":"unseen"`) {
			t.Errorf("%s: %s", name, user.EIDs[0].UIDs[0].Ext)
		}
	}
}

// What only one bidder's request brought in is redacted like everything else.
func TestOwnTokensAreRedacted(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	ctx, now := context.Background(), time.Now()
	auction := a.Resolve(ctx, &openrtb2.BidRequest{}, now)
	own := openrtb2.BidRequest{User: userWith(aliceToken(server), aliceToken(server))}
	decision, err := a.ForBidder(ctx, auction, "dsp", &own, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	decision.Apply(&own)
	raw := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal()
	response := &openrtb2.BidResponse{Ext: json.RawMessage(`{"echo":"` + raw + `"}`)}
	if n := a.Redact(auction, response); n != 1 || bytes.Contains(response.Ext, []byte(raw)) {
		t.Errorf("%d redactions in %s", n, response.Ext)
	}
}

// Eids that can't be read safely are removed, and what else user.ext says stays.
func TestUnreadableUsers(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	twice := `{"uid2":{"raw":"forged"},"uid2":{"raw":"forged"}}`
	for name, user := range map[string]*openrtb2.User{
		"user.ext that is no JSON": {ID: "u", Ext: json.RawMessage(`{"eids":[{"source":"uidapi.com","uids":[{"id":"x","ext":{"uid2":"forged"`)},
		"a uid's ext, twice":       {ID: "u", EIDs: []openrtb2.EID{{Source: "x", UIDs: []openrtb2.UID{{ID: "y", Ext: json.RawMessage(twice)}}}}},
		"user.ext, twice": {ID: "u", Ext: json.RawMessage(`{"consent":"c","eids":[{"source":"x","uids":[{"id":"y","ext":` + twice + `}]}],` +
			`"eids":[{"source":"x","uids":[{"id":"y","ext":` + twice + `}]}]}`)},
	} {
		for _, bidder := range []string{"dsp", "other"} {
			safe, _, _ := decide(t, a, bidder, &openrtb2.BidRequest{User: user}, "")
			text, err := json.Marshal(safe)
			if err != nil || bytes.Contains(text, []byte("forged")) {
				t.Errorf("%s, %s: %v %s", name, bidder, err, text)
			}
			if bytes.Contains(user.Ext, []byte("consent")) && !bytes.Contains(text, []byte(`"consent":"c"`)) {
				t.Errorf("%s, %s: the consent is gone: %s", name, bidder, text)
			}
		}
	}
}

func TestStatusesAreCounted(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	good := aliceToken(server)
	auction := a.Resolve(context.Background(), &openrtb2.BidRequest{User: userWith(good, good, "not a token", "")}, time.Now())
	if got := fmt.Sprint(auction.Statuses()); got != "map[InvalidPayload:1 Success:1]" {
		t.Errorf("distinct tokens by status: %s", got)
	}
}

func TestResolveStopsWithItsContext(t *testing.T) {
	server := uid2test.NewServer()
	defer server.Close()
	a := newAnnotator(t, server, "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	auction := a.Resolve(ctx, &openrtb2.BidRequest{User: userWith("a", "b", "c")}, time.Now())
	if n := auction.Statuses()["InvalidPayload"]; n > 1 {
		t.Errorf("%d tokens were decrypted after the end", n)
	}
}
