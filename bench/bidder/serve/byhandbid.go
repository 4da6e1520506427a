package main

import (
	"bufio"
	"context"
	"time"

	"github.com/buger/jsonparser"
	"github.com/valyala/fasthttp"
)

const source = "uidapi.com"

func newByHandTyped(ctx context.Context, in *bufio.Reader) (fasthttp.RequestHandler, error) {
	b, err := newByHand(ctx, in)
	return b.bidTyped, err
}

// bidTyped reads the request into openrtb2's types.
func (b *byHand) bidTyped(ctx *fasthttp.RequestCtx) {
	request := readTyped(ctx)
	if request == nil {
		return
	}
	nowMs := time.Now().UnixMilli()
	for _, eid := range eidsOf(request) {
		if eid.Source != source {
			continue
		}
		for _, uid := range eid.UIDs {
			if rawUID, ok := b.rawUID(uid.ID, nowMs); ok {
				answerTyped(ctx, request, priceOf(rawUID))
				return
			}
		}
	}
	answerTyped(ctx, request, unknownPrice)
}

func newByHandFast(ctx context.Context, in *bufio.Reader) (fasthttp.RequestHandler, error) {
	b, err := newByHand(ctx, in)
	return b.bid, err
}

// bid reads no more of the request than it needs.
func (b *byHand) bid(ctx *fasthttp.RequestCtx) {
	request := ctx.PostBody()
	nowMs := time.Now().UnixMilli()
	price := unknownPrice
	jsonparser.ArrayEach(request, func(eid []byte, _ jsonparser.ValueType, _ int, _ error) {
		if of, _ := jsonparser.GetUnsafeString(eid, "source"); of != source {
			return
		}
		jsonparser.ArrayEach(eid, func(uid []byte, _ jsonparser.ValueType, _ int, _ error) {
			token, _ := jsonparser.GetString(uid, "id")
			if rawUID, ok := b.rawUID(token, nowMs); ok && price == unknownPrice {
				price = priceOf(rawUID)
			}
		}, "uids")
	}, "user", "eids")
	answer(ctx, request, price)
}
