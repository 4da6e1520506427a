package privacy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prebid/go-gdpr/consentconstants"
	"github.com/prebid/go-gdpr/vendorconsent"
	tcf2 "github.com/prebid/go-gdpr/vendorconsent/tcf2"
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

// tcfParts are the parts of a TCF string that vary here: purposes consented to and with legitimate interest,
// and as bits in text the vendors of each, and publisher restrictions.
type tcfParts struct {
	purposes, interested              []int
	consents, interests, restrictions string
}

func tcfOf(p tcfParts) string { return tcfBits(p).text() }

func tcfBits(p tcfParts) *bitWriter {
	w := &bitWriter{}
	w.put(2, 6)
	w.put(0, 114)
	w.put(150, 12) // vendor list
	w.put(4, 6)    // policy
	w.put(0, 14)
	set(w, p.purposes, 24)
	set(w, p.interested, 24)
	w.put(0, 13)
	for _, c := range p.consents + p.interests + p.restrictions {
		if c != ' ' {
			w.put(uint64(c-'0'), 1)
		}
	}
	return w
}

// vendorBits is a list of vendors up to the highest one, a bit for each.
func vendorBits(highest int, list ...int) string {
	text := fmt.Sprintf("%016b 0 ", highest)
	for v := 1; v <= highest; v++ {
		text += map[bool]string{true: "1", false: "0"}[slices.Contains(list, v)]
	}
	return text
}

// ranges is what follows the kind of a restriction: each a first and a last vendor, which are written as one if they
// are the same.
func ranges(list ...[2]int) string {
	text := fmt.Sprintf("%012b ", len(list))
	for _, r := range list {
		if r[0] == r[1] {
			text += fmt.Sprintf("0 %016b ", r[0])
		} else {
			text += fmt.Sprintf("1 %016b %016b ", r[0], r[1])
		}
	}
	return text
}

// vendorRanges is a list of vendors as ranges.
func vendorRanges(list ...[2]int) string { return fmt.Sprintf("%016b 1 ", 40) + ranges(list...) }

// restrictions is the last part of a core segment.
func restrictions(list ...string) string {
	return fmt.Sprintf("%012b ", len(list)) + strings.Join(list, "")
}

// restriction is one of them, for some vendors.
func restriction(purpose, kind int, list ...[2]int) string {
	return fmt.Sprintf("%06b %02b ", purpose, kind) + ranges(list...)
}

// Kinds of restrictions.
const (
	forbidden = iota
	byConsent
	byInterest
	undefined
)

var (
	nobody = vendorBits(0)
	ours   = vendorBits(21, 21)
	free   = restrictions()
)

// Each purpose that is needed is given by consent, by legitimate interest, by both or by neither.
func TestPurposes(t *testing.T) {
	for _, p := range all {
		others := without1(all, p)
		for _, c := range []struct {
			consent, interest, want bool
		}{{true, false, true}, {false, true, p != 1}, {true, true, true}, {false, false, false}} {
			parts := tcfParts{purposes: others, interested: []int{5, 6, 8}, consents: ours, interests: ours, restrictions: free}
			if c.consent {
				parts.purposes = all
			}
			if c.interest {
				parts.interested = append(parts.interested, p)
			}
			if got := grants(tcfOf(parts)); got != c.want {
				t.Errorf("purpose %d by consent %v, by interest %v: grants %v", p, c.consent, c.interest, got)
			}
		}
	}
	for purpose := 1; purpose <= 24; purpose++ { // no other purpose makes up for one
		parts := tcfParts{purposes: []int{purpose}, interested: without1(all, 1), consents: ours, interests: ours, restrictions: free}
		if got := grants(tcfOf(parts)); got != (purpose == 1) {
			t.Errorf("purpose %d by consent, all but 1 by interest: grants %v", purpose, got)
		}
	}
}

func without1(list []int, p int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(q int) bool { return q == p })
}

