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

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/annotator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const (
	uid2Source = "uidapi.com"
	euidSource = "euid.eu"
)

// specimen is a token and everything that is to be said of it.
type specimen struct {
	name       string
	source     string
	token      string
	domain     string               // where it is met
	by         *annotator.Annotator // nil: the one that knows who opted out
	at         time.Time            // zero: now
	annotation string
}

// specimens are tokens of every status and kind.
func specimens(t *testing.T, now time.Time) (knowing *annotator.Annotator, all []specimen) {
	t.Helper()
	uid2, euid := startServer(t), startServer(t, uid2test.WithScope(codec.ScopeEUID))
	operators := `{"bidders":[{"name":"dsp"}],"uid2":` + operatorOf(uid2, "") + `,"euid":` + operatorOf(euid, "")
	ms := now.UnixMilli()
	const minute = 60_000
	optedOut := new(bidstream.MemoryOptOuts)
	optedOut.Add(uid2.RawUID(uid2test.TokenSpec{Email: "out@example.com"}), 1_700_000_000_123)
	knowing = start(t, operators+`}`, annotator.WithOptOuts(optedOut))
	unknowing := start(t, operators+`}`)
	sending := start(t, operators+`,"opt_outs":{"when_unknown":"send"}}`)
	for _, a := range []*annotator.Annotator{knowing, unknowing, sending} {
		waitForKeys(t, a, codec.ScopeUID2, codec.ScopeEUID)
	}
	keyless := start(t, `{"bidders":[{"name":"dsp"}],"uid2":`+operatorWith("")+`}`)

	spec := func(change func(*uid2test.TokenSpec)) uid2test.TokenSpec {
		s := uid2test.TokenSpec{Email: "alice@example.com", EstablishedMs: ms - 9*minute, GeneratedMs: ms - 5*minute, ExpiresMs: ms + 7*minute}
		change(&s)
		return s
	}
	of := func(change func(*uid2test.TokenSpec)) string { return uid2.Token(spec(change)) }
	same := func(*uid2test.TokenSpec) {}
	phone := func(s *uid2test.TokenSpec) { s.Email, s.Phone = "", "+12025550123" }
	raw := func(server *uid2test.Server, change func(*uid2test.TokenSpec)) string {
		return server.RawUID(spec(change)).Reveal()
	}
	success := func(raw, optedOut, kind string, version, siteID int) string {
		return fmt.Sprintf(`{"status":"Success","raw":"%s","opted_out":%s%s,"version":%d,"established":%d,"expires":%d,"site_id":%d}`,
			raw, optedOut, kind, version, ms-9*minute, ms+7*minute, siteID)
	}
	const email, number = `,"type":"email"`, `,"type":"phone"`
	client := of(func(s *uid2test.TokenSpec) { s.PrivacyBits = uid2test.ClientSide })
	return knowing, []specimen{
		{name: "good", source: uid2Source, token: of(same), annotation: success(raw(uid2, same), "false", email, 4, 7000)},
		{name: "of version 3", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.Version = codec.V3 }),
			annotation: success(raw(uid2, same), "false", email, 3, 7000)},
		{name: "of version 2", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.Version = codec.V2 }),
			annotation: success(raw(uid2, same), "false", "", 2, 7000)},
		{name: "of a phone", source: uid2Source, token: of(phone), annotation: success(raw(uid2, phone), "false", number, 4, 7000)},
		{name: "of another site", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.SiteID = 7001 }),
			annotation: success(raw(uid2, same), "false", email, 4, 7001)},
		{name: "in other letters", source: "UIDAPI.com", token: of(same), annotation: success(raw(uid2, same), "false", email, 4, 7000)},
		{name: "EUID", source: euidSource, token: euid.Token(spec(same)), annotation: success(raw(euid, same), "false", email, 4, 7000)},
		{name: "EUID of version 2", source: euidSource, token: euid.Token(spec(func(s *uid2test.TokenSpec) { s.Version = codec.V2 })),
			annotation: success(raw(euid, same), "false", "", 2, 7000)},
		{name: "made by a client", source: uid2Source, domain: "www.example.com", token: client, annotation: success(raw(uid2, same), "false", email, 4, 7000)},
		{name: "made by a client elsewhere", source: uid2Source, domain: "example.org", token: client, annotation: `{"status":"DomainOrAppNameCheckFailed"}`},
		{name: "opted out", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.Email = "out@example.com" }),
			annotation: `{"status":"UserOptedOut","opted_out":true,"opted_out_since":1700000000123}`},
		{name: "made for an opted-out user", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.PrivacyBits = uid2test.OptedOut }),
			annotation: `{"status":"UserOptedOut","opted_out":true}`},
		{name: "unknown opt-outs", source: uid2Source, token: of(same), by: unknowing, annotation: `{"status":"Success","opted_out":null}`},
		{name: "unknown opt-outs, sent", source: uid2Source, token: of(same), by: sending, annotation: success(raw(uid2, same), "null", email, 4, 7000)},
		{name: "none", source: uid2Source, token: "bad", annotation: `{"status":"InvalidPayload"}`},
		{name: "raw UID", source: uid2Source, token: raw(uid2, same), annotation: `{"status":"VersionNotSupported"}`},
		{name: "expired", source: uid2Source, token: of(same), at: now.Add(8 * time.Minute), annotation: `{"status":"ExpiredToken"}`},
		{name: "long-lived", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.ExpiresMs = ms + 100*24*60*minute }),
			annotation: `{"status":"InvalidTokenLifetime"}`},
		{name: "of a foreign master key", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.UnknownMasterKey = true }),
			annotation: `{"status":"NotAuthorizedForMasterKey"}`},
		{name: "of a foreign site key", source: uid2Source, token: of(func(s *uid2test.TokenSpec) { s.UnknownSiteKey = true }),
			annotation: `{"status":"NotAuthorizedForKey"}`},
		{name: "UID2 as EUID", source: euidSource, token: of(same), annotation: `{"status":"InvalidIdentityScope"}`},
		{name: "EUID as UID2", source: uid2Source, token: euid.Token(spec(same)), annotation: `{"status":"InvalidIdentityScope"}`},
		{name: "without keys", source: uid2Source, token: of(same), by: keyless, annotation: `{"status":"NotInitialized"}`},
		{name: "without current keys", source: uid2Source, token: of(same), at: now.AddDate(20, 0, 0), annotation: `{"status":"KeysNotSynced"}`},
	}
}

