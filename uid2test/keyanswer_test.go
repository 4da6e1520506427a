package uid2test_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// object reads an answer's body like a strict parser: numbers stay numbers, and strings stay
// strings.
func object(t *testing.T, answer []byte) map[string]any {
	t.Helper()
	var outer map[string]any
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	if err := decoder.Decode(&outer); err != nil || outer["status"] != "success" || len(outer) != 2 {
		t.Fatalf("no answer: %v", err)
	}
	body, _ := outer["body"].(map[string]any)
	return body
}

func fieldsOf(v any) string {
	return strings.Join(slices.Sorted(maps.Keys(v.(map[string]any))), " ")
}

func TestFieldsOfTheAnswers(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	const (
		bidstream = "allow_clock_skew_seconds identity_scope keys max_bidstream_lifetime_seconds site_data"
		reader    = "allow_clock_skew_seconds caller_site_id identity_scope keys master_keyset_id site_data token_expiry_seconds"
		sharer    = "allow_clock_skew_seconds caller_site_id default_keyset_id identity_scope keys master_keyset_id max_sharing_lifetime_seconds site_data token_expiry_seconds"
	)
	bidder := s.AddClient(uid2test.Client{Roles: uid2test.IDReader})
	for _, test := range []struct {
		client     *uid2test.Client
		path, want string
	}{
		{s.Client(), uid2test.PathBidstream, bidstream},
		{s.Client(), uid2test.PathSharing, sharer},
		{bidder, uid2test.PathBidstream, bidstream},
		{bidder, uid2test.PathSharing, reader},
	} {
		body := object(t, s.KeyAnswer(test.client, test.path))
		if got := fieldsOf(body); got != test.want {
			t.Errorf("%v %s: got %s, want %s", test.client, test.path, got, test.want)
		}
	}
}

// TestValuesOfTheAnswers also checks the types of the values: token_expiry_seconds is a string.
func TestValuesOfTheAnswers(t *testing.T) {
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		s := uid2test.NewUnstartedServer(uid2test.WithScope(scope))
		bidstream := object(t, s.KeyAnswer(s.Client(), uid2test.PathBidstream))
		sharing := object(t, s.KeyAnswer(s.Client(), uid2test.PathSharing))
		for name, want := range map[string]any{
			"identity_scope": scope.String(), "allow_clock_skew_seconds": json.Number("1800"),
			"max_bidstream_lifetime_seconds": json.Number("259210"),
		} {
			if bidstream[name] != want {
				t.Errorf("bidstream %s: got %v, want %v", name, bidstream[name], want)
			}
		}
		for name, want := range map[string]any{
			"identity_scope": scope.String(), "allow_clock_skew_seconds": json.Number("1800"),
			"max_sharing_lifetime_seconds": json.Number("2592010"), "token_expiry_seconds": "2592000",
			"master_keyset_id": json.Number("9999999"), "caller_site_id": json.Number("9001"),
		} {
			if sharing[name] != want {
				t.Errorf("sharing %s: got %v, want %v", name, sharing[name], want)
			}
		}
	}
}

