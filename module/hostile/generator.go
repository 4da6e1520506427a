package hostile

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Generator makes up auctions.
type Generator struct {
	seed   uint64
	world  World
	stored []*draft
	texts  []string // of stored
}

// storedRequests is how many stored requests there are; amp auctions name one of them.
const storedRequests = 400

// New returns a generator. All that it makes up follows from the seed and the world.
func New(seed uint64, world World) *Generator {
	g := &Generator{seed: seed, world: world}
	for i := range storedRequests {
		d := g.draft(storedNumber + uint64(i))
		d.stored = true
		if d.oneIn(3) {
			d.account = "" // amp names it then
		}
		d.play()
		g.stored = append(g.stored, d)
		g.texts = append(g.texts, d.text())
	}
	return g
}

// storedNumber is the number of the first stored request, which no auction has.
const storedNumber = 1 << 62

// StoredRequests are what the server must have as stored requests.
func (g *Generator) StoredRequests() map[string]json.RawMessage {
	all := make(map[string]json.RawMessage, len(g.texts))
	for i, text := range g.texts {
		all[storedID(i)] = json.RawMessage(text)
	}
	return all
}

func storedID(i int) string { return fmt.Sprintf("stored%d", i) }

// Auction is one hostile auction: the request to send, and what is known of it.
type Auction struct {
	Method, Path string // of the server; the path with its query
	Header       http.Header
	Body         []byte

	// ID of the bid request, as Prebid Server logs it; "" if that is not known.
	ID string
	// Tricks are the names of the tricks that are in it, sorted.
	Tricks []string
	// Users are the indexes of those whose tokens may be in it.
	Users []int
	// Closed means that a privacy signal surely forbids raw UIDs to everybody.
	Closed bool

	account string
}

// Permitted are the adapters that may have raw UIDs in this auction, where a host lists bidders.
// wider means that the host lets accounts list others.
func (a *Auction) Permitted(listed []Listing, wider bool) (adapters []string) {
	if a.Closed {
		return nil
	}
	own, limited := permits(a.account)
	for _, l := range listed {
		if !limited || l.AliasOf == "" && slices.Contains(own, l.Name) {
			adapters = append(adapters, l.adapter())
		}
	}
	if limited && wider {
		adapters = append(adapters, own...)
	}
	return adapters
}

// Auction makes up the auction of a number.
func (g *Generator) Auction(number uint64) *Auction {
	d := g.draft(number)
	if d.oneIn(6) {
		return g.amp(d)
	}
	d.play()
	if d.oneIn(12) {
		d.mergeStored(g)
	}
	return &Auction{
		Method: http.MethodPost, Path: "/openrtb2/auction", Header: d.header, Body: []byte(d.text()),
		Tricks: slices.Sorted(maps.Keys(d.used)), Users: slices.Sorted(maps.Keys(d.users)), Closed: d.surelyClosed(), account: d.effectiveAccount(),
	}
}

// amp asks for one of the stored requests.
func (g *Generator) amp(d *draft) *Auction {
	n := d.IntN(len(g.stored))
	stored := g.stored[n]
	query := url.Values{"tag_id": {storedID(n)}}
	account := stored.effectiveAccount()
	if d.oneIn(2) {
		asked := pick(d.dice, accounts...).id
		query.Set("account", asked)
		if account == "" {
			account = asked
		}
	}
	tricks := append(slices.Sorted(maps.Keys(stored.used)), "amp")
	if d.IntN(10) < g.world.DebugIn10 {
		query.Set("debug", "1")
		tricks = append(tricks, "amp: debug")
	}
	closed := stored.surelyClosed()
	if d.oneIn(8) {
		query.Set("consent_type", "3") // US privacy
		query.Set("consent_string", "1YYN")
		tricks = append(tricks, "amp: US privacy")
		closed = true
	}
	if d.oneIn(6) {
		query.Set("trace", "verbose")
	}
	if d.oneIn(6) {
		query.Set("targeting", `{"u":["v"]}`)
	}
	if d.oneIn(6) {
		query.Set("timeout", "20000")
	}
	if d.oneIn(6) {
		query.Set("curl", "https://publisher.example/")
	}
	return &Auction{
		Method: http.MethodGet, Path: "/openrtb2/amp?" + query.Encode(), Header: d.header,
		Tricks: tricks, Users: slices.Sorted(maps.Keys(stored.users)), Closed: closed, account: account,
	}
}

func (g *Generator) draft(number uint64) *draft {
	d := &draft{
		dice:  newDice(g.seed, number),
		world: &g.world,
		id:    fmt.Sprintf("auction%d", number),
		used:  map[string]bool{}, users: map[int]bool{},
		header:  http.Header{"Content-Type": {"application/json"}},
		account: "plain",
	}
	d.begin()
	return d
}
