package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prebid/openrtb/v20/openrtb2"
	"github.com/tidwall/gjson"

	"github.com/uid2rtb/uid2rtb/bidstream"
	"github.com/uid2rtb/uid2rtb/codec"
	"github.com/uid2rtb/uid2rtb/openrtb"
)

// requestOf is a bid request of about so many bytes with so many eids, the last of which is a UID2 with this token, or none if
// the token is empty. The user comes last, so that everything must be read.
func requestOf(size, eids int, token string) []byte {
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
		switch {
		case i > 0:
			b.WriteByte(',')
			fallthrough
		default:
			if i == eids-1 && token != "" {
				fmt.Fprintf(&b, `{"source":"uidapi.com","uids":[{"id":"%s","atype":3,"ext":{"rtiPartner":"UID2"}}]}`, token)
			} else {
				fmt.Fprintf(&b, `{"source":"id%d.example","uids":[{"id":"0c5c8b1e-6f0e-4b6e-9a51-%012d","atype":1}]}`, i, i)
			}
		}
	}
	b.WriteString(`]}`)
	return b.String()
}

// bid is everything that a bidder does with a request in bytes.
func (w *world) bid(dst, request []byte) ([]byte, error) {
	return openrtb.AnnotateNamed(dst, request, func(name string, source openrtb.Source, token string) openrtb.Edit {
		if source != openrtb.SourceUID2 {
			return openrtb.Edit{}
		}
		var verdict bidstream.Verdict
		w.decrypter.DecryptString(&verdict, token, bidstream.Query{Name: name, Scope: codec.ScopeUID2, NowMs: nowMs})
		return openrtb.Edit{Action: openrtb.Annotate, Annotation: annotationOf(&verdict)}
	})
}

func annotationOf(v *bidstream.Verdict) openrtb.Annotation {
	a := openrtb.Annotation{Status: v.Status.String()}
	if v.Status == codec.Success {
		a.Raw, a.OptedOut = v.UID.Reveal(), openrtb.OptedOutFalse
	}
	return a
}

// scan is the least that the finding of the user could cost: one pass of a fast JSON reader.
func scan(request []byte) func(int) {
	return func(int) { gjson.GetBytes(request, "user.eids") }
}

