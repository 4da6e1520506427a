package privacy

import "strings"

// vendor is The Trade Desk's number in the global vendor list, which UID2 and EUID operators check.
const vendor = 21

// purposes is a set of TCF purposes. Purpose 1 is its second bit from above, as in a TCF string behind 1 bit.
type purposes uint64

func setOf(list ...int) (p purposes) {
	for _, purpose := range list {
		p |= 1 << (63 - purpose)
	}
	return p
}

var (
	needed = setOf(1, 2, 3, 4, 7, 10)
	// onlyByConsent is to store and read what is on the device, which no legitimate interest allows.
	onlyByConsent = setOf(1)
)

// maxConsent bounds what is parsed, in characters. Real strings have some hundreds.
const maxConsent = 8192

// Where the core segment of a TCF 2 string says what matters here, in bits from its start:
//
//	0    6   version, 2
//	152  24  purposes consented to, purpose 1 first
//	176  24  purposes with legitimate interest
//	213  ..  vendors consented to
//	..       vendors with legitimate interest
//	..       publisher restrictions: u12 of how many, each u6 purpose, u2 kind, ranges of vendors
//
// Vendors are a u16 of the highest one, and then either a zero and a bit for each, or a one and ranges. Ranges are a u12 of
// how many, each a zero and a u16 vendor, or a one and the u16 of the first and of the last.
const (
	tcfPurposesAt = 152
	tcfVendorsAt  = 213

	// tcf2 is what a TCF 2 string begins with: the version, in base64.
	tcf2 = 'C'
)

// answer is what a consent string says.
type answer uint8

const (
	silent  answer = iota // there is none
	gives                 // a TCF 2 string that gives what is needed
	refuses               // a TCF 2 string that doesn't, or is damaged
	foreign               // something else
	answers
)

// judge reads a consent string. It does so without Prebid's library, which panics on some strings that
// anyone can send.
func judge(text string) answer {
	switch {
	case text == "":
		return silent
	case text[0] != tcf2:
		return foreign
	case sufficient(text):
		return gives
	}
	return refuses
}

// sufficient reports whether a TCF 2 string gives the vendor all the purposes, each by consent or by
// legitimate interest, and no publisher restricts that. A string that can't be read to the end of its core
// segment gives nothing.
func sufficient(text string) bool {
	said, readable := readTCF(text)
	return readable && said.given()&needed == needed
}

// tcf is what a TCF 2 string says of our vendor.
type tcf struct {
	consents, interests           purposes // of the user, whoever the vendor
	vendorConsent, vendorInterest bool
	notByConsent, notByInterest   purposes // that the publisher takes away
}

// given are the purposes that our vendor may pursue.
func (t *tcf) given() (given purposes) {
	if t.vendorConsent {
		given = t.consents &^ t.notByConsent
	}
	if t.vendorInterest {
		given |= t.interests &^ t.notByInterest &^ onlyByConsent
	}
	return given
}

// readTCF reads the core segment of a TCF 2 string, and reports whether it could be read to its end.
func readTCF(text string) (t tcf, readable bool) {
	if len(text) > maxConsent {
		return tcf{}, false
	}
	core, _, _ := strings.Cut(text, ".")
	b := newBits(core)
	b.next = tcfPurposesAt
	t.consents, t.interests = b.purposes(), b.purposes()
	b.next = tcfVendorsAt
	t.vendorConsent = b.vendors()
	t.vendorInterest = b.vendors()
	t.notByConsent, t.notByInterest = b.restrictions()
	return t, !b.short
}

// purposes reads a bit for each of 24 purposes.
func (b *bits) purposes() purposes { return purposes(b.take(24)) << 39 }

// vendors reads a list of vendors, and reports whether ours is in it.
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
	b.next = first + highest
	return ours
}

// ranges reads ranges of vendors, and reports whether ours is in one. A range from a higher to a lower number
// makes the string unreadable.
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

// Kinds of publisher restrictions. 0 is that the vendor may not pursue the purpose at all; 3 has no meaning.
const (
	requireConsent  = 1
	requireInterest = 2
)

// restrictions reads which purposes a publisher doesn't let our vendor pursue by consent, and by legitimate
// interest.
func (b *bits) restrictions() (notByConsent, notByInterest purposes) {
	for range b.take(12) {
		purpose, kind := setOf(b.take(6)), b.take(2)
		ours := b.ranges()
		if b.short {
			break
		}
		if ours && kind != requireConsent {
			notByConsent |= purpose
		}
		if ours && kind != requireInterest {
			notByInterest |= purpose
		}
	}
	return notByConsent, notByInterest
}
