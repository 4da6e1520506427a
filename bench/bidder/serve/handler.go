package main

import (
	"bufio"
	"context"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// newHandler is a bidder behind package bidder's handler, as in its example.
func newHandler(ctx context.Context, _ *bufio.Reader) (fasthttp.RequestHandler, error) {
	uid2, err := open(ctx)
	if err != nil {
		return nil, err
	}
	return uid2.FastHTTPHandler(bidAnnotated, bidder.HandlerConfig{NextReadsStrictly: true}), nil
}

func bidAnnotated(ctx *fasthttp.RequestCtx) {
	request := readTyped(ctx)
	if request == nil {
		return
	}
	for _, eid := range eidsOf(request) {
		for _, uid := range eid.UIDs {
			if annotation, ok := bidder.ReadAnnotation(uid.Ext); ok && annotation.Raw != "" {
				answerTyped(ctx, request, priceOf(annotation.Raw))
				return
			}
		}
	}
	answerTyped(ctx, request, unknownPrice)
}