// The vendor needs consent for what is given by consent, and legitimate interest for what is given by that.
func TestVendors(t *testing.T) {
	for _, c := range []struct {
		name string
		list string
		want bool
	}{
		{"nobody", nobody, false},
		{"21", ours, true},
		{"21 of 40", vendorBits(40, 21), true},
		{"all but 21", vendorBits(40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30), false},
		{"up to 20", vendorBits(20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20), false},
		{"no range", vendorRanges(), false},
		{"range 21", vendorRanges([2]int{21, 21}), true},
		{"range 20", vendorRanges([2]int{20, 20}), false},
		{"range 22", vendorRanges([2]int{22, 22}), false},
		{"range 1 to 20", vendorRanges([2]int{1, 20}), false},
		{"range 10 to 21", vendorRanges([2]int{10, 21}), true},
		{"range 21 to 30", vendorRanges([2]int{21, 30}), true},
		{"range 22 to 30", vendorRanges([2]int{22, 30}), false},
		{"range 1 to 40", vendorRanges([2]int{1, 40}), true},
		{"ours first", vendorRanges([2]int{21, 21}, [2]int{30, 40}), true},
		{"ours first, in a range", vendorRanges([2]int{20, 22}, [2]int{30, 30}), true},
		{"ours second", vendorRanges([2]int{1, 5}, [2]int{21, 21}), true},
		{"ours in neither", vendorRanges([2]int{1, 20}, [2]int{22, 40}), false},
		{"a backward range", vendorRanges([2]int{30, 10}), false},
		{"ours, then a backward range", vendorRanges([2]int{21, 21}, [2]int{3, 2}), false},
	} {
		for basis, parts := range map[string]tcfParts{
			"consent":  {purposes: all, consents: c.list, interests: nobody, restrictions: free},
			"interest": {purposes: []int{1}, interested: all, consents: ours, interests: c.list, restrictions: free},
			"both":     {purposes: []int{1, 3, 4}, interested: []int{2, 7, 10}, consents: c.list, interests: c.list, restrictions: free},
		} {
			if got := grants(tcfOf(parts)); got != c.want {
				t.Errorf("%s: %s: grants %v", basis, c.name, got)
			}
		}
	}
	// Bits behind the end of a list are of the next one, whose highest vendor begins with a 1 here.
	next := "1111111111111111 1 " + ranges()
	for highest := range 22 {
		parts := tcfParts{purposes: all, consents: vendorBits(highest, highest), interests: next, restrictions: free}
		if got := grants(tcfOf(parts)); got != (highest == 21) {
			t.Errorf("up to %d: grants %v", highest, got)
		}
	}
	for v := 1; v <= 40; v++ {
		parts := tcfParts{purposes: all, consents: vendorBits(40, v), interests: nobody, restrictions: free}
		if got := grants(tcfOf(parts)); got != (v == 21) {
			t.Errorf("vendor %d: grants %v", v, got)
		}
	}
	// One basis for the vendor doesn't give what has the other one.
	for name, parts := range map[string]tcfParts{
		"interest without the vendor's": {purposes: []int{1, 3, 4}, interested: []int{2, 7, 10}, consents: ours, interests: nobody},
		"consent without the vendor's":  {purposes: all, consents: nobody, interests: ours},
		"neither":                       {purposes: all, interested: all, consents: nobody, interests: nobody},
		"interest alone":                {interested: all, consents: ours, interests: ours},
	} {
		parts.restrictions = free
		if grants(tcfOf(parts)) {
			t.Errorf("%s: grants", name)
		}
	}
}

