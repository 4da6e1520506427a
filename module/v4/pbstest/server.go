// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prebid/prebid-server/v4/exchange"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// Config says what a [Server] runs. Its zero value is a server without modules and without bidders.
type Config struct {
	// Modules maps module codes ("uid2.decrypt") to instances, as their builders return them. Close calls Shutdown
	// on those that have a method Shutdown() error, as Prebid Server does.
	Modules map[string]any

	// Stages lists the stages at which the modules run, for auction and amp alike; a module is planned at those of
	// them for which it has a hook. A stage without any hook is an error. Default: processed_auction_request,
	// bidder_request and auction_response, as far as the modules have hooks for them.
	Stages []string

	// GroupTimeoutMs is the time in milliseconds that each hook has. Default: 5000, so that a busy machine loses no
	// mutation; deployments use 5 to 50. Negative: 0 for Prebid Server; a hook that has
	// answered when Prebid Server begins to wait may be in time even then.
	GroupTimeoutMs int

	// Plan, if not empty, is the JSON of a host execution plan and replaces Stages and GroupTimeoutMs.
	Plan json.RawMessage

	// Bidders lists the bidders that exist. Requests to others are answered with an error by Prebid Server.
	Bidders []Bidder

	// Accounts maps account ids to the accounts' JSON; unknown accounts get the account defaults.
	Accounts map[string]json.RawMessage

	// StoredRequests maps ids to requests: the tag_id of amp, or ext.prebid.storedrequest.id of an auction.
	StoredRequests map[string]json.RawMessage

	// StoredRequest, if set, is asked for the requests that StoredRequests doesn't have. It is called concurrently.
	StoredRequest func(id string) (request json.RawMessage, found bool)

	// StoredResponses maps ids to what imp.ext.prebid.storedauctionresponse and storedbidresponse name: the JSON of
	// a list of seat bids, or of what a bidder would answer.
	StoredResponses map[string]json.RawMessage

	// KeepCachePuts is how many entries of the cache are kept for CachePuts, the newest ones. Default: 1024;
	// negative: none.
	KeepCachePuts int

	// Settings are host settings in the dotted names of pbs.yaml, such as "ccpa.enforce": true. They win over the
	// defaults of this package (no GDPR by default, Prometheus on, cache on this server) and over PBS_* variables of
	// the environment, which Prebid Server reads also here.
	Settings map[string]any

	// Addr is where to listen. Default: 127.0.0.1:0, a free port.
	Addr string

	// Transport carries the requests to bidders and cache. Default: Loopback, a transport of the server's own that
	// refuses every address but loopback ones.
	Transport http.RoundTripper

	// Handler, if set, is put around the routes, to see what comes in and goes out.
	Handler func(http.Handler) http.Handler

	// Exchange, if set, is put around the exchange. The context that it hands on is that of the requests to bidders, so
	// that a Transport can tell whose they are.
	Exchange func(exchange.Exchange) exchange.Exchange
}

// Bidder is one bidder of a [Server].
type Bidder struct {
	// Name is the adapter's name, such as thetradedesk, appnexus, pubmatic, openx or zeroclickfraud, or any new name
	// if AliasOf is set.
	Name string

	// AliasOf names the adapter of a host alias. The adapter itself is a bidder only if it is listed too.
	AliasOf string

	// Endpoint is the address of the bidder, usually [DSP.Endpoint]. It may hold the macros of the adapter, such as
	// {{.SupplyId}} of thetradedesk. Default for zeroclickfraud, between, kayzen, adhese, tradplus and rediads: as
	// deployed, but without TLS, and zeroclickfraud with its name for a path. The request's params choose the host: that
	// of zeroclickfraud as "host", with "127.0.0.1:8001/between?" that of between, and so on. In Prebid Server v4.6.0 the
	// last four choose a part of a name only, which leads nowhere.
	Endpoint string

	// OpenRTB26 gives the bidder its requests in OpenRTB 2.6 form. pubmatic and openx get that in any case, as
	// deployed; others get the 2.5 form by default.
	OpenRTB26 bool

	// DisableDebug keeps the bidder's HTTP calls out of ext.debug, as debug.allow: false in a bidder's info does.
	DisableDebug bool
}

// Server is a running Prebid Server. It is safe for concurrent use.
type Server struct {
	// URL is the base address, such as http://127.0.0.1:8000, without a slash at the end.
	URL string

	// Metrics gathers the Prometheus metrics of this server. It is nil if the settings switch Prometheus off.
	Metrics prometheus.Gatherer

	cache     *cache
	http      *httpserver.Server
	client    *http.Client
	log       *httpLog
	closing   sync.Once
	closeErr  error
	shutdowns []func() error
}

// New starts a server. It listens when New returns.
func New(cfg Config) (*Server, error) {
	addr := cfg.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if err := RedirectLogs(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("pbstest: %w", err)
	}
	parts, err := wire(cfg, listener.Addr().String())
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("pbstest: %w", err)
	}
	return serve(listener, parts)
}

// serve runs the handler of parts on listener.
func serve(listener net.Listener, parts *parts) (*Server, error) {
	httpLog, err := openHTTPLog()
	if err != nil {
		listener.Close()
		return nil, errors.Join(err, parts.shutdown())
	}
	limits := limits()
	limits.ErrorLog = log.New(httpLog, "", log.LstdFlags)
	s := &Server{
		URL:       "http://" + listener.Addr().String(),
		Metrics:   parts.metrics,
		cache:     parts.cache,
		http:      httpserver.New(listener, parts.handler, limits),
		client:    &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		log:       httpLog,
		shutdowns: []func() error{parts.shutdown},
	}
	go s.http.Serve() // ends with Close
	return s, nil
}

// limits are for a server that is loaded as heavily as a machine can.
func limits() httpserver.Limits {
	limits := httpserver.Defaults()
	limits.Connections, limits.BodyBytes, limits.Grace = 16<<10, 64<<20, 10*time.Second
	return limits
}

// Close stops listening, waits up to ten seconds for auctions under way, then shuts down the modules and everything
// else that New started. Further calls return the first one's error.
func (s *Server) Close() error {
	s.closing.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Server) close() error {
	s.client.CloseIdleConnections()
	errs := []error{s.http.Stop()}
	for _, shutdown := range s.shutdowns {
		errs = append(errs, shutdown())
	}
	return errors.Join(append(errs, s.log.Close())...)
}

// CachePuts returns the newest entries put into the server's Prebid Cache, oldest first: JSON with type, value, and what
// else Prebid Server sent. They must not be changed.
func (s *Server) CachePuts() [][]byte { return s.cache.kept() }

// ResetCachePuts forgets all entries of the cache.
func (s *Server) ResetCachePuts() { s.cache.reset() }

// Auction posts a bid request to /openrtb2/auction. It returns the HTTP status and the body of the answer; err is
// about the exchange of messages only.
func (s *Server) Auction(ctx context.Context, request []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/openrtb2/auction", bytes.NewReader(request))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return s.Do(r)
}

// Amp asks /openrtb2/amp with a query such as tag_id=ID, where ID is one of the stored requests. Results are those of
// Auction.
func (s *Server) Amp(ctx context.Context, query url.Values) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/openrtb2/amp?"+query.Encode(), nil)
	if err != nil {
		return 0, nil, err
	}
	return s.Do(r)
}

// Do sends any request, for those who want headers of their own. Results are those of Auction.
func (s *Server) Do(r *http.Request) (status int, answer []byte, err error) {
	response, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
