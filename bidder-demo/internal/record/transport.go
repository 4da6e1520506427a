package record

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// Transport records what goes to the bidders, and what they answer.
func (r *Recorder) Transport(next http.RoundTripper) http.RoundTripper {
	return transport{next, r}
}

type transport struct {
	http.RoundTripper
	recorder *Recorder
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	bidder, _, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	rec := carriedBy(req.Context())
	if rec == nil || !slices.Contains(t.recorder.config.Bidders, bidder) || req.GetBody == nil {
		return t.RoundTripper.RoundTrip(req)
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	received, _ := io.ReadAll(body) // of memory
	body.Close()
	c := &call{bidder: bidder, received: textOf(received), read: t.recorder.config.Read(received)}
	rec.write(func() { rec.calls = append(rec.calls, c) })
	response, err := t.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	price := readPrice(response)
	rec.write(func() { c.price = price })
	return response, nil
}

// readPrice returns the highest price of an answer's bids, 0 without a bid, and leaves the answer
// for the next reader.
func readPrice(response *http.Response) (highest float64) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxText))
	rest := io.Reader(response.Body)
	if err != nil {
		rest = failing{err}
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), response.Body}
	var answer openrtb2.BidResponse
	if json.Unmarshal(body, &answer) != nil {
		return 0
	}
	for _, seat := range answer.SeatBid {
		for _, bid := range seat.Bid {
			highest = max(highest, bid.Price)
		}
	}
	return highest
}

// failing fails again as an earlier reading did.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
