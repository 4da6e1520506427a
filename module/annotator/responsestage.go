package annotator

import "sync/atomic"

// responseStages remembers at which endpoints the stage auction_response was seen to work. raw_in_debug holds only there:
// a plan without that stage would give every raw UID to a caller who asks for debug.
type responseStages struct{ auction, amp atomic.Bool }

// at returns what is known of an endpoint, or nil if Prebid Server runs no hooks there.
func (s *responseStages) at(endpoint string) *atomic.Bool {
	switch endpoint {
	case "/openrtb2/auction":
		return &s.auction
	case "/openrtb2/amp":
		return &s.amp
	}
	return nil
}

func (s *responseStages) work(endpoint string) bool {
	seen := s.at(endpoint)
	return seen != nil && seen.Load()
}

// AwaitsRedaction reports whether [Annotator.SawRedaction] would make a difference at an endpoint.
func (a *Annotator) AwaitsRedaction(endpoint string) bool {
	return a.rawInDebug && !a.responseStages.work(endpoint)
}

// SawRedaction remembers that responses of an endpoint are redacted: that the stage is planned, and came in time.
func (a *Annotator) SawRedaction(endpoint string) {
	if seen := a.responseStages.at(endpoint); seen != nil {
		seen.Store(true)
	}
}

// rawInDebugOf reports whether an auction's raw UIDs may go out although Prebid Server will show them to the caller.
// Without the processed stage nobody would know what to redact.
func (a *Annotator) rawInDebugOf(auction *Auction) bool {
	return a.rawInDebug && a.responseStages.work(auction.endpoint)
}
