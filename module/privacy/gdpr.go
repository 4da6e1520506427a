package privacy

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
