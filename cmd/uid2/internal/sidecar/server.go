package sidecar

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"github.com/uid2rtb/uid2rtb/bidder"
)

// Config is how a bidder is served.
type Config struct {
	// Tokens of which clients must send one, as a bearer token, to be annotated for. Empty: none.
	Tokens []string
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

// times are how long clients may take.
type times struct {
	read  time.Duration // for a whole request; also until the first one begins
	large time.Duration // for a request with a large body
	write time.Duration // to receive an answer
	idle  time.Duration // between two requests
	used  time.Duration // a pause may be so long, and no connection is closed meanwhile for others
}

// usual are far from what clients on this machine take.
func usual() times {
	return times{read: 5 * time.Second, large: 20 * time.Second, write: 10 * time.Second, idle: 2 * time.Minute, used: time.Second}
}

const (
	// largeBody is how many bytes of a body may take longer.
	largeBody = 128 << 10
	// headerBytes is how large a header may be.
	headerBytes = 8 << 10
)

// Server serves one bidder at one listener.
type Server struct {
	cfg      Config
	times    times
	bidder   *bidder.Bidder
	requests *requests
	annotate fasthttp.RequestHandler
	operate  fasthttp.RequestHandler
	tokens   bearers
	gate     *gate
	parting  atomic.Bool // connections end with their next answer
}

// New makes a server of a listener. Clients wait until Run is called.
func New(b *bidder.Bidder, from net.Listener, cfg Config) *Server {
	s := &Server{cfg: cfg, times: usual(), bidder: b, requests: newRequests()}
	s.SetTokens(cfg.Tokens)
	s.gate = newGate(from, cfg.Connections)
	s.annotate = b.FastHTTPHandler(s.answerAnnotated, bidder.HandlerConfig{MaxBody: cfg.MaxBody, NextReadsStrictly: true})
	s.operate = fasthttpadaptor.NewFastHTTPHandler(s.Operations()) // asked seldom
	return s
}

// SetTokens replaces the tokens of the configuration.
func (s *Server) SetTokens(tokens []string) { s.tokens.set(tokens) }

// Run serves until ctx ends or the listener fails, and then drains. It closes the listener.
func (s *Server) Run(ctx context.Context) error {
	s.gate.used = s.times.used
	var err error
	served := make(chan struct{})
	go func() {
		defer close(served)
		err = s.http().Serve(s.gate)
	}()
	select {
	case <-ctx.Done():
	case <-served:
	}
	s.parting.Store(true)
	s.gate.Close()
	s.gate.drain(s.cfg.Drain, served)
	return errors.Join(err, s.gate.err)
}

func (s *Server) http() *fasthttp.Server {
	return &fasthttp.Server{
		Handler:        s.handle,
		ErrorHandler:   s.refuse,
		ConnState:      s.gate.state,
		HeaderReceived: s.moreTime,

		ReadTimeout:  s.times.read,
		WriteTimeout: s.times.write,
		IdleTimeout:  s.times.idle,

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
func (s *Server) moreTime(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if length := header.ContentLength(); length >= 0 && length <= largeBody {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{ReadTimeout: s.times.large}
}

// silent is a logger.
type silent struct{}

// Printf implements [fasthttp.Logger].
func (silent) Printf(string, ...any) {}
