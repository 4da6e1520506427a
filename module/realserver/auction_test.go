//go:build pbstree

package realserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/pbstree"
	"github.com/uid2rtb/uid2rtb/module/hostile"
)

// request is an auction with a user's token, before anything is laid over it.
type request struct {
	user hostile.User
	over string // JSON, merged into the request; lists are replaced, null removes
	path string // a GET of this path instead
}

// everybody are the parameters for all bidders of the host.
const everybody = `{"thetradedesk":{"publisherId":"1","supplySourceId":"supply"},"hostdsp":{"publisherId":"1","supplySourceId":"supply"},
	"pubmatic":{"publisherId":"1","adSlot":"slot@300x250"},"appnexus":{"placement_id":1},"openx":{"unit":"1","delDomain":"publisher.com"}}`

// body is the request's JSON.
func (r request) body(t *testing.T) []byte {
	t.Helper()
	source := "uidapi.com"
	if r.user.EUID {
		source = "euid.eu"
	}
	base := fmt.Sprintf(`{"id":"r1","tmax":5000,"site":{"page":"https://example.com/","publisher":{"id":"plain"}},
		"source":{"tid":"t1"},"device":{"ip":"203.0.113.7","ua":"test"},
		"imp":[{"id":"i1","banner":{"format":[{"w":300,"h":250}]},"ext":{"tid":"t2","prebid":{"bidder":%s}}}],
		"user":{"eids":[{"source":%q,"uids":[{"id":%q,"atype":3}]}]}}`, everybody, source, r.user.Tokens[2])
	return merged(t, []byte(base), r.over)
}

// merged lays JSON over other JSON.
func merged(t *testing.T, base []byte, over string) []byte {
	t.Helper()
	if over == "" {
		return base
	}
	var below, above map[string]any
	if err := json.Unmarshal(base, &below); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(over), &above); err != nil {
		t.Fatalf("%v: %s", err, over)
	}
	lay(below, above)
	text, err := json.Marshal(below)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func lay(below, above map[string]any) {
	for name, value := range above {
		deeper, isObject := value.(map[string]any)
		under, wasObject := below[name].(map[string]any)
		switch {
		case isObject && wasObject:
			lay(under, deeper)
		case value == nil:
			delete(below, name)
		default:
			below[name] = value
		}
	}
}

// result is what came of an auction.
type result struct {
	t      *testing.T
	status int
	answer []byte
	sent   []sent
}

// play plays an auction and wants it to be one.
func (h *host) play(r request) result {
	h.t.Helper()
	h.dsp.take()
	auction := &hostile.Auction{Method: http.MethodPost, Path: "/openrtb2/auction", Header: http.Header{}}
	if r.path != "" {
		auction.Method, auction.Path = http.MethodGet, r.path
	} else {
		auction.Body = r.body(h.t)
	}
	result, err := h.send(auction)
	if err != nil || result.status != http.StatusOK {
		h.t.Fatalf("auction: status %d, %v: %s\n%s", result.status, err, result.answer, pbstree.Tail(h.logs()))
	}
	result.sent = h.dsp.take()
	return result
}

// send sends a request to the server.
func (h *host) send(auction *hostile.Auction) (result, error) {
	r, err := http.NewRequest(auction.Method, h.url(auction.Path), bytes.NewReader(auction.Body))
	if err != nil {
		return result{}, err
	}
	r.Header = auction.Header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return result{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return result{t: h.t, status: response.StatusCode, answer: answer}, err
}

// to is what a bidder received, which must be one request at most.
func (r result) to(bidder string) (body []byte) {
	r.t.Helper()
	for _, one := range r.sent {
		if one.to != bidder {
			continue
		}
		if body != nil {
			r.t.Fatalf("%s received two requests", bidder)
		}
		body = one.body
	}
	return body
}

// annotation is what these tests read of ext.uid2.
type annotation struct{ Status, Reason, Raw string }

// annotation is that of the first uid in a bidder's request, of either form. It is empty if the bidder
// received none.
func (r result) annotation(bidder string) annotation {
	r.t.Helper()
	body := r.to(bidder)
	if body == nil {
		return annotation{}
	}
	var request openrtb2.BidRequest
	if err := json.Unmarshal(body, &request); err != nil {
		r.t.Fatalf("the request of %s: %v", bidder, err)
	}
	if request.User == nil {
		return annotation{}
	}
	var old struct{ EIDs []openrtb2.EID }
	_ = json.Unmarshal(request.User.Ext, &old) // there may be none
	for _, eid := range append(request.User.EIDs, old.EIDs...) {
		for _, uid := range eid.UIDs {
			var ext struct{ UID2 annotation }
			if json.Unmarshal(uid.Ext, &ext) == nil && ext.UID2 != (annotation{}) {
				return ext.UID2
			}
		}
	}
	return annotation{}
}

// has reports whether a bidder received a text.
func (r result) has(bidder, text string) bool { return strings.Contains(string(r.to(bidder)), text) }

// onlyTo wants the raw UIDs to be with these bidders and nowhere else.
func (h *host) onlyTo(r result, bidders ...string) {
	h.t.Helper()
	got := map[string]bool{}
	for _, one := range r.sent {
		if len(h.search.In(one.body)) > 0 {
			got[one.to] = true
		}
	}
	for _, bidder := range bidders {
		if !got[bidder] {
			h.t.Errorf("%s received no raw UID: %+v", bidder, r.annotation(bidder))
		}
		delete(got, bidder)
	}
	for bidder := range got {
		h.t.Errorf("%s received a raw UID", bidder)
	}
	if len(h.search.In(r.answer)) > 0 {
		h.t.Error("a raw UID is in the response")
	}
}
