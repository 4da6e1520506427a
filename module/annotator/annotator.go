package annotator

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/module/privacy"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// Annotator holds the keys and the policy of one host. Create it with [New], end it with [Annotator.Close].
// It is safe for concurrent use.
type Annotator struct {
	decrypter        *bidstream.Decrypter
	accounts         accounts
	privacy          privacy.Policy
	rawInDebug       bool
	redactBids       bool
	bidderStageAlone bool
	keys             []scopedKeys
	clients          map[codec.Scope]*operator.Client
	optOuts          *optOutNode // nil if opt-outs are known elsewhere, or not at all
	responseStages   responseStages
	metrics          metrics
}

// scopedKeys is the refreshed keyset of one identity scope.
type scopedKeys struct {
	scope     codec.Scope
	refresher *keyset.Refresher
}

// Option changes what [New] builds.
type Option func(*options)

type options struct {
	optOuts   bidstream.OptOuts
	logger    *slog.Logger
	adapterOf AdapterOf
}

// WithOptOuts sets who has opted out, for hosts with a store of their own; the configuration must then have no
// opt_outs.store. Without either nobody is known to have opted out or not, and raw UIDs are withheld unless the configuration
// says `"opt_outs": {"when_unknown": "send"}`.
func WithOptOuts(optOuts bidstream.OptOuts) Option {
	return func(o *options) { o.optOuts = optOuts }
}

// WithLogger sets where refresh failures are reported. The default discards them.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) { o.logger = logger }
}

// WithAdapters says which bidders the host has, and which adapter is behind each: listed bidders that it
// doesn't know are reported when New is called, and host aliases of adapters for which
// [CallerChoosesHost] is true are refused. The default takes every name for an adapter's. of must be safe
// for concurrent use.
func WithAdapters(of AdapterOf) Option {
	return func(o *options) { o.adapterOf = of }
}

// New starts the refreshing of keys and returns at once, whether or not an operator answers: until the first keys are
// there every token gets NotInitialized. The error is about the configuration only.
func New(cfg Config, opts ...Option) (*Annotator, error) {
	o := options{optOuts: unknownOptOuts{}, logger: slog.New(slog.DiscardHandler), adapterOf: sameName}
	for _, opt := range opts {
		opt(&o)
	}
	if err := checkBidders(cfg.Bidders, &o); err != nil {
		return nil, err
	}
	a := &Annotator{
		accounts:         accounts{host: newBidderList(cfg.Bidders), mayWiden: cfg.AccountsMayWiden, adapterOf: o.adapterOf},
		privacy:          cfg.Privacy,
		rawInDebug:       cfg.RawInDebug,
		redactBids:       cfg.RedactBids,
		bidderStageAlone: cfg.BidderStageAlone,
		clients:          make(map[codec.Scope]*operator.Client, len(cfg.Operators)),
	}
	if err := a.startOptOuts(cfg.OptOuts, &o); err != nil {
		return nil, err
	}
	decrypterOptions := []bidstream.Option{bidstream.WithOptOuts(o.optOuts)}
	if cfg.SendUnsynced {
		decrypterOptions = append(decrypterOptions, bidstream.AllowUnsyncedOptOuts())
	}
	for _, operatorConfig := range cfg.Operators {
		if err := a.startKeys(operatorConfig, o.logger); err != nil {
			return nil, errors.Join(err, a.Close())
		}
		latest := a.keys[len(a.keys)-1]
		decrypterOptions = append(decrypterOptions, bidstream.WithKeys(latest.scope, latest.refresher))
	}
	a.decrypter = bidstream.New(decrypterOptions...)
	if cfg.OptOuts.Poll.Enabled {
		a.optOuts.poll(cfg.OptOuts.Poll, a.clients)
	}
	return a, nil
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

// startOptOuts puts the configured store in the place of the default one.
func (a *Annotator) startOptOuts(cfg OptOutConfig, o *options) (err error) {
	if cfg.Store == "" {
		return nil
	}
	if (o.optOuts != unknownOptOuts{}) {
		return settingError("opt_outs.store", "the program has a store of its own")
	}
	if a.optOuts, err = startOptOuts(cfg, o.logger); err != nil {
		return err
	}
	o.optOuts = a.optOuts.store
	return nil
}

// OptOuts returns the store that the configuration names, nil if it names none: for waiting until it is synced, and for
// health checks.
func (a *Annotator) OptOuts() *optout.Store {
	if a.optOuts == nil {
		return nil
	}
	return a.optOuts.store
}

// startKeys connects one operator to one refresher.
func (a *Annotator) startKeys(cfg OperatorConfig, logger *slog.Logger) error {
	section := map[codec.Scope]string{codec.ScopeUID2: "uid2", codec.ScopeEUID: "euid"}[cfg.Scope]
	credentials, err := operator.NewCredentials(cfg.apiKey, cfg.secret)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrConfig, section, err)
	}
	client, err := operator.New(cfg.BaseURL, credentials, operator.WithTimeout(cfg.Timeout), operator.WithProxy(cfg.proxy), operator.WithCAFile(cfg.CAFile))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrConfig, section, err)
	}
	a.clients[cfg.Scope] = client
	refresherOptions := []keyset.Option{
		keyset.WithScope(cfg.Scope),
		keyset.WithInterval(cfg.RefreshInterval),
		keyset.WithLogger(logger.With("scope", cfg.Scope.String())),
	}
	if cfg.CacheFile != "" {
		refresherOptions = append(refresherOptions, keyset.WithCache(keyset.Cache{
			Path:    cfg.CacheFile,
			Secret:  []byte(cfg.secret),
			Binding: cfg.BaseURL + "\n" + cfg.apiKey,
		}))
	}
	a.keys = append(a.keys, scopedKeys{cfg.Scope, keyset.NewRefresher(client.BidstreamKeys, refresherOptions...)})
	return nil
}

// Keys returns the refresher of a scope's keys, or nil if the scope isn't configured: for waiting until keys are
// there, and for health checks.
func (a *Annotator) Keys(scope codec.Scope) *keyset.Refresher {
	for _, keys := range a.keys {
		if keys.scope == scope {
			return keys.refresher
		}
	}
	return nil
}

// Close ends the refreshing of keys, the operators' connections, and the receiving of opt-outs. Keys and opt-outs already
// loaded stay usable.
func (a *Annotator) Close() error {
	errs := []error{a.optOuts.close()}
	for _, keys := range a.keys {
		errs = append(errs, keys.refresher.Close())
	}
	for _, client := range a.clients {
		errs = append(errs, client.Close())
	}
	return errors.Join(errs...)
}

// unknownOptOuts is the absence of an opt-out store: nothing is known of anybody.
type unknownOptOuts struct{}

func (unknownOptOuts) OptOut(codec.RawUID) bidstream.OptOut { return bidstream.OptOut{} }
