package annotator

import (
	"encoding/json"
	"slices"

	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/internal/strictjson"
	"github.com/uid2rtb/uid2rtb/module/redact"
)

// maxHTTPCalls is how many bytes of ext.debug.httpcalls are searched. A larger one is removed: it is of no use to anybody
// who reads it, and a caller could choose for how long it is searched.
const maxHTTPCalls = 8 << 20

// nothing is what a JSON object becomes that must not go out.
const nothing = `{}`

// Redact takes every raw UID that was written into some bidder's request out of the response, in place, and returns how
// many it found. Prebid Server shows the bidders' requests and answers to the caller in ext.debug, and their errors in
// ext.errors and ext.warnings; the rest is searched only if the configuration says so. An auction may be nil.
//
// If it fails, what it was to search is removed.
func (a *Annotator) Redact(auction *Auction, response *openrtb2.BidResponse) int {
	if response == nil {
		return 0
	}
	return a.search(auction, func(set *redact.Set) int {
		response.Ext = bounded(response.Ext)
		var found int
		if a.redactBids {
			found = set.All(response)
		} else {
			response.Ext, found = set.Bytes(response.Ext)
		}
		ext, parts := withoutParts(set, response.Ext)
		response.Ext = ext
		return found + parts
	}, func() {
		response.Ext = json.RawMessage(nothing)
		if a.redactBids {
			*response = openrtb2.BidResponse{ID: response.ID, Ext: response.Ext}
		}
	})
}

// RedactBids does the same for bids that are not in a response yet. bids is a map or a pointer; clear removes them all.
// Without redact_bids it does nothing.
func (a *Annotator) RedactBids(auction *Auction, bids any, clear func()) int {
	if !a.redactBids {
		return 0
	}
	return a.search(auction, func(set *redact.Set) int { return set.All(bids) }, clear)
}

// RedactsBids reports whether [Annotator.RedactBids] has something to look for.
func (a *Annotator) RedactsBids(auction *Auction) bool { return a.redactBids && auction.Wrote() }

// search runs in a mutation, where nobody recovers a panic. remove then takes away what was to be searched.
func (a *Annotator) search(auction *Auction, do func(*redact.Set) int, remove func()) (found int) {
	if !auction.Wrote() {
		return 0
	}
	defer func() {
		if recover() != nil {
			a.CountPanic()
			remove()
		}
	}()
	found = do(redact.New(auction.written.raws(auction.tokens)))
	a.metrics.count(redactions, found)
	return found
}

// bounded returns a response's ext without debug.httpcalls if that is too large to be searched, and nothing at all if an
// ext of that size can't be read.
func bounded(ext json.RawMessage) json.RawMessage {
	if len(ext) <= maxHTTPCalls {
		return ext
	}
	calls, err := member(ext, "debug", "httpcalls")
	if err != nil {
		return json.RawMessage(nothing)
	}
	if len(calls) <= maxHTTPCalls {
		return ext
	}
	return replaced(ext, calls, []byte(nothing))
}

// withoutParts takes parts of raw UIDs out of what Prebid Server says of bidders' errors: it quotes the
// host of an address, which a slash in a raw UID may have ended.
func withoutParts(set *redact.Set, ext json.RawMessage) (_ json.RawMessage, found int) {
	if len(ext) == 0 {
		return ext, 0
	}
	said := [...]strictjson.Member{{Name: "errors"}, {Name: "warnings"}}
	if strictjson.Members(ext, said[:]) != nil {
		return set.Parts(ext)
	}
	for _, of := range said {
		texts := of.Value
		if found > 0 { // it has moved
			texts, _ = member(ext, of.Name)
		}
		if clean, n := set.Parts(texts); n > 0 {
			ext, found = replaced(ext, texts, clean), found+n
		}
	}
	return ext, found
}

// replaced returns ext with another text in the place of a part of it, or nothing at all if that isn't one.
func replaced(ext json.RawMessage, part, by []byte) json.RawMessage {
	// Both slices reach to the end of the same memory.
	start := cap(ext) - cap(part)
	if start < 0 || &ext[start] != &part[0] {
		return json.RawMessage(nothing)
	}
	return slices.Concat(ext[:start], by, ext[start+len(part):])
}

// member returns a part of object by its path, or nil.
func member(object []byte, path ...string) ([]byte, error) {
	for _, name := range path {
		found := []strictjson.Member{{Name: name}}
		if err := strictjson.Members(object, found); err != nil {
			return nil, err
		}
		if object = found[0].Value; object == nil {
			break
		}
	}
	return object, nil
}
