package main

import "context"

// noop is a module with the same hooks as ours, which do nothing. Its type parameters are those of a
// version of Prebid Server: the context of a call, and the payload and the result of each stage.
type noop[C, P1, R1, P2, R2, P3, R3 any] struct{}

// HandleProcessedAuctionHook implements the stage.
func (noop[C, P1, R1, P2, R2, P3, R3]) HandleProcessedAuctionHook(context.Context, C, P1) (r R1, err error) {
	return r, nil
}

// HandleBidderRequestHook implements the stage.
func (noop[C, P1, R1, P2, R2, P3, R3]) HandleBidderRequestHook(context.Context, C, P2) (r R2, err error) {
	return r, nil
}

// HandleAuctionResponseHook implements the stage.
func (noop[C, P1, R1, P2, R2, P3, R3]) HandleAuctionResponseHook(context.Context, C, P3) (r R3, err error) {
	return r, nil
}
