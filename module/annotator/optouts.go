package annotator

import (
	"log/slog"

	"github.com/uid2rtb/uid2rtb/bidder"
	"github.com/uid2rtb/uid2rtb/optout"
)

// of is what the bidder knows opt-outs from: the configured store, what the program has, or nothing.
func (c OptOutConfig) of(o *options) bidder.OptOuts {
	if c.Store == "" {
		if o.optOuts == nil {
			return bidder.OptOuts{Source: unknownOptOuts{}}
		}
		return bidder.OptOuts{Source: o.optOuts}
	}
	return bidder.OptOuts{
		Source: o.optOuts, Store: c.Store, Fleet: c.Fleet.connect(o.logger), Listen: c.Listen, Receiver: c.receiverOptions(),
		Poll: c.Poll.Enabled, Poller: []optout.PollerOption{optout.WithPause(c.Poll.Pause), optout.WithRecheck(c.Poll.Recheck)},
	}
}

// connect returns what makes of the host's own log that of the fleet, nil if there is no fleet. NATS servers that can't be
// reached are tried again for ever: a node starts without them, and is not synced.
func (c FleetConfig) connect(logger *slog.Logger) func(*optout.File) (optout.Log, error) {
	if c.URLs == "" {
		return nil
	}
	servers := optout.Servers{
		URLs: c.URLs, CredentialsFile: c.CredentialsFile, CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Warn: func(text string) { logger.Warn(text) },
	}
	return func(local *optout.File) (optout.Log, error) {
		log, err := optout.ConnectJetStream(servers, c.Stream, local)
		if err != nil {
			return nil, err
		}
		return log, nil
	}
}
