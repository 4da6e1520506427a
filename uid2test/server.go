package uid2test

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
)

// Server is a local operator of one identity scope. Its state is only in memory.
type Server struct {
	URL string // http://127.0.0.1:port, without a trailing slash; set by Start

	config config
	roots  seed
	mux    *http.ServeMux
	bidder *Client // the default participant

	mu          sync.Mutex
	http        *httpserver.Server // nil unless it listens
	closed      bool
	closing     chan struct{} // closed by Close
	requests    map[string]int
	faults      []Fault
	clients     roster
	keys        keyring
	rotation    rotation
	optedOut    map[codec.RawUID]int64 // by canonical raw UID; Unix milliseconds
	refreshKeys uint32                 // number of retired keys
	feeds       []*Feed
}

// NewServer starts a server. Close it when done.
func NewServer(opts ...Option) *Server {
	s := NewUnstartedServer(opts...)
	s.Start()
	return s
}

// NewUnstartedServer returns a server that doesn't listen yet. If it is never started, it need not
// be closed.
func NewUnstartedServer(opts ...Option) *Server {
	s := &Server{
		config:   defaults(),
		mux:      http.NewServeMux(),
		closing:  make(chan struct{}),
		requests: make(map[string]int),
		optedOut: make(map[codec.RawUID]int64),
	}
	for _, opt := range opts {
		opt(&s.config)
	}
	s.config.check()
	s.roots = seed{s.config.seed, s.config.scope}
	s.clients = newRoster()
	s.keys = newKeyring(s.roots, s.config.now())
	s.rotation.at = s.config.now().Add(-2 * previousFor)
	s.routeKeys()
	s.routeTokens()
	s.routeIdentities()
	s.mux.HandleFunc(http.MethodGet+" "+pathHealth, healthy)

	s.AddSite(PublisherSite, "example.com", "com.example.app")
	s.bidder = s.AddClient(Client{Name: "bidder", Roles: IDReader | Sharer | Generator | Mapper, Reads: []uint32{EverySite}})
	return s
}

// Start makes a server of NewUnstartedServer listen and sets its URL. It panics if it can't listen,
// or if the server has been started or closed before.
func (s *Server) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.URL != "" || s.closed {
		panic("uid2test: server already started or closed")
	}
	if err := s.listen(s.config.addr); err != nil {
		panic(fmt.Sprintf("uid2test: failed to listen on %s: %v", s.config.addr, err))
	}
}

// limits suit a server that is also used as a program, and whose faults may be long delays.
func limits() httpserver.Limits {
	limits := httpserver.Defaults()
	limits.Write, limits.BodyBytes, limits.Connections = 10*time.Minute, 2*maxBody, 1024
	limits.Grace = 4 * time.Second
	return limits
}

// Close ends delays and webhooks, drops the answers that were delayed, refuses new connections, and
// waits until all other requests in progress have been answered, but no longer than 5 seconds. It
// may be called more than once, and concurrently.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	server, feeds := s.http, s.feeds
	s.feeds = nil
	s.mu.Unlock()
	for _, feed := range feeds {
		feed.close()
	}
	if server != nil {
		server.Stop()
	}
}

// Client returns the participant that the server starts with: it has every role and can read the
// keys of every site.
func (s *Server) Client() *Client {
	c := *s.bidder
	return &c
}

// Requests returns how many requests were made to this path, such as [PathBidstream],
// successful or not.
func (s *Server) Requests(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

// serve counts and dispatches requests. Doubled and trailing slashes in a path are ignored. The mux
// answers 404 to unknown paths and 405 to wrong methods.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	r.URL.Path = path.Clean("/" + r.URL.Path)
	s.mu.Lock()
	s.requests[r.URL.Path]++
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// pathHealth is where load balancers ask whether an operator is up. Faults don't apply to it.
const pathHealth = "/ops/healthcheck"

func healthy(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, "OK")
}

// Format writes the server's URL, for every verb: its state holds secrets, and changes.
func (s *Server) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "[uid2test server %s]", s.URL)
}
