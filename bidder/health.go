package bidder

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotReady is wrapped by what [Bidder.Health] says while there are no raw UIDs: keys are missing or have all expired, or
// the opt-outs haven't been read.
var ErrNotReady = errors.New("bidder: not ready")

// WaitReady returns nil once the keys of each operator are there and the opt-outs have been read. If ctx ends first, the
// error wraps its error and says what was missing.
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

// Ready reports whether tokens of each operator's scope can have raw UIDs: it has a key that hasn't expired, and the
// opt-outs have been read. It takes no lock.
func (b *Bidder) Ready(now time.Time) bool {
	for _, keys := range b.keys {
		if !keys.refresher.Snapshot().Synced(now.UnixMilli()) {
			return false
		}
	}
	return b.optOuts == nil || b.optOuts.store.Synced()
}

// Health returns nil if all is well. Otherwise the error says everything that isn't, one line each; it wraps ErrNotReady
// if there are no raw UIDs because of it. The rest is worth an alert and no reason to take the process out of service: an
// operator that fails while its keys are still good, a fleet that can't be reached.
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
		return fmt.Errorf("bidder: the last refresh of %s keys failed: %w", k.scope, last)
	}
	return nil
}

func (n *optOutNode) health() error {
	var errs []error
	if !n.store.Synced() {
		errs = append(errs, fmt.Errorf("%w: the opt-outs haven't been read", ErrNotReady))
	}
	for about, err := range map[string]error{
		"can't be read": n.store.Err(), "don't come from the fleet": n.store.AwayErr(), "can't be written": n.store.LogErr(),
	} {
		if err != nil {
			errs = append(errs, fmt.Errorf("bidder: the opt-outs %s: %w", about, err))
		}
	}
	for _, poller := range n.allPollers() {
		if err := poller.Err(); err != nil {
			errs = append(errs, fmt.Errorf("bidder: an operator wasn't asked who has opted out: %w", err))
		}
	}
	return errors.Join(errs...)
}
