package uid2test

import (
	"encoding/base64"
	"strings"
)

// tcfName is the request field with the consent string.
const tcfName = "tcf_consent_string"

// tcfVendor is the vendor that must have consent for these purposes, by its number in the global
// vendor list.
const tcfVendor = 21

var tcfPurposes = []int{1, 2, 3, 4, 7, 10}

// tcfDeviceAccess is the purpose for which legitimate interest isn't enough.
const tcfDeviceAccess = 1

// consent is the result of evaluating a consent string.
type consent int

const (
	consentUnreadable consent = iota
	consentOfVersion1         // on which operators crash
	consentInsufficient
	consentSufficient
)

// readTCF evaluates a TCF 2 string as EUID operators do, which read its core segment up to the
// vendors with legitimate interest: for each purpose, both the purpose and the vendor must have
// consent, or both legitimate interest. Operators ignore publisher restrictions.
//
// The purposes with consent are 24 bits from bit 152 on, followed by those with legitimate
// interest. From bit 213 on are the vendors with consent, and then those with legitimate interest.
func readTCF(text string) consent {
	core, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(core, "="))
	if err != nil {
		return consentUnreadable
	}
	r := bitReader{raw: raw}
	switch r.number(6) {
	case 1:
		return consentOfVersion1
	case 2:
		return r.consent()
	}
	return consentUnreadable
}

// consent reads the core segment of version 2.
func (r *bitReader) consent() consent {
	r.at = 213
	byConsent, byInterest := r.vendor(), r.vendor()
	all := true
	for _, purpose := range tcfPurposes {
		consented, interested := r.bit(152+purpose-1), r.bit(176+purpose-1)
		if purpose == tcfDeviceAccess {
			interested = false
		}
		all = all && (byConsent && consented || byInterest && interested)
	}
	switch {
	case r.beyond:
		return consentUnreadable
	case !all:
		return consentInsufficient
	}
	return consentSufficient
}

// bitReader reads numbers at any bit position.
type bitReader struct {
	raw    []byte
	at     int
	beyond bool // something beyond the end was read
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

func (r *bitReader) bit(at int) bool {
	r.at = at
	return r.number(1) == 1
}

// vendor reports whether a list of vendors includes ours, and leaves the reader after it. A list is
// u16 the highest vendor, then either a 0 and one bit per vendor, or a 1, u12 the number of ranges,
// and the ranges: a 0 and u16 vendor, or a 1 and two u16, first and last.
func (r *bitReader) vendor() (found bool) {
	highest, ranges := r.number(16), r.number(1) == 1
	if ranges {
		return r.ranges(tcfVendor)
	}
	first := r.at
	found = tcfVendor <= highest && r.bit(first+tcfVendor-1)
	r.at = first + highest
	r.beyond = r.beyond || r.at > 8*len(r.raw)
	return found
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
