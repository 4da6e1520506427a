// Package module is the Prebid Server hook module uid2.decrypt: it decrypts UID2 and EUID tokens in-process during the
// auction, and annotates the requests of listed bidders with the raw UID and the opt-out status.
//
// A Prebid Server tree takes it in as modules/uid2/decrypt; the program in module/register does that. A program that
// embeds Prebid Server calls [New].
//
// It has four hooks. At processed_auction_request it decrypts each distinct token once; at bidder_request it annotates
// the requests of listed bidders and removes forged annotations from all; at auction_response it takes raw UIDs out of
// what Prebid Server tells the caller about bidders, and at all_processed_bid_responses out of bids, if that is wanted.
// A fifth, at raw_auction_request, which a host may leave out, removes forged annotations before anything else reads the
// request, in case the later stages are late. No hook waits for anything, and none rejects an auction.
//
// This package only binds package annotator, where every decision is made, to Prebid Server v3.
package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/prebid/prebid-server/v3/hooks/hookstage"
	"github.com/prebid/prebid-server/v3/modules/moduledeps"

	"github.com/uid2rtb/uid2rtb/module/annotator"
)

// Code is the module's name in execution plans and account configuration.
const Code = "uid2.decrypt"

// Module holds the hooks. It is safe for concurrent use. [Module.Shutdown] ends it.
type Module struct {
	*annotator.Annotator
	metrics    *metricsServer
	onlyStatus sync.Map // analytics tags of auctions with one token, by its status
}

var (
	_ hookstage.RawAuctionRequest        = (*Module)(nil)
	_ hookstage.ProcessedAuctionRequest  = (*Module)(nil)
	_ hookstage.BidderRequest            = (*Module)(nil)
	_ hookstage.AllProcessedBidResponses = (*Module)(nil)
	_ hookstage.AuctionResponse          = (*Module)(nil)

	// Prebid Server's own interface for this is in a package that imports every module, so it is restated here: with
	// another signature Shutdown would never be called.
	_ interface{ Shutdown() error } = (*Module)(nil)
)

// Builder is what Prebid Server calls once at start with the section hooks.modules.uid2.decrypt. It never waits for an
// operator: a module without keys starts, serves, and withholds. The error names the setting that is wrong.
func Builder(section json.RawMessage, _ moduledeps.ModuleDeps) (interface{}, error) {
	m, err := New(section)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// New is [Builder] for programs that embed Prebid Server and have something to add, such as their store of opt-outs.
// Without options it logs through Prebid Server's log.
func New(section json.RawMessage, opts ...annotator.Option) (*Module, error) {
	cfg, err := annotator.ParseConfig(section)
	if err != nil {
		return nil, err
	}
	defaults := []annotator.Option{annotator.WithLogger(slog.New(prebidLog{})), annotator.WithAdapters(adapterOf)}
	a, err := annotator.New(cfg, append(defaults, opts...)...)
	if err != nil {
		return nil, err
	}
	m := &Module{Annotator: a}
	if cfg.MetricsListen == "" {
		return m, nil
	}
	if m.metrics, err = serveMetrics(cfg.MetricsListen, a); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: metrics_listen: %w", annotator.ErrConfig, err), a.Close())
	}
	return m, nil
}

// Shutdown ends the refreshing of keys and the metrics endpoint. Prebid Server calls it after its listeners closed.
func (m *Module) Shutdown() error {
	return errors.Join(m.metrics.close(), m.Close())
}
