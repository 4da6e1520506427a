package privacy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/prebid/go-gdpr/consentconstants"
	"github.com/prebid/go-gdpr/vendorconsent"
	tcf2 "github.com/prebid/go-gdpr/vendorconsent/tcf2"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// What is shown of a consent string is what Prebid's library reads in it.
func TestReadConsentAgreesWithPrebid(t *testing.T) {
	other := vendorBits(30, 20, 22)
	for _, text := range []string{
		tcf(2, all, []int{21}), tcf(2, []int{1, 9}, []int{20}),
		tcfOf(tcfParts{all, nil, ours, nobody, free}), tcfOf(tcfParts{[]int{1, 2}, all, other, ours, free}),
		tcfOf(tcfParts{all, all, ours, ours, restrictions(restriction(2, byConsent, [2]int{21, 21}), restriction(3, byInterest, [2]int{1, 40}), restriction(7, forbidden, [2]int{22, 22}))}),
		"CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA", "CPehNtWPehNtWABAMBFRACBoALAAAEJAAIYgAKwAQAKgArABAAqAAA",
	} {
		got, err := privacy.ReadConsent(text)
		parsed, libraryErr := vendorconsent.ParseString(text)
		if err != nil || libraryErr != nil {
			t.Fatalf("%s: %v, %v", text, err, libraryErr)
		}
		meta := parsed.(tcf2.ConsentMetadata)
		want := privacy.Consent{
			CreatedMs: meta.Created().UnixMilli(), UpdatedMs: meta.LastUpdated().UnixMilli(), CMP: int(meta.CmpID()), VendorList: int(meta.VendorListVersion()),
			VendorConsent: meta.VendorConsent(privacy.Vendor), VendorInterest: meta.VendorLegitInterest(privacy.Vendor), Sufficient: grants(text),
		}
		for _, number := range all {
			restricted := func(kind uint8) bool { return meta.CheckPubRestriction(uint8(number), kind, privacy.Vendor) }
			p := privacy.Purpose{
				Number: number, Consent: meta.PurposeAllowed(consentconstants.Purpose(number)), Interest: meta.PurposeLITransparency(consentconstants.Purpose(number)),
				NotByConsent: restricted(forbidden) || restricted(byInterest), NotByInterest: restricted(forbidden) || restricted(byConsent) || number == 1,
			}
			p.Given = p.Consent && want.VendorConsent && !p.NotByConsent || p.Interest && want.VendorInterest && !p.NotByInterest
			want.Purposes = append(want.Purposes, p)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, want\n%+v", text, got, want)
		}
	}
}

func TestReadConsentErrors(t *testing.T) {
	for text, want := range map[string]error{
		"": privacy.ErrNotTCF2, "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA": privacy.ErrNotTCF2, "1YNN": privacy.ErrNotTCF2,
		"C": privacy.ErrDamaged, "CO5rKAAO5rKAAAHABBENCWEgAP": privacy.ErrDamaged, "C.CO5rKAAO5rKAAAHABBENCWEgAP_AAAAAAAYgAUIBACAEAAAAAAA": privacy.ErrDamaged,
		"CO5rKAAO5rKAAAHABBENCWEgAP*AAAAAAAYgAUIBACAEAAAAAAA": privacy.ErrDamaged, strings.Repeat("C", 9000): privacy.ErrDamaged,
	} {
		if got, err := privacy.ReadConsent(text); !errors.Is(err, want) || !reflect.DeepEqual(got, privacy.Consent{}) {
			t.Errorf("%.60q: %+v, %v", text, got, err)
		}
	}
}