// unmarshalMarshal reads and writes the request with types, and decrypts nothing.
func unmarshalMarshal(request []byte) func(int) {
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

// requestsSection measures whole bid requests.
func requestsSection(ctx context.Context, e effort) (s Section, err error) {
	s.Title = "A bid request"
	s.About = "From bytes to bytes: the name of the site, the tokens, their decryption with all checks, the annotations. The floor is one pass of gjson over the request " +
		"and the cryptography of one token. Beside it, what encoding/json takes to read the request into openrtb2's types and to write it, with nothing decrypted."
	w, err := newWorld(usualKeys)
	if err != nil {
		return s, err
	}
	if err := w.seal(codec.V4, false); err != nil {
		return s, err
	}
	budget := of(e, 200*time.Millisecond, time.Second, 3*time.Second)
	usual, err := w.measureRequest(budget, 3600, 4)
	if err != nil {
		return s, err
	}
	s.Tables = append(s.Tables, Table{"3.6 KB, one UID2 among four eids, at the end", timeColumns, rows(usual)})
	whole, types := find(usual, allOfIt), find(usual, typesAlone)
	s.Goals = append(s.Goals, atMost("all of it, × floor", whole.ratio, 2.5), atMost("all of it, part of unmarshal and marshal", whole.ns/types.ns, 0.05),
		atMost("allocations", whole.allocs, 1))

	without := w.measureWithout(budget)
	s.Tables = append(s.Tables, Table{"The same size, no UID2 in it", timeColumns, rows(without)})
	s.Goals = append(s.Goals, atMost("without a UID2, × scan", without[1].ratio, 1.2))

	sizes := Table{"By size, one UID2 among four eids", []string{"bytes", "floor ns", "all ns", "× floor", "unmarshal and marshal ns"}, nil}
	floors, all, typed := line{name: "floor", dashed: true}, line{name: "find, decrypt, annotate"}, line{name: "unmarshal and marshal, nothing decrypted"}
	for _, size := range of(e, []int{1000, 16_000}, []int{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000}, []int{1000, 2000, 4000, 8000, 16_000, 32_000, 64_000}) {
		r, err := w.measureRequest(budget/2, size, 4)
		if err != nil {
			return s, err
		}
		floor, whole, types := r[0], find(r, allOfIt), find(r, typesAlone)
		n := len(requestOf(size, 4, string(w.tokens[0].text)))
		sizes.Rows = append(sizes.Rows, Row{fmt.Sprint(n), []Value{Value(floor.ns), Value(whole.ns), Value(whole.ratio), Value(types.ns)}})
		floors.add(float64(n), floor.ns/1e3)
		all.add(float64(n), whole.ns/1e3)
		typed.add(float64(n), types.ns/1e3)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
	}
	eids := Table{"By number of eids, 3.6 KB or more, one of them a UID2", []string{"eids", "floor ns", "all ns", "× floor"}, nil}
	for _, n := range of(e, []int{1, 20}, []int{1, 5, 10, 20, 50}, []int{1, 2, 5, 10, 20, 50}) {
		r, err := w.measureRequest(budget/2, 3600, n)
		if err != nil {
			return s, err
		}
		whole := find(r, allOfIt)
		eids.Rows = append(eids.Rows, Row{fmt.Sprint(n), []Value{Value(r[0].ns), Value(whole.ns), Value(whole.ratio)}})
	}
	s.Tables = append(s.Tables, sizes, eids)
	s.plots = []chart{{title: "A bid request by its size", x: "bytes", y: "µs", logX: true, logY: true, lines: []line{all, floors, typed}}}
	return s, nil
}

// Names of what is measured.
const (
	allOfIt    = "find, decrypt, annotate: bytes"
	typesAlone = "unmarshal and marshal, nothing decrypted"
)

func (w *world) measureRequest(budget time.Duration, size, eids int) ([]measured, error) {
	// Some requests with tokens of their own, so that it isn't the same key over and over.
	requests := make([][]byte, 64)
	for i := range requests {
		requests[i] = requestOf(size, eids, string(w.tokens[i].text))
	}
	out, err := w.bid(nil, requests[0])
	if err != nil || !bytes.Contains(out, []byte(`"raw":`)) {
		return nil, errors.Join(errors.New("no raw UID in the annotated request"), err)
	}
	crypto, err := w.floor(codec.V4)
	if err != nil {
		return nil, err
	}
	var dst []byte
	return measure(budget,
		contender{"floor: one scan and the cryptography", func(i int) { scan(requests[i%len(requests)])(i); crypto(i) }},
		contender{allOfIt, func(i int) { dst, _ = w.bid(dst[:0], requests[i%len(requests)]) }},
		contender{"find, decrypt, annotate: openrtb2 types that are there", w.bidTyped(requests)},
		contender{typesAlone, func(i int) { unmarshalMarshal(requests[i%len(requests)])(i) }},
	), nil
}

// bidTyped annotates requests that have been read already.
func (w *world) bidTyped(requests [][]byte) func(int) {
	parsed := make([]openrtb2.BidRequest, len(requests))
	for i := range parsed {
		if err := json.Unmarshal(requests[i], &parsed[i]); err != nil {
			panic(err) // it is one, see above
		}
	}
	return func(i int) {
		request := &parsed[i%len(parsed)]
		name := openrtb.Name(request)
		_, _, err := openrtb.AnnotateUser(request.User, func(source openrtb.Source, id string) openrtb.Edit {
			var verdict bidstream.Verdict
			w.decrypter.DecryptString(&verdict, id, bidstream.Query{Name: name, Scope: codec.ScopeUID2, NowMs: nowMs})
			return openrtb.Edit{Action: openrtb.Annotate, Annotation: annotationOf(&verdict)}
		})
		if err != nil {
			panic(err)
		}
	}
}

func (w *world) measureWithout(budget time.Duration) []measured {
	request := requestOf(3600, 4, "")
	var dst []byte
	return measure(budget,
		contender{"floor: one scan", scan(request)},
		contender{allOfIt, func(int) { dst, _ = w.bid(dst[:0], request) }},
		contender{"json.Valid", func(int) { json.Valid(request) }},
	)
}
