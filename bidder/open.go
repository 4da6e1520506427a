package bidder

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/discard"
	"github.com/uid2rtb/uid2rtb/keyset"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// Open makes a Bidder and returns when it is ready: it has the keys of each operator, and has read
// its opt-outs. If ctx ends first, everything is closed again and the error says what was missing.
// A program that shall start while its operator is away calls [Start], or has a cache file. Close
// it when done.
func Open(ctx context.Context, cfg Config) (*Bidder, error) {
	b, err := Start(cfg)
	if err != nil {
		return nil, err
	}
	if err := b.WaitReady(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Start is Open without waiting: until the Bidder is ready, there are no raw UIDs. The error is
// about the configuration, a [ConfigError].
func Start(cfg Config) (*Bidder, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	logger := cfg.Logger
	if logger == nil {
		logger = discard.Logger()
	}
	b := &Bidder{mode: cfg.Mode, counts: newCounts(), sendUnknown: cfg.OptOuts.SendUnknown}
	var options []bidstream.Option
	switch o := &cfg.OptOuts; {
	case o.Source != nil:
		options = append(options, bidstream.WithOptOuts(o.Source))
	case o.Store != "":
		node, err := startOptOuts(o, logger)
		if err != nil {
			return nil, err
		}
		b.optOuts = node
		options = append(options, bidstream.WithOptOuts(node.store))
	}
	if cfg.OptOuts.SendUnknown {
		options = append(options, bidstream.AllowUnsyncedOptOuts())
	}
	for i := range cfg.Operators {
		keys, err := startKeys(&cfg.Operators[i], logger)
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
		b.keys = append(b.keys, keys)
		options = append(options, bidstream.WithKeys(keys.scope, keys.refresher))
	}
	var err error
	if b.decrypter, err = bidstream.New(options...); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if cfg.OptOuts.Poll {
		if err := b.optOuts.poll(b.keys, cfg.OptOuts.Poller); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	if node := b.optOuts; node != nil {
		node.reports.Go(func() { node.report(logger) })
	}
	return b, nil
}

// scopedKeys are an operator and the keys that come from it.
type scopedKeys struct {
	scope     codec.Scope
	client    *operator.Client
	refresher *keyset.Refresher
}

// startKeys connects one operator to one refresher.
func startKeys(o *Operator, logger *slog.Logger) (scopedKeys, error) {
	client, err := operator.New(o.BaseURL, o.Credentials, o.Options...)
	if err != nil {
		return scopedKeys{}, &ConfigError{settingOf(o.Scope), err}
	}
	options := []keyset.Option{
		keyset.WithScope(o.Scope),
		keyset.WithInterval(o.RefreshInterval),
		keyset.WithLogger(logger.With("scope", o.Scope.String())),
	}
	if o.CacheFile != "" {
		options = append(options, keyset.WithCache(o.cacheOf(client)))
	}
	watched := reloads{client: client, logger: logger.With("scope", o.Scope.String())}
	refresher, err := keyset.NewRefresher(watched.fetch, options...)
	if err != nil {
		return scopedKeys{}, errors.Join(&ConfigError{settingOf(o.Scope), err}, client.Close())
	}
	return scopedKeys{o.Scope, client, refresher}, nil
}

// Close ends the refreshing of keys, the operators' connections, and the receiving of opt-outs.
// Keys and opt-outs already loaded stay usable. What the program has given stays open. It may be
// called again.
func (b *Bidder) Close() error {
	errs := []error{b.optOuts.close()}
	for _, keys := range b.keys {
		errs = append(errs, keys.refresher.Close())
	}
	for _, keys := range b.keys {
		errs = append(errs, keys.client.Close())
	}
	return errors.Join(errs...)
}

// Keys returns the refresher of a scope's keys, or nil if the Bidder has none, for metrics.
func (b *Bidder) Keys(scope codec.Scope) *keyset.Refresher {
	for _, keys := range b.keys {
		if keys.scope == scope {
			return keys.refresher
		}
	}
	return nil
}

// Client returns the client of a scope's operator, or nil if the Bidder has none, for metrics. It is
// closed with the Bidder.
func (b *Bidder) Client(scope codec.Scope) *operator.Client {
	for _, keys := range b.keys {
		if keys.scope == scope {
			return keys.client
		}
	}
	return nil
}

// OptOuts returns the store that the configuration names, nil if it names none, for metrics.
func (b *Bidder) OptOuts() *optout.Store {
	if b.optOuts == nil {
		return nil
	}
	return b.optOuts.store
}

// Receiver returns what receives opt-outs, or nil, for metrics.
func (b *Bidder) Receiver() *optout.Receiver {
	if b.optOuts == nil {
		return nil
	}
	return b.optOuts.receiver
}

// ReceiverAddr returns the address at which opt-outs are received, which tells the port if the
// configuration left it open, as in "127.0.0.1:0". It is nil if none are.
func (b *Bidder) ReceiverAddr() net.Addr {
	if b.optOuts == nil {
		return nil
	}
	return b.optOuts.addr
}

// Pollers returns what asks operators who has opted out, for metrics.
func (b *Bidder) Pollers() []*optout.Poller {
	if b.optOuts == nil {
		return nil
	}
	return b.optOuts.allPollers()
}
