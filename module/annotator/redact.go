package annotator

import (
	"encoding/json"

	"github.com/prebid/openrtb/v20/openrtb2"
)

// redacted stands where a raw UID stood. It needs no escaping in JSON, URLs or HTML.
const redacted = "REDACTED"

// Redact takes every raw UID of the auction out of the response, in place, and returns how many it found. Prebid
// Server shows the bidders' requests and responses to the caller in ext.debug; the bids themselves are searched only
// if the configuration says so. An auction may be nil.
func (a *Annotator) Redact(auction *Auction, response *openrtb2.BidResponse) int {
	found := a.search(auction, response, false)
	a.metrics.redacted.Add(uint64(found))
	return found
}

// Leaks tells whether [Annotator.Redact] would find anything. It changes nothing.
func (a *Annotator) Leaks(auction *Auction, response *openrtb2.BidResponse) bool {
	return a.search(auction, response, true) > 0
}

func (a *Annotator) search(auction *Auction, response *openrtb2.BidResponse, readOnly bool) int {
	if auction == nil || response == nil {
		return 0
	}
	r := redactor{readOnly: readOnly}
	auction.eachRaw(func(raw string) { r.raws = append(r.raws, raw) })
	if len(r.raws) == 0 {
		return 0
	}
	r.json(&response.Ext)
	if a.redactBids {
		r.bids(response.SeatBid)
	}
	return r.found
}

// redactor replaces known raw UIDs in text that others have written.
type redactor struct {
	raws     []string
	readOnly bool
	found    int
}

func (r *redactor) bids(seats []openrtb2.SeatBid) {
	for s := range seats {
		seat := &seats[s]
		r.json(&seat.Ext)
		for b := range seat.Bid {
			bid := &seat.Bid[b]
			for _, text := range []*string{&bid.AdM, &bid.NURL, &bid.BURL, &bid.LURL, &bid.IURL, &bid.CID, &bid.CrID, &bid.AdID, &bid.DealID} {
				r.text(text)
			}
			r.json(&bid.Ext)
		}
	}
}

func (r *redactor) json(text *json.RawMessage) {
	if clean, found := r.bytes(*text); found && !r.readOnly {
		*text = clean
	}
}

func (r *redactor) text(text *string) {
	if clean, found := r.bytes([]byte(*text)); found && !r.readOnly {
		*text = string(clean)
	}
}

// bytes returns text without raw UIDs, as a new slice if there were any.
func (r *redactor) bytes(text []byte) (clean []byte, found bool) {
	copied := 0
	for i := 0; i < len(text); {
		n := r.match(text[i:])
		if n == 0 {
			i++
			continue
		}
		clean = append(append(clean, text[copied:i]...), redacted...)
		i += n
		copied = i
		r.found++
	}
	if clean == nil {
		return text, false
	}
	return append(clean, text[copied:]...), true
}

// match returns how many bytes at the start of text are one of the raw UIDs.
func (r *redactor) match(text []byte) int {
	for _, raw := range r.raws {
		if n := matchRaw(text, raw); n > 0 {
			return n
		}
	}
	return 0
}

// matchRaw compares character by character, because a raw UID may come back escaped: as JSON in JSON, any number of
// levels deep, percent-encoded in a URL, or in the other base64 alphabet without its padding.
func matchRaw(text []byte, raw string) int {
	at := 0
	for i := 0; i < len(raw); i++ {
		n := matchChar(text[at:], raw[i])
		if n == 0 {
			if raw[i] == '=' {
				return at // the padding may be missing
			}
			return 0
		}
		at += n
	}
	return at
}

// matchChar returns the length of the encoding of c at the start of text, or 0.
func matchChar(text []byte, c byte) int {
	if len(text) == 0 {
		return 0
	}
	switch first := text[0]; {
	case first == c, c == '+' && first == '-', c == '/' && first == '_':
		return 1
	case first == '\\':
		return matchBackslash(text, c)
	case first == '%':
		return matchPercent(text, c)
	}
	return 0
}

// matchBackslash knows \/ and \u002b, behind one backslash or, in nested JSON, behind several.
func matchBackslash(text []byte, c byte) int {
	at := 0
	for at < len(text) && text[at] == '\\' {
		at++
	}
	if at < len(text) && text[at] == c && c == '/' {
		return at + 1
	}
	if len(text) >= at+5 && text[at] == 'u' && text[at+1] == '0' && text[at+2] == '0' && isHex(text[at+3:], c) {
		return at + 5
	}
	return 0
}

// matchPercent knows %2B, and %252B for what was encoded twice.
func matchPercent(text []byte, c byte) int {
	at := 1
	for len(text) >= at+2 && text[at] == '2' && text[at+1] == '5' {
		at += 2
	}
	if len(text) >= at+2 && isHex(text[at:], c) {
		return at + 2
	}
	return 0
}

// isHex tells whether text starts with the two hexadecimal digits of c, in either case.
func isHex(text []byte, c byte) bool {
	const digits = "0123456789abcdef"
	return len(text) >= 2 && text[0]|0x20 == digits[c>>4]|0x20 && text[1]|0x20 == digits[c&15]|0x20
}