// What a restriction leaves of each purpose, by kind and by what the user gave.
func TestRestrictions(t *testing.T) {
	leaves := map[int]struct{ consent, interest bool }{
		forbidden: {false, false}, byConsent: {true, false}, byInterest: {false, true}, undefined: {false, false},
	}
	us := [2]int{21, 21}
	for purpose := range 64 {
		for kind, left := range leaves {
			for given, parts := range map[string]tcfParts{
				"consent":  {purposes: all},
				"interest": {purposes: []int{1}, interested: all},
				"both":     {purposes: all, interested: all},
			} {
				parts.consents, parts.interests = ours, ours
				want := !slices.Contains(all, purpose)
				if purpose == 1 {
					want = left.consent
				} else if !want {
					want = given != "interest" && left.consent || given != "consent" && left.interest
				}
				parts.restrictions = restrictions(restriction(purpose, kind, us))
				if got := grants(tcfOf(parts)); got != want {
					t.Errorf("purpose %d given by %s, restricted to %d: grants %v", purpose, given, kind, got)
				}
			}
		}
	}
}

// Which vendors a restriction is about, and of several restrictions all count.
func TestRestrictedVendors(t *testing.T) {
	for _, c := range []struct {
		name string
		list string
		want bool
	}{
		{"no range", restrictions(restriction(2, forbidden)), true},
		{"another vendor", restrictions(restriction(2, forbidden, [2]int{22, 22})), true},
		{"up to 20", restrictions(restriction(2, forbidden, [2]int{1, 20})), true},
		{"from 22", restrictions(restriction(2, forbidden, [2]int{22, 30})), true},
		{"from 21", restrictions(restriction(2, forbidden, [2]int{21, 30})), false},
		{"up to 21", restrictions(restriction(2, forbidden, [2]int{1, 21})), false},
		{"ours first", restrictions(restriction(2, forbidden, [2]int{21, 21}, [2]int{22, 30})), false},
		{"ours second", restrictions(restriction(2, forbidden, [2]int{1, 2}, [2]int{21, 21})), false},
		{"first of two", restrictions(restriction(2, forbidden, [2]int{21, 21}), restriction(3, forbidden, [2]int{22, 22})), false},
		{"second of two", restrictions(restriction(5, forbidden, [2]int{21, 21}), restriction(3, forbidden, [2]int{21, 21})), false},
		{"neither of two", restrictions(restriction(5, forbidden, [2]int{21, 21}), restriction(3, forbidden, [2]int{22, 22})), true},
		{"two kinds", restrictions(restriction(2, byConsent, [2]int{21, 21}), restriction(2, byInterest, [2]int{21, 21})), false},
		{"one kind for two purposes", restrictions(restriction(2, byConsent, [2]int{21, 21}), restriction(3, byConsent, [2]int{21, 21})), true},
		{"a backward range", restrictions(restriction(5, byConsent, [2]int{9, 8})), false},
		{"a backward range behind ours", restrictions(restriction(5, byConsent, [2]int{21, 21}, [2]int{9, 8})), false},
	} {
		parts := tcfParts{purposes: all, interested: all, consents: ours, interests: ours, restrictions: c.list}
		if got := grants(tcfOf(parts)); got != c.want {
			t.Errorf("%s: grants %v", c.name, got)
		}
	}
}

// A string gives nothing before its core segment is there to the end.
func TestCutOff(t *testing.T) {
	for name, parts := range map[string]tcfParts{
		"bits": {purposes: all, consents: ours, interests: vendorBits(30), restrictions: free},
		"ranges": {purposes: all, consents: vendorRanges([2]int{21, 21}, [2]int{30, 35}),
			interests: vendorRanges([2]int{1, 5}, [2]int{7, 7}), restrictions: free},
		"restrictions": {purposes: all, consents: ours, interests: ours,
			restrictions: restrictions(restriction(5, forbidden, [2]int{21, 21}, [2]int{30, 40}), restriction(2, byConsent, [2]int{1, 5}, [2]int{21, 21}))},
		"restrictions of others": {purposes: all, consents: ours, interests: ours,
			restrictions: restrictions(restriction(2, forbidden, [2]int{1, 2}, [2]int{22, 22}), restriction(3, forbidden, [2]int{1, 2}, [2]int{30, 40}))},
	} {
		w := tcfBits(parts)
		text, needed := w.text(), (w.n+5)/6
		for n := range len(text) + 1 {
			if got := grants(text[:n]); got != (n >= needed) {
				t.Errorf("%s: %d characters of %d: grants %v", name, n, needed, got)
			}
		}
	}
	// As many vendors as there can be, of which most aren't there.
	if grants(tcfOf(tcfParts{purposes: all, consents: "1111111111111111 0" + strings.Repeat("1", 65000)})) {
		t.Error("vendors cut off: grants")
	}
}

