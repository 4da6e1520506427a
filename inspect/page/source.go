package page

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/uid2rtb/uid2rtb/inspect"
)

// Auctions are live auctions that a page shows.
type Auctions interface {
	// Watch calls each with the auctions that are kept, the oldest first, and then with each one as
	// it happens, until the context ends. A caller that is too slow misses auctions, and sees so by
	// the numbers.
	Watch(ctx context.Context, after int64, each func(Auction) error) error
	// Auction returns one that is still kept, or ErrGone. Raw UIDs are in it only if reveal says so.
	Auction(number int64, reveal bool) (AuctionDetail, error)
	// Samples are requests that Play knows by name.
	Samples() []Sample
	// Play plays a sample, or a request of the reader's own, so many times (at most 1,000), and
	// returns the number of the first and last auction. It ends with the context.
	Play(ctx context.Context, request PlayRequest) (PlayResult, error)
}

// ErrGone is returned for an auction that is no longer kept.
var ErrGone = errors.New("the auction is no longer kept: only the latest ones are")

// Sample is a request that can be played.
type Sample struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	OpenRTB     string `json:"openrtb"`
	Endpoint    string `json:"endpoint"` // "auction" or "amp"
	Body        string `json:"body"`     // with fresh tokens, to begin a request of one's own with
}

// PlayRequest says what to play.
type PlayRequest struct {
	Sample string `json:"sample,omitempty"` // a name; empty means Body
	Body   string `json:"body,omitempty"`
	Times  int    `json:"times,omitempty"` // 0 means 1
}

// PlayResult says what came of it.
type PlayResult struct {
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Error string `json:"error,omitempty"` // that ended it early
}

// Auction is one line of the list.
type Auction struct {
	Number     int64    `json:"number"` // from 1, without gaps
	AtMs       int64    `json:"at_ms"`  // Unix milliseconds
	Name       string   `json:"name"`   // of the sample; "your request" for one of the reader's own, "from outside" for any other
	Endpoint   string   `json:"endpoint"`
	HTTPStatus int      `json:"http_status"`
	HooksUs    float64  `json:"hooks_us"`           // in the module's hooks, in microseconds
	Statuses   []string `json:"statuses"`           // of the uids in the listed bidders' requests, once each
	Withheld   string   `json:"withheld,omitempty"` // reason of the gate that was closed
	Bids       []Bid    `json:"bids"`
	RawTo      []string `json:"raw_to"` // bidders that received a raw UID
}

// Bid is what a bidder answered.
type Bid struct {
	Bidder   string  `json:"bidder"`
	Outcome  string  `json:"outcome"` // "bid", "no bid", "not called"
	PriceUSD float64 `json:"price_usd,omitempty"`
}

// AuctionDetail is all of an auction.
type AuctionDetail struct {
	Auction
	Incoming string             `json:"incoming"` // the request as it came, indented; of amp, what its stored request became
	Gates    []inspect.Gate     `json:"gates"`
	Bidders  []BidderDetail     `json:"bidders"`
	Response ResponseDetail     `json:"response"`
	Stages   map[string]float64 `json:"stages_us"` // time in the hooks, by stage, in microseconds
}

// BidderDetail is what one bidder received.
type BidderDetail struct {
	Bidder     string         `json:"bidder"`
	Listed     bool           `json:"listed"` // the host lists it: it may get raw UIDs
	Called     bool           `json:"called"`
	Received   string         `json:"received,omitempty"` // its request, indented; raw UIDs masked unless revealed
	Difference []inspect.Line `json:"difference"`         // from the incoming request
}

// ResponseDetail is what the caller got.
type ResponseDetail struct {
	Before     string         `json:"before"` // redaction; raw UIDs masked unless revealed
	After      string         `json:"after"`
	Sent       string         `json:"sent,omitempty"` // the answer's body, if that is another than After: of amp, or with a trace
	Redacted   int            `json:"redacted"`       // places
	Difference []inspect.Line `json:"difference"`     // from before to after
}

// State says how the module is doing.
type State interface {
	State() StateReport
}

// StateReport is a moment's state.
type StateReport struct {
	AtMs     int64             `json:"at_ms"`
	Keysets  []Keyset          `json:"keysets"`
	OptOuts  OptOuts           `json:"opt_outs"`
	Hooks    Histogram         `json:"hooks"`    // time in the hooks of an auction
	Versions map[string]string `json:"versions"` // "uid2rtb", "Prebid Server", "Go"
	Users    []User            `json:"users"`    // that can be opted out by their name
	Actions  []ActionInfo      `json:"actions"`
}

// Keyset is what is held of an operator's keys.
type Keyset struct {
	Scope         string   `json:"scope"`
	Operator      string   `json:"operator"` // URL, without credentials
	Ready         bool     `json:"ready"`
	Keys          int      `json:"keys"`
	IDs           []uint32 `json:"ids"` // at most the first 100
	Sites         int      `json:"sites"`
	FetchedMs     int64    `json:"fetched_ms"`
	NextRefreshMs int64    `json:"next_refresh_ms"`
	ExpiresMs     int64    `json:"expires_ms"` // the last key's
	LastError     string   `json:"last_error,omitempty"`
}

// OptOuts is what is known of opt-outs.
type OptOuts struct {
	Ready       bool    `json:"ready"`
	Users       int     `json:"users"`
	LagMs       float64 `json:"lag_ms"`        // from the webhook to the lookup, of the last one
	LastBatchMs int64   `json:"last_batch_ms"` // Unix milliseconds; 0: none
	LastBatch   int     `json:"last_batch"`    // entries
	Quarantined int     `json:"quarantined"`
	Webhook     string  `json:"webhook"` // URL
}

// Histogram counts durations.
type Histogram struct {
	Buckets []Bucket `json:"buckets"`
	P50Us   float64  `json:"p50_us"`
	P99Us   float64  `json:"p99_us"`
	Count   int64    `json:"count"`
}

// Bucket counts what took at most so long, and longer than the bucket before.
type Bucket struct {
	UpToUs float64 `json:"up_to_us"`
	Count  int64   `json:"count"`
}

// User is one of the demo's.
type User struct {
	Name     string `json:"name"` // "user@example.com"
	OptedOut bool   `json:"opted_out"`
	Sample   string `json:"sample"` // plays an auction for the user
}

// ActionInfo is something that the reader can do to what runs.
type ActionInfo struct {
	Name        string `json:"name"` // "opt_out", "operator_down", "operator_up", "token_of_another_site", "damage_a_byte"
	Title       string `json:"title"`
	Description string `json:"description"`          // what will happen, and where to see it
	TakesUser   bool   `json:"takes_user,omitempty"` // opt_out alone, which the page offers beside each user
	On          bool   `json:"on,omitempty"`         // of one that can be on or off
}

// Actions are what the reader can do.
type Actions interface {
	// Do does it and says what happened, and where to see it. ErrNoAction if there is none of that name.
	// args are ActionArgs.
	Do(ctx context.Context, name string, args json.RawMessage) (ActionResult, error)
}

// ActionArgs are what the page sends with an action.
type ActionArgs struct {
	User string `json:"user,omitempty"` // name of the one that an action with TakesUser is about
}

// ErrNoAction is returned for an action that doesn't exist.
var ErrNoAction = errors.New("no such action")

// ActionResult says what happened.
type ActionResult struct {
	Message string `json:"message"`
	Auction int64  `json:"auction,omitempty"` // that shows it
	Text    string `json:"text,omitempty"`    // to inspect: a token
}
