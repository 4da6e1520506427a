package bidder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
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
// a fleet that can't be reached. [Bidder.HealthReport] says the same for a program to read.
func (b *Bidder) Health(now time.Time) error {
	var errs []error
	for _, p := range b.problems(now) {
		errs = append(errs, p.err())
	}
	return errors.Join(errs...)
}

// HealthReport says whether there are raw UIDs, and what isn't well. It takes no lock that an
// auction waits for, and asks nobody. Unlike [Bidder.Ready] it takes a Bidder for ready while
// opt-outs are unknown if the configuration says that raw UIDs are sent then.
func (b *Bidder) HealthReport(now time.Time) HealthReport {
	return reportOf(b.problems(now), func(p problem) bool {
		return p.withholds && !(b.sendUnknown && p.scope == "")
	})
}

// problems are all that isn't well. Those of a scope are about its operator; the others are about
// opt-outs.
func (b *Bidder) problems(now time.Time) []problem {
	var all []problem
	for _, keys := range b.keys {
		all = append(all, keys.problems(now)...)
	}
	if b.optOuts == nil {
		return all
	}
	return append(all, b.optOuts.problems(now)...)
}

func (k *scopedKeys) problems(now time.Time) (all []problem) {
	scope, last, held := k.scope.String(), k.refresher.LastError(), k.refresher.Snapshot()
	switch {
	case held.Len() == 0:
		all = append(all, problem{code: CodeKeysMissing, scope: scope, withholds: true, what: "no " + scope + " keys", cause: last})
	case !held.Synced(now.UnixMilli()):
		all = append(all, problem{code: CodeKeysExpired, scope: scope, withholds: true, what: "no " + scope + " keys: all have expired", cause: last})
	case last != nil:
		all = append(all, problem{code: CodeKeysNotRefreshed, scope: scope, what: "the last refresh of " + scope + " keys failed", cause: last})
	}
	return append(all, reloadProblem(scope, k.client.ReloadErr())...)
}

func (n *optOutNode) problems(now time.Time) []problem {
	all := storeProblems(n.store, n.receiver, now)
	if n.unfed() {
		all = append(all, problem{code: CodeOptOutsUnfed, what: nothingFeeds})
	}
	for scope, poller := range n.pollers {
		if poller == nil || poller.Err() == nil {
			continue
		}
		all = append(all, problem{
			code: CodeOperatorNotAsked, scope: codec.Scope(scope).String(),
			what: "an operator wasn't asked who has opted out", cause: poller.Err(),
		})
	}
	return all
}

// reloadProblem is that a file which is read again isn't in use.
func reloadProblem(scope string, err error) []problem {
	if err == nil {
		return nil
	}
	return []problem{{code: CodeNotReloaded, scope: scope, what: "a file has changed, and what it has isn't in use", cause: err}}
}
