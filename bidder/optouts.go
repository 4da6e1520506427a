package bidder

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/internal/waitgroup"
	"github.com/uid2rtb/uid2rtb/operator"
	"github.com/uid2rtb/uid2rtb/optout"
)

// optOutNode is a store of opt-outs, and what feeds it.
type optOutNode struct {
	store    *optout.Store
	receiver *optout.Receiver // nil if there is none
	addr     net.Addr         // of the receiver
	server   *httpserver.Server
	pollers  [codec.ScopeEUID + 1]*optout.Poller // by scope; nil where the operator isn't asked
	fleet    bool                                // others bring opt-outs, too
	ended    chan struct{}                       // closed by close
	end      sync.Once                           // of closing it
	reports  waitgroup.Group
}

// nothingFeeds is what is wrong with a store that nobody new comes into.
const nothingFeeds = "nothing feeds the store of opt-outs: raw UIDs of users who opt out go on being sent; set listen, nats or poll"

// startOptOuts opens the store, which reads its log in the background, and starts the receiver.
// What report says belongs behind the poller, too, or it would miss one that is about to start.
func startOptOuts(cfg *OptOuts, logger *slog.Logger) (*optOutNode, error) {
	log, err := cfg.openLog(logger)
	if err != nil {
		return nil, err
	}
	n := &optOutNode{
		store: optout.Open(log, optout.WithUnreachableHandler(reportUnreachable(logger)), optout.WithLogHandler(reportLog(logger))),
		fleet: cfg.Fleet != nil,
		ended: make(chan struct{}),
	}
	if cfg.Listen == "" {
		return n, nil
	}
	if err := n.listen(cfg, logger); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// errNoLog: a Fleet returned neither a log nor an error.
var errNoLog = errors.New("it has no log")

// openLog opens the process's own log, or the fleet's with the process's copy of it.
func (o *OptOuts) openLog(logger *slog.Logger) (optout.Log, error) {
	local, err := optout.OpenFile(o.Store, optout.WaitForLock())
	if err != nil {
		return nil, &ConfigError{SettingStore, err}
	}
	if o.Fleet == nil {
		return local, nil
	}
	log, err := o.Fleet(local, logger)
	if err == nil && log == nil {
		err = errNoLog
	}
	if err != nil {
		return nil, errors.Join(&ConfigError{SettingFleet, err}, local.Close())
	}
	return log, nil
}

// listen starts the receiver.
func (n *optOutNode) listen(cfg *OptOuts, logger *slog.Logger) error {
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return &ConfigError{SettingListen, err}
	}
	if n.receiver, err = optout.NewReceiver(n.store, cfg.Receiver...); err != nil {
		return errors.Join(&ConfigError{SettingReceiver, err}, listener.Close())
	}
	n.addr = listener.Addr()
	n.server = httpserver.New(listener, n.receiver, httpserver.Webhook())
	go n.server.Serve() // ends with close
	n.reports.Go(func() { n.reportReloads(logger) })
	return nil
}

// poll asks the operators of each scope about the users of that scope.
func (n *optOutNode) poll(keys []scopedKeys, options []optout.PollerOption) error {
	for _, k := range keys {
		poller, err := optout.NewPoller(n.store, askOf(k.client), options...)
		if err != nil {
			return &ConfigError{SettingPoller, err}
		}
		n.pollers[k.scope] = poller
	}
	return nil
}

func askOf(client *operator.Client) optout.Ask {
	return func(ctx context.Context, uids []codec.RawUID, optedOut func(codec.RawUID, int64)) error {
		found, err := client.OptOutStatus(ctx, uids)
		for _, o := range found {
			optedOut(o.UID, o.Since.UnixMilli())
		}
		return err
	}
}

func (n *optOutNode) allPollers() []*optout.Poller {
	var all []*optout.Poller
	for _, poller := range n.pollers {
		if poller != nil {
			all = append(all, poller)
		}
	}
	return all
}

// offer tells the poller of a user who may be bid on. It may be called on nil.
func (n *optOutNode) offer(v *bidstream.Verdict, nowMs int64) {
	if n == nil {
		return
	}
	if uid, ok := v.RawUID(); ok {
		if poller := n.pollers[v.Scope]; poller != nil {
			poller.Offer(uid, nowMs)
		}
	}
}

// reportUnreachable logs when the fleet's stream is lost, and when it is there again.
func reportUnreachable(logger *slog.Logger) func(error) {
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

// unfed reports whether nothing brings opt-outs into the store. A receiver or a poller of the
// program's own counts.
func (n *optOutNode) unfed() bool { return !n.fleet && !n.store.Stats().Fed }

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
	if n.unfed() {
		logger.Warn(nothingFeeds)
	}
}

// close ends the receiver, which answers what it is working on, and then the store. It may be
// called on nil.
func (n *optOutNode) close() error {
	if n == nil {
		return nil
	}
	var err error
	if n.server != nil {
		err = n.server.Stop()
	}
	for _, poller := range n.allPollers() {
		err = errors.Join(err, poller.Close())
	}
	err = errors.Join(err, n.store.Close())
	n.end.Do(func() { close(n.ended) })
	n.reports.Wait()
	return err
}
