package main

import (
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/internal/httpserver"
	"github.com/uid2rtb/uid2rtb/uid2test"
)

// world is what servers find around them: an operator, bidders, accounts. Its users have tokens.
type world struct {
	Operator *uid2test.Server
	bidders  *bidders
	accounts *accounts
	users    []*user
	sites    []*site
}

// user is one whose token comes in requests.
type user struct {
	spec uid2test.TokenSpec
	raw  string

	token atomic.Pointer[token]
	gone  atomic.Int64 // when the server had acknowledged the opt-out, in Unix nanoseconds; 0: never
}

// token is the newest of a user.
type token struct {
	text string
	made time.Time
}

func newWorld(users int) (*world, error) {
	w := &world{Operator: uid2test.NewServer(), accounts: &accounts{}}
	for i := range users {
		u := &user{spec: uid2test.TokenSpec{Version: codec.V4, Email: fmt.Sprintf("user%d@example.com", i)}}
		u.raw = w.Operator.RawUID(u.spec).Reveal()
		w.users = append(w.users, u)
	}
	w.renewTokens()
	w.bidders = &bidders{users: w.users}
	for _, handler := range []http.Handler{w.bidders, w.accounts} {
		s, err := serve(handler)
		if err != nil {
			w.close()
			return nil, err
		}
		w.sites = append(w.sites, s)
	}
	return w, nil
}

// renewTokens gives each user a token under the newest keys.
func (w *world) renewTokens() {
	for _, u := range w.users {
		u.token.Store(&token{w.Operator.Token(u.spec), time.Now()})
	}
}

// Bidders is the address of the bidders.
func (w *world) Bidders() string { return w.sites[0].url }

// Accounts is the address of the accounts.
func (w *world) Accounts() string { return w.sites[1].url }

func (w *world) close() {
	for _, s := range w.sites {
		s.server.Stop()
	}
	w.Operator.Close()
}

// site is an HTTP server on a free port of this machine.
type site struct {
	server *httpserver.Server
	url    string
}

func serve(handler http.Handler) (*site, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	limits := httpserver.Defaults()
	limits.Connections = 1 << 16 // each auction that waits may have some
	limits.Grace, limits.Cancel = 0, 0
	s := &site{httpserver.New(listener, handler, limits), "http://" + listener.Addr().String()}
	go s.server.Serve() // ends with Stop
	return s, nil
}
