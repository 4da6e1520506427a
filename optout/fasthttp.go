package optout

import (
	"bytes"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// ServeFastHTTP is like ServeHTTP, for a server of package fasthttp such as that of
// [Receiver.FastHTTPServer].
func (r *Receiver) ServeFastHTTP(request *fasthttp.RequestCtx) {
	// What fasthttp takes for a fragment belongs to the query: the service never sends a
	// fragment.
	_, query, _ := bytes.Cut(request.Request.Header.RequestURI(), []byte("?"))
	request.SetStatusCode(r.answer(incoming{
		ctx:    request,
		method: string(request.Method()),
		header: func(name string) []string { return fastValues(&request.Request.Header, name) },
		query:  string(query),
		body:   func() ([]byte, bool, error) { return fastBody(request) },
	}))
}

// FastHTTPServer returns a server of package fasthttp for r. It has timeouts and limits: it answers
// 431 if the header exceeds 64 KB, 400 if the body exceeds 4 MB or the request isn't valid HTTP,
// 408 if a request takes longer than 10 seconds to arrive, and 503 if there are 256 connections
// already. It logs nothing: fasthttp's own logger quotes what it can't parse, including raw UIDs
// and tokens, and its SecureErrorLogMessage prevents only some of that.
func (r *Receiver) FastHTTPServer() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:            r.ServeFastHTTP,
		ReadTimeout:        10 * time.Second,
		WriteTimeout:       recordTimeout + 10*time.Second,
		IdleTimeout:        2 * time.Minute,
		ReadBufferSize:     64 << 10,
		MaxRequestBodySize: 4 << 20,
		Concurrency:        256,
		CloseOnShutdown:    true,
		Logger:             discard{},
		// fasthttp would answer 400 to a form that it can't parse; the receiver keeps it.
		DisablePreParseMultipartForm: true,
	}
}

// discard is a logger that logs nothing.
type discard struct{}

// Printf implements [fasthttp.Logger].
func (discard) Printf(string, ...any) {}

// fastValues returns the values of a header field, even if the server leaves the letter case of
// names as it was sent.
func fastValues(header *fasthttp.RequestHeader, name string) (values []string) {
	//lint:ignore SA1019 its successor isn't in the lowest version that this module supports
	header.VisitAll(func(key, value []byte) {
		if strings.EqualFold(string(key), name) {
			values = append(values, string(value))
		}
	})
	return values
}

// fastBody is the body of a request of package fasthttp. If its server streams bodies, PostBody
// would return the text of an error as the body.
func fastBody(request *fasthttp.RequestCtx) (first []byte, more bool, err error) {
	if stream := request.RequestBodyStream(); stream != nil {
		return firstOf(stream)
	}
	return firstOf(bytes.NewReader(request.PostBody()))
}
