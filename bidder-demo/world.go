package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/bidder-demo/internal/record"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/fixtures"
	"github.com/uid2rtb/uid2rtb/inspect"
	"github.com/uid2rtb/uid2rtb/module/v3"
	"github.com/uid2rtb/uid2rtb/module/v3/pbstest"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// The names under which Prebid Server calls the bidder.
const (
	demoDSP   = "demodsp"   // listed, OpenRTB 2.5
	demoDSP26 = "demodsp26" // listed, OpenRTB 2.6
	unlisted  = "appnexus"  // not listed
)

var bidderNames = []string{demoDSP, demoDSP26, unlisted}

// world is everything that is running.
type world struct {
	operators map[string]*uid2test.Server // "uid2" and "euid"; none with a real operator
	feeds     map[string]*uid2test.Feed   // of opt-outs, to the module
	requests  []request
	changing  request           // of a user who opts out during the run
	samples   []fixtures.Sample // the embedded ones
	users     []user            // of those
	optedOut  []optedOut
	receiver  string // URL of the module's receiver of opt-outs
	bidder    *bidder
	dsp       *pbstest.DSP
	recorder  *record.Recorder
	stored    stored
	module    *module.Module
	inspector *inspect.Inspector

	refreshInterval time.Duration // of keys
	operatorURLs    map[codec.Scope]string
	lag             atomic.Int64 // from the last opt-out to the lookup that saw it, in nanoseconds
	pbs             *pbstest.Server
	closers         []func()
}

// newWorld starts everything and waits until the module has its keys.
func newWorld(ctx context.Context, o options, samples []fixtures.Sample) (_ *world, err error) {
	w := &world{operators: map[string]*uid2test.Server{}, feeds: map[string]*uid2test.Feed{}}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	w.refreshInterval = time.Hour
	if o.operator.url == "" {
		w.startOperators()
		if o.serve {
			w.refreshInterval = refreshWhileServing
		}
	}
	if w.requests, err = w.prepare(samples); err != nil {
		return nil, err
	}
	w.samples = fixtures.Samples()
	w.users = w.usersOf(w.samples)
	if err := w.prepareLive(); err != nil {
		return nil, err
	}
	w.startBidder()
	w.startRecorder()
	config, err := w.moduleConfig(o)
	if err != nil {
		return nil, err
	}
	if err := pbstest.DefineBidders(w.bidders()...); err != nil {
		return nil, err
	}
	decrypt, err := module.New(config)
	if err != nil {
		return nil, err
	}
	w.module = decrypt
	if w.inspector, err = newInspector(decrypt); err != nil {
		return nil, errors.Join(err, decrypt.Shutdown())
	}
	if err := w.startPBS(o, decrypt); err != nil {
		return nil, errors.Join(err, decrypt.Shutdown())
	}
	if err := waitForKeys(ctx, decrypt); err != nil {
		return nil, err
	}
	return w, w.startFeeds(ctx, decrypt)
}

// close stops everything, in reverse order.
func (w *world) close() {
	for len(w.closers) > 0 {
		last := len(w.closers) - 1
		w.closers[last]()
		w.closers = w.closers[:last]
	}
}

// scopes are those of the local operators, by name.
var scopes = map[string]codec.Scope{"uid2": codec.ScopeUID2, "euid": codec.ScopeEUID}

func (w *world) startOperators() {
	for name, scope := range scopes {
		local := uid2test.NewServer(uid2test.WithScope(scope))
		local.AddSite(otherSite, otherSiteDomain)
		w.operators[name] = local
		w.closers = append(w.closers, local.Close)
	}
}

// startBidder starts the bidder. Its audience is everybody for whom there is a token, in any
// request.
func (w *world) startBidder() {
	w.bidder = newBidder()
	for _, r := range append(slices.Clone(w.requests), w.changing) {
		for _, token := range r.tokens {
			if token.raw != "" {
				w.bidder.audience[token.raw] = true
			}
		}
	}
	for _, u := range w.users {
		w.bidder.audience[u.uid.Reveal()] = true
	}
	if local := w.operators["uid2"]; local != nil {
		w.bidder.audience[local.RawUID(uid2test.TokenSpec{Email: trialEmail}).Reveal()] = true
		w.bidder.sentBack = local.RawUID(uid2test.TokenSpec{Email: sentBackEmail}).Reveal()
		w.bidder.audience[w.bidder.sentBack] = true
	}
	w.dsp = pbstest.NewDSP(pbstest.DSPConfig{Price: w.bidder.price, Edit: w.bidder.sendBack, Keep: -1})
	w.closers = append(w.closers, w.dsp.Close)
}

