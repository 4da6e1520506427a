// Package httpserver serves HTTP to clients that may be hostile, slow, or gone: it limits the time,
// the memory and the number of connections that they can use, logs nothing that they send, and
// stops within a known time.
package httpserver

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits are the limits for clients, and the steps of Stop.
type Limits struct {
	ReadHeader  time.Duration // for a request's header
	Read        time.Duration // for the whole request
	Write       time.Duration // from the end of the header until the answer has been received
	Idle        time.Duration // between two requests
	HeaderBytes int           // answered 431 if there are more
	BodyBytes   int64         // reading more than this is an error
	Connections int           // more than this have to wait; an idle connection is closed for them

	// The phases of Stop, one after another.
	Linger time.Duration // connected clients may still send a request, and are told that the connection ends
	Grace  time.Duration // requests in progress continue
	Cancel time.Duration // their contexts have been canceled; after this, all connections are closed

	ErrorLog *log.Logger // for messages that may quote clients; nil discards them
}

// Defaults returns limits for short requests and answers. Stop takes up to 3 seconds.
func Defaults() Limits {
	return Limits{
		ReadHeader: 5 * time.Second, Read: 10 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute,
		HeaderBytes: 64 << 10, BodyBytes: 1 << 20, Connections: 256,
		Grace: 2 * time.Second, Cancel: time.Second,
	}
}

// Webhook returns limits for clients that send a request once, and don't repeat it if the
// connection is lost: the server lingers. Stop takes up to 3.5 seconds.
func Webhook() Limits {
	limits := Defaults()
	limits.Linger = 500 * time.Millisecond
	return limits
}

// Server is a server of one listener.
type Server struct {
	limits   Limits
	http     *http.Server
	listener *listener
	cancel   context.CancelFunc // of all requests
	stopping atomic.Bool
	served   chan struct{} // closed when no more connections are accepted
	err      error         // why, set before served is closed
	stop     sync.Once
}

// New returns a server. Clients wait until Serve is called.
func New(from net.Listener, handler http.Handler, limits Limits) *Server {
	s := &Server{limits: limits, listener: newListener(from, limits.Connections), served: make(chan struct{})}
	requests, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	errorLog := limits.ErrorLog
	if errorLog == nil {
		errorLog = log.New(io.Discard, "", 0)
	}
	s.http = &http.Server{
		Handler:           s.parting(http.MaxBytesHandler(handler, limits.BodyBytes)),
		ReadHeaderTimeout: limits.ReadHeader,
		ReadTimeout:       limits.Read,
		WriteTimeout:      limits.Write,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.HeaderBytes,
		ErrorLog:          errorLog,
		ConnState:         s.listener.state,
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	return s
}

// Serve serves the listener's connections until Stop, or until the listener fails. It must be
// called, once.
func (s *Server) Serve() {
	defer close(s.served)
	s.err = s.http.Serve(s.listener)
}

// parting tells clients of a stopping server that the connection ends.
func (s *Server) parting(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}

// Run serves until ctx ends, and then stops. It returns the error with which serving ended by
// itself, if it did.
func Run(ctx context.Context, from net.Listener, handler http.Handler, limits Limits) error {
	s := New(from, handler, limits)
	go s.Serve()
	select {
	case <-ctx.Done():
	case <-s.served:
	}
	return s.Stop()
}

// Stop closes the listener, lets requests in progress finish for as long as the limits allow, and
// closes all connections. It returns the error with which serving had ended before, if it had. It
// may be called more than once.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		defer s.cancel()
		s.stopping.Store(true)
		s.listener.Close()
		<-s.served // from here on, http.Server knows all accepted connections; before, Shutdown could miss one
		if errors.Is(s.err, net.ErrClosed) {
			s.err = nil
		}
		s.listener.waitEmpty(s.limits.Linger)
		s.listener.closeFresh()
		if s.shutdown(s.limits.Grace) {
			return
		}
		s.cancel()
		if !s.shutdown(s.limits.Cancel) {
			s.http.Close()
		}
	})
	return s.err
}

// shutdown reports whether all requests have been answered.
func (s *Server) shutdown(within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return s.http.Shutdown(ctx) == nil
}
