package optout

import (
	"bytes"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// ServeFastHTTP is ServeHTTP for a server of package fasthttp, such as that of [Receiver.FastHTTPServer].
func (r *Receiver) ServeFastHTTP(request *fasthttp.RequestCtx) {
	// What fasthttp takes for a fragment is a part of the query, which the service never has anything behind.
	_, query, _ := bytes.Cut(request.Request.Header.RequestURI(), []byte("?"))
	request.SetStatusCode(r.answer(incoming{
		ctx:    request,
		method: string(request.Method()),
		header: func(name string) []string { return fastValues(&request.Request.Header, name) },
		query:  string(query),
		body:   func() ([]byte, bool, error) { return fastBody(request) },
	}))
}

// FastHTTPServer returns a server of package fasthttp for r. It has timeouts and limits: it answers 431 to a header of more than
// 64 KB, 400 to a body of more than 4 MB and to what isn't HTTP, 408 to a request that takes longer than 10 seconds to come, and
// 503 if there are 256 connections already. And it logs nothing: fasthttp's own logger quotes what it can't read, with raw UIDs
// and tokens, and its SecureErrorLogMessage doesn't change that for all of it.
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
		// A form that fasthttp can't read would be answered 400; the receiver keeps it.
		DisablePreParseMultipartForm: true,
	}
}

// discard is a logger that logs nothing.
type discard struct{}

// Printf implements [fasthttp.Logger].
func (discard) Printf(string, ...any) {}

// fastValues returns the values of a header field, also if the server leaves the letter case of names as it comes.
func fastValues(header *fasthttp.RequestHeader, name string) (values []string) {
	//lint:ignore SA1019 its successor isn't in the lowest version that this module works with
	header.VisitAll(func(key, value []byte) {
		if strings.EqualFold(string(key), name) {
			values = append(values, string(value))
		}
	})
	return values
}

// fastBody is body for a request of package fasthttp. If its server streams bodies, PostBody would return the text of the
// error as the body.
func fastBody(request *fasthttp.RequestCtx) (first []byte, more bool, err error) {
	if stream := request.RequestBodyStream(); stream != nil {
		return firstOf(stream)
	}
	return firstOf(bytes.NewReader(request.PostBody()))
}
