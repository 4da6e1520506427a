package main

import (
	"bufio"
	"context"

	"github.com/valyala/fasthttp"
)

// floorPrice is bid by bidders that don't know anybody.
const floorPrice = 10.49

func newFloor(context.Context, *bufio.Reader) (fasthttp.RequestHandler, error) {
	return func(ctx *fasthttp.RequestCtx) { answer(ctx, ctx.PostBody(), floorPrice) }, nil
}

func newFloorTyped(context.Context, *bufio.Reader) (fasthttp.RequestHandler, error) {
	return func(ctx *fasthttp.RequestCtx) {
		if request := readTyped(ctx); request != nil {
			answerTyped(ctx, request, floorPrice)
		}
	}, nil
}
