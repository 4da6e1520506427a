package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/inspect/page"
)

const (
	kept = 100
	// begun is when the first auction happened: always the same, for pictures.
	begun = 1_795_755_600_000
	// rawUID is the one that is shown only if it is asked for.
	rawUID = "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1"
)

// host makes up auctions, a state and actions.
type host struct {
	samples []page.Sample

	mu       sync.Mutex
	latest   []kind // the oldest first, at most kept
	last     int64
	changed  chan struct{} // closed by the next auction
	optedOut map[string]bool
	down     bool
}

// kind is an auction with the request that it was.
type kind struct {
	page.Auction
	body string
}

var users = []string{"alice@example.com", "bob@example.com", "doris@example.com"}

func newHost() *host {
	h := &host{changed: make(chan struct{}), optedOut: map[string]bool{"bob@example.com": true}}
	for _, sample := range fixtures.Samples() {
		texts := make(map[string]string)
		for name := range sample.Tokens {
			texts[name] = advertisingToken
		}
		body, err := sample.Fill(texts)
		if err != nil {
			panic(err) // the samples are tested
		}
		h.samples = append(h.samples, page.Sample{
			Name: sample.Name, OpenRTB: sample.OpenRTB, Description: sample.Description, Endpoint: sample.Endpoint, Body: string(body),
		})
	}
	return h
}

// nextSample goes through the samples in turn.
func nextSample(h *host) page.Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.samples[h.last%int64(len(h.samples))]
}

// happen has an auction happen, and returns its number.
func (h *host) happen(sample page.Sample, status int) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	a := outcomes[h.last%int64(len(outcomes))]
	a.Number, a.AtMs, a.Name, a.Endpoint, a.HTTPStatus = h.last, begun+h.last*731, sample.Name, sample.Endpoint, 200
	if status != 0 {
		a.HTTPStatus = status
	}
	a.HooksUs = 40 + float64(h.last*37%90)
	h.latest = append(h.latest, kind{a, sample.Body})
	h.latest = h.latest[max(0, len(h.latest)-kept):]
	close(h.changed)
	h.changed = make(chan struct{})
	return h.last
}

var outcomes = []page.Auction{
	{
		Statuses: []string{"Success"}, RawTo: []string{"demodsp", "demodsp26"},
		Bids: []page.Bid{{Bidder: "demodsp", Outcome: "bid", PriceUSD: 2.1}, {Bidder: "demodsp26", Outcome: "bid", PriceUSD: 2.4}},
	},
	{Statuses: []string{"UserOptedOut"}, Bids: []page.Bid{{Bidder: "demodsp", Outcome: "no bid"}, {Bidder: "demodsp26", Outcome: "no bid"}}},
	{
		Statuses: []string{"ExpiredToken", "Success"}, RawTo: []string{"demodsp"},
		Bids: []page.Bid{{Bidder: "demodsp", Outcome: "bid", PriceUSD: 2.1}, {Bidder: "demodsp26", Outcome: "bid", PriceUSD: 0.4}},
	},
	{Statuses: []string{"Withheld"}, Withheld: "coppa", Bids: []page.Bid{{Bidder: "demodsp", Outcome: "bid", PriceUSD: 0.4}, {Bidder: "demodsp26", Outcome: "not called"}}},
}

// since returns the auctions after a number, and what is closed when there are more.
func (h *host) since(after int64) ([]page.Auction, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []page.Auction
	for _, one := range h.latest {
		if one.Number > after {
			all = append(all, one.Auction)
		}
	}
	return all, h.changed
}

