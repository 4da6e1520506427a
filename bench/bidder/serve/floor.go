package main

import (
	"bufio"
	"context"

	"github.com/valyala/fasthttp"
)

// newFloor is a bidder that knows nobody.
func newFloor(context.Context, *bufio.Reader) (fasthttp.RequestHandler, error) {
	return func(ctx *fasthttp.RequestCtx) { answer(ctx, ctx.PostBody(), unknownPrice) }, nil
}

func newFloorTyped(context.Context, *bufio.Reader) (fasthttp.RequestHandler, error) {
	return func(ctx *fasthttp.RequestCtx) {
		if request := readTyped(ctx); request != nil {
			answerTyped(ctx, request, unknownPrice)
		}
	}, nil
}
