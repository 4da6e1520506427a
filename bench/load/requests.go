package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// auction is one that is to be played. What its bidders must know of it is in its id.
type auction struct {
	user    int  // an index; -1: there is no UID2 in the request
	strict  bool // the account lists the bidder always, so that whoever hasn't opted out must have a raw UID
	fresh   bool // the token is so new that the server may not have its key yet
	sent    time.Time
	account string
}

const idStart = `"id":"load_`

// id is the auction's id.
func (a auction) id() string {
	return fmt.Sprintf("load_%d_%d_%t_", a.user, a.sent.UnixNano(), a.strict && !a.fresh)
}

// known is what a bidder reads in the id.
type known struct {
	user   int
	sent   int64 // Unix nanoseconds
	strict bool
}

// parseID finds the id in a bidder's request.
func parseID(body []byte) (k known, ok bool) {
	_, rest, ok := bytes.Cut(body, []byte(idStart))
	if !ok {
		return k, false
	}
	parts := bytes.SplitN(rest[:min(len(rest), 80)], []byte("_"), 4)
	if len(parts) < 4 {
		return k, false
	}
	var errs [3]error
	k.user, errs[0] = strconv.Atoi(string(parts[0]))
	k.sent, errs[1] = strconv.ParseInt(string(parts[1]), 10, 64)
	k.strict, errs[2] = strconv.ParseBool(string(parts[2]))
	return k, errs == [3]error{}
}

// body is the auction's request, with three eids in any case.
func (a auction) body(w *world) []byte {
	third := `{"source":"pubcid.org","uids":[{"id":"5b6d1c3e-8f3a-4b57-9f0e-6f1f0a2f4a12","atype":1}]}`
	if a.user >= 0 {
		third = `{"source":"uidapi.com","uids":[{"id":"` + w.users[a.user].token.Load().text + `","atype":3}]}`
	}
	return fmt.Appendf(nil, `{"id":%q,"tmax":20000,"at":1,"cur":["USD"],"site":{"page":"https://www.example.com/news/2026/article.html","domain":"example.com",
		"ref":"https://search.example/","cat":["IAB12","IAB12-1"],"publisher":{"id":%q}},
		"imp":[{"id":"i1","secure":1,"bidfloor":0.1,"banner":{"format":[{"w":300,"h":250},{"w":300,"h":600}],"pos":1},"ext":{"gpid":"/123/home","prebid":{"bidder":{
			"thetradedesk":{"publisherId":"1","supplySourceId":"supply"},"appnexus":{"placement_id":1},"pubmatic":{"publisherId":"1","adSlot":"slot@300x250"}}}}}],
		"device":{"ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36","ip":"203.0.113.7","language":"en","w":1920,"h":1080,"dnt":0},
		"user":{"id":"u","eids":[{"source":"adserver.org","uids":[{"id":"2f6b2c1e-8f3a-4b57-9f0e-6f1f0a2f4a11","atype":1,"ext":{"rtiPartner":"TDID"}}]},
			{"source":"id5-sync.com","uids":[{"id":"ID5*0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","atype":1}]},%s]},
		"ext":{"prebid":{"targeting":{},"cache":null}}}`, a.id(), a.account, third)
}
