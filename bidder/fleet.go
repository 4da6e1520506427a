package bidder

import (
	"log/slog"

	"github.com/uid2rtb/uid2rtb/optout"
)

// Fleet makes of a node's own log that which it shares with others. logger is that of the Config,
// or one that discards. [JetStream] makes one.
type Fleet func(local *optout.File, logger *slog.Logger) (optout.Log, error)

// JetStream is a fleet whose opt-outs are in a stream of NATS servers, as optout.ConnectJetStream
// connects it. Servers that can't be reached are tried again for ever: a node starts without them,
// and isn't ready. What servers.Warn would be told is logged if there is none.
func JetStream(servers optout.Servers, stream optout.StreamConfig) Fleet {
	return func(local *optout.File, logger *slog.Logger) (optout.Log, error) {
		servers := servers
		if servers.Warn == nil {
			servers.Warn = func(text string) { logger.Warn(text) }
		}
		log, err := optout.ConnectJetStream(servers, stream, local)
		if err != nil {
			return nil, err // and no interface of a nil log
		}
		return log, nil
	}
}
