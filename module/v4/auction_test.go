// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package module_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/module/v4"
	"github.com/uid2rtb/uid2rtb/module/v4/pbstest"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const alice = "alice@example.com"

// addPublisher makes site 7001 known to the operator, with a domain and an app.
func addPublisher(s *stand) { s.uid2.AddSite(7001, "publisher.example", "com.publisher.game") }

func TestListedBiddersGetTheRawUIDAndOthersGetNothing(t *testing.T) {
	s := newStand(t, setup{})
	token := s.token(alice)
	s.auction(s.request(token, nil))
	for _, bidder := range []string{"thetradedesk", "pubmatic"} {
		got := s.annotated(bidder)
		if got.Status != "Success" || got.Raw != s.raw(alice) || got.OptedOut == nil || *got.OptedOut {
			t.Errorf("%s: %+v", bidder, got)
		}
		if got.Type != "email" || got.Version != 4 || got.Established == 0 || got.Expires < time.Now().UnixMilli() || got.SiteID == 0 {
			t.Errorf("%s: details are missing: %+v", bidder, got)
		}
		if all := uids(t, s.sent(bidder)); all[0].ID != token {
			t.Errorf("%s: the token was changed", bidder)
		}
	}
	for _, bidder := range []string{"appnexus", "openx"} {
		s.mustNotSee(bidder, s.raw(alice))
		if all := uids(t, s.sent(bidder)); len(all) != 1 || all[0].ID != token {
			t.Errorf("%s: the token did not arrive as it was", bidder)
		}
	}
}

func TestEveryTokenVersionScopeAndPlace(t *testing.T) {
	s := newStand(t, setup{})
	for _, version := range []codec.Version{codec.V2, codec.V3, codec.V4} {
		for source, operator := range map[string]*uid2test.Server{"uidapi.com": s.uid2, "EUID.eu": s.euid} {
			for _, place := range []string{"user.eids", "user.ext.eids"} {
				spec := uid2test.TokenSpec{Version: version, Phone: "+12345678901"}
				eids := []any{
					map[string]any{"source": "other.example", "uids": []any{map[string]any{"id": "x"}}},
					map[string]any{"source": source, "uids": []any{map[string]any{"id": operator.Token(spec), "ext": map[string]any{"rtiPartner": "UID2"}}}},
				}
				user := map[string]any{"eids": eids}
				if place == "user.ext.eids" {
					user = map[string]any{"ext": user}
				}
				s.auction(s.request("", map[string]any{"user": user}))
				for _, bidder := range []string{"thetradedesk", "pubmatic"} {
					all := uids(t, s.sent(bidder))
					if len(all) != 2 || all[0].UID2 != nil || all[1].UID2 == nil {
						t.Fatalf("v%d %s in %s, %s: %s", version, source, place, bidder, s.sent(bidder))
					}
					if got := all[1].UID2; got.Status != "Success" || got.Raw != operator.RawUID(spec).Reveal() {
						t.Errorf("v%d %s in %s, %s: %s", version, source, place, bidder, got.Status)
					}
					if !strings.Contains(string(s.sent(bidder)), `"rtiPartner":"UID2"`) {
						t.Errorf("v%d %s in %s, %s: the rest of ext is gone", version, source, place, bidder)
					}
				}
			}
		}
	}
}

