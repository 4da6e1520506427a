package annotator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
	optoutmetrics "github.com/uid2rtb/uid2rtb/optout/metrics"
)

// optOutNode is the host's own store of opt-outs, and what feeds it.
type optOutNode struct {
	store     *optout.Store
	receiver  *optout.Receiver // nil if there is none
	server    *httpserver.Server
	pollers   map[codec.Scope]*optout.Poller // none if operators aren't asked
	collector prometheus.Collector
	reports   sync.WaitGroup
}

// startOptOuts opens the store, which reads its log in the background, and starts the receiver.
func startOptOuts(cfg OptOutConfig, logger *slog.Logger) (*optOutNode, error) {
	log, err := openLog(cfg, logger)
	if err != nil {
		return nil, err
	}
	n := &optOutNode{store: optout.Open(log, optout.WithAway(reportAway(logger)), optout.WithLogHandler(reportLog(logger)))}
	n.reports.Go(func() { n.report(logger) })
	n.collector = optoutmetrics.New(n.store, nil)
	if cfg.Listen == "" {
		return n, nil
	}
	return n, n.listen(cfg)
}

// listen starts the receiver. After an error the node is closed.
func (n *optOutNode) listen(cfg OptOutConfig) error {
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("%w: opt_outs.listen: %w", ErrConfig, err), n.close())
	}
	if n.receiver, err = optout.NewReceiver(n.store, cfg.receiverOptions()...); err != nil {
		return errors.Join(receiverError(err), listener.Close(), n.close())
	}
	n.server = httpserver.New(listener, n.receiver, httpserver.Webhook())
	go n.server.Serve() // ends with close
	n.collector = optoutmetrics.New(n.store, n.receiver)
	return nil
}

// poll asks the operators of each scope about the users of that scope.
func (n *optOutNode) poll(cfg PollConfig, clients map[codec.Scope]*operator.Client) {
	n.pollers = make(map[codec.Scope]*optout.Poller, len(clients))
	all := make([]*optout.Poller, 0, len(clients))
	for scope, client := range clients {
		n.pollers[scope] = optout.NewPoller(n.store, askOf(client), optout.WithPause(cfg.Pause), optout.WithRecheck(cfg.Recheck))
		all = append(all, n.pollers[scope])
	}
	n.collector = optoutmetrics.New(n.store, n.receiver, all...)
}

func askOf(client *operator.Client) optout.Ask {
	return func(ctx context.Context, uids []codec.RawUID, optedOut func(codec.RawUID, int64)) error {
		found, err := client.OptOutStatus(ctx, uids)
		for _, o := range found {
			optedOut(o.UID, o.SinceMs)
		}
		return err
	}
}

// met tells of a user that a bidder may get to know. It may be called on nil.
func (n *optOutNode) met(scope codec.Scope, uid codec.RawUID, nowMs int64) {
	if n == nil {
		return
	}
	if poller := n.pollers[scope]; poller != nil {
		poller.Offer(uid, nowMs)
	}
}

// openLog opens the host's own log, or the fleet's with the host's copy of it. NATS servers that can't be reached are tried
// again for ever: a node starts without them, and is not synced. So it does while another process has the store open, as in a restart
// whose processes overlap.
func openLog(cfg OptOutConfig, logger *slog.Logger) (optout.Log, error) {
	local, err := optout.OpenFile(cfg.Store, optout.WaitForLock())
	if err != nil {
		return nil, fmt.Errorf("%w: opt_outs.store: %w", ErrConfig, err)
	}
	if cfg.Fleet.URLs == "" {
		return local, nil
	}
	log, err := optout.ConnectJetStream(cfg.Fleet.servers(logger), cfg.Fleet.Stream, local)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: opt_outs.nats: %w", ErrConfig, err), local.Close())
	}
	return log, nil
}

// servers are those of the fleet.
func (c FleetConfig) servers(logger *slog.Logger) optout.Servers {
	return optout.Servers{
		URLs: c.URLs, CredentialsFile: c.CredentialsFile, CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Warn: func(text string) { logger.Warn(text) },
	}
}

// reportAway logs when the fleet's stream is lost, and when it is there again.
func reportAway(logger *slog.Logger) func(error) {
	return func(err error) {
		if err != nil {
			logger.Error("the fleet's opt-outs don't come at present", "error", err)
			return
		}
		logger.Info("the fleet's opt-outs come again")
	}
}

// reportLog logs what is wrong with the store, and when it is well again.
func reportLog(logger *slog.Logger) func(error) {
	return func(err error) {
		switch {
		case err == nil:
			logger.Info("the store of opt-outs is open")
		case errors.Is(err, optout.ErrLocked):
			logger.Warn("another process has the store of opt-outs open; raw UIDs are withheld until it leaves it")
		case errors.Is(err, optout.ErrDamaged):
			logger.Error("the store of opt-outs is damaged", "error", err)
		default:
			logger.Error("the store of opt-outs takes nothing", "error", err)
		}
	}
}

// report logs how the reading of the log ended.
func (n *optOutNode) report(logger *slog.Logger) {
	start := time.Now()
	if err := n.store.WaitSynced(context.Background()); err != nil {
		if !errors.Is(err, context.Canceled) {
			logger.Error("the opt-outs can't be read; raw UIDs are withheld", "error", err)
		}
		return
	}
	if err := n.store.SnapshotErr(); err != nil {
		logger.Warn("the snapshot of the opt-outs was not used; the log was read instead", "error", err)
	}
	logger.Info("the opt-outs are read", "users", n.store.Stats().Users, "from_snapshot", n.store.Stats().Restored, "took", time.Since(start).Round(time.Millisecond))
}

// close ends the receiver, which answers what it is working on, and then the store. It may be called on nil.
func (n *optOutNode) close() error {
	if n == nil {
		return nil
	}
	var err error
	if n.server != nil {
		err = n.server.Stop()
	}
	for _, poller := range n.pollers {
		err = errors.Join(err, poller.Close())
	}
	err = errors.Join(err, n.store.Close())
	n.reports.Wait()
	return err
}
