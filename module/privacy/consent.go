package privacy

import "errors"

// Vendor is the vendor of the global vendor list whose consent is asked for: The Trade Desk, as
// UID2 and EUID operators do.
const Vendor = vendor

// Consent is what a TCF 2 string says, for programs that show it to people.
type Consent struct {
	CreatedMs, UpdatedMs int64 // Unix ms
	CMP                  int   // id of the consent management platform
	VendorList           int   // version

	VendorConsent, VendorInterest bool      // whether Vendor has consent, and legitimate interest
	Purposes                      []Purpose // those that are needed
	Sufficient                    bool      // all of them are given
}

// Purpose is what a TCF 2 string says of a purpose. The user's answers are for any vendor; the rest
// is about [Vendor].
type Purpose struct {
	Number            int
	Consent, Interest bool // the user's consent, and legitimate interest

	NotByConsent, NotByInterest bool // the publisher doesn't let it be pursued in this way
	Given                       bool
}

// Errors of [ReadConsent].
var (
	ErrNotTCF2 = errors.New("not a TCF 2 string")
	ErrDamaged = errors.New("a damaged TCF 2 string")
)

// Where a TCF 2 string says what no gate asks for, in bits from its start.
const (
	tcfCreatedAt    = 6 // u36, in tenths of a second; the time of the last update follows
	tcfCMPAt        = 78
	tcfVendorListAt = 120
)

// ReadConsent reads a consent string as the GDPR gate does. [ErrNotTCF2] is a string that says
// nothing where GDPR doesn't apply; [ErrDamaged] is one that refuses everywhere.
func ReadConsent(text string) (Consent, error) {
	if answer := judge(text); answer != gives && answer != refuses {
		return Consent{}, ErrNotTCF2
	}
	said, readable := readTCF(text)
	if !readable {
		return Consent{}, ErrDamaged
	}
	c := Consent{VendorConsent: said.vendorConsent, VendorInterest: said.vendorInterest, Sufficient: sufficient(text)}
	for number := range 64 {
		if needed&setOf(number) != 0 {
			c.Purposes = append(c.Purposes, said.purpose(number))
		}
	}
	b := newBits(text[:tcfPurposesAt/6])
	b.next = tcfCreatedAt
	c.CreatedMs, c.UpdatedMs = b.time(), b.time()
	b.next = tcfCMPAt
	c.CMP = b.take(12)
	b.next = tcfVendorListAt
	c.VendorList = b.take(12)
	return c, nil
}

func (t *tcf) purpose(number int) Purpose {
	in := func(p purposes) bool { return p&setOf(number) != 0 }
	return Purpose{
		Number: number, Consent: in(t.consents), Interest: in(t.interests),
		NotByConsent: in(t.notByConsent), NotByInterest: in(t.notByInterest | onlyByConsent), Given: in(t.given()),
	}
}

// time reads a time, and returns it in Unix milliseconds.
func (b *bits) time() int64 {
	tenths := int64(b.take(18)) << 18
	return (tenths | int64(b.take(18))) * 100
}