// Watch implements [page.Auctions].
func (h *host) Watch(ctx context.Context, after int64, each func(page.Auction) error) error {
	for {
		all, changed := h.since(after)
		for _, one := range all {
			if err := each(one); err != nil {
				return err
			}
			after = one.Number
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Auction implements [page.Auctions].
func (h *host) Auction(number int64, reveal bool) (page.AuctionDetail, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, one := range h.latest {
		if one.Number == number {
			return detail(one, reveal), nil
		}
	}
	return page.AuctionDetail{}, page.ErrGone
}

// Samples implements [page.Auctions].
func (h *host) Samples() []page.Sample { return h.samples }

// Play implements [page.Auctions].
func (h *host) Play(ctx context.Context, request page.PlayRequest) (result page.PlayResult, err error) {
	sample, status, err := h.toPlay(request)
	if err != nil {
		return result, err
	}
	for range max(1, request.Times) {
		if ctx.Err() != nil {
			result.Error = "it was stopped"
			return result, nil
		}
		result.Last = h.happen(sample, status)
		if result.First == 0 {
			result.First = result.Last
		}
	}
	return result, nil
}

func (h *host) toPlay(request page.PlayRequest) (page.Sample, int, error) {
	if request.Sample == "" {
		status := 0
		if !json.Valid([]byte(request.Body)) {
			status = 400
		}
		return page.Sample{Name: "your request", Endpoint: "auction", Body: request.Body}, status, nil
	}
	for _, sample := range h.samples {
		if sample.Name == request.Sample {
			return sample, 0, nil
		}
	}
	return page.Sample{}, 0, errors.New("no such sample: choose one from the menu")
}

// detail makes up what happened in an auction.
func detail(of kind, reveal bool) page.AuctionDetail {
	raw := inspect.Masked
	if reveal {
		raw = rawUID
	}
	annotated := strings.Replace(of.body, `"atype": 3`, fmt.Sprintf(`"atype": 3,
              "ext": {
                "uid2": {
                  "status": %q,
                  "raw": %q
                }
              }`, of.Statuses[0], raw), 1)
	d := page.AuctionDetail{
		Auction: of.Auction, Incoming: of.body,
		Gates: []inspect.Gate{
			{Reason: "coppa", Closed: of.Withheld == "coppa", Why: "regs.coppa says so, or doesn't"},
			{Reason: "gdpr", Why: "regs.gdpr isn't 1"},
		},
		Stages: map[string]float64{"raw_auction_request": of.HooksUs * 0.3, "bidder_request": of.HooksUs * 0.6, "auction_response": of.HooksUs * 0.1},
	}
	for _, bid := range of.Bids {
		listed := bid.Bidder == "demodsp"
		received := of.body
		if listed {
			received = annotated
		}
		d.Bidders = append(d.Bidders, page.BidderDetail{
			Bidder: bid.Bidder, Listed: listed, Called: bid.Outcome != "not called", Received: received, Difference: difference(of.body, received),
		})
	}
	before := fmt.Sprintf("{\n  \"id\": \"1\",\n  \"ext\": {\n    \"debug\": %q\n  }\n}", raw)
	after := "{\n  \"id\": \"1\",\n  \"ext\": {\n    \"debug\": \"\"\n  }\n}"
	d.Response = page.ResponseDetail{Before: before, After: after, Redacted: 1, Difference: difference(before, after)}
	return d
}

// difference is of two texts that differ in one place.
func difference(before, after string) (lines []inspect.Line) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	tail := 0
	for tail < min(len(a), len(b))-same && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if same == len(a) && same == len(b) {
		return nil
	}
	add := func(op string, texts []string) {
		for _, text := range texts {
			lines = append(lines, inspect.Line{Op: op, Text: text})
		}
	}
	if same > 3 {
		add("…", []string{fmt.Sprintf("… %d lines", same-3)})
	}
	add("=", a[max(0, same-3):same])
	add("-", a[same:len(a)-tail])
	add("+", b[same:len(b)-tail])
	add("=", a[len(a)-tail:min(len(a), len(a)-tail+3)])
	return lines
}

// State implements [page.State].
func (h *host) State() page.StateReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now().UnixMilli()
	s := page.StateReport{
		AtMs: now,
		Keysets: []page.Keyset{
			{Scope: "UID2", Operator: "http://127.0.0.1:8101", Ready: true, Keys: 12, IDs: []uint32{1, 2, 3, 100, 101, 102}, Sites: 3, FetchedMs: now - 60_000, NextRefreshMs: now + 3_540_000, ExpiresMs: now + 20*86_400_000},
			{Scope: "EUID", Operator: "http://127.0.0.1:8102", Ready: true, Keys: 8, IDs: []uint32{7, 8}, Sites: 2, FetchedMs: now - 60_000, NextRefreshMs: now + 3_540_000, ExpiresMs: now + 20*86_400_000},
		},
		OptOuts:  page.OptOuts{Ready: true, Users: len(h.optedOut), LagMs: 1.4, LastBatchMs: now - 5000, LastBatch: 1, Webhook: "http://127.0.0.1:8103/optout"},
		Hooks:    page.Histogram{P50Us: 71, P99Us: 128, Count: h.last},
		Versions: map[string]string{"uid2rtb": "v0.0.0", "Prebid Server": "v3.30.0", "Go": "go1.26"},
		Actions: []page.ActionInfo{
			{Name: "opt_out", Title: "Opt a user out", Description: "Sends the opt-out to the webhook; the user's next auction shows it.", TakesUser: true},
			{Name: "operator_down", Title: "Take the operator down", Description: "It answers nothing any more. Keys stay as they are until they expire.", On: h.down},
			{Name: "damage_a_byte", Title: "Damage a byte", Description: "Plays a request whose token has a changed byte."},
		},
	}
	if h.down {
		s.Keysets[0].LastError = "the operator can't be reached: connection refused"
	}
	for i := range 12 {
		s.Hooks.Buckets = append(s.Hooks.Buckets, page.Bucket{UpToUs: float64(int(10) << i), Count: h.last * int64(6-min(6, max(i-4, 4-i))) / 18})
	}
	for _, user := range users {
		s.Users = append(s.Users, page.User{Name: user, OptedOut: h.optedOut[user], Sample: h.samples[0].Name})
	}
	return s
}

// Do implements [page.Actions].
func (h *host) Do(_ context.Context, name string, args json.RawMessage) (page.ActionResult, error) {
	switch name {
	case "opt_out":
		var given page.ActionArgs
		if err := json.Unmarshal(args, &given); err != nil || given.User == "" {
			return page.ActionResult{}, errors.New("no user was given: choose one")
		}
		h.mu.Lock()
		h.optedOut[given.User] = true
		h.mu.Unlock()
		return page.ActionResult{Message: given.User + " is opted out.", Auction: h.happen(h.samples[0], 0)}, nil
	case "operator_down":
		h.mu.Lock()
		h.down = !h.down
		h.mu.Unlock()
		return page.ActionResult{Message: "The operator is down."}, nil
	case "damage_a_byte":
		return page.ActionResult{Message: "The token was damaged.", Auction: h.happen(h.samples[0], 0), Text: advertisingToken}, nil
	}
	return page.ActionResult{}, page.ErrNoAction
}
