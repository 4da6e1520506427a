package sidecar

import (
	"net/http"

	"github.com/segmentio/encoding/json"
	"github.com/valyala/fasthttp"
)

// answerAnnotated sends the annotated body of the request back.
func (s *Server) answerAnnotated(ctx *fasthttp.RequestCtx) {
	body := ctx.Request.Body()
	switch {
	case len(body) == 0:
		ctx.Error("there is no body", http.StatusBadRequest)
	case !s.cfg.ClientsReadStrictly && !Valid(body):
		ctx.Error("the body is no bid request", http.StatusBadRequest)
	default:
		ctx.Response.SetBodyRaw(body) // the request lives until the answer is written
	}
}

// Valid reports whether text is JSON, like encoding/json, in a third of the time.
func Valid(text []byte) bool { return json.Valid(text) }
