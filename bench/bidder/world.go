package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/uid2rtb/uid2rtb/bench/internal/world"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/optout"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

const (
	requestCount = 1000
	requestBytes = 3600
	eids         = 4
	siteCount    = 1000 // each with keys of its own
	firstSite    = 8000
	optedOut     = 100_000
)

// market is what all bidders are in: an operator, users, and requests to bid on.
type market struct {
	operator *uid2test.Server
	optedOut []codec.RawUID
	requests []request
}

// request is a bid request as it is sent, and what its answer must be.
type request struct {
	kind    string
	message []byte
	raw     codec.RawUID // of the user; must be in no answer
	price   float64      // that must be bid
}

// refusals make the tokens that nobody may bid on, by what is wrong with them.
var refusals = []struct {
	kind  string
	token func(operator *uid2test.Server, spec uid2test.TokenSpec) string
}{
	{"expired", func(operator *uid2test.Server, spec uid2test.TokenSpec) string {
		spec.ExpiresMs = time.Now().Add(-time.Minute).UnixMilli()
		return operator.Token(spec)
	}},
	{"unknown master key", func(operator *uid2test.Server, spec uid2test.TokenSpec) string {
		spec.UnknownMasterKey = true
		return operator.Token(spec)
	}},
	{"unknown site key", func(operator *uid2test.Server, spec uid2test.TokenSpec) string {
		spec.UnknownSiteKey = true
		return operator.Token(spec)
	}},
	{"changed", func(operator *uid2test.Server, spec uid2test.TokenSpec) string {
		token := []byte(operator.Token(spec))
		if at := len(token) - 6; token[at] == 'A' { // not the bits that padding leaves over
			token[at] = 'B'
		} else {
			token[at] = 'A'
		}
		return string(token)
	}},
	{"half a token", func(operator *uid2test.Server, spec uid2test.TokenSpec) string { return operator.Token(spec)[:100] }},
	{"garbage", func(*uid2test.Server, uid2test.TokenSpec) string { return "nonsense" }},
	{"no UID2", func(*uid2test.Server, uid2test.TokenSpec) string { return "" }},
}

// newMarket starts the operator. Of twenty users, one has opted out, and one has a token that is
// refused.
func newMarket() (*market, error) {
	m := &market{operator: uid2test.NewServer()}
	for site := range uint32(siteCount) {
		m.operator.AddSite(firstSite+site, "example.com")
	}
	for i := range requestCount {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("user%d@example.com", i), SiteID: firstSite + uint32(i%siteCount)}
		r := request{kind: "usable", price: unknownPrice, raw: m.operator.RawUID(spec)}
		var token string
		switch {
		case i%20 == 0:
			r.kind = "opted out"
			m.optedOut = append(m.optedOut, r.raw)
			token = m.operator.Token(spec)
		case i%20 == 10:
			refusal := refusals[i/20%len(refusals)]
			r.kind, token = refusal.kind, refusal.token(m.operator, spec)
		default:
			r.price, token = priceOf(r.raw), m.operator.Token(spec)
		}
		r.message = messageOf(world.RequestOf(requestBytes, eids, token))
		m.requests = append(m.requests, r)
	}
	return m, m.addOptedOut()
}

// addOptedOut adds users who are met nowhere.
func (m *market) addOptedOut() error {
	var b [32]byte
	for len(m.optedOut) < optedOut {
		rand.Read(b[:])
		uid, err := codec.NewRawUID(b[:])
		if err != nil {
			return err
		}
		m.optedOut = append(m.optedOut, uid)
	}
	return nil
}

func (m *market) close() { m.operator.Close() }

// unknownPrice must be bid where the user may not be known.
const unknownPrice = 0.4

// priceOf must be bid for a user.
func priceOf(raw codec.RawUID) float64 {
	hash := fnv.New32a()
	hash.Write(raw.AppendReveal(nil))
	return float64(50+hash.Sum32()%1000) / 100
}

// messageOf is the HTTP request with a bid request.
func messageOf(body []byte) []byte {
	return fmt.Appendf(nil, "POST /bid HTTP/1.1\r\nHost: bidder.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// storeOptOuts makes a log of the opt-outs for a bidder that keeps one.
func (m *market) storeOptOuts(ctx context.Context, path string) error {
	file, err := optout.OpenFile(path)
	if err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	var entries []optout.Entry
	for _, uid := range m.optedOut {
		entries = append(entries, optout.Entry{UID: uid.Canonical(), SinceMs: now, ReceivedMs: now})
	}
	return errors.Join(file.AppendAll(ctx, entries), file.Close())
}

// textOfOptOuts has them one a line, and an empty line at the end.
func (m *market) textOfOptOuts() []byte {
	var b []byte
	for _, uid := range m.optedOut {
		b = append(uid.AppendReveal(b), '\n')
	}
	return append(b, '\n')
}