// The annotation is the same whether the auction's request had the token, only the bidder's has it, or the processed stage
// didn't run; nothing else of the user changes.
func TestWholeAnnotations(t *testing.T) {
	now := time.Now()
	knowing, all := specimens(t, now)
	var statuses []string
	for _, s := range all {
		a, at := s.by, s.at
		if a == nil {
			a = knowing
		}
		if at.IsZero() {
			at = now
		}
		req := &openrtb2.BidRequest{Site: &openrtb2.Site{Domain: s.domain}, User: &openrtb2.User{ID: "u", EIDs: []openrtb2.EID{
			{Source: "other.example", UIDs: []openrtb2.UID{{ID: s.token}}},
			{Source: s.source, UIDs: []openrtb2.UID{{ID: s.token, AType: 3, Ext: json.RawMessage(`{"rtiPartner":"x","uid2":{"raw":"forged"}}`)}}},
		}}}
		want := fmt.Sprintf(`{"id":"u","eids":[{"source":"other.example","uids":[{"id":%q}]},{"source":%q,"uids":[{"id":%q,"atype":3,"ext":{"rtiPartner":"x","uid2":%s}}]}]}`,
			s.token, s.source, s.token, s.annotation)
		applied := annotator.Applied{Changed: true, Annotated: 1, Raw: strings.Count(s.annotation, `"raw"`)}
		ctx := context.Background()
		without := *req
		without.User = nil
		for stage, auction := range map[string]*annotator.Auction{
			"the auction's":     a.Resolve(ctx, req, at),
			"the bidder's own":  a.Resolve(ctx, &without, at),
			"the bidder's only": nil,
		} {
			decision, err := a.ForBidder(ctx, auction, "dsp", req, nil, at)
			user, did := decision.Apply(req)
			text, _ := json.Marshal(user)
			if err != nil || string(text) != want || did != applied {
				t.Errorf("%s, %s: %v %+v\n got %s\nwant %s", s.name, stage, err, did, text, want)
			}
		}
		status, _, _ := strings.Cut(strings.TrimPrefix(s.annotation, `{"status":"`), `"`)
		statuses = append(statuses, status)
	}
	for _, status := range codec.Statuses() {
		if !slices.Contains(statuses, status.String()) {
			t.Errorf("no token is %v", status)
		}
	}
}

