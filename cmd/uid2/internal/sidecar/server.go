package sidecar

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// Config is how a bidder is served.
type Config struct {
	// Token that clients must send as a bearer token to be annotated for. Empty: none.
	Token string
	// MaxBody is how many bytes a body may have, also when it is decompressed.
	MaxBody uint32
	// Connections is how many may be open; more have to wait.
	Connections int
	// ClientsReadStrictly leaves the look at a bid request as a whole out: each client refuses
	// what isn't JSON, anywhere in the answer.
	ClientsReadStrictly bool
	// Drain is how long connected clients may take to go when the server stops.
	Drain time.Duration
}

// Times for clients, none of which is near them.
const (
	readTimeout  = 5 * time.Second // for a whole request; also until the first one begins
	largeTimeout = 20 * time.Second
	writeTimeout = 10 * time.Second
	idleTimeout  = 2 * time.Minute

	// large is how many bytes of a body may take largeTimeout.
	large = 128 << 10
	// headerBytes is how large a header may be.
	headerBytes = 8 << 10
	// stillUsed is how short a pause must be for a connection to count as in use: another request
	// may be on the way when it is closed.
	stillUsed = time.Second
)

// Server serves one bidder at one listener.
type Server struct {
	cfg      Config
	bidder   *bidder.Bidder
	requests *requests
	annotate fasthttp.RequestHandler
	operate  fasthttp.RequestHandler
	token    bearer
	gate     *gate
	parting  atomic.Bool // connections end with their next answer
}

// New makes a server. Clients wait until Run is called.
func New(b *bidder.Bidder, cfg Config) *Server {
	s := &Server{cfg: cfg, bidder: b, requests: newRequests(), token: newBearer(cfg.Token)}
	s.annotate = b.FastHTTPHandler(s.answerAnnotated, bidder.HandlerConfig{MaxBody: cfg.MaxBody, NextReadsStrictly: true})
	s.operate = operating(s.Operations())
	return s
}

// Run serves until ctx ends or the listener fails, and then drains. It closes the listener.
func (s *Server) Run(ctx context.Context, from net.Listener) error {
	s.gate = newGate(from, s.cfg.Connections)
	served := make(chan error, 1)
	go func() { served <- s.http().Serve(s.gate) }()
	var err error
	select {
	case <-ctx.Done():
		s.parting.Store(true)
		s.gate.Close()
		<-served
	case err = <-served:
		s.parting.Store(true)
	}
	s.gate.drain(s.cfg.Drain)
	return errors.Join(err, s.gate.err)
}

func (s *Server) http() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:        s.handle,
		ErrorHandler:   s.refuse,
		ConnState:      s.gate.state,
		HeaderReceived: moreTime,

		ReadTimeout:  readTimeout,
		WriteTimeout: writeTimeout,
		IdleTimeout:  idleTimeout,

		Concurrency:        s.cfg.Connections + 1, // the gate sees to it
		ReadBufferSize:     headerBytes,
		MaxRequestBodySize: int(s.cfg.MaxBody),
		StreamRequestBody:  true, // memory is taken for what comes, not for what is announced

		DisablePreParseMultipartForm: true,
		NoDefaultServerHeader:        true,
		NoDefaultDate:                true,
		Logger:                       silent{}, // it would quote clients
	}
}

// moreTime gives large bodies more time than others.
func moreTime(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if length := header.ContentLength(); length >= 0 && length <= large {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{ReadTimeout: largeTimeout}
}

// silent is a logger.
type silent struct{}

// Printf implements [fasthttp.Logger].
func (silent) Printf(string, ...any) {}
