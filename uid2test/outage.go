package uid2test

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// Stop takes the server down: from now on nothing listens at its URL, and connections are refused.
// Its state stays, tokens can be made, and webhooks go on. It does nothing if the server doesn't
// listen.
func (s *Server) Stop() {
	s.mu.Lock()
	server := s.http
	s.http = nil
	s.mu.Unlock()
	if server != nil {
		server.Stop()
	}
}

// Restart makes a server that [Server.Stop] has taken down listen at its URL again. It fails if
// another program listens there by now, or if the server was never started or is closed. It does
// nothing if the server listens.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.URL == "" || s.closed {
		return errors.New("uid2test: the server was never started, or is closed")
	}
	if s.http != nil {
		return nil
	}
	return s.listen(strings.TrimPrefix(s.URL, "http://"))
}

// Listens reports whether the server can be reached.
func (s *Server) Listens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.http != nil && !s.closed
}

// listen makes the server listen at an address. The lock is held.
func (s *Server) listen(addr string) error {
	listener, err := net.Listen("tcp4", addr)
	if err != nil {
		return err
	}
	s.http = httpserver.New(listener, http.HandlerFunc(s.serve), limits())
	go s.http.Serve() // ends with Close or Stop
	s.URL = "http://" + listener.Addr().String()
	return nil
}