// What each mode makes of each kind of annotation, and what it counts.
func TestModes(t *testing.T) {
	server := startServer(t)
	optedOut := new(bidstream.MemoryOptOuts)
	optedOut.Add(server.RawUID(uid2test.TokenSpec{Email: "out@example.com"}), 0)
	a := start(t, `{"bidders":[{"name":"a"},{"name":"r","mode":"replace"},{"name":"d","mode":"drop_opted_out"}],"uid2":`+operatorOf(server, "")+`}`,
		annotator.WithOptOuts(optedOut))
	waitForKeys(t, a, codec.ScopeUID2)
	good, out := aliceToken(server), server.Token(uid2test.TokenSpec{Email: "out@example.com"})
	raw := server.RawUID(uid2test.TokenSpec{Email: "alice@example.com"}).Reveal()
	// ids and statuses of what is left
	all := []string{good + " Success", out + " UserOptedOut", "bad InvalidPayload", out + " UserOptedOut"}
	for _, c := range []struct {
		bidder  string
		req     openrtb2.BidRequest
		want    []string
		applied annotator.Applied
	}{
		{"a", openrtb2.BidRequest{}, all, annotator.Applied{Changed: true, Annotated: 4, Raw: 1}},
		{"d", openrtb2.BidRequest{}, []string{all[0], all[2]}, annotator.Applied{Changed: true, Annotated: 2, Raw: 1, Removed: 2}},
		{"r", openrtb2.BidRequest{}, []string{raw}, annotator.Applied{Changed: true, Raw: 1, Removed: 3}},
		{"x", openrtb2.BidRequest{}, []string{good, out, "bad", out}, annotator.Applied{}},
		{"a", openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, []string{good + " Withheld", out + " Withheld", "bad Withheld", out + " Withheld"},
			annotator.Applied{Changed: true, Annotated: 4}},
		{"d", openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, []string{good + " Withheld", out + " Withheld", "bad Withheld", out + " Withheld"},
			annotator.Applied{Changed: true, Annotated: 4}},
		{"r", openrtb2.BidRequest{Regs: &openrtb2.Regs{COPPA: 1}}, nil, annotator.Applied{Changed: true, Removed: 4}},
	} {
		c.req.User = userWith(good, out, "bad", out)
		user, applied, err := decide(t, a, c.bidder, &c.req, "")
		var got []string
		for _, eid := range user.EIDs {
			for _, uid := range eid.UIDs {
				var ext struct {
					UID2 struct{ Status string }
				}
				json.Unmarshal(uid.Ext, &ext)
				got = append(got, strings.TrimSpace(uid.ID+" "+ext.UID2.Status))
			}
		}
		if err != nil || !slices.Equal(got, c.want) || applied != c.applied {
			t.Errorf("%s, %+v: %v\n got %q %+v\nwant %q %+v", c.bidder, c.req, err, got, applied, c.want, c.applied)
		}
	}
}

// A host that plans the module twice runs the bidder stage over its own work.
func TestAppliedTwice(t *testing.T) {
	server := startServer(t)
	a := newAnnotator(t, server, `,"bidders":[{"name":"a"},{"name":"r","mode":"replace"}]`)
	ctx, now := context.Background(), time.Now()
	req := openrtb2.BidRequest{User: userWith(aliceToken(server), server.Token(uid2test.TokenSpec{Email: "bob@example.com"}))}
	for bidder, want := range map[string]annotator.Applied{"a": {Changed: true, Annotated: 2, Raw: 2}, "r": {}} {
		auction, own := a.Resolve(ctx, &req, now), req
		var before string
		for run := range 2 {
			decision, err := a.ForBidder(ctx, auction, bidder, &own, nil, now)
			user, applied := decision.Apply(&own)
			text, _ := json.Marshal(user)
			if run == 1 && (err != nil || applied.Raw != want.Raw || applied.Annotated != want.Annotated || applied.Removed != 0 || string(text) != before) {
				t.Errorf("%s: %v %+v\n%s, after\n%s", bidder, err, applied, text, before)
			}
			own.User, before = user, string(text)
		}
	}
}
