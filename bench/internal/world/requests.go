package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/tidwall/gjson"

	"github.com/uid2rtb/uid2rtb/codec"
)

// RequestOf is a bid request of about so many bytes with so many eids, the last of which is a UID2 with this token, or none if
// the token is empty. The user comes last, so that everything must be read.
func RequestOf(size, eids int, token string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"id":"b7e1c4a2-91d0-4e0f-8f63-0a5d1a6f3c11","at":1,"tmax":180,"cur":["USD"],"site":{"id":"1042","domain":"example.com","page":"https://www.example.com/news/2026/01/a-day.html?utm_source=x","publisher":{"id":"77","domain":"example.com"}},` +
		`"device":{"ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36","ip":"203.0.113.7","w":1920,"h":1080,"dnt":0,"lmt":0,"language":"en"},"regs":{"coppa":0},"imp":[`)
	user := userWith(eids, token)
	for i := 0; b.Len()+len(user) < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%d","tagid":"slot-%d","secure":1,"bidfloor":0.35,"bidfloorcur":"USD","banner":{"format":[{"w":300,"h":250},{"w":728,"h":90}],"pos":1,"api":[3,5,7]},"ext":{"gpid":"/1042/home/slot-%d","data":{"pbadslot":"/1042/home"}}}`, i+1, i, i)
	}
	b.WriteString(`],` + user + `}`)
	return b.Bytes()
}

func userWith(eids int, token string) string {
	var b strings.Builder
	b.WriteString(`"user":{"id":"u-77","eids":[`)
	for i := range eids {
		if i > 0 {
			b.WriteByte(',')
		}
		if i == eids-1 && token != "" {
			fmt.Fprintf(&b, `{"source":"uidapi.com","uids":[{"id":"%s","atype":3,"ext":{"rtiPartner":"UID2"}}]}`, token)
		} else {
			fmt.Fprintf(&b, `{"source":"id%d.example","uids":[{"id":"0c5c8b1e-6f0e-4b6e-9a51-%012d","atype":1}]}`, i, i)
		}
	}
	b.WriteString(`]}`)
	return b.String()
}

// Bid is everything that a bidder does with a request in bytes.
func (w *World) Bid(dst, request []byte) ([]byte, error) {
	annotated, _, err := w.bidder.Annotate(dst, request, now)
	return annotated, err
}

// Bids makes operations that annotate requests of about so many bytes, each with memory of its own.
func (w *World) Bids(size, eids int) (newOp func() func(int)) {
	requests := w.requests(size, eids)
	return func() func(int) {
		own := new(struct {
			_   [128]byte // see scratch
			dst []byte
			_   [128]byte
		})
		return func(i int) {
			var err error
			if own.dst, err = w.Bid(own.dst[:0], requests[i%len(requests)]); err != nil {
				panic(err)
			}
		}
	}
}

// BidFloors makes operations that scan the requests of Bids and do their cryptography.
func (w *World) BidFloors(size, eids int) (newOp func() func(int)) {
	requests := w.requests(size, eids)
	return func() func(int) {
		cryptography, err := w.Floor(codec.V4)
		if err != nil {
			panic(err)
		}
		return func(i int) {
			Scan(requests[i%len(requests)])(i)
			cryptography(i)
		}
	}
}

// requests are some with tokens of their own, so that it isn't the same key over and over.
func (w *World) requests(size, eids int) [][]byte {
	requests := make([][]byte, 64)
	for i := range requests {
		requests[i] = RequestOf(size, eids, string(w.Tokens[i].Text))
	}
	return requests
}

// Scan is the least that the finding of the user could cost: one pass of a fast JSON reader.
func Scan(request []byte) func(int) {
	return func(int) { gjson.GetBytes(request, "user.eids") }
}

// UnmarshalMarshal reads and writes the request with types, and decrypts nothing.
func UnmarshalMarshal(request []byte) func(int) {
	return func(int) {
		var parsed openrtb2.BidRequest
		if json.Unmarshal(request, &parsed) != nil {
			panic("bench: the request isn't one")
		}
		if _, err := json.Marshal(&parsed); err != nil {
			panic(err)
		}
	}
}

// BidTyped annotates requests that have been read already.
func (w *World) BidTyped(requests [][]byte) func(int) {
	parsed := make([]openrtb2.BidRequest, len(requests))
	for i := range parsed {
		if err := json.Unmarshal(requests[i], &parsed[i]); err != nil {
			panic(err) // it is one, see above
		}
	}
	return func(i int) {
		if _, _, err := w.bidder.AnnotateUser(&parsed[i%len(parsed)], now); err != nil {
			panic(err)
		}
	}
}
