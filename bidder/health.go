package bidder

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotReady is wrapped by what [Bidder.Health] says while there are no raw UIDs: keys are missing
// or have all expired, or the opt-outs haven't been read.
var ErrNotReady = errors.New("bidder: not ready")

// WaitReady returns nil once the keys of each operator are there and the opt-outs have been read.
// If ctx ends first, the error wraps its error and says what was missing.
func (b *Bidder) WaitReady(ctx context.Context) error {
	for _, keys := range b.keys {
		if err := keys.refresher.WaitReady(ctx); err != nil {
			return fmt.Errorf("%w: %s keys: %w", ErrNotReady, keys.scope, err)
		}
	}
	if b.optOuts == nil {
		return nil
	}
	if err := b.optOuts.store.WaitSynced(ctx); err != nil {
		return fmt.Errorf("%w: opt-outs: %w", ErrNotReady, err)
	}
	return nil
}

// Ready reports whether tokens of each operator's scope can have raw UIDs: it has a key that hasn't
// expired, and the opt-outs have been read. It takes no lock.
func (b *Bidder) Ready(now time.Time) bool {
	for _, keys := range b.keys {
		if !keys.refresher.Snapshot().Synced(now.UnixMilli()) {
			return false
		}
	}
	return b.optOuts == nil || b.optOuts.store.Synced()
}

// Health returns nil if all is well. Otherwise the error says everything that isn't, one line each;
// it wraps ErrNotReady if there are no raw UIDs because of it. The rest is worth an alert and no
// reason to take the process out of service: an operator that fails while its keys are still good,
// a fleet that can't be reached.
func (b *Bidder) Health(now time.Time) error {
	var errs []error
	for _, keys := range b.keys {
		errs = append(errs, keys.health(now))
	}
	if b.optOuts != nil {
		errs = append(errs, b.optOuts.health())
	}
	return errors.Join(errs...)
}

func (k *scopedKeys) health(now time.Time) error {
	switch last := k.refresher.LastError(); {
	case !k.refresher.Snapshot().Synced(now.UnixMilli()) && last != nil:
		return fmt.Errorf("%w: no %s keys: %w", ErrNotReady, k.scope, last)
	case !k.refresher.Snapshot().Synced(now.UnixMilli()):
		return fmt.Errorf("%w: no %s keys", ErrNotReady, k.scope)
	case last != nil:
		return about("the last refresh of "+k.scope.String()+" keys failed", last)
	}
	return nil
}

func (n *optOutNode) health() error {
	var errs []error
	if !n.store.Synced() {
		errs = append(errs, fmt.Errorf("%w: the opt-outs haven't been read", ErrNotReady))
	}
	errs = append(errs,
		about("the opt-outs can't be read", n.store.Err()),
		about("the fleet's opt-outs don't come", n.store.AwayErr()),
		about("the log of opt-outs", n.store.LogErr()))
	for _, poller := range n.allPollers() {
		errs = append(errs, about("an operator wasn't asked who has opted out", poller.Err()))
	}
	return errors.Join(errs...)
}

// about says what an error is about, and returns nil for nil.
func about(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("bidder: %s: %w", what, err)
}
