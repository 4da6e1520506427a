package optout

import "context"

var (
	_ lateOpener    = (*JetStream)(nil)
	_ stateReporter = (*JetStream)(nil)
	_ hashKeeper    = (*JetStream)(nil)
)

// The state of this node's copy is that of the log.

func (l *JetStream) opened() <-chan struct{} { return l.local.opened() }

func (l *JetStream) checkState() error { return l.local.checkState() }

func (l *JetStream) onState(f func(error)) { l.local.onState(f) }

func (l *JetStream) scrub(ctx context.Context, everything bool) error {
	return l.local.scrub(ctx, everything)
}

func (l *JetStream) seed() (uint64, bool) { return l.local.seed() }

func (l *JetStream) eachHash(ctx context.Context, f func(hash uint64, seconds uint32)) error {
	return l.local.eachHash(ctx, f)
}