// TestKeysetsAreNamedForTheirOwners: only keys that the caller may encrypt with have a keyset id.
func TestKeysetsAreNamedForTheirOwners(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	for _, k := range keysOf(t, s.KeyAnswer(s.Client(), uid2test.PathBidstream)) {
		if k.KeysetID != nil || k.SiteID != nil {
			t.Errorf("bidstream: key %d tells its keyset or site", k.ID)
		}
	}

	ownKeyset := object(t, s.KeyAnswer(s.Client(), uid2test.PathSharing))["default_keyset_id"].(json.Number)
	named := make(map[string]int)
	for _, k := range keysOf(t, s.KeyAnswer(s.Client(), uid2test.PathSharing)) {
		switch {
		case k.SiteID != nil:
			t.Errorf("sharing: key %d tells its site", k.ID)
		case k.KeysetID == nil:
			named["none"]++
		default:
			id, _ := json.Marshal(*k.KeysetID)
			named[string(id)]++
		}
	}
	if want := map[string]int{"9999999": 1, ownKeyset.String(): 1, "none": 2}; !maps.Equal(named, want) {
		t.Errorf("sharing: keys by keyset are %v, want %v", named, want)
	}

	var sites []int64
	for _, k := range keysOf(t, s.KeyAnswer(s.Client(), uid2test.PathLatest)) {
		if k.KeysetID != nil || k.SiteID == nil {
			t.Fatalf("latest: key %d tells a keyset or no site", k.ID)
		}
		sites = append(sites, *k.SiteID)
	}
	slices.Sort(sites)
	if want := []int64{-1, 2, 7000, 9001}; !slices.Equal(sites, want) {
		t.Errorf("latest: keys of sites %v, want %v", sites, want)
	}
}

// TestEntriesLookLikeGoldenOnes compares with an answer that every official SDK reads.
func TestEntriesLookLikeGoldenOnes(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	golden := object(t, fixtures.Answer("golden-uid2"))
	ours := object(t, s.KeyAnswer(s.Client(), uid2test.PathSharing))
	for _, name := range []string{"keys", "site_data"} {
		want, got := golden[name].([]any)[0], ours[name].([]any)[0]
		if fieldsOf(got) != fieldsOf(want) {
			t.Errorf("%s: fields %s, want %s", name, fieldsOf(got), fieldsOf(want))
		}
		for field, value := range want.(map[string]any) {
			if _, isText := value.(string); isText != isString(got.(map[string]any)[field]) {
				t.Errorf("%s: %s has another kind of value", name, field)
			}
		}
	}
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

func TestTheWireCarriesKeyAnswer(t *testing.T) {
	s := start(t)
	for _, path := range endpoints {
		if got, want := mustFetch(t, s, s.Client(), path), s.KeyAnswer(s.Client(), path); !bytes.Equal(got, want) {
			t.Errorf("%s: got %d bytes, other than KeyAnswer's", path, len(got))
		}
		if s.Requests(path) != 1 {
			t.Errorf("%s: counted %d requests", path, s.Requests(path))
		}
	}
	if s.Requests("/v2/token/generate") != 0 {
		t.Error("counted a request that wasn't made")
	}
}

func TestSiteData(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	s.AddSite(7002)
	s.AddSite(7001, "publisher.example", "com.publisher.game", "publisher.example")
	s.AddSite(6999, "first.example")
	s.AddSite(6999, "second.example")
	got, _ := json.Marshal(object(t, s.KeyAnswer(s.Client(), uid2test.PathBidstream))["site_data"])
	const want = `[{"domain_names":["second.example"],"id":6999},` +
		`{"domain_names":["com.example.app","example.com"],"id":7000},` +
		`{"domain_names":["com.publisher.game","publisher.example"],"id":7001}]`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
	mustPanic(t, "site 0", func() { s.AddSite(0) })
}

func TestKeyAnswerPanicsWhereTheServerRefuses(t *testing.T) {
	s := uid2test.NewUnstartedServer()
	stranger := *s.Client()
	stranger.APIKey = "of nobody"
	mustPanic(t, "path", func() { s.KeyAnswer(s.Client(), "/v2/token/generate") })
	mustPanic(t, "stranger", func() { s.KeyAnswer(&stranger, uid2test.PathBidstream) })
	mustPanic(t, "role", func() { s.KeyAnswer(s.AddClient(uid2test.Client{Roles: uid2test.Sharer}), uid2test.PathBidstream) })
	shared := s.AddClient(uid2test.Client{Roles: uid2test.IDReader, SiteID: uid2test.SharedSite})
	mustPanic(t, "site", func() { s.KeyAnswer(shared, uid2test.PathLatest) })
}
