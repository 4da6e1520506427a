package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// listed is the bidder that may have raw UIDs.
const listed = "thetradedesk"

// bidders are the three, behind one address: the first segment of a path is the bidder's name. They
// bid always, and count what raw UIDs they got, and what they should and should not have got.
type bidders struct {
	users []*user

	raw      atomic.Int64 // requests of the listed bidder with the raw UID
	optedOut atomic.Int64 // those without, as the user had opted out
	leaked   atomic.Int64 // raw UIDs sent to others
	late     atomic.Int64 // raw UIDs in auctions begun after the opt-out was acknowledged
	missing  atomic.Int64 // raw UIDs that the listed bidder should have got
	foreign  atomic.Int64 // requests that can't be told apart
}

// answer is the bid, the same for each bidder and impression.
const answer = `{"id":"r","cur":"USD","seatbid":[{"bid":[{"id":"b1","impid":"i1","price":1.5,"adm":"<div>an ad</div>","crid":"c","adomain":["advertiser.example"],
	"w":300,"h":250,"mtype":1,"ext":{"appnexus":{"bid_ad_type":0}}}]}]}`

func (b *bidders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := readBody(r)
	if err != nil {
		return // Prebid Server has given up
	}
	b.judge(name, body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, answer)
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unzip, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzip)
}

// judge counts a request.
func (b *bidders) judge(name string, body []byte) {
	of, ok := parseID(body)
	if !ok {
		b.foreign.Add(1)
		return
	}
	if of.user < 0 {
		return
	}
	user := b.users[of.user]
	has := strings.Contains(string(body), user.raw)
	gone := user.gone.Load()
	switch {
	case has && name != listed:
		b.leaked.Add(1)
	case has && gone != 0 && of.sent > gone:
		b.late.Add(1)
	case has:
		b.raw.Add(1)
	case name == listed && strings.Contains(string(body), "UserOptedOut"):
		b.optedOut.Add(1)
	case name == listed && of.strict:
		b.missing.Add(1)
	}
}

// wrong says what must not have been.
func (b *bidders) wrong() (all []string) {
	for _, count := range []struct {
		what string
		n    *atomic.Int64
	}{
		{"raw UIDs for bidders that aren't listed", &b.leaked},
		{"raw UIDs in auctions that began after the opt-out was acknowledged", &b.late},
		{"requests of the listed bidder without the raw UID that it should have", &b.missing},
		{"requests of which the auction isn't known", &b.foreign},
	} {
		if n := count.n.Load(); n > 0 {
			all = append(all, counted(n, count.what))
		}
	}
	return all
}