// startRecorder starts to record the auctions, for their results and for those who watch.
func (w *world) startRecorder() {
	known := slices.Collect(maps.Keys(w.bidder.audience))
	w.recorder = record.New(record.Config{
		Bidders:    bidderNames,
		Listed:     []string{demoDSP, demoDSP26},
		Read:       readAsBidder,
		Known:      func() []string { return known },
		Gates:      w.gates,
		Difference: difference,
	})
}

// moduleConfig returns the section hooks.modules.uid2.decrypt, as a host would write it.
func (w *world) moduleConfig(o options) (json.RawMessage, error) {
	type section struct {
		BaseURL         string `json:"base_url"`
		APIKey          string `json:"api_key"`
		ClientSecret    string `json:"client_secret"`
		RefreshInterval string `json:"refresh_interval"`
	}
	w.operatorURLs = map[codec.Scope]string{}
	config := map[string]any{
		"enabled": true,
		"bidders": []map[string]string{{"name": demoDSP}, {"name": demoDSP26}},
	}
	if real := o.operator; real.url != "" {
		w.operatorURLs[real.scope] = real.url
		config[real.section()] = section{real.url, real.apiKey, real.clientSecret, w.refreshInterval.String()}
	}
	for name, local := range w.operators {
		w.operatorURLs[scopes[name]] = local.URL
		config[name] = section{local.URL, local.Client().APIKey, local.Client().ClientSecret, w.refreshInterval.String()}
	}
	if len(w.operators) > 0 {
		store, err := w.optOutConfig()
		if err != nil {
			return nil, err
		}
		config["opt_outs"] = store
	}
	return json.Marshal(config)
}

// refreshWhileServing is short, so that an outage of the local operator shows soon.
const refreshWhileServing = 10 * time.Second

// bidders returns the bidders of the host: the listed ones are aliases.
func (w *world) bidders() []pbstest.Bidder {
	return []pbstest.Bidder{
		{Name: demoDSP, AliasOf: "thetradedesk", Endpoint: w.dsp.Endpoint(demoDSP)},
		{Name: demoDSP26, AliasOf: "pubmatic", Endpoint: w.dsp.Endpoint(demoDSP26)},
		{Name: unlisted, Endpoint: w.dsp.Endpoint(unlisted)},
	}
}

func (w *world) startPBS(o options, decrypt *module.Module) error {
	config := pbstest.Config{
		Modules:       map[string]any{module.Code: w.recorder.Module(decrypt)},
		Stages:        record.Stages(),
		Bidders:       w.bidders(),
		StoredRequest: w.stored.find,
		Handler:       w.recorder.Handler,
		Exchange:      w.recorder.Exchange,
		Transport:     w.recorder.Transport(pbstest.Loopback()),
		// The privacy gates are those of the module. A server that enforces GDPR itself
		// would not call bidders that aren't in the vendor list, which is on the internet.
		Settings: map[string]any{"gdpr.enabled": false},
	}
	for _, r := range w.requests {
		if r.sample.Endpoint == endpointAMP {
			w.stored.requests.Store(r.sample.Name, r.body)
		}
	}
	addr := "127.0.0.1:0"
	if o.serve {
		addr = o.addr
	}
	pbs, err := orElsewhere(addr, defaultAddr, func(address string) (*pbstest.Server, error) {
		config.Addr = address
		return pbstest.New(config)
	})
	if err != nil {
		return fmt.Errorf("starting Prebid Server: %w", err)
	}
	w.pbs = pbs
	w.closers = append(w.closers, func() { _ = pbs.Close() }) // shuts the module down as well
	return nil
}

// waitForKeys waits ten seconds for the operators, or less if one refuses the credentials.
func waitForKeys(ctx context.Context, decrypt *module.Module) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, scope := range []codec.Scope{codec.ScopeUID2, codec.ScopeEUID} {
		keys := decrypt.Keys(scope)
		for keys != nil && !keys.Ready() {
			if errors.Is(keys.LastError(), operator.ErrUnauthorized) || ctx.Err() != nil {
				return fmt.Errorf("fetching %v keys: %w", scope, errors.Join(ctx.Err(), keys.LastError()))
			}
			moment, done := context.WithTimeout(ctx, 20*time.Millisecond)
			_ = keys.WaitReady(moment) // its timeout is not a failure yet
			done()
		}
	}
	return nil
}
