package sidecar

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// handle answers every request.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	start := time.Now()
	endpoint := s.route(ctx)
	if s.parting.Load() || s.gate.wanted() {
		ctx.SetConnectionClose()
	}
	s.requests.add(endpoint, ctx.Response.StatusCode(), time.Since(start))
}

// route calls the handler of the request's path, and returns which one it is.
func (s *Server) route(ctx *fasthttp.RequestCtx) endpoint {
	defer func() {
		if recover() != nil { // one request must not end all others
			ctx.Error("it can't be answered", http.StatusInternalServerError)
		}
	}()
	switch string(ctx.Path()) {
	case "/annotate":
		s.guarded(ctx, s.annotate)
		return annotating
	case "/tokens":
		s.guarded(ctx, s.answerTokens)
		return judging
	}
	s.operations(ctx)
	return operations
}

// operations answers the paths that net/http's handlers have. Those get nothing of the request but
// the path: the adaptor would read all of a body, however much, and fail at what isn't a URL.
func (s *Server) operations(ctx *fasthttp.RequestCtx) {
	switch path := string(ctx.Path()); path {
	case bidder.PathHealthz, bidder.PathReadyz, "/metrics":
		ctx.Request.ResetBody()
		ctx.Request.Header.SetRequestURI(path)
		s.operate(ctx)
	default:
		ctx.Error(errorJSON("there is no such path"), http.StatusNotFound)
		ctx.SetContentType("application/json")
	}
}

// guarded calls the handler if the client may POST. No answer is to be kept by anything in between.
func (s *Server) guarded(ctx *fasthttp.RequestCtx, handler fasthttp.RequestHandler) {
	header := &ctx.Response.Header
	switch {
	case !ctx.IsPost():
		ctx.Error("use POST", http.StatusMethodNotAllowed)
		header.Set(fasthttp.HeaderAllow, http.MethodPost)
	case !s.tokens.sentIn(ctx.Request.Header.Peek(fasthttp.HeaderAuthorization)):
		ctx.Error("the header Authorization hasn't the bearer token", http.StatusUnauthorized)
		header.Set(fasthttp.HeaderWWWAuthenticate, "Bearer")
	default:
		handler(ctx)
	}
	header.SetContentType("application/json")
	header.Set(fasthttp.HeaderCacheControl, "no-store")
	if ctx.Response.StatusCode() != http.StatusOK {
		ctx.SetBodyString(errorJSON(string(ctx.Response.Body())))
	}
}

// errorJSON is an error as it is answered. Its text has nothing of a request, and needs no
// escaping.
func errorJSON(text string) string { return `{"error":"` + text + `"}` + "\n" }

// refuse answers what isn't a request. The connection ends.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, err error) {
	status, text := http.StatusBadRequest, "it isn't an HTTP request"
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		status, text = http.StatusRequestTimeout, "the request didn't come in time"
	} else if _, ok := errors.AsType[*fasthttp.ErrSmallBuffer](err); ok {
		status, text = http.StatusRequestHeaderFieldsTooLarge, "the header is too large"
	} else if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		status, text = http.StatusRequestEntityTooLarge, "the body is too large"
	}
	ctx.Error(errorJSON(text), status)
	ctx.SetContentType("application/json")
	s.requests.add(refused, status, 0)
}