func TestTCFTexts(t *testing.T) {
	good := tcf(2, all, []int{21})
	for text, want := range map[string]bool{
		good:                       true,
		good + ".YAAAAAAAAAA":      true, // a segment behind the core
		good + ".!":                true, // which isn't read
		good[:len(good)-4]:         false,
		good + "=":                 false,
		good + "+":                 false,
		good[:9] + "\n" + good[9:]: false, // which encoding/base64 would skip
		"." + good:                 false,
		"":                         false,
		"C":                        false,
		".":                        false,
		tcf(1, all, []int{21}):     false,
		tcf(3, all, []int{21}):     false,
		padded(good, 8192):         true,
		padded(good, 8193):         false, // too long to read
		tcf(2, all, []int{20, 22}): false,
		tcf(2, []int{}, []int{21}): false,
		"1YNN":                     false,
		"tcf " + good:              false,
		strings.ToLower(good):      false,
		// Published in the tests of the official SDKs: consent for the purposes 1, 3 and 4, interest for 2, 7 and 10.
		"CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA": true,
		"CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA": true,
	} {
		if got := grants(text); got != want {
			t.Errorf("%.80q, of %d characters: grants %v", text, len(text), got)
		}
	}
}

// padded makes a string so long by a segment behind it.
func padded(text string, length int) string {
	return text + "." + strings.Repeat("A", length-len(text)-1)
}

// FuzzTCF has one law: what we take for sufficient, another reader does, too, if it can read it. (It isn't asked the other
// way round: it reads over what lacks at the end.)
func FuzzTCF(f *testing.F) {
	for _, vendors := range [][]int{{21}, {20, 22}, nil} {
		f.Add(tcf(2, all, vendors))
	}
	us := [2]int{21, 21}
	f.Add(tcfOf(tcfParts{purposes: all, consents: vendorRanges([2]int{10, 21}), interests: ours, restrictions: restrictions(restriction(2, byConsent, us))}))
	f.Add(tcfOf(tcfParts{purposes: []int{1}, interested: all, consents: ours, interests: ours, restrictions: restrictions(restriction(2, byInterest, us))}))
	f.Add("CPhJRpMPhJRpMABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if !grants(text) {
			return
		}
		consent, err := parsed(text)
		if err != nil {
			return
		}
		restricted := func(purpose, kind int) bool { return consent.CheckPubRestriction(uint8(purpose), uint8(kind), 21) }
		for _, purpose := range all {
			p := consentconstants.Purpose(purpose)
			consented := consent.PurposeAllowed(p) && consent.VendorConsent(21) && !restricted(purpose, byInterest)
			interested := consent.PurposeLITransparency(p) && consent.VendorLegitInterest(21) && !restricted(purpose, byConsent) && purpose != 1
			if restricted(purpose, forbidden) || !consented && !interested {
				t.Fatalf("granted by %q, where another reader misses purpose %d", text, purpose)
			}
		}
	})
}

// parsed is the other reader, which panics on some strings that it can't read.
func parsed(text string) (consent tcf2.ConsentMetadata, err error) {
	defer func() {
		if recover() != nil {
			err = consentconstants.ErrEmptyDecodedConsent
		}
	}()
	read, err := vendorconsent.ParseString(text)
	consent, ok := read.(tcf2.ConsentMetadata)
	if err == nil && !ok {
		err = consentconstants.ErrEmptyDecodedConsent
	}
	return consent, err
}
