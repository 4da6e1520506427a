package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/inspect/page"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// startWorld starts everything that serves.
func startWorld(t *testing.T) (*world, auctions) {
	t.Helper()
	w, err := newWorld(t.Context(), options{serve: true, addr: "127.0.0.1:0"}, fixtures.Samples())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w, w.page().Auctions.(auctions)
}

// detail returns an auction's details.
func detail(t *testing.T, a page.Auctions, number int64, reveal bool) page.AuctionDetail {
	t.Helper()
	d, err := a.Auction(number, reveal)
	if err != nil {
		t.Fatalf("auction %d: %v", number, err)
	}
	return d
}

// latest returns the auctions that are kept.
func latest(t *testing.T, a page.Auctions, count int) (lines []page.Auction) {
	t.Helper()
	enough := errors.New("enough")
	err := a.Watch(t.Context(), 0, func(line page.Auction) error {
		if lines = append(lines, line); len(lines) == count {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	return lines
}

// bidderOf returns what one bidder received.
func bidderOf(t *testing.T, d page.AuctionDetail, name string) page.BidderDetail {
	t.Helper()
	i := slices.IndexFunc(d.Bidders, func(b page.BidderDetail) bool { return b.Bidder == name })
	if i < 0 {
		t.Fatalf("%s isn't there", name)
	}
	return d.Bidders[i]
}

// Fifty auctions at once, whose requests differ in the token only: each one is put together from
// what belongs to it.
func TestConcurrentAuctionsDontMix(t *testing.T) {
	w, a := startWorld(t)
	sample, err := sampleOf(w.samples, tokenSample)
	if err != nil {
		t.Fatal(err)
	}
	type one struct {
		token, raw string
		number     int64
	}
	all := make([]one, 50)
	var playing sync.WaitGroup
	for i := range all {
		spec := uid2test.TokenSpec{Email: fmt.Sprintf("reader-%d@example.com", i)}
		all[i] = one{token: w.operators["uid2"].Token(spec), raw: w.operators["uid2"].RawUID(spec).Reveal()}
		playing.Go(func() {
			body, err := sample.Fill(map[string]string{"reader": all[i].token})
			if err != nil {
				t.Error(err)
				return
			}
			if all[i].number, err = w.number(t.Context(), fmt.Sprint("reader ", i), endpointAuction, body); err != nil {
				t.Error(err)
			}
		})
	}
	playing.Wait()
	for i, this := range all {
		d := detail(t, a, this.number, true)
		if d.Name != fmt.Sprint("reader ", i) || !slices.Equal(d.RawTo, []string{demoDSP, demoDSP26}) || !slices.Equal(d.Statuses, []string{"Success"}) {
			t.Errorf("auction %d: %+v", this.number, d.Auction)
		}
		texts := map[string]string{"incoming": d.Incoming}
		for _, b := range d.Bidders {
			texts[b.Bidder] = b.Received
		}
		for where, text := range texts {
			hasRaw := where == demoDSP || where == demoDSP26
			for _, other := range all {
				own := other == this
				if strings.Contains(text, other.token) != own || strings.Contains(text, other.raw) != (own && hasRaw) {
					t.Fatalf("auction %d, %s: another auction's token or raw UID, or not its own", this.number, where)
				}
			}
		}
	}
}

// Nothing that isn't revealed has a raw UID; what is revealed has.
func TestUnrevealedHasNoRawUID(t *testing.T) {
	w, a := startWorld(t)
	shown, revealed := &strings.Builder{}, &strings.Builder{}
	var numbers []int64
	for _, sample := range a.samples {
		result, err := a.Play(t.Context(), page.PlayRequest{Sample: sample.Name})
		if err != nil || result.Error != "" {
			t.Fatal(err, result.Error)
		}
		numbers = append(numbers, result.First)
	}
	for _, number := range numbers {
		write(t, shown, detail(t, a, number, false))
		write(t, revealed, detail(t, a, number, true))
	}
	write(t, shown, a.Samples())
	write(t, shown, latest(t, a, len(numbers)))
	write(t, shown, w.reporter(newActions(w)).State())
	found := 0
	for raw := range w.bidder.audience {
		if strings.Contains(shown.String(), raw) {
			t.Error("a raw UID is shown")
		}
		if strings.Contains(revealed.String(), raw) {
			found++
		}
	}
	if found < 10 || !strings.Contains(shown.String(), inspect.Masked) {
		t.Errorf("%d raw UIDs are revealed; masked: %t", found, strings.Contains(shown.String(), inspect.Masked))
	}
}

func write(t *testing.T, to io.Writer, v any) {
	t.Helper()
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
}

// An auction of somebody who knows nothing of the demo appears as it came, and is answered as if
// nobody watched.
func TestAuctionFromOutside(t *testing.T) {
	w, a := startWorld(t)
	body := `{"id": "mine", "imp": [{"id": "1", "banner": {"w": 300, "h": 250}, "ext": {"prebid": {"bidder": {"appnexus": {"placement_id": 1}}}}}],
	  "site": {"page": "https://example.com/", "domain": "example.com"}, "tmax": 5000, "device": {"lmt": 1}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.pbs.URL+"/openrtb2/auction", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Bidder-Demo-Ticket", "a guess")
	status, answer, err := w.pbs.Do(request)
	if err != nil || status != http.StatusOK || strings.Contains(string(answer), "modules") {
		t.Fatal(err, status, string(answer))
	}
	line := latest(t, a, 1)[0]
	if line.Name != "from outside" || line.Withheld != "lmt" || line.HooksUs <= 0 || line.HTTPStatus != http.StatusOK {
		t.Errorf("%+v", line)
	}
	want := []page.Bid{{Bidder: demoDSP, Outcome: "not called"}, {Bidder: demoDSP26, Outcome: "not called"}, {Bidder: unlisted, Outcome: "bid", PriceUSD: priceUnknown}}
	if !slices.Equal(line.Bids, want) {
		t.Errorf("%+v", line.Bids)
	}
	d := detail(t, a, line.Number, false)
	if !strings.Contains(d.Incoming, `"lmt": 1`) || d.Response.Sent != "" || d.Response.Before != d.Response.After || d.Response.Redacted != 0 {
		t.Errorf("sent %q; after %q", d.Response.Sent, d.Response.After)
	}
	if !bidderOf(t, d, unlisted).Called || bidderOf(t, d, demoDSP).Called {
		t.Errorf("%+v", d.Bidders)
	}
	for _, stage := range []string{"processed_auction_request", "bidder_request", "auction_response"} {
		if _, ok := d.Stages[stage]; !ok {
			t.Errorf("no time of stage %s", stage)
		}
	}
	for _, gate := range d.Gates {
		if gate.Closed != (gate.Reason == "lmt") {
			t.Errorf("%+v", gate)
		}
	}
}

// A request that Prebid Server refuses is one of the auctions, too.
func TestRefusedRequest(t *testing.T) {
	_, a := startWorld(t)
	result, err := a.Play(t.Context(), page.PlayRequest{Body: "junk"})
	if err != nil || result.Error != "" {
		t.Fatal(err, result.Error)
	}
	d := detail(t, a, result.First, false)
	if d.HTTPStatus != http.StatusBadRequest || d.Name != yourRequest || d.Incoming != "junk" || !strings.Contains(d.Response.After, "Invalid request") {
		t.Errorf("%+v", d)
	}
}

func TestPlayManyTimes(t *testing.T) {
	_, a := startWorld(t)
	result, err := a.Play(t.Context(), page.PlayRequest{Sample: tokenSample, Times: 150})
	if err != nil || result.Error != "" || result.First != 1 || result.Last != 150 {
		t.Fatal(err, result)
	}
	lines := latest(t, a, 100)
	if lines[0].Number != 51 || lines[99].Number != 150 {
		t.Errorf("kept: %d to %d", lines[0].Number, lines[99].Number)
	}
	if _, err := a.Auction(1, false); !errors.Is(err, page.ErrGone) {
		t.Error(err)
	}
	tokens := map[string]bool{}
	for _, line := range lines {
		tokens[detail(t, a, line.Number, false).Incoming] = true
	}
	if len(tokens) != len(lines) {
		t.Errorf("%d auctions have %d different tokens", len(lines), len(tokens))
	}
}

func TestPlayEnds(t *testing.T) {
	_, a := startWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		_ = a.Watch(t.Context(), 0, func(page.Auction) error { stop(); return nil })
	}()
	result, err := a.Play(ctx, page.PlayRequest{Sample: tokenSample, Times: 1000})
	if err != nil || result.Error == "" || result.Last >= 1000 {
		t.Error(err, result)
	}
}

func TestPlayRefuses(t *testing.T) {
	_, a := startWorld(t)
	for _, p := range []page.PlayRequest{{}, {Sample: "nobody's"}, {Sample: tokenSample, Times: 1001}, {Sample: tokenSample, Times: -1}} {
		if _, err := a.Play(t.Context(), p); err == nil {
			t.Errorf("%+v is played", p)
		}
	}
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it doesn't happen that ", what)
		}
	}
}

// TestRawUIDsOfOthersAreMasked: what a reader's own request has of anybody's raw UID isn't shown
// before it is asked for, also where the text was cut off or is no JSON.
func TestRawUIDsOfOthersAreMasked(t *testing.T) {
	_, a := startWorld(t)
	raw := strings.Repeat("Ab1", 14) + "E="
	whole := `{"id":"` + raw + `","imp":[],"site":{"page":"https://example.com/` + raw + `"},"user":{"keywords":"` + strings.Repeat("0aB1", 16) + `"}}`
	for _, body := range []string{whole, whole[:len(whole)-3], `{"id":"` + raw} {
		played, err := a.Play(t.Context(), page.PlayRequest{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		shown, err := json.Marshal(detail(t, a, played.First, false))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(shown), raw[:12]) || strings.Contains(string(shown), "0aB10aB1") {
			t.Errorf("%s: %s", body, shown)
		}
		if revealed := detail(t, a, played.First, true); !strings.Contains(revealed.Incoming, raw) {
			t.Errorf("revealed: %s", revealed.Incoming)
		}
	}
}
