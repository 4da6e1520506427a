package privacy_test

import (
	"strings"
	"testing"

	"github.com/prebid/go-gdpr/api"
	"github.com/prebid/go-gdpr/consentconstants"
	"github.com/prebid/go-gdpr/vendorconsent"
	"github.com/prebid/openrtb/v20/openrtb2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// grants asks the GDPR gate alone about a consent string.
func grants(consent string) bool {
	one := int8(1)
	_, closed := only(privacy.GDPR).Closed(&openrtb2.BidRequest{
		Regs: &openrtb2.Regs{GDPR: &one}, User: &openrtb2.User{Consent: consent},
	})
	return !closed
}

// tcfParts are the parts of a TCF string that vary here, as bits in text.
type tcfParts struct{ consents, interests, restrictions string }

// tcfOf makes a TCF string with all the purposes consented to.
func tcfOf(p tcfParts) string {
	var w bitWriter
	w.put(2, 6)
	w.put(0, 114)
	w.put(150, 12) // vendor list
	w.put(4, 6)    // policy
	w.put(0, 14)
	set(&w, all, 24)
	w.put(0, 37)
	for _, c := range p.consents + p.interests + p.restrictions {
		if c != ' ' {
			w.put(uint64(c-'0'), 1)
		}
	}
	return w.text()
}

const (
	none       = "0000000000000000 0"                  // no vendor
	only21     = "0000000000010101 1 000000000001 "    // one range or vendor
	vendor21   = "0 0000000000010101"                  // which is ours
	vendor22   = "0 0000000000010110"                  //
	upTo30     = "1 0000000000010101 0000000000011110" // 21 to 30
	from10     = "1 0000000000001010 0000000000010101" // 10 to 21
	backwards  = "1 0000000000011110 0000000000001010" // 30 to 10
	one        = "000000000001 "                       // one restriction, one range
	zero       = "000000000000"                        // no restriction
	purpose2   = "000010 "
	purpose5   = "000101 "
	forbidden  = "00 "
	byConsent  = "01 "
	byInterest = "10 "
)

func TestTCF(t *testing.T) {
	for name, c := range map[string]struct {
		parts tcfParts
		want  bool
	}{
		"one vendor":               {tcfParts{only21 + vendor21, none, zero}, true},
		"a range from ours":        {tcfParts{only21 + upTo30, none, zero}, true},
		"a range to ours":          {tcfParts{only21 + from10, none, zero}, true},
		"two ranges":               {tcfParts{"0000000000010101 1 000000000010 " + vendor22 + vendor21, none, zero}, true},
		"another vendor":           {tcfParts{only21 + vendor22, none, zero}, false},
		"a backward range":         {tcfParts{only21 + backwards, none, zero}, false},
		"no vendor":                {tcfParts{none, none, zero}, false},
		"legitimate interest only": {tcfParts{none, only21 + vendor21, zero}, false},
		"interest, too":            {tcfParts{only21 + vendor21, only21 + vendor21, zero}, true},
		"up to 20 only":            {tcfParts{"0000000000010100 0" + strings.Repeat("1", 20), none, zero}, false},
		"up to 21":                 {tcfParts{"0000000000010101 0" + strings.Repeat("0", 20) + "1", none, zero}, true},

		"forbidden":                    {tcfParts{only21 + vendor21, none, one + purpose2 + forbidden + one + vendor21}, false},
		"another purpose forbidden":    {tcfParts{only21 + vendor21, none, one + purpose5 + forbidden + one + vendor21}, true},
		"another vendor forbidden":     {tcfParts{only21 + vendor21, none, one + purpose2 + forbidden + one + vendor22}, true},
		"restricted to consent":        {tcfParts{only21 + vendor21, none, one + purpose2 + byConsent + one + vendor21}, true},
		"restricted to interest":       {tcfParts{only21 + vendor21, none, one + purpose2 + byInterest + one + vendor21}, false},
		"a backward range in it":       {tcfParts{only21 + vendor21, none, one + purpose5 + forbidden + one + backwards}, false},
		"ends in the ranges":           {tcfParts{"0000000000010101 1 000000000010 " + vendor21, "", ""}, false},
		"ends before the interests":    {tcfParts{only21 + vendor21, "", ""}, false},
		"ends before the restrictions": {tcfParts{"1111111111111111 0" + strings.Repeat("1", 65535), "", ""}, false},
	} {
		if got := grants(tcfOf(c.parts)); got != c.want {
			t.Errorf("%s: grants %v", name, got)
		}
	}
}

func TestTCFTexts(t *testing.T) {
	good := tcf(2, all, []int{21})
	for text, want := range map[string]bool{
		good:                       true,
		good + ".YAAAAAAAAAA":      true, // a segment behind the core
		good[:len(good)-4]:         false,
		good + "=":                 false,
		good[:9] + "\n" + good[9:]: false, // which encoding/base64 would skip
		"":                         false,
		"C":                        false,
		".":                        false,
		// Published in the tests of the official SDKs: our vendor, but purposes 1, 3 and 4 only.
		"CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA": false,
	} {
		if got := grants(text); got != want {
			t.Errorf("%q: grants %v", text, got)
		}
	}
}

// FuzzTCF has one law: what we take for a consent, another reader does, too, if it can read it. (It isn't asked the other way
// round: it reads over what lacks at the end, and doesn't look at restrictions.)
func FuzzTCF(f *testing.F) {
	for _, vendors := range [][]int{{21}, {20, 22}, nil} {
		f.Add(tcf(2, all, vendors))
	}
	f.Add(tcfOf(tcfParts{only21 + from10, only21 + vendor21, one + purpose2 + byConsent + one + vendor21}))
	f.Add("CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if !grants(text) {
			return
		}
		consent, err := parsed(text)
		if err != nil {
			return
		}
		if consent.Version() != 2 || !consent.VendorConsent(21) {
			t.Fatalf("granted by %q, where another reader finds no consent", text)
		}
		for _, purpose := range all {
			if !consent.PurposeAllowed(consentconstants.Purpose(purpose)) {
				t.Fatalf("granted by %q, where another reader misses purpose %d", text, purpose)
			}
		}
	})
}

// parsed is the other reader, which panics on some strings that it can't read.
func parsed(text string) (consent api.VendorConsents, err error) {
	defer func() {
		if recover() != nil {
			err = consentconstants.ErrEmptyDecodedConsent
		}
	}()
	return vendorconsent.ParseString(text)
}
