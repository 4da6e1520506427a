package annotator

import (
	"fmt"
	"log/slog"
	"net"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/discard"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/optout"
)

// Annotator holds the keys and the policy of one host. Create it with [New], end it with [Annotator.Close].
// It is safe for concurrent use.
type Annotator struct {
	bidder           *bidder.Bidder
	accounts         accounts
	privacy          privacy.Policy
	rawInDebug       bool
	redactBids       bool
	bidderStageAlone bool
	responseStages   responseStages
	nobodyKnows      bool // who has opted out, so that there are no raw UIDs
	metrics          metrics
}

// Option changes what [New] builds.
type Option func(*options)

type options struct {
	optOuts   bidstream.OptOuts
	logger    *slog.Logger
	adapterOf AdapterOf
	bidder    *bidder.Bidder
}

// WithOptOuts sets who has opted out, for hosts with a store of their own; the configuration must then have no
// opt_outs.store. Without either nobody is known to have opted out or not, and raw UIDs are withheld unless the configuration
// says `"opt_outs": {"when_unknown": "send"}`.
func WithOptOuts(optOuts bidstream.OptOuts) Option {
	return func(o *options) { o.optOuts = optOuts }
}

// WithLogger sets where refresh failures are reported. The default, and nil, discard them.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) {
		if o.logger = logger; logger == nil {
			o.logger = discard.Logger()
		}
	}
}

// WithAdapters says which bidders the host has, and which adapter is behind each: listed bidders
// that it doesn't know are reported when New is called, and host aliases of adapters for which
// [CallerChoosesHost] is true are refused. The default, and nil, take every name for an adapter's.
// of must be safe for concurrent use.
func WithAdapters(of AdapterOf) Option {
	return func(o *options) {
		if o.adapterOf = of; of == nil {
			o.adapterOf = sameName
		}
	}
}

// WithBidder sets the Bidder that decrypts, for programs that have one already. What the configuration says of
// operators and opt-outs doesn't count then. The default, and nil, make one of the configuration.
// [Annotator.Close] closes either.
func WithBidder(b *bidder.Bidder) Option {
	return func(o *options) { o.bidder = b }
}

// New starts the refreshing of keys and returns at once, whether or not an operator answers: until the first keys are
// there every token gets NotInitialized. The error is about the configuration only.
func New(cfg Config, opts ...Option) (*Annotator, error) {
	o := options{logger: discard.Logger(), adapterOf: sameName}
	for _, opt := range opts {
		opt(&o)
	}
	if err := checkBidders(cfg.Bidders, &o); err != nil {
		return nil, badConfig(err)
	}
	a := &Annotator{
		metrics:          newMetrics(),
		accounts:         accounts{host: newBidderList(cfg.Bidders), mayWiden: cfg.AccountsMayWiden, adapterOf: o.adapterOf},
		privacy:          cfg.Privacy,
		rawInDebug:       cfg.RawInDebug,
		redactBids:       cfg.RedactBids,
		bidderStageAlone: cfg.BidderStageAlone,
	}
	if a.bidder = o.bidder; a.bidder != nil {
		return a, nil
	}
	bidderConfig := cfg.bidder
	bidderConfig.Logger = o.logger
	a.nobodyKnows = o.addSource(&bidderConfig.OptOuts)
	var err error
	if a.bidder, err = bidder.Start(bidderConfig); err != nil {
		return nil, badConfig(err)
	}
	return a, nil
}

// addSource adds what the program knows opt-outs from, or nothing if there is no store either. It reports whether all raw
// UIDs are withheld because of that.
func (o *options) addSource(to *bidder.OptOuts) (nobodyKnows bool) {
	to.Source = o.optOuts
	if to.Source != nil || to.Store != "" {
		return false
	}
	to.Source = unknownOptOuts{}
	return !to.SendUnknown
}

// checkBidders refuses bidders to which nothing may go, and reports those that the host doesn't have.
func checkBidders(bidders []Bidder, o *options) error {
	for i, bidder := range bidders {
		name := fmt.Sprintf("bidders[%d]", i)
		if err := bidder.checkHost(name, o.adapterOf); err != nil {
			return err
		}
		if _, known := bidder.adapter(o.adapterOf); !known {
			o.logger.Warn("a listed bidder isn't one of this host's: is its name misspelt?", "setting", name, "name", bidder.Name, "alias_of", bidder.AliasOf)
		}
	}
	return nil
}

// OptOuts returns the store that the configuration names, nil if it names none: for waiting until it is synced, and for
// health checks.
func (a *Annotator) OptOuts() *optout.Store { return a.bidder.OptOuts() }

// Keys returns the refresher of a scope's keys, or nil if the scope isn't configured: for waiting until keys are
// there, and for health checks.
func (a *Annotator) Keys(scope codec.Scope) *keyset.Refresher { return a.bidder.Keys(scope) }

// ReceiverAddr returns the address at which opt-outs are received, which tells the port if the configuration left it
// open, as in "127.0.0.1:0". It is nil if none are.
func (a *Annotator) ReceiverAddr() net.Addr { return a.bidder.ReceiverAddr() }

// Close ends the refreshing of keys, the operators' connections, and the receiving of opt-outs. Keys and opt-outs already
// loaded stay usable.
func (a *Annotator) Close() error { return a.bidder.Close() }

// unknownOptOuts is the absence of an opt-out store: nothing is known of anybody.
type unknownOptOuts struct{}

func (unknownOptOuts) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut{} }
