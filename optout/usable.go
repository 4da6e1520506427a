package optout

import "github.com/nats-io/nats.go/jetstream"

// Usable returns nil if a stream that is configured like this can hold a fleet's log, and otherwise
// ErrStream with the reason why the log wouldn't use it. It asks no server.
func (c StreamConfig) Usable(is jetstream.StreamConfig) error { return c.WithDefaults().check(is) }
