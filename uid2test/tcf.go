package uid2test

import (
	"encoding/base64"
	"strings"
)

// tcfVendor is who must have consent, by its number in the global vendor list, for these purposes.
const tcfVendor = 21

var tcfPurposes = []int{1, 2, 3, 4, 7, 10}

// readTCF reads as much of a TCF 2 string as EUID operators ask for, which is its core segment up to the vendors. The
// purposes consented to are 24 bits from bit 152 on. From bit 213 on come u16 the highest vendor, and a zero and a bit for
// each, or a one, u12 the number of ranges, and these: a zero and u16 vendor, or a one and u16 twice.
func readTCF(text string) (consent, readable bool) {
	core, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(core)
	r := bitReader{raw: raw}
	if err != nil || r.number(6) != 2 {
		return false, false
	}
	consent = true
	for _, purpose := range tcfPurposes {
		r.at = 152 + purpose - 1
		consent = r.number(1) == 1 && consent
	}
	r.at = 213
	highest, ranges := r.number(16), r.number(1) == 1
	vendor := false
	switch {
	case ranges:
		vendor = r.ranges(tcfVendor)
	case tcfVendor <= highest:
		r.at += tcfVendor - 1
		vendor = r.number(1) == 1
	}
	return consent && vendor, !r.beyond
}

// bitReader reads numbers from anywhere in its bytes.
type bitReader struct {
	raw    []byte
	at     int
	beyond bool // something was read that isn't there
}

func (r *bitReader) number(bits int) (n int) {
	for range bits {
		n <<= 1
		if r.at/8 < len(r.raw) {
			n |= int(r.raw[r.at/8]) >> (7 - r.at%8) & 1
		} else {
			r.beyond = true
		}
		r.at++
	}
	return n
}

func (r *bitReader) ranges(vendor int) (found bool) {
	for range r.number(12) {
		group, first := r.number(1) == 1, r.number(16)
		last := first
		if group {
			last = r.number(16)
		}
		found = found || first <= vendor && vendor <= last
	}
	return found
}