func TestBadTokensGetAStatusAndNoRawUID(t *testing.T) {
	s := newStand(t, setup{prepare: addPublisher})
	hour := time.Hour.Milliseconds()
	now := time.Now().UnixMilli()
	csg := func(site uint32) string {
		return s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, SiteID: site, PrivacyBits: 3})
	}
	s.optOuts.Add(s.uid2.RawUID(uid2test.TokenSpec{Email: "gone@example.com"}), 1700000000000)
	for name, test := range map[string]struct{ token, want string }{
		"garbage":          {"not a token", "InvalidPayload"},
		"version":          {"AAAAAAAA", "VersionNotSupported"},
		"expired":          {s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, EstablishedMs: now - 3*hour, GeneratedMs: now - 2*hour, ExpiresMs: now - hour}), "ExpiredToken"},
		"lifetime":         {s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, ExpiresMs: now + 24*365*10*hour}), "InvalidTokenLifetime"},
		"master key":       {s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, UnknownMasterKey: true}), "NotAuthorizedForMasterKey"},
		"site key":         {s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, UnknownSiteKey: true}), "NotAuthorizedForKey"},
		"scope":            {s.euid.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice}), "InvalidIdentityScope"},
		"wrong site":       {csg(7001), "DomainOrAppNameCheckFailed"},
		"opted-out bit":    {s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, PrivacyBits: 7}), "UserOptedOut"},
		"opted out":        {s.token("gone@example.com"), "UserOptedOut"},
		"opted out, in v2": {s.uid2.Token(uid2test.TokenSpec{Version: codec.V2, Email: "gone@example.com"}), "UserOptedOut"},
		"an actual raw":    {s.raw(alice), ""},
	} {
		s.auction(s.request(test.token, nil))
		for _, bidder := range []string{"thetradedesk", "pubmatic"} {
			got := s.annotated(bidder)
			if got.Raw != "" || got.Status == "Success" || (test.want != "" && got.Status != test.want) {
				t.Errorf("%s, %s: got %s, want %s", name, bidder, got.Status, test.want)
			}
			if name == "opted out" && (got.OptedOut == nil || !*got.OptedOut || got.OptedOutSince != 1700000000000) {
				t.Errorf("%s: the opt-out isn't described: %+v", bidder, got)
			}
		}
	}
}

func TestClientSideGeneratedTokensNeedTheRightName(t *testing.T) {
	s := newStand(t, setup{prepare: addPublisher})
	token := s.uid2.Token(uid2test.TokenSpec{Version: codec.V4, Email: alice, SiteID: 7001, PrivacyBits: 3})
	publisher := map[string]any{"id": "account"}
	for name, test := range map[string]struct {
		over map[string]any
		want string
	}{
		"site.domain":           {map[string]any{"site": map[string]any{"id": "s", "domain": "Publisher.example", "publisher": publisher}}, "Success"},
		"site.domain subdomain": {map[string]any{"site": map[string]any{"id": "s", "domain": "www.publisher.example", "publisher": publisher}}, "Success"},
		"site.page":             {map[string]any{"site": map[string]any{"page": "https://publisher.example/a", "publisher": publisher}}, "Success"},
		"app.bundle":            {map[string]any{"site": nil, "app": map[string]any{"bundle": "com.publisher.game", "publisher": publisher}}, "Success"},
		"another app":           {map[string]any{"site": nil, "app": map[string]any{"bundle": "com.another.game", "publisher": publisher}}, "DomainOrAppNameCheckFailed"},
		"another site":          {map[string]any{"site": map[string]any{"id": "s", "domain": "example.com", "publisher": publisher}}, "DomainOrAppNameCheckFailed"},
	} {
		s.auction(s.request(token, test.over))
		if got := s.annotated("thetradedesk"); got.Status != test.want {
			t.Errorf("%s: got %s, want %s", name, got.Status, test.want)
		}
	}
}

func TestAMP(t *testing.T) {
	stored := map[string]json.RawMessage{}
	s := newStand(t, setup{pbs: pbstest.Config{StoredRequests: stored}})
	stored["tag"] = s.request(s.token(alice), nil)
	status, answer, err := s.pbs.Amp(context.Background(), url.Values{"tag_id": {"tag"}})
	if err != nil || status != 200 {
		t.Fatalf("amp: %d %v %s", status, err, answer)
	}
	if got := s.annotated("thetradedesk"); got.Status != "Success" || got.Raw != s.raw(alice) {
		t.Errorf("thetradedesk: %s", got.Status)
	}
	s.mustNotSee("appnexus", s.raw(alice))
}

