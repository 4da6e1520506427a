package privacy

import (
	"slices"
	"strings"
)

// vendor is The Trade Desk's number in the global vendor list, which UID2 and EUID operators check.
const vendor = 21

var purposes = []int{1, 2, 3, 4, 7, 10}

// maxConsent bounds what is parsed, in characters. Real strings have some hundreds.
const maxConsent = 8192

// Where the core segment of a TCF 2 string says what we want to know, in bits from its start:
//
//	0    6   version, 2
//	152  24  purposes consented to, purpose 1 first
//	213  ..  vendors consented to
//	..       vendors with legitimate interest
//	..       publisher restrictions: u12 of how many, each u6 purpose, u2 kind, ranges of vendors
//
// Vendors are a u16 of the highest one, and then either a zero and a bit for each, or a one and ranges. Ranges are a u12 of
// how many, each a zero and a u16 vendor, or a one and the u16 of the first and of the last.
const (
	tcfVersion    = 2
	tcfPurposesAt = 152
	tcfVendorsAt  = 213

	// restrictedToConsent is the one kind of restriction that takes nothing from a consent.
	restrictedToConsent = 1
)

// consents tells whether a TCF 2 string gives the vendor consent for all the purposes, and no publisher restricts that. A
// string that can't be read to the end of its core segment consents to nothing.
//
// The segment is read here and not by Prebid's library, which panics on some strings that anyone can send.
func consents(text string) bool {
	if len(text) > maxConsent {
		return false
	}
	core, _, _ := strings.Cut(text, ".")
	b, ok := newBits(core)
	if !ok || b.take(6) != tcfVersion {
		return false
	}
	for _, purpose := range purposes {
		b.next = tcfPurposesAt + purpose - 1
		if b.take(1) == 0 {
			return false
		}
	}
	b.next = tcfVendorsAt
	consented := b.vendors()
	b.vendors() // legitimate interest is no consent
	return consented && !b.restricted() && !b.short
}

// vendors reads a list of vendors, and tells whether ours is in it.
func (b *bits) vendors() (ours bool) {
	highest := b.take(16)
	if b.take(1) == 1 {
		return b.ranges()
	}
	first := b.next
	if vendor <= highest {
		b.next = first + vendor - 1
		ours = b.take(1) == 1
	}
	b.next = first
	b.skip(highest)
	return ours
}

// ranges reads ranges of vendors, and tells whether ours is in one. A range from a higher to a lower number makes the
// string unreadable.
func (b *bits) ranges() (ours bool) {
	for range b.take(12) {
		group := b.take(1) == 1
		first := b.take(16)
		last := first
		if group {
			last = b.take(16)
		}
		if b.short = b.short || last < first; b.short {
			return false
		}
		ours = ours || first <= vendor && vendor <= last
	}
	return ours
}

// restricted tells whether a publisher doesn't let our vendor use its consent for one of the purposes.
func (b *bits) restricted() (ours bool) {
	for range b.take(12) {
		purpose, kind := b.take(6), b.take(2)
		if b.ranges() && kind != restrictedToConsent && slices.Contains(purposes, purpose) {
			ours = true
		}
		if b.short {
			return true
		}
	}
	return ours
}
