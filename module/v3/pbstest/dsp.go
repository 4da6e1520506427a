package pbstest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// DSPConfig says how a [DSP] bids. Its zero value bids 1.50 USD on everything.
type DSPConfig struct {
	// Price decides about each request: the price in USD for each of its impressions, or false for no bid. It is
	// called concurrently. Default: 1.50 on everything.
	Price func(bidder string, request *openrtb2.BidRequest) (price float64, bid bool)

	// Edit, if set, changes a response before it is sent, such as to echo parts of the request. body is the
	// request as it came. It is called concurrently.
	Edit func(bidder string, body []byte, response *openrtb2.BidResponse)

	// Answer, if set, may answer a request in its own way, such as by a redirect, an error status or junk,
	// and returns true then; after false the DSP bids as usual. body is the request as it came,
	// decompressed. It is called concurrently.
	Answer func(w http.ResponseWriter, r *http.Request, bidder string, body []byte) bool

	// Echo says where the response repeats the whole request, for tests of what leaks.
	Echo Echo

	// Keep is how many requests per bidder are kept for Requests, the newest ones. Default: 1024; negative: none.
	Keep int

	// Addr is where to listen. Default: 127.0.0.1:0, a free port.
	Addr string
}

// Echo is a set of places in a bid response.
type Echo uint8

const (
	// EchoResponseExt is ext.echo of the response, which Prebid Server returns in ext.debug.httpcalls only.
	EchoResponseExt Echo = 1 << iota
	// EchoBidExt is ext.echo of each bid, which Prebid Server passes on.
	EchoBidExt
	// EchoMarkup is the adm of each bid, as a comment behind the markup; Prebid Server passes it on as well.
	EchoMarkup
)

// DSP is a downstream bidder: a real HTTP server that records what it receives and answers with
// bids that the adapters thetradedesk, appnexus, pubmatic, openx, zeroclickfraud, between, kayzen,
// tradplus and rediads accept. The first segment of a request's path is the name of the bidder that was
// called, so one DSP can stand behind all bidders of a [Server]. It is safe for concurrent use.
type DSP struct {
	// URL is the base address, such as http://127.0.0.1:8001, without a slash at the end.
	URL string

	cfg    DSPConfig
	server *httpserver.Server

	mu       sync.Mutex
	requests map[string]*recent
	counts   map[string]int
}

// NewDSP starts a bidder. Like httptest.NewServer it panics if it can't listen.
func NewDSP(cfg DSPConfig) *DSP {
	d := &DSP{cfg: cfg, requests: map[string]*recent{}, counts: map[string]int{}}
	if d.cfg.Price == nil {
		d.cfg.Price = func(string, *openrtb2.BidRequest) (float64, bool) { return 1.5, true }
	}
	addr := cfg.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		panic("pbstest: the DSP can't listen: " + err.Error())
	}
	d.server = httpserver.New(listener, d, limits())
	go d.server.Serve() // ends with Close
	d.URL = "http://" + listener.Addr().String()
	return d
}

// Close waits for the requests under way and stops the server.
func (d *DSP) Close() { d.server.Stop() }

// Endpoint is the address to give to a [Bidder] so that its requests are recorded under name.
func (d *DSP) Endpoint(name string) string { return d.URL + "/" + name }

// Requests returns the bodies that came for a bidder, oldest first, decompressed. They must not be changed.
func (d *DSP) Requests(bidder string) [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept := d.requests[bidder]; kept != nil {
		return slices.Clone(kept.bodies)
	}
	return nil
}

// Bidders returns the names under which requests came since the start or the last Reset, sorted.
func (d *DSP) Bidders() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.counts))
}

// Count is the number of requests that came for a bidder, kept or not.
func (d *DSP) Count(bidder string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[bidder]
}

// Reset forgets all requests.
func (d *DSP) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.requests)
	clear(d.counts)
}

func (d *DSP) record(bidder string, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[bidder]++
	kept := d.requests[bidder]
	if kept == nil {
		kept = newRecent(d.cfg.Keep)
		d.requests[bidder] = kept
	}
	kept.add(body)
}

// ServeHTTP answers one bid request: 200 with a bid, 204 without, 400 if it isn't one. It is exported for transports
// that answer in memory; requests to URL come here anyway.
func (d *DSP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bidder, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := readBody(r)
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	d.record(bidder, body)
	if d.cfg.Answer != nil && d.cfg.Answer(w, r, bidder, body) {
		return
	}
	var request openrtb2.BidRequest
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, "not a bid request", http.StatusBadRequest)
		return
	}
	price, bid := d.cfg.Price(bidder, &request)
	if !bid {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	response := bidResponse(bidder, &request, price)
	d.cfg.Echo.write(response, body)
	if d.cfg.Edit != nil {
		d.cfg.Edit(bidder, body, response)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(response) // Prebid Server has given up if this fails
}

// readBody reads the whole body and undoes the compression that some adapters use.
func readBody(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unzip, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzip)
}
