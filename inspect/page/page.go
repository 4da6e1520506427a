// Package page serves the page of package inspect: an inspector of tokens and requests, and, where
// a host has them, live auctions and the state of keys and opt-outs.
//
// What somebody pastes into the page may be a user's token. It goes into no URL and no log, the
// answers about it are kept by no cache, and the page keeps it in no storage of the browser.
//
// The page listens on loopback, or else asks for a token. It answers only to names that no stranger
// can point at it, and refuses what other sites ask for.
package page

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// Inspector explains a text. [inspect.Inspector] does.
type Inspector interface {
	Inspect(inspect.Input) inspect.Report
}

// Config says what a page shows. Sections whose field is nil aren't there.
type Config struct {
	Inspector Inspector // required
	Auctions  Auctions
	State     State
	Actions   Actions // shown with State

	Token string   // asked for unless empty; at least MinToken characters
	Hosts []string // names by which the page may be called, beside loopback's; with a token also any IP address
}

// MinToken is the length of the shortest token, which keeps it from being guessed.
const MinToken = 16

// New returns a page's handler. Without a token it answers on loopback only. Use [Serve] to limit
// what clients can use up.
func New(config Config) (http.Handler, error) {
	p, err := newPage(config, nil)
	if err != nil {
		return nil, err
	}
	return p.handler(), nil
}

// page is a page's handlers.
type page struct {
	config  Config
	assets  assets
	session session
	streams streams
}

// newPage returns a page whose streams end when closing is closed.
func newPage(config Config, closing <-chan struct{}) (*page, error) {
	if config.Inspector == nil {
		return nil, errors.New("page: no Inspector")
	}
	if config.Token != "" && len(config.Token) < MinToken {
		return nil, fmt.Errorf("page: the token has %d characters: use at least %d", len(config.Token), MinToken)
	}
	files, err := readAssets()
	if err != nil {
		return nil, err
	}
	return &page{config: config, assets: files, session: newSession(config.Token), streams: newStreams(closing)}, nil
}

// handler puts the routes behind the guards.
func (p *page) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.front)
	mux.HandleFunc("GET /assets/{version}/{name}", p.assets.serve)
	mux.HandleFunc("POST /api/login", p.login)
	mux.Handle("/api/", p.session.guard(p.api()))
	return guarded(mux, p.config)
}

// api are the routes that need the token.
func (p *page) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/config", p.sections)
	mux.HandleFunc("POST /api/inspect", p.inspect)
	if p.config.Auctions != nil {
		mux.HandleFunc("GET /api/auctions/events", p.events)
		mux.HandleFunc("GET /api/auctions/{number}", p.auction(false))
		mux.HandleFunc("POST /api/auctions/{number}/reveal", p.auction(true))
		mux.HandleFunc("GET /api/samples", p.samples)
		mux.HandleFunc("POST /api/play", p.play)
	}
	if p.config.State != nil {
		mux.HandleFunc("GET /api/state", p.state)
	}
	if p.config.Actions != nil {
		mux.HandleFunc("POST /api/actions/{name}", p.act)
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		answerError(w, http.StatusNotFound, "There is nothing of that name here.")
	})
	return mux
}

// front answers with the page, or with the form that asks for the token.
func (p *page) front(w http.ResponseWriter, r *http.Request) {
	name := "index.html"
	if !p.session.has(r) {
		name = "login.html"
	}
	p.assets.document(w, name)
}

// extend gives a request more time than the server gives others.
func extend(w http.ResponseWriter, by time.Duration) {
	control := http.NewResponseController(w)
	until := time.Now().Add(by)
	_ = control.SetReadDeadline(until) // not supported: the server has no limits either
	_ = control.SetWriteDeadline(until)
}