func TestModes(t *testing.T) {
	modes := map[string]any{"bidders": []any{
		map[string]any{"name": "thetradedesk", "mode": "replace"},
		map[string]any{"name": "pubmatic", "mode": "drop_opted_out"},
	}}
	s := newStand(t, setup{config: modes})
	s.optOuts.Add(s.uid2.RawUID(uid2test.TokenSpec{Email: "gone@example.com"}), 1700000000000)
	good, gone := s.token(alice), s.token("gone@example.com")
	s.auction(s.request("", map[string]any{"user": map[string]any{"eids": eids(good, gone, "not a token")}}))

	replaced := uids(t, s.sent("thetradedesk"))
	if len(replaced) != 1 || replaced[0].ID != s.raw(alice) || replaced[0].UID2 != nil {
		t.Errorf("replace: %s", s.sent("thetradedesk"))
	}
	dropped := uids(t, s.sent("pubmatic"))
	if len(dropped) != 2 || dropped[0].ID != good || dropped[0].UID2.Status != "Success" || dropped[1].UID2.Status != "InvalidPayload" {
		t.Errorf("drop_opted_out: %s", s.sent("pubmatic"))
	}
	s.mustNotSee("openx", s.raw(alice))
}

func TestOptOutsThatAreNotKnownWithhold(t *testing.T) {
	s := newStand(t, setup{noStore: true})
	s.auction(s.request(s.token(alice), nil))
	got := s.annotated("thetradedesk")
	if got.Status != "Success" || got.Raw != "" || got.OptedOut != nil || !strings.Contains(string(s.sent("thetradedesk")), `"opted_out":null`) {
		t.Errorf("got %s", s.sent("thetradedesk"))
	}

	s = newStand(t, setup{noStore: true, config: map[string]any{"opt_outs": map[string]any{"when_unknown": "send"}}})
	s.auction(s.request(s.token(alice), nil))
	if got := s.annotated("thetradedesk"); got.Raw != s.raw(alice) || got.OptedOut != nil {
		t.Errorf("send: got %s", s.sent("thetradedesk"))
	}
}

func TestStartsWithoutAnOperatorAndCatchesUp(t *testing.T) {
	down := uid2test.NewServer()
	client := down.Client()
	down.Fail(uid2test.Fault{Status: 503})
	defer down.Close()
	s := &stand{t: t, uid2: down, dsp: pbstest.NewDSP(pbstest.DSPConfig{})}
	defer s.dsp.Close()
	config, _ := json.Marshal(map[string]any{
		"uid2":     map[string]any{"base_url": down.URL, "api_key": client.APIKey, "client_secret": client.ClientSecret},
		"bidders":  []any{map[string]any{"name": "thetradedesk"}, map[string]any{"name": "pubmatic"}},
		"opt_outs": map[string]any{"when_unknown": "send"},
	})
	var err error
	if s.module, err = module.New(config); err != nil {
		t.Fatal(err)
	}
	s.startPBS(pbstest.Config{})
	s.auction(s.request(s.token(alice), nil))
	if got := s.annotated("thetradedesk"); got.Status != "NotInitialized" || got.Raw != "" {
		t.Errorf("without keys: %s", got.Status)
	}
	down.Heal()
	s.waitForKeys()
	s.auction(s.request(s.token(alice), nil))
	if got := s.annotated("thetradedesk"); got.Status != "Success" || got.Raw == "" {
		t.Errorf("with keys: %s", got.Status)
	}
}

func TestAnalyticsTagsHoldStatusesAndCounts(t *testing.T) {
	s := newStand(t, setup{})
	answer := s.auction(s.request(s.token(alice), map[string]any{"ext": map[string]any{"prebid": map[string]any{"trace": "verbose"}}}))
	for _, want := range []string{`"uid2-resolve"`, `{"statuses":{"Success":1}}`, `"uid2-annotate"`, `"raw":1`, `"bidder":"thetradedesk"`} {
		if !strings.Contains(string(answer), want) {
			t.Errorf("the trace lacks %s", want)
		}
	}
	if strings.Contains(string(answer), s.raw(alice)) {
		t.Error("the trace holds a raw UID")
	}
}
