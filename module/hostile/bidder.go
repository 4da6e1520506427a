package hostile

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// Level is where bidders repeat what they received.
type Level int

const (
	// Quiet bidders bid and repeat nothing.
	Quiet Level = iota
	// InErrors: in what makes Prebid Server report an error, and in the ext of the response, which
	// only debug shows.
	InErrors
	// Everywhere: in every field of a bid too.
	Everywhere
)

// Answer is what one bidder does in one auction. It may hold raw UIDs in memory only.
type Answer struct {
	dice
	name     string
	encoding Encoding
	http     func(a *Answer, w http.ResponseWriter, uid string)
	edits    []edit
}

// edit puts a text somewhere into a response.
type edit struct {
	name string
	do   func(a *Answer, response *openrtb2.BidResponse, uid string)
}

// Answer returns what a bidder does in the auction of a number.
func (g *Generator) Answer(number uint64, bidder string, level Level) *Answer {
	a := &Answer{dice: newDice(g.seed^hashName(bidder), number), name: "bid"}
	a.encoding = pick(a.dice, Encodings()...)
	switch n := a.IntN(10); {
	case level == Quiet || n == 0:
	case n < 4:
		answer := pick(a.dice, httpAnswers...)
		a.name, a.http = answer.name, answer.do
	case level == InErrors || n < 6:
		a.edits = []edit{pick(a.dice, refusedBids...), {"response.ext", responseExt}}
		a.name = a.edits[0].name
	default:
		a.edits = some(a.dice, bidFields...)
		if a.oneIn(2) {
			a.edits = a.edits[:1]
		}
		a.name = a.edits[0].name
		if len(a.edits) > 1 {
			a.name += " and others"
		}
	}
	return a
}

func hashName(name string) (h uint64) {
	for _, c := range name {
		h = h*31 + uint64(c)
	}
	return h << 16
}

// Name is what the bidder does.
func (a *Answer) Name() string {
	if a.http == nil && a.edits == nil {
		return a.name
	}
	return a.name + " (" + a.encoding.String() + ")"
}

// HTTP answers in an own way with the raw UIDs that the bidder received, and returns false if the
// bidder just bids.
func (a *Answer) HTTP(w http.ResponseWriter, received []string) bool {
	if a.http == nil || len(received) == 0 {
		return false
	}
	a.http(a, w, a.text(received))
	return true
}

// Edit puts the raw UIDs that the bidder received into its bids.
func (a *Answer) Edit(response *openrtb2.BidResponse, received []string) {
	if len(received) == 0 {
		return
	}
	for _, edit := range a.edits {
		edit.do(a, response, a.text(received))
	}
}

// text writes one or two of the raw UIDs.
func (a *Answer) text(received []string) string {
	uid := a.encoding.Encode(pick(a.dice, received...))
	if a.oneIn(4) {
		uid += pick(a.dice, "", " ", "|", "\x00", "\"", "</script>", "é") + a.encoding.Encode(pick(a.dice, received...))
	}
	return uid
}

type httpAnswer struct {
	name string
	do   func(a *Answer, w http.ResponseWriter, uid string)
}

func redirect(name string, locations ...string) httpAnswer {
	return httpAnswer{name, func(a *Answer, w http.ResponseWriter, uid string) {
		w.Header()["Location"] = []string{fmt.Sprintf(pick(a.dice, locations...), uid)}
		w.WriteHeader(pick(a.dice, 301, 302, 307, 308))
	}}
}

func status(name string, codes ...int) httpAnswer {
	return httpAnswer{name, func(a *Answer, w http.ResponseWriter, uid string) {
		w.Header()["X-Words"] = []string{strings.Map(visible, uid)}
		w.WriteHeader(pick(a.dice, codes...))
		io.WriteString(w, uid) // the server has gone if this fails
	}}
}

func body(name string, bodies ...string) httpAnswer {
	return httpAnswer{name, func(a *Answer, w http.ResponseWriter, uid string) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, pick(a.dice, bodies...), uid)
	}}
}

