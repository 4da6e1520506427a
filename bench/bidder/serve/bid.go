package main

import (
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/valyala/fasthttp"
)

const (
	adMarkup   = "<ad/>"
	advertiser = "advertiser.example"
	creative   = "c1"
	currency   = "USD"
)

// unknownPrice is bid where there is no user who may be known: by context.
const unknownPrice = 0.4

// priceOf is what the bidder knows of a user, in place of a look-up in its profiles: from 0.50 to
// 10.49, by the FNV-1a hash of the raw UID's text.
func priceOf[T ~string | ~[]byte](rawUID T) float64 {
	hash := uint32(2166136261)
	for i := range len(rawUID) {
		hash = (hash ^ uint32(rawUID[i])) * 16777619
	}
	return float64(50+hash%1000) / 100
}

// readTyped reads the request as a whole. It answers one that can't be read, and returns nil.
func readTyped(ctx *fasthttp.RequestCtx) *openrtb2.BidRequest {
	request := new(openrtb2.BidRequest)
	if err := json.Unmarshal(ctx.PostBody(), request); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return nil
	}
	return request
}

// eidsOf are those of the request's user, of whom nothing may be said.
func eidsOf(request *openrtb2.BidRequest) []openrtb2.EID {
	if request.User == nil {
		return nil
	}
	return request.User.EIDs
}

// answerTyped bids for the impression with the highest floor that the price reaches, the first one
// of several.
func answerTyped(ctx *fasthttp.RequestCtx, request *openrtb2.BidRequest, price float64) {
	best := -1
	for i, imp := range request.Imp {
		if imp.BidFloor <= price && (best < 0 || imp.BidFloor > request.Imp[best].BidFloor) {
			best = i
		}
	}
	if best < 0 {
		noBid(ctx)
		return
	}
	answer, err := json.Marshal(&openrtb2.BidResponse{
		ID: request.ID,
		SeatBid: []openrtb2.SeatBid{{Bid: []openrtb2.Bid{{
			ID: "1", ImpID: request.Imp[best].ID, Price: price, AdM: adMarkup, ADomain: []string{advertiser}, CrID: creative,
		}}}},
		Cur: currency,
	})
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
		return
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(answer)
}

func noBid(ctx *fasthttp.RequestCtx) { ctx.SetStatusCode(fasthttp.StatusNoContent) }
