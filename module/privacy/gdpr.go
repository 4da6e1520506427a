package privacy

import (
	"github.com/prebid/go-gdpr/api"
	"github.com/prebid/go-gdpr/consentconstants"
	"github.com/prebid/go-gdpr/vendorconsent"
)

// vendor is The Trade Desk's number in the global vendor list, which UID2 and EUID operators check.
const vendor = 21

var purposes = []consentconstants.Purpose{1, 2, 3, 4, 7, 10}

// maxConsent bounds what is parsed, in characters. Real strings have some hundreds.
const maxConsent = 8192

// noConsent tells whether GDPR applies and no consent that suffices is there.
func (s *signals) noConsent() bool {
	section := s.gpp.has(sectionTCF)
	if !s.gdpr && !section {
		return false
	}
	given := []string{s.consent, s.consent25}
	if section {
		text, ok := s.gpp.section(sectionTCF)
		if !ok {
			return true
		}
		given = append(given, text)
	}
	found := false
	for _, text := range given {
		if text == "" {
			continue
		}
		if !consents(text) {
			return true // where two strings differ, the stricter one counts
		}
		found = true
	}
	return !found
}

// consents tells whether a TCF 2 string gives the vendor consent for all the purposes.
func consents(text string) bool {
	if len(text) > maxConsent {
		return false
	}
	consent, err := parseConsent(text)
	if err != nil || consent.Version() != 2 || !consent.VendorConsent(vendor) {
		return false
	}
	for _, purpose := range purposes {
		if !consent.PurposeAllowed(purpose) {
			return false
		}
	}
	return true
}

func parseConsent(text string) (api.VendorConsents, error) { return vendorconsent.ParseString(text) }
