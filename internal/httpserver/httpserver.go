// Package httpserver serves HTTP to clients that mean harm, are slow, or went away: the time, the memory and the number of
// connections that they may take are bounded, nothing that they send is logged, and the end comes within a known time.
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

// Limits are what clients may take.
type Limits struct {
	ReadHeader  time.Duration // for a request's header
	Read        time.Duration // for the whole request
	Write       time.Duration // from the end of the header until the answer has been taken
	Idle        time.Duration // between two requests
	HeaderBytes int           // answered 431 if there are more
	BodyBytes   int64         // reading more is an error
	Connections int           // more have to wait; one that is idle is closed for them

	// What Stop does, one after another.
	Linger time.Duration // clients that are connected may still send a request, and are told that the connection ends
	Grace  time.Duration // requests in progress go on
	Cancel time.Duration // their contexts have ended; after that all connections are closed

	ErrorLog *log.Logger // of what may quote clients; nil: none
}

// Defaults are limits for short requests and answers. Stop takes up to 3 seconds.
func Defaults() Limits {
	return Limits{
		ReadHeader: 5 * time.Second, Read: 10 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute,
		HeaderBytes: 64 << 10, BodyBytes: 1 << 20, Connections: 256,
		Grace: 2 * time.Second, Cancel: time.Second,
	}
}

// Webhook are limits for who sends a request once, and not again if the connection is lost: the server lingers. Stop takes up to
// 3.5 seconds.
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
	served   chan struct{} // closed when nothing is accepted any more
	err      error         // why, set before served is closed
	stop     sync.Once
}

// New makes a server. Until Serve is called clients wait.
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

// Serve serves what comes to the listener, until Stop, or until the listener fails. It must be called, once.
func (s *Server) Serve() {
	defer close(s.served)
	s.err = s.http.Serve(s.listener)
}

// parting tells clients of a server that stops to take another connection.
func (s *Server) parting(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}

// Run serves until ctx ends, and stops then. It returns why it ended by itself.
func Run(ctx context.Context, from net.Listener, handler http.Handler, limits Limits) error {
	s := New(from, handler, limits)
	go s.Serve()
	select {
	case <-ctx.Done():
	case <-s.served:
	}
	return s.Stop()
}

// Stop closes the listener, lets requests in progress end, for as long as the limits say, and closes all connections. It returns
// why the server had ended before, if it had. It may be called again.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		defer s.cancel()
		s.stopping.Store(true)
		s.listener.Close()
		<-s.served // whatever was accepted is known to http.Server from here on: Shutdown would overlook it before
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
