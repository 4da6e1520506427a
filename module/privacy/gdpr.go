package privacy

// noConsent reports whether a consent string refuses, whatever the scope; or, where GDPR applies, whether
// none gives what is needed, or something that could speak against it can't be read.
func (s *signals) noConsent(applies bool) bool {
	var seen [answers]bool
	for _, text := range s.consents {
		seen[judge(text)] = true
	}
	section := false
	for _, text := range s.gpp.texts {
		answer := silent
		readable := text == "" || eachSection(text, func(id int, text string) {
			if id == sectionTCF {
				section, answer = true, judge(text)
			}
		})
		if !readable {
			answer = foreign
		}
		seen[answer] = true
	}
	switch {
	case seen[refuses] || s.unreadable.has(GDPR):
		return true
	case !applies:
		return false
	}
	return seen[foreign] || !seen[gives] || s.gpp.applies.has(sectionTCF) && !section
}