func visible(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

var httpAnswers = []httpAnswer{
	redirect("redirect to nobody", "http://127.0.0.1:1/?u=%s", "http://127.0.0.1:1/%s", "http://%s@127.0.0.1:1/", "http://127.0.0.1:1/#%s", "http://192.0.2.1/%s"),
	redirect("redirect to a bad URL", "://%s", "http://[%s", "http://127.0.0.1:port/%s", "%%zz%s", "http://127.0.0.1:1/%%%s"),
	redirect("redirect to another scheme", "ftp://127.0.0.1/%s", "file:///%s"),
	redirect("redirect in a loop", "?u=%s"),
	status("error status", 400, 401, 404, 500, 503),
	status("odd status", 202, 206, 304, 226),
	body("junk", "%s", `"%s"`, "<html>%s", "%s{}", `{"%s"`, "{%s}", `[%q]`, `{"seatbid":%s}`),
	body("wrong types", `{"seatbid":"%s"}`, `{"id":"x","seatbid":[{"bid":["%s"]}]}`, `{"id":"x","cur":["%s"],"seatbid":[{"bid":[{"id":"x"}]}]}`,
		`{"id":"x","seatbid":[{"bid":[{"id":"x","impid":"i0","price":"%s"}]}]}`, `{"id":"x","seatbid":[{"bid":[{"id":"x","impid":"i0","price":1,"mtype":"%s"}]}]}`,
		`{"id":"x","seatbid":[{"bid":[{"id":"x","impid":"i0","price":1,"w":"%s"}]}]}`, `{"id":"x","seatbid":[{"bid":[{"id":"x","impid":"i0","price":1,"ext":"%s"}]}]}`,
		`{"id":"x","seatbid":[{"bid":[{"id":"x","impid":"i0","price":1,"ext":{"appnexus":"%s","prebid":"%[1]s"}}]}]}`),
}

// eachBid is an edit of each bid.
func eachBid(name string, do func(bid *openrtb2.Bid, uid string)) edit {
	return edit{name, func(_ *Answer, response *openrtb2.BidResponse, uid string) {
		for s := range response.SeatBid {
			for b := range response.SeatBid[s].Bid {
				do(&response.SeatBid[s].Bid[b], uid)
			}
		}
	}}
}

func responseExt(_ *Answer, response *openrtb2.BidResponse, uid string) {
	response.Ext = json.RawMessage(object(m("echo", quote(uid)), m("warnings", strs(uid))))
}

// refusedBids are bids that Prebid Server refuses with a message.
var refusedBids = []edit{
	eachBid("refused: price", func(bid *openrtb2.Bid, uid string) { bid.ID, bid.Price = uid, -1 }),
	eachBid("refused: no price", func(bid *openrtb2.Bid, uid string) { bid.ID, bid.Price = uid, 0 }),
	eachBid("refused: no creative", func(bid *openrtb2.Bid, uid string) { bid.ID, bid.CrID = uid, "" }),
	eachBid("refused: no imp", func(bid *openrtb2.Bid, uid string) { bid.ID, bid.ImpID = uid, "" }),
	eachBid("refused: type", func(bid *openrtb2.Bid, uid string) {
		bid.ID, bid.MType, bid.CrID = uid, 99, ""
		bid.Ext = json.RawMessage(object(m("appnexus", object(m("bid_ad_type", "99"))), m("prebid", object(m("type", quote(uid))))))
	}),
	{"refused: currency", func(_ *Answer, response *openrtb2.BidResponse, uid string) { response.Cur = uid }},
	eachBid("refused: seat", func(bid *openrtb2.Bid, uid string) {
		bid.CrID = ""
		addExt(bid, m("marketplace", quote(uid)))
	}),
}

// bidFields are the places for texts in a bid.
var bidFields = []edit{
	{"response.ext", responseExt},
	{"response.ext.fledge_auction_configs", func(_ *Answer, response *openrtb2.BidResponse, uid string) {
		response.Ext = json.RawMessage(object(m("fledge_auction_configs", object(m("i0", object(m("seller", quote(uid))))))))
	}},
	{"response", func(_ *Answer, response *openrtb2.BidResponse, uid string) {
		response.BidID, response.CustomData = uid, uid
	}},
	{"seat", func(_ *Answer, response *openrtb2.BidResponse, uid string) {
		for s := range response.SeatBid {
			response.SeatBid[s].Seat, response.SeatBid[s].Ext = uid, json.RawMessage(object(m("echo", quote(uid))))
		}
	}},
	{"twice the same bid", func(_ *Answer, response *openrtb2.BidResponse, uid string) {
		for s := range response.SeatBid {
			seat := &response.SeatBid[s]
			for b := range seat.Bid {
				seat.Bid[b].ID = uid
			}
			seat.Bid = append(seat.Bid, seat.Bid...)
		}
	}},
	eachBid("id", func(bid *openrtb2.Bid, uid string) { bid.ID = uid }),
	eachBid("adid", func(bid *openrtb2.Bid, uid string) { bid.AdID = uid }),
	eachBid("cid", func(bid *openrtb2.Bid, uid string) { bid.CID = uid }),
	eachBid("crid", func(bid *openrtb2.Bid, uid string) { bid.CrID = uid }),
	eachBid("bundle", func(bid *openrtb2.Bid, uid string) { bid.Bundle = uid }),
	eachBid("tactic", func(bid *openrtb2.Bid, uid string) { bid.Tactic = uid }),
	eachBid("language", func(bid *openrtb2.Bid, uid string) { bid.Language, bid.LangB = uid, uid }),
	eachBid("dealid", func(bid *openrtb2.Bid, uid string) { bid.DealID = uid }),
	eachBid("adomain", func(bid *openrtb2.Bid, uid string) { bid.ADomain = []string{uid, "advertiser.example"} }),
	eachBid("cat", func(bid *openrtb2.Bid, uid string) { bid.Cat = []string{uid, "IAB1"} }),
	eachBid("urls", func(bid *openrtb2.Bid, uid string) {
		bid.NURL, bid.BURL, bid.LURL, bid.IURL = "https://dsp.example/?u="+uid, "https://dsp.example/"+uid, uid, "https://dsp.example/?"+uid
	}),
	eachBid("adm", func(bid *openrtb2.Bid, uid string) { bid.AdM += `<img src="https://dsp.example/?u=` + uid + `">` }),
	eachBid("adm of JSON", func(bid *openrtb2.Bid, uid string) { bid.AdM += quote(object(m("u", quote(uid)))) }),
	eachBid("adm is the UID", func(bid *openrtb2.Bid, uid string) { bid.AdM = uid }),
	eachBid("ext", func(bid *openrtb2.Bid, uid string) {
		addExt(bid, m("echo", quote(uid)), m("deep", array(object(member{quote(uid), "[null]"}))))
	}),
	eachBid("ext.prebid", func(bid *openrtb2.Bid, uid string) {
		addExt(bid, m("prebid", object(m("meta", object(m("advertiserDomains", strs(uid)), m("brandName", quote(uid)), m("networkName", quote(uid)))),
			m("video", object(m("primary_category", quote(uid)))))))
	}),
	eachBid("ext.marketplace", func(bid *openrtb2.Bid, uid string) { addExt(bid, m("marketplace", quote(uid))) }),
	eachBid("impid", func(bid *openrtb2.Bid, uid string) { bid.ImpID = uid }),
	eachBid("dsa", func(bid *openrtb2.Bid, uid string) {
		addExt(bid, m("dsa", object(m("behalf", quote(uid)), m("paid", quote(uid)), m("adrender", "9"))))
	}),
}

// addExt adds members to a bid's ext, which is an object that has some.
func addExt(bid *openrtb2.Bid, members ...member) {
	added := object(members...)
	bid.Ext = append(append(bid.Ext[:len(bid.Ext)-1:len(bid.Ext)-1], ','), added[1:]...)
}
