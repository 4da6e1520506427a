// Code generated from module/v3 by internal/bindings. DO NOT EDIT.

package pbstest

import (
	"encoding/json"
	"fmt"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// bidResponse bids price on each impression. It has what each adapter wants of a bid: thetradedesk and pubmatic mtype,
// pubmatic an ext that is an object, appnexus its bid_ad_type in there.
func bidResponse(bidder string, request *openrtb2.BidRequest, price float64) *openrtb2.BidResponse {
	bids := make([]openrtb2.Bid, 0, len(request.Imp))
	for i := range request.Imp {
		imp := &request.Imp[i]
		format := formatOf(imp)
		bids = append(bids, openrtb2.Bid{
			ID:      fmt.Sprintf("%s-%s", bidder, imp.ID),
			ImpID:   imp.ID,
			Price:   price,
			AdM:     format.markup,
			AdID:    bidder,
			CrID:    bidder + "-creative",
			ADomain: []string{"advertiser.example"},
			W:       format.w,
			H:       format.h,
			MType:   format.mtype,
			Ext:     fmt.Appendf(nil, `{"appnexus":{"bid_ad_type":%d}}`, format.appnexus),
		})
	}
	return &openrtb2.BidResponse{ID: request.ID, Cur: "USD", SeatBid: []openrtb2.SeatBid{{Bid: bids}}}
}

// format is how to bid on one kind of impression.
type format struct {
	mtype    openrtb2.MarkupType
	appnexus int // the same in appnexus' own numbers
	w, h     int64
	markup   string
}

const (
	bannerMarkup = `<div>An advertisement</div>`
	videoMarkup  = `<VAST version="3.0"><Ad><InLine><AdSystem>pbstest</AdSystem><AdTitle>An advertisement</AdTitle></InLine></Ad></VAST>`
	nativeMarkup = `{"assets":[]}`
)

// formatOf prefers banner, then video, then native.
func formatOf(imp *openrtb2.Imp) format {
	switch {
	case imp.Banner != nil:
		f := format{mtype: openrtb2.MarkupBanner, appnexus: 0, w: 300, h: 250, markup: bannerMarkup}
		if sizes := imp.Banner.Format; len(sizes) > 0 {
			f.w, f.h = sizes[0].W, sizes[0].H
		}
		return f
	case imp.Video != nil:
		return format{mtype: openrtb2.MarkupVideo, appnexus: 1, markup: videoMarkup}
	default:
		return format{mtype: openrtb2.MarkupNative, appnexus: 3, markup: nativeMarkup}
	}
}

// write repeats the request in the places of e.
func (e Echo) write(response *openrtb2.BidResponse, request []byte) {
	if e&EchoResponseExt != 0 {
		response.Ext = fmt.Appendf(nil, `{"echo":%s}`, request)
	}
	for i := range response.SeatBid {
		for j := range response.SeatBid[i].Bid {
			bid := &response.SeatBid[i].Bid[j]
			if e&EchoBidExt != 0 {
				bid.Ext = withEcho(bid.Ext, request)
			}
			if e&EchoMarkup != 0 {
				bid.AdM += "<!-- " + string(request) + " -->"
			}
		}
	}
}

// withEcho adds a member echo to a JSON object that has others.
func withEcho(ext json.RawMessage, request []byte) json.RawMessage {
	return fmt.Appendf(nil, `%s,"echo":%s}`, ext[:len(ext)-1], request)
}
