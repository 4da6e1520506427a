package bidder

import (
	"bytes"
	"io"
	"strings"

	"github.com/valyala/fasthttp"
)

// FastHTTPHandler is [Bidder.Handler] for package fasthttp. The annotated body is the request's
// own, as long as the request is. The server's MaxRequestBodySize counts as well, before the body
// is decompressed.
func (b *Bidder) FastHTTPHandler(next fasthttp.RequestHandler, cfg HandlerConfig) fasthttp.RequestHandler {
	h := b.handling(cfg)
	return func(ctx *fasthttp.RequestCtx) {
		if refused := h.fastRequest(ctx); refused != nil {
			ctx.Error(refused.text, refused.status)
			return
		}
		next(ctx)
	}
}

// fastRequest annotates the body of ctx's request.
func (h *handling) fastRequest(ctx *fasthttp.RequestCtx) *refusal {
	request := &ctx.Request
	if !request.IsBodyStream() && len(request.Body()) == 0 {
		return nil
	}
	w := works.Get().(*work)
	defer w.putBack()
	found, refused := h.annotate(w, bodyOf(request, &w.plain), contentEncoding(&request.Header))
	if refused != nil {
		return refused
	}
	if len(w.annotated) > 0 {
		ctx.SetUserValue(foundKey{}, found)
	}
	request.Header.Del(fasthttp.HeaderContentEncoding)
	request.SetBody(w.annotated)
	request.Header.SetContentLength(len(w.annotated))
	return nil
}

// bodyOf reads from the stream of a server that has bodies as streams: Body would read all of it,
// however much.
func bodyOf(request *fasthttp.Request, plain *bytes.Reader) io.Reader {
	if request.IsBodyStream() {
		return request.BodyStream()
	}
	plain.Reset(request.Body())
	return plain
}

// contentEncoding returns all of a request's fields of that name. Most requests have none.
func contentEncoding(header *fasthttp.RequestHeader) string {
	fields := header.PeekAll(fasthttp.HeaderContentEncoding)
	return strings.ToLower(string(bytes.Join(fields, []byte(","))))
}
