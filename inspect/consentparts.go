package inspect

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uid2rtb/uid2rtb/module/privacy"
)

// consentParts explains a TCF 2 string, and says in a sentence whether it gives what is needed.
func consentParts(text string) (parts []string, why string) {
	c, err := privacy.ReadConsent(text)
	switch {
	case errors.Is(err, privacy.ErrNotTCF2):
		why = "it isn't a TCF 2 string, so it gives no consent where GDPR applies"
		return []string{why}, why
	case err != nil:
		why = "it is a TCF 2 string that is damaged or cut off, so it counts as a refusal"
		return []string{why}, why
	}
	parts = []string{
		fmt.Sprintf("created %s, updated %s", date(c.CreatedMs), date(c.UpdatedMs)),
		fmt.Sprintf("consent management platform %d, vendor list %d", c.CMP, c.VendorList),
		fmt.Sprintf("vendor %d (The Trade Desk): %s", privacy.Vendor, bases(c.VendorConsent, c.VendorInterest)),
	}
	var missing []string
	for _, p := range c.Purposes {
		parts = append(parts, purposePart(p))
		if !p.Given {
			missing = append(missing, fmt.Sprint(p.Number))
		}
	}
	if why = "it gives all that is needed"; !c.Sufficient {
		why = fmt.Sprintf("vendor %d may not pursue purpose %s", privacy.Vendor, strings.Join(missing, ", "))
	}
	return append(parts, why), why
}

// purposePart explains a purpose: what the user answered, what the publisher restricts, what is left.
func purposePart(p privacy.Purpose) string {
	text := fmt.Sprintf("purpose %d: %s", p.Number, bases(p.Consent, p.Interest))
	switch {
	case p.NotByConsent && p.NotByInterest:
		text += ", which the publisher forbids the vendor"
	case p.NotByConsent:
		text += "; the publisher allows the vendor legitimate interest alone"
	case p.NotByInterest && p.Number == 1:
		if p.Interest && !p.Consent {
			text += "; only consent counts"
		}
	case p.NotByInterest:
		text += "; the publisher allows the vendor consent alone"
	}
	if p.Given {
		return text + " (given)"
	}
	return text + " (missing)"
}

func bases(consent, interest bool) string {
	switch {
	case consent && interest:
		return "consent and legitimate interest"
	case consent:
		return "consent"
	case interest:
		return "legitimate interest"
	}
	return "neither consent nor legitimate interest"
}

func date(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04 UTC") }
