package privacy

import "github.com/prebid/openrtb/v20/openrtb2"

// Reason is why raw UIDs are withheld. The zero value is no reason.
type Reason uint8

const (
	COPPA     Reason = iota + 1 // the user is a child
	LMT                         // the device limits ad tracking
	USPrivacy                   // opted out by the US privacy string
	GPP                         // opted out by GPP or global privacy control
	GDPR                        // no consent
)

var reasonNames = [...]string{COPPA: "coppa", LMT: "lmt", USPrivacy: "us_privacy", GPP: "gpp", GDPR: "gdpr"}

// String is the reason as annotations and metrics name it.
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return "no reason"
	}
	return reasonNames[r]
}

// Reasons returns all reasons, in the order in which their gates are asked.
func Reasons() []Reason { return []Reason{COPPA, LMT, USPrivacy, GPP, GDPR} }

// Policy says which gates are on, and where GDPR applies if a request doesn't say so. The zero value has no gate.
type Policy struct {
	COPPA, LMT, USPrivacy, GPP, GDPR bool

	Scope Scope
}

// Default has every gate on, and GDPR in Prebid Server's default countries.
func Default() Policy {
	scope, err := NewScope(false, DefaultCountries())
	if err != nil {
		panic("privacy: internal error: " + err.Error())
	}
	return Policy{COPPA: true, LMT: true, USPrivacy: true, GPP: true, GDPR: true, Scope: scope}
}

// Closed returns the first reason to withhold raw UIDs from everybody in the auction of req, if there is one. It reads
// signals from where OpenRTB 2.6 has them and from where 2.5 has them; if they differ, each counts.
func (p Policy) Closed(req *openrtb2.BidRequest) (Reason, bool) {
	s := read(req)
	switch {
	case p.COPPA && s.coppa:
		return COPPA, true
	case p.LMT && s.lmt:
		return LMT, true
	case p.USPrivacy && (s.unreadable.has(USPrivacy) || optedOutOfSale(s.usPrivacy[0]) || optedOutOfSale(s.usPrivacy[1])):
		return USPrivacy, true
	case p.GPP && (s.unreadable.has(GPP) || s.gpc || s.gpp.optedOut()):
		return GPP, true
	case p.GDPR && s.noConsent(p.inScope(&s, req)):
		return GDPR, true
	}
	return 0, false
}

// inScope reports whether GDPR applies.
func (p Policy) inScope(s *signals, req *openrtb2.BidRequest) bool {
	return s.gdpr == on || s.gpp.applies.has(sectionTCF) || s.gdpr == unsaid && p.Scope.applies(req)
}
