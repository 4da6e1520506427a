package inspect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/hostile"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// requestWorld is two operators and an inspector that has their keys and knows who opted out.
type requestWorld struct {
	operators map[codec.Scope]*uid2test.Server
	optOuts   bidstream.MemoryOptOuts
	now       time.Time
	inspector *Inspector
	raws      map[string]bool // of all users, as their texts
}

func newRequestWorld(t testing.TB, change ...func(*Config)) *requestWorld {
	t.Helper()
	w := &requestWorld{operators: map[codec.Scope]*uid2test.Server{}, now: time.Now(), raws: map[string]bool{}}
	config := Config{Keys: map[codec.Scope]bidstream.KeySource{}, OptOuts: &w.optOuts, Privacy: privacy.Default(), Now: func() time.Time { return w.now }}
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		server := uid2test.NewUnstartedServer(uid2test.WithScope(scope))
		keys, err := keyset.Parse(server.KeyAnswer(server.Client(), "/v2/key/bidstream"))
		if err != nil {
			t.Fatal(err)
		}
		w.operators[scope], config.Keys[scope] = server, keyset.Static(keys)
	}
	for _, c := range change {
		c(&config)
	}
	var err error
	if w.inspector, err = New(config); err != nil {
		t.Fatal(err)
	}
	return w
}

// token makes a token, and remembers the raw UID.
func (w *requestWorld) token(scope codec.Scope, spec uid2test.TokenSpec) (text, raw string) {
	server := w.operators[scope]
	raw = server.RawUID(spec).Reveal()
	w.raws[raw] = true
	return server.Token(spec), raw
}

func (w *requestWorld) alice() string {
	text, _ := w.token(codec.ScopeUID2, uid2test.TokenSpec{Email: "alice@example.com"})
	return text
}

// optedOut is a token of a user who has opted out.
func (w *requestWorld) optedOut() string {
	spec := uid2test.TokenSpec{Email: "gone@example.com"}
	text, _ := w.token(codec.ScopeUID2, spec)
	w.optOuts.Add(w.operators[codec.ScopeUID2].RawUID(spec), 1)
	return text
}

func (w *requestWorld) input(text string) Input { return Input{Text: text, NowMs: w.now.UnixMilli()} }

// inspect explains a request, which must be one.
func (w *requestWorld) inspect(t testing.TB, text string) *Request {
	t.Helper()
	r, err := w.inspector.request([]byte(text), w.input(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return r
}

// samples are the requests of package fixtures, with tokens.
func (w *requestWorld) samples(t testing.TB) map[string]string {
	t.Helper()
	filled := make(map[string]string)
	for _, sample := range fixtures.Samples() {
		texts := make(map[string]string)
		for name, spec := range sample.Tokens {
			texts[name] = w.sampleToken(spec)
		}
		body, err := sample.Fill(texts)
		if err != nil {
			t.Fatal(err)
		}
		filled[sample.OpenRTB+" "+sample.Name] = string(body)
	}
	return filled
}

func (w *requestWorld) sampleToken(t fixtures.TokenSpec) string {
	if t.Text != "" {
		return t.Text
	}
	scope := map[string]codec.Scope{"uid2": codec.ScopeUID2, "euid": codec.ScopeEUID}[t.Operator]
	spec := uid2test.TokenSpec{
		Version: codec.Version(t.Version), Email: t.Email, Phone: t.Phone, SiteID: t.Site, UnknownMasterKey: t.UnknownMasterKey, UnknownSiteKey: t.UnknownSiteKey,
	}
	if t.ExpiresIn != 0 {
		spec.ExpiresMs = w.now.Add(time.Duration(t.ExpiresIn)).UnixMilli()
	}
	if t.ClientSide {
		spec.PrivacyBits = uid2test.ClientSide
	}
	if t.OptedOutBit {
		spec.PrivacyBits |= uid2test.OptedOut
	}
	if t.OptedOut {
		w.optOuts.Add(w.operators[scope].RawUID(spec), 1)
	}
	text, _ := w.token(scope, spec)
	return text
}

// hostileRequests are so many requests of the hostile generator, stored ones included.
func (w *requestWorld) hostileRequests(t testing.TB, n int) []string {
	t.Helper()
	world := hostile.World{Attacker: "127.0.0.1:1", Listed: []hostile.Listing{{Name: "thetradedesk"}}, DebugIn10: 2}
	for i := range 6 {
		scope := []codec.Scope{codec.ScopeUID2, codec.ScopeEUID}[i%2]
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), Version: codec.Version(2 + i/2)}
		user := hostile.User{EUID: scope == codec.ScopeEUID, Gone: i == 5}
		for range 3 {
			var token string
			token, user.Raw = w.token(scope, spec)
			user.Tokens = append(user.Tokens, token)
		}
		if user.Gone {
			w.optOuts.Add(w.operators[scope].RawUID(spec), 1)
		}
		world.Users = append(world.Users, user)
		world.Guessed = append(world.Guessed, user)
	}
	generator := hostile.New(1, world)
	var all []string
	for number := range uint64(n) {
		if body := generator.Auction(number).Body; len(body) > 0 {
			all = append(all, string(body))
		}
	}
	for _, text := range generator.StoredRequests() {
		all = append(all, string(text))
	}
	return all
}

// requestWith is a request with these uids in a UID2 eid.
func requestWith(uids ...string) string {
	return `{"id":"1","site":{"domain":"www.example.com"},"user":{"id":"u","eids":[{"source":"uidapi.com","uids":[` + strings.Join(uids, ",") + `]}]}}`
}

func uidOf(token string) string { return `{"id":"` + token + `","atype":3}` }

// unmarshaled reads a request as encoding/json does.
func unmarshaled(t testing.TB, text []byte) *openrtb2.BidRequest {
	t.Helper()
	var req openrtb2.BidRequest
	if err := json.Unmarshal(text, &req); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return &req
}

// unmarshaledOrNil reads a request that may not be one.
func unmarshaledOrNil(text string) *openrtb2.BidRequest {
	var req openrtb2.BidRequest
	if json.Unmarshal([]byte(text), &req) != nil {
		return nil
	}
	return &req
}
