package main

import (
	"bufio"
	"context"
	"os"
	"strconv"
	"time"

	"github.com/buger/jsonparser"
	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// open is as in docs/bidder.md.
func open(ctx context.Context) (*bidder.Bidder, error) {
	uid2, err := bidder.UID2(os.Getenv("UID2_BASE_URL"), os.Getenv("UID2_API_KEY"), os.Getenv("UID2_CLIENT_SECRET"))
	if err != nil {
		return nil, err
	}
	return bidder.Open(ctx, bidder.Config{
		Operators: []bidder.Operator{uid2},
		OptOuts:   bidder.OptOuts{Store: os.Getenv("OPT_OUTS")},
	})
}

// direct asks for the raw UIDs of a request in bytes.
type direct struct{ uid2 *bidder.Bidder }

func newFast(ctx context.Context, _ *bufio.Reader) (fasthttp.RequestHandler, error) {
	uid2, err := open(ctx)
	return direct{uid2}.bid, err
}

// bid reads no more of the request than it needs.
func (d direct) bid(ctx *fasthttp.RequestCtx) {
	price, err := d.price(ctx.PostBody())
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	answer(ctx, ctx.PostBody(), price)
}

func newTyped(ctx context.Context, _ *bufio.Reader) (fasthttp.RequestHandler, error) {
	uid2, err := open(ctx)
	return direct{uid2}.bidTyped, err
}

func (d direct) bidTyped(ctx *fasthttp.RequestCtx) {
	price, err := d.price(ctx.PostBody())
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	if request := readTyped(ctx); request != nil {
		answerTyped(ctx, request, price)
	}
}

// price is that of the first user who may be bid on.
func (d direct) price(request []byte) (float64, error) {
	var text [64]byte
	for uid, err := range d.uid2.UIDs(request, time.Now()) {
		if err != nil {
			return 0, err
		}
		if raw, ok := uid.RawUID(); ok {
			return priceOf(raw.AppendReveal(text[:0])), nil
		}
	}
	return unknownPrice, nil
}

// answer is answerTyped for a request in bytes. Texts are copied from request to answer as they
// are, with their escapes.
func answer(ctx *fasthttp.RequestCtx, request []byte, price float64) {
	id, _, _, err := jsonparser.Get(request, "id")
	if err != nil {
		ctx.Error("no id", fasthttp.StatusBadRequest)
		return
	}
	var impID []byte
	highest := -1.0
	_, err = jsonparser.ArrayEach(request, func(imp []byte, _ jsonparser.ValueType, _ int, _ error) {
		floor, err := jsonparser.GetFloat(imp, "bidfloor")
		if err != nil && err != jsonparser.KeyPathNotFoundError {
			return
		}
		if floor <= price && floor > highest {
			impID, _, _, _ = jsonparser.Get(imp, "id")
			highest = floor
		}
	}, "imp")
	if err != nil {
		ctx.Error("no impressions", fasthttp.StatusBadRequest)
		return
	}
	if impID == nil {
		noBid(ctx)
		return
	}
	ctx.SetContentType("application/json")
	var room [256]byte
	ctx.SetBody(appendAnswer(room[:0], id, impID, price))
}

func appendAnswer(b, id, impID []byte, price float64) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, id...)
	b = append(b, `","seatbid":[{"bid":[{"id":"1","impid":"`...)
	b = append(b, impID...)
	b = append(b, `","price":`...)
	b = strconv.AppendFloat(b, price, 'f', -1, 64)
	return append(b, `,"adm":"`+adMarkup+`","adomain":["`+advertiser+`"],"crid":"`+creative+`"}]}],"cur":"`+currency+`"}`...)
}
